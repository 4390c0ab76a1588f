/** The phone's end of the UDP probe: a stream up, a stream down, and what became of both. */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { decodeProbe, encodeProbe, monotonic } from './packet.ts';
import { firstAfter, longestGapSince, track, tracker } from './tracker.ts';

export interface ProbeReport {
  readonly sent: number;
  /** The phone's own stack refused to send: no address or route. Not counted as sent. */
  readonly refused: number;
  readonly upReceived: number;
  readonly downSent: number;
  readonly downReceived: number;
  readonly duplicates: number;
  readonly downLongestGapMs: number;
  readonly downLongestGapAt: number;
}

export interface ProbeHandle {
  /** As far as known now; `upReceived` as the last packet down told. */
  report(): ProbeReport;
  /** First packet down at or after `at` (CLOCK_MONOTONIC ms). */
  firstDownAfter(at: number): number | undefined;
  /** Milliseconds: the longest time without a packet down that ended at or after `at`. */
  longestGapSince(at: number): number | undefined;
  /** Ends both streams and fetches the host's totals, so that the numbers are final. */
  stop(): Promise<ProbeReport>;
}

const TOTAL_TRIES = 50;

export function probe(target: string, port: number, intervalMs: number, size: number): ProbeHandle {
  const down = tracker();
  const session = process.pid;
  const socket = createSocket(isIPv6(target) ? 'udp6' : 'udp4');
  let sent = 0;
  let refused = 0;
  let upReceived = 0;
  let downSent = 0;
  let total: (() => void) | undefined;

  socket.on('message', (data) => {
    const p = decodeProbe(data);
    if (!p || p.session !== session) return;
    if (p.kind === 'down') {
      track(down, p.seq, monotonic());
      downSent = Math.max(downSent, p.seq);
      upReceived = Math.max(upReceived, p.number);
    }
    if (p.kind === 'total') {
      downSent = p.seq;
      upReceived = p.number;
      total?.();
    }
  });
  socket.on('error', () => undefined);

  const timer = setInterval(() => {
    const seq = sent + 1;
    sent = seq;
    socket.send(encodeProbe({ kind: 'up', session, seq, sentAt: monotonic(), number: intervalMs }, size), port, target, (error) => {
      if (error) refused++;
    });
  }, intervalMs);

  const report = (): ProbeReport => ({
    sent: sent - refused,
    refused,
    upReceived,
    downSent,
    downReceived: down.received,
    duplicates: down.duplicates,
    downLongestGapMs: down.longestGapMs,
    downLongestGapAt: down.longestGapAt,
  });

  return {
    report,
    firstDownAfter: (at) => firstAfter(down, at),
    longestGapSince: (at) => longestGapSince(down, at),
    async stop() {
      clearInterval(timer);
      for (let i = 0; i < TOTAL_TRIES; i++) {
        const answered = await new Promise<boolean>((resolve) => {
          const giveUp = setTimeout(() => resolve(false), 200);
          total = () => {
            clearTimeout(giveUp);
            resolve(true);
          };
          socket.send(encodeProbe({ kind: 'stop', session, seq: 0, sentAt: monotonic(), number: 0 }), port, target, () => undefined);
        });
        // Packets sent before the totals may still be on their way.
        if (answered) break;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      socket.close();
      return report();
    },
  };
}
