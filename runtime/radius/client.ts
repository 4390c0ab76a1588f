/** The RADIUS client: the exchange with clock, random numbers and UDP sockets, one for every 256 requests to a server port. */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { canonicalIp } from '../../protocol/address.ts';
import { now } from '../clock.ts';
import { createLoop } from '../loop.ts';
import { createExchange, deadline, step, type ExchangeEffect, type ExchangeEvent } from './exchange.ts';
import { tryDecode } from './replies.ts';
import type { Question } from './requests.ts';
import type { Answer, PacketDirection, RadiusClient, RadiusClientOptions } from './types.ts';

/** Octets: the answers to hundreds of phones wait while each takes its turn. The kernel gives what it allows (net.core.rmem_max). */
const RECEIVE_BUFFER = 1 << 20;

export const DEFAULT_TIMEOUT = 3000;
export const DEFAULT_RETRANSMIT = 2;
export const DEFAULT_DEAD_TIME = 60_000;

/** @throws RangeError if a server's address is none */
export function openRadiusClient(options: RadiusClientOptions): RadiusClient {
  const exchange = createExchange({
    servers: options.servers.map((s) => ({ ...s, address: canonicalIp(s.address) })),
    timeout: options.timeout ?? DEFAULT_TIMEOUT,
    retransmit: options.retransmit ?? DEFAULT_RETRANSMIT,
    deadTime: options.deadTime ?? DEFAULT_DEAD_TIME,
    requireMessageAuthenticator: options.requireMessageAuthenticator ?? true,
    nas: options.nas,
  });
  const sockets: Socket[] = [];
  const waiting = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  let open = true;

  const loop = createLoop<ExchangeEvent, ExchangeEffect>({
    step: (event, at) => step(exchange, event, at),
    deadline: () => deadline(exchange),
    perform,
    timer: { kind: 'timer' },
    now,
    onError: options.onError,
  });

  function perform(effect: ExchangeEffect): void {
    if (effect.kind === 'discard') return options.onCount(effect.reason);
    if (effect.kind === 'done') return finish(effect.id, effect.answer);
    show('out', effect.octets, effect.address, effect.port);
    socketOf(effect.lane, effect.address).send(effect.octets, effect.port, effect.address, (e: NodeJS.ErrnoException | null) => {
      if (e && open) options.onCount(`not sent: ${e.code ?? e.message}`);
    });
  }

  function socketOf(lane: number, peer: string): Socket {
    return (sockets[lane] ??= createSocket({ type: peer.includes(':') ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER })
      .on('error', options.onError)
      .on('message', (octets, from) => {
        show('in', octets, from.address, from.port);
        loop.feed({ kind: 'datagram', lane, octets, address: from.address, port: from.port });
      }));
  }

  function show(direction: PacketDirection, octets: Uint8Array, address: string, port: number): void {
    const packet = options.onPacket && tryDecode(octets);
    if (typeof packet === 'object') options.onPacket?.(direction, packet, `${address}:${port}`);
  }

  function finish(id: number, answer: Answer): void {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  }

  const ask = (question: Question): Promise<Answer> =>
    new Promise((resolve) => {
      if (!open) return resolve({ kind: 'timeout', reason: 'the RADIUS client is closed' });
      const id = ++lastId;
      waiting.set(id, resolve);
      loop.feed({ kind: 'ask', id, question, authenticators: options.servers.map(() => randomBytes(16)) });
    });

  return {
    authorize: (request) => ask({ kind: 'authorize', ...request }),
    async account(record) {
      const answer = await ask({ kind: 'account', record });
      if (answer.kind !== 'accept' && open) options.onError(new Error(`the accounting record (${record.status}) was not delivered: ${answer.reason}`));
      return answer.kind === 'accept';
    },
    close() {
      if (!open) return;
      open = false;
      loop.stop();
      for (const socket of sockets) socket.close();
      for (const id of waiting.keys()) finish(id, { kind: 'timeout', reason: 'the RADIUS client was closed' });
    },
  };
}
