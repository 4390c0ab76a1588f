/**
 * The internet host: UDP probe peer and TCP echo, on one port, IPv4 and IPv6. A first uplink packet starts a downlink stream
 * of its own to that sender, so that each direction is measured without the other.
 */
import { createSocket } from 'node:dgram';
import type { RemoteInfo } from 'node:dgram';
import { createServer } from 'node:net';
import { decodeProbe, encodeProbe, monotonic } from './packet.ts';
import type { Probe } from './packet.ts';
import { track, tracker } from './tracker.ts';
import type { Tracker } from './tracker.ts';

interface Session {
  readonly up: Tracker;
  downSent: number;
  timer: NodeJS.Timeout | undefined;
  heardAt: number;
}

/** A phone that is silent for this long gets no more. Longer than any outage that the lab makes. */
const SILENCE_MS = 120_000;

export function serve(port: number): void {
  const sessions = new Map<string, Session>();
  const udp = createSocket('udp6');
  const send = (p: Probe, from: RemoteInfo, size: number) => udp.send(encodeProbe(p, size), from.port, from.address, () => undefined);

  const began = (p: Probe, from: RemoteInfo, size: number): Session => {
    const s: Session = { up: tracker(), downSent: 0, timer: undefined, heardAt: monotonic() };
    s.timer = setInterval(() => {
      if (monotonic() - s.heardAt > SILENCE_MS) return clearInterval(s.timer);
      s.downSent++;
      send({ kind: 'down', session: p.session, seq: s.downSent, sentAt: monotonic(), number: s.up.received }, from, size);
    }, p.number);
    return s;
  };

  udp.on('message', (data, from) => {
    const p = decodeProbe(data);
    if (!p) return;
    if (p.kind === 'echo') udp.send(data, from.port, from.address, () => undefined);
    const key = `${from.address} ${from.port} ${p.session}`;
    let s = sessions.get(key);
    if (p.kind === 'up') {
      if (!s) sessions.set(key, (s = began(p, from, data.length)));
      s.heardAt = monotonic();
      track(s.up, p.seq, s.heardAt);
    }
    if (p.kind === 'stop' && s) {
      clearInterval(s.timer);
      send({ kind: 'total', session: p.session, seq: s.downSent, sentAt: monotonic(), number: s.up.received }, from, data.length);
    }
  });
  udp.bind(port, '::');

  const tcp = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  tcp.listen(port, '::', () => process.stdout.write(`${JSON.stringify({ listening: port })}\n`));
}
