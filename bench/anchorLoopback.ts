/**
 * The same through the whole process: `roamstead lma` without a data path on loopback UDP, asked by this process, which keeps a
 * number of binding updates on their way. Both share the machine, so the anchor alone would do more.
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { roamstead } from '../lab/paths.ts';
import { start, until } from '../lab/processes.ts';
import { timestampOf } from '../protocol/units.ts';
import { bindingUpdate, gateway, signed } from './gateways.ts';
import { summary } from './statistics.ts';
import type { Summary } from './statistics.ts';
import { hmacSha1 } from '../runtime/hmac.ts';

export interface LoopbackResult {
  readonly subscribers: number;
  readonly outstanding: number;
  /** Refreshes answered a second. */
  readonly perSecond: number;
  /** From PBU to PBA with one on its way at a time. */
  readonly answerMs: Summary;
}

const PORT = 15_436;
const HOST = '127.0.0.1';
const SUBSCRIBERS = 1000;
const OUTSTANDING = 16;
const GATEWAY = gateway(1);
const ACKNOWLEDGEMENT = 6;
const READY = 10_000;
const ANSWER = 2000;

const config = (folder: string) =>
  stringify({
    'lma-services': [{ name: 'bench', 'bind-address': [HOST] }],
    'ip-pools': [{ name: 'four', network: '10.0.0.0/16', 'subscriber-gw-address': '10.0.0.1' }],
    'ipv6-pools': [{ name: 'six', prefix: '2001:db8::/32' }],
    apns: [{ name: 'internet', 'ip-pool': 'four', 'ipv6-pool': 'six' }],
    'mobile-access-gateways': [{ id: GATEWAY.identity, key: Buffer.from(GATEWAY.key).toString('hex') }],
    datapath: 'none',
    'signalling-port': PORT,
    'control-socket': join(folder, 'lma.sock'),
    'state-directory': join(folder, 'state'),
  });

export async function benchAnchorLoopback(seconds: number): Promise<LoopbackResult> {
  const folder = mkdtempSync(join(tmpdir(), 'rs-bench-'));
  const file = join(folder, 'lma.yaml');
  writeFileSync(file, config(folder));
  const lma = start({ name: 'lma', namespace: undefined, argv: [process.execPath, roamstead, 'lma', '--config', file], folder });
  const socket = createSocket('udp4');
  try {
    await until(`the anchor to be ready: ${lma.log()}`, READY, () => lma.log().includes(' is ready'));
    const asker = createAsker(socket);
    await asker.run(SUBSCRIBERS, OUTSTANDING, false);
    const { answerMs } = await asker.run(SUBSCRIBERS, 1, true);
    const begun = performance.now();
    let answered = 0;
    while (performance.now() - begun < seconds * 1000) answered += (await asker.run(SUBSCRIBERS, OUTSTANDING, true)).answerMs.length;
    return { subscribers: SUBSCRIBERS, outstanding: OUTSTANDING, perSecond: (answered / (performance.now() - begun)) * 1000, answerMs: summary(answerMs) };
  } finally {
    socket.close();
    await lma.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Sends one PBU of every subscriber in turn. */
function createAsker(socket: Socket) {
  let sequence = 0;
  let onAnswer: (sequence: number) => void = () => undefined;
  socket.on('message', (octets) => {
    // Sequence number of a binding acknowledgement: octets 8 and 9 (RFC 6275 §6.1.8).
    if (octets[2] === ACKNOWLEDGEMENT) onAnswer(octets.readUInt16BE(8));
  });
  return {
    run: (count: number, outstanding: number, refresh: boolean) =>
      new Promise<{ readonly answerMs: number[] }>((resolve, reject) => {
        const sentAt = new Map<number, number>();
        const answerMs: number[] = [];
        let next = 0;
        let silence = setTimeout(() => undefined, 0);
        const listen = (): void => {
          clearTimeout(silence);
          silence = setTimeout(() => reject(new Error(`the anchor left ${sentAt.size} binding updates without an answer`)), ANSWER);
        };
        const send = (): void => {
          const subscriber = next++;
          sequence = (sequence + 1) & 0xffff;
          const octets = signed(GATEWAY, bindingUpdate(GATEWAY, { subscriber, sequence, timestamp: timestampOf(performance.timeOrigin + performance.now()), refresh }), hmacSha1);
          sentAt.set(sequence, performance.now());
          socket.send(octets, PORT, HOST);
        };
        onAnswer = (answered) => {
          const at = sentAt.get(answered);
          if (at === undefined) return;
          sentAt.delete(answered);
          answerMs.push(performance.now() - at);
          listen();
          if (next < count) send();
          if (answerMs.length < count) return;
          clearTimeout(silence);
          resolve({ answerMs });
        };
        listen();
        for (let i = 0; i < outstanding; i++) send();
      }),
  };
}
