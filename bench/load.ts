/** Keeps a number of datagrams on their way to a server on loopback, each sent when an answer to an earlier one came. */
import { signallingSocket, type SignallingSocket } from '../linux/sockets/signallingSocket.ts';
import type { Millis } from '../protocol/units.ts';
import { summary, type Summary } from './statistics.ts';

export interface LoadResult {
  readonly perSecond: number;
  readonly answerMs: Summary;
}

export interface Load {
  /** Sends all of them, `window` at a time. @throws Error when answers stay away */
  run(messages: readonly Uint8Array[], window: number): Promise<LoadResult>;
  close(): void;
}

export interface LoadOptions {
  readonly host: string;
  /** The server's, and ours. */
  readonly port: number;
  readonly from: number;
  /** The sequence number of what was sent. */
  readonly sent: (octets: Uint8Array) => number;
  /** The sequence number that a datagram answers, undefined if it is no answer; what it asks for itself is sent by `reply`. */
  readonly answered: (octets: Uint8Array, reply: (octets: Uint8Array) => void) => number | undefined;
}

const SILENCE: Millis = 3000;

export function openLoad({ host, port, from, sent, answered }: LoadOptions): Load {
  let onMessage: (octets: Uint8Array) => void = () => undefined;
  let fail: (e: Error) => void = () => undefined;
  const socket: SignallingSocket = signallingSocket({ address: host, port: from, onMessage: (octets) => onMessage(octets), onError: (e) => fail(e) });
  const to = { address: host, port, source: host };
  const send = (octets: Uint8Array): void => socket.send(octets, to);

  return {
    run: (messages, window) =>
      new Promise((resolve, reject) => {
        const sentAt = new Float64Array(65_536);
        const answerMs: Millis[] = [];
        let next = 0;
        let heard = 0;
        const begun = performance.now();
        const watch = setInterval(() => {
          if (heard === answerMs.length) fail(new Error(`${next - heard} of ${next} datagrams stayed without an answer`));
          heard = answerMs.length;
        }, SILENCE);
        fail = (e) => {
          clearInterval(watch);
          reject(e);
        };
        const sendNext = (): void => {
          const octets = messages[next++];
          if (!octets) return;
          sentAt[sent(octets)] = performance.now();
          send(octets);
        };
        onMessage = (octets) => {
          const sequence = answered(octets, send);
          const at = sequence === undefined ? 0 : (sentAt[sequence] as number);
          if (sequence === undefined || at === 0) return;
          sentAt[sequence] = 0;
          answerMs.push(performance.now() - at);
          if (answerMs.length < messages.length) return sendNext();
          clearInterval(watch);
          resolve({ perSecond: (messages.length / (performance.now() - begun)) * 1000, answerMs: summary(answerMs) });
        };
        for (let i = 0; i < window; i++) sendNext();
      }),
    close: () => socket.close(),
  };
}
