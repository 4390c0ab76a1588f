/**
 * How many binding updates a second one core of the anchor answers: octets in (decode, authenticate), `step`, octets out (encode,
 * sign), without sockets, data path and store. Counted in processor time, which other programs on the machine disturb less than
 * the clock; the gateways' own work is not counted.
 */
import { DEFAULT_VARIABLES, type LmaConfig } from '../cloud/lma/config.ts';
import { createLma, step, type Lma } from '../cloud/lma/lma.ts';
import { parsePrefix } from '../protocol/address.ts';
import type { Endpoint, Send } from '../protocol/entity.ts';
import { encodeAuthenticated, verify } from '../protocol/mobility/authentication.ts';
import { decodeMessage } from '../protocol/mobility/header.ts';
import { timestampOf, type Now } from '../protocol/units.ts';
import { bindingUpdate, gateway, revocationAnswer, signed, type Gateway } from './gateways.ts';
import { median } from './statistics.ts';
import { hmacSha1 } from '../runtime/hmac.ts';

export interface CoreResult {
  readonly subscribers: number;
  /** Binding updates per second of processor time, medians over the rounds. */
  readonly registrations: number;
  readonly refreshes: number;
  /** With the revocation at the old gateway and its answer. */
  readonly handovers: number;
}

const CARE_OF = ['198.18.1.2', '198.18.2.2'] as const;
const LMA = '198.18.250.2';
const UDP = { kind: 'udp' } as const;
const GATEWAYS = [gateway(1), gateway(2)] as const;

const now = (): Now => ({ at: performance.now(), wall: performance.timeOrigin + performance.now() });

export function coreConfig(gateways: readonly Gateway[], subscribers: number): LmaConfig {
  let seed = 1;
  return {
    name: 'lma1',
    restartCounter: 1,
    authentication: 'required',
    mags: gateways.map((g) => ({ id: g.identity })),
    nodes: [{ match: '*' }],
    apns: [{ name: 'internet', space: 0, selectionMode: 'sent-by-ms', ipv4Pool: 'four', ipv6Pool: 'six', subscriberToSubscriber: false }],
    ipv4Pools: [{ name: 'four', network: '10.0.0.0', prefixLength: 8, router: '10.0.0.1', allowStaticAllocation: false }],
    ipv6Pools: [{ name: 'six', prefix: parsePrefix('2001:db8::/32'), allowStaticAllocation: false }],
    variables: { ...DEFAULT_VARIABLES, maximumBindings: subscribers * 2, timestampValidityWindow: 0 },
    random32: () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0),
  };
}

/** Takes the octets of one message and returns what is sent in answer. */
function take(lma: Lma, octets: Uint8Array, home: 0 | 1): Send[] {
  const { identity, key } = GATEWAYS[home];
  const message = decodeMessage(octets, UDP);
  if (!verify(octets, message, '::', key, hmacSha1)) throw new Error('the anchor refuses our authenticator');
  const from: Endpoint = { transport: 'udp', local: LMA, remote: CARE_OF[home], remotePort: 5436 };
  const sent = step(lma, { kind: 'message', from, message, peer: identity }, now()).filter((e) => e.kind === 'send');
  for (const { message: answer } of sent) encodeAuthenticated(answer, UDP, '::', key, hmacSha1);
  return sent;
}

type Kind = 'registrations' | 'refreshes' | 'handovers';

export function benchAnchorCore(subscribers: number, rounds: number): CoreResult {
  const measured: Record<Kind, number[]> = { registrations: [], refreshes: [], handovers: [] };
  for (let round = 0; round < rounds; round++) {
    const lma = createLma(coreConfig(GATEWAYS, subscribers));
    measured.registrations.push(run(lma, subscribers, 'registrations', 0, 0));
    measured.refreshes.push(run(lma, subscribers, 'refreshes', 0, 1));
    measured.handovers.push(run(lma, subscribers, 'handovers', 1, 2));
  }
  return { subscribers, registrations: median(measured.registrations), refreshes: median(measured.refreshes), handovers: median(measured.handovers) };
}

/** One PBU of every subscriber, and the answers to the revocations that follow. */
function run(lma: Lma, subscribers: number, kind: Kind, home: 0 | 1, sequence: number): number {
  const mag: Gateway = GATEWAYS[home];
  const other = home === 0 ? 1 : 0;
  const timestamp = timestampOf(now().wall) + BigInt(sequence);
  const updates = Array.from({ length: subscribers }, (_, subscriber) => signed(mag, bindingUpdate(mag, { subscriber, sequence, timestamp, refresh: kind === 'refreshes' }), hmacSha1));
  const first = timed(() => updates.flatMap((octets) => take(lma, octets, home)));
  const accepted = first.result.filter(({ message }) => message.kind === 'bindingAcknowledgement' && message.status < 128).length;
  if (accepted !== subscribers) throw new Error(`the anchor accepted ${accepted} of ${subscribers} binding updates`);
  const answers = first.result.flatMap(({ message }) => (message.kind === 'bindingRevocationIndication' ? [signed(GATEWAYS[other], revocationAnswer(message), hmacSha1)] : []));
  const second = timed(() => answers.flatMap((octets) => take(lma, octets, other)));
  return subscribers / (first.seconds + second.seconds);
}

function timed<T>(work: () => T): { readonly result: T; readonly seconds: number } {
  const begun = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(begun);
  return { result, seconds: (user + system) / 1e6 };
}
