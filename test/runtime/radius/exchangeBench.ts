/** An exchange on a clock that the test moves, with every packet it sends in hand. */
import type { RadiusAttribute } from '../../../protocol/radius/attributes.ts';
import { decodePacket, type RadiusPacket } from '../../../protocol/radius/packet.ts';
import type { Millis, Now } from '../../../protocol/units.ts';
import { createExchange, deadline, step, type ExchangeEffect, type ExchangeEvent, type ExchangeOptions } from '../../../runtime/radius/exchange.ts';
import type { Question } from '../../../runtime/radius/requests.ts';
import type { AccountingRecord, Answer } from '../../../runtime/radius/types.ts';
import { SECRET } from './fakeServer.ts';

export interface Sent {
  readonly lane: number;
  readonly octets: Uint8Array;
  readonly address: string;
  readonly port: number;
  readonly at: Millis;
}

export const FIRST = { address: '192.0.2.1', secret: SECRET };
export const SECOND = { address: '2001:db8::2', authPort: 11812, acctPort: 11813, secret: 'another' };
/** 2026-11-23T08:00:00Z, where the bench's clock begins. */
export const WALL = 1_795_420_800_000;

export const profile: Question = { kind: 'authorize', attributes: [{ kind: 'userName', value: 'mn0' }, { kind: 'callingStationId', value: '00-24-d7-8e-21-a4' }] };
export const record = (more: Partial<AccountingRecord> = {}): Question => ({ kind: 'account', record: { status: 'start', sessionId: '5a1', attributes: [], ...more } });

/** Not random: request and server can be read in it. */
const authenticator = (id: number, server: number): Uint8Array => new Uint8Array(16).fill(id % 251).fill(server, 0, 1);

export function openBench(options: Partial<ExchangeOptions> = {}) {
  const servers = options.servers ?? [FIRST, SECOND];
  const x = createExchange({ servers, timeout: 3000, retransmit: 2, deadTime: 60_000, requireMessageAuthenticator: true, nas: { identifier: 'mag1', ipv4: '192.0.2.7' }, ...options });
  let at: Millis = 1000;
  let lastId = 0;
  const sent: Sent[] = [];
  const answers = new Map<number, Answer>();
  const counted: string[] = [];
  const clock = (): Now => ({ at, wall: WALL + at });

  function take(effects: readonly ExchangeEffect[]): void {
    for (const e of effects) {
      if (e.kind === 'send') sent.push({ ...e, at });
      else if (e.kind === 'discard') counted.push(e.reason);
      else if (answers.has(e.id)) throw new Error(`request ${e.id} ended twice`);
      else answers.set(e.id, e.answer);
    }
  }
  const feed = (event: ExchangeEvent): void => take(step(x, event, clock()));

  return {
    x,
    sent,
    answers,
    counted,
    get at() {
      return at;
    },
    ask(question: Question = profile): number {
      const id = ++lastId;
      feed({ kind: 'ask', id, question, authenticators: servers.map((_, i) => authenticator(id, i)) });
      return id;
    },
    /** What somebody at the place where `to` was sent sends back. */
    reply(octets: Uint8Array, to: Sent = sent.at(-1) as Sent, from: { address?: string; port?: number } = {}): void {
      feed({ kind: 'datagram', lane: to.lane, octets, address: to.address, port: to.port, ...from });
    },
    /** As far as `ms` from now, with every deadline on the way. */
    advance(ms: Millis): void {
      const end = at + ms;
      for (let due = deadline(x); due && due.at <= end; due = deadline(x)) {
        at = due.at;
        feed({ kind: 'timer' });
      }
      at = end;
    },
    deadline: () => deadline(x),
    last: (): Sent => sent.at(-1) as Sent,
    /** Of the last packet. */
    said: (): readonly RadiusAttribute[] => decodePacket((sent.at(-1) as Sent).octets).attributes,
  };
}

export const packetOf = (sent: Sent): RadiusPacket => decodePacket(sent.octets);
