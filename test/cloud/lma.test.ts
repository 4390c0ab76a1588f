/** The anchor as a process would run it, as an ordinary user on loopback: sockets, keys, control socket. */
import { createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lmaSchema } from '../../cloud/config.ts';
import { problemsOf } from '../../cloud/configCheck.ts';
import { runLma, type RunningLma } from '../../cloud/main.ts';
import { encodeAuthenticated, verify } from '../../protocol/mobility/authentication.ts';
import { decodeMessage, encodeMessage } from '../../protocol/mobility/header.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { ask, subscribe } from '../../runtime/control.ts';
import { buildPbu, prefixesOf, type Wish } from '../lma/pbu.ts';

const KEY = Uint8Array.from({ length: 20 }, (_, i) => i);
const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha1', key).update(data).digest();
const udp = { kind: 'udp' } as const;
const identified: Wish = { more: [{ kind: 'magIdentifier', subtype: 1, identifier: 'm1@example.com' }] };

let folder: string;
let lma: RunningLma;
let client: Socket;
let port: number;
const log: string[] = [];

const file = (signalling: number) =>
  parseConfig(
    'test.yaml',
    `
lma-services: [{ name: lma1, bind-address: [127.0.0.1] }]
ip-pools: [{ name: v4, network: 192.0.2.0/24, subscriber-gw-address: 192.0.2.254 }]
ipv6-pools: [{ name: v6, prefix: "2001:db8:f00d::/48" }]
apns: [{ name: example.com, ip-pool: v4, ipv6-pool: v6 }]
mobile-access-gateways: [{ id: m1@example.com, key: ${Buffer.from(KEY).toString('hex')} }]
datapath: none
control-socket: ${join(folder, 'lma.sock')}
state-directory: ${folder}
signalling-port: ${signalling}
`,
    lmaSchema,
    problemsOf,
  );

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port: free } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return free;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-lma-'));
  port = await freePort();
  log.length = 0;
  lma = await runLma(file(port), (_, message, facts) => void log.push(`${message} ${JSON.stringify(facts ?? {})}`));
  client = createSocket('udp4');
  await new Promise<void>((resolve) => client.bind(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  client.close();
  await lma.stop({ keepForwarding: false });
  rmSync(folder, { recursive: true });
});

const transmit = (octets: Uint8Array): void => client.send(octets, port, '127.0.0.1');
const next = (): Promise<Uint8Array> => new Promise((resolve) => client.once('message', (octets) => resolve(octets)));
const clock = () => ({ at: 0, wall: Date.now() });
const signed = (wish: Wish = {}, sequence = 1, key = KEY): Uint8Array => encodeAuthenticated(buildPbu({ ...identified, ...wish }, clock(), sequence), udp, '::', key, hmac);
const show = (command: string): Promise<any> => ask(join(folder, 'lma.sock'), { command });

async function exchange(octets: Uint8Array): Promise<MobilityMessage> {
  const reply = next();
  transmit(octets);
  const got = await reply;
  const message = decodeMessage(got, udp);
  expect(verify(got, message, '::', KEY, hmac)).toBe(message.kind !== 'bindingError');
  return message;
}

describe('on loopback', () => {
  it('a signed PBU gets a signed PBA, and the session is there to be seen', async () => {
    const pba = await exchange(signed());
    expect(pba).toMatchObject({ kind: 'bindingAcknowledgement', status: 0, lifetime: 3600 });
    if (pba.kind !== 'bindingAcknowledgement') throw new Error(pba.kind);
    expect(prefixesOf(pba)).toEqual(['2001:db8:f00d:1::/64']);
    expect(await show('show lma-service session')).toMatchObject([{ mnnai: 'mn0@example.com', state: 'ACTIVE', hoa: '192.0.2.1', mag: 'm1@example.com', coa: '127.0.0.1', encap: 'gre4' }]);
    expect(await show('show lma statistics')).toMatchObject({ 'pbu-received': 1, 'bce-count': 1, pba: { accepted: 1 } });
  });

  it('W22 a PBA over IPv4 goes from the signalling port to the source port of the PBU', async () => {
    const from = new Promise<number>((resolve) => client.once('message', (_, r) => resolve(r.port)));
    transmit(signed());
    expect(await from).toBe(port);
  });

  it('whoever subscribes hears each transition with its reason and stages', async () => {
    const heard: unknown[] = [];
    const listening = subscribe(join(folder, 'lma.sock'), (e) => heard.push(e), () => undefined);
    for (let n = 1; heard.length === 0 && n < 200; n++) await exchange(signed({ mac: `02:00:00:00:00:${n.toString(16).padStart(2, '0')}`, handoff: 1 }, n));
    listening.stop();
    expect(heard[0]).toMatchObject({ kind: 'transition', entity: 'lma', from: 'NONE', to: 'ACTIVE', reason: 'new session', stages: { pbuReceived: expect.any(Number) as number, pathsSwitched: expect.any(Number) as number } });
  });

  it('what is forged, replayed, malformed or of a stranger is counted and does no harm', async () => {
    const good = signed();
    await exchange(good);
    expect(await exchange(good)).toMatchObject({ status: 156 });
    transmit(signed({}, 2, new Uint8Array(20)));
    transmit(encodeMessage(buildPbu({}, clock(), 3), udp));
    transmit(signed({ more: [{ kind: 'magIdentifier', subtype: 1, identifier: 'm2@example.com' }] }, 4));
    transmit(Uint8Array.of(59, 200, 5, 0, 0, 0, 0, 0));
    transmit(new Uint8Array(0));
    for (let n = 1; n < good.length; n += 7) transmit(good.subarray(0, n));
    expect(await exchange(Uint8Array.of(59, 0, 17, 0, 0, 0, 0, 0))).toMatchObject({ kind: 'bindingError', status: 2 });
    const { discarded } = await show('show lma statistics');
    expect(discarded).toMatchObject({ 'authentication failed': 1, 'unknown peer': 2, 'unknown-type': 1 });
    expect(discarded['malformed: truncated'] + discarded['malformed: length']).toBeGreaterThan(3);
    expect(await show('show lma-service session')).toHaveLength(1);
  });

  it('a heartbeat is answered with the restart counter, which grows when the bindings are gone, and only then', async () => {
    const heartbeat = () => encodeAuthenticated({ kind: 'heartbeat', flags: { unsolicited: false, response: false }, sequence: 9, options: identified.more ?? [] }, udp, '::', KEY, hmac);
    const counter = async () => {
      const reply = await exchange(heartbeat());
      expect(reply).toMatchObject({ kind: 'heartbeat', sequence: 9, flags: { response: true } });
      return find(reply.options, 'restartCounter')?.counter as number;
    };
    const before = await counter();
    await lma.stop({ keepForwarding: false });
    lma = await runLma(file(port), () => undefined);
    expect(await counter()).toBe(before);
    await lma.stop({ keepForwarding: false });
    rmSync(join(folder, 'bindings'), { recursive: true });
    lma = await runLma(file(port), () => undefined);
    expect(await counter()).toBeGreaterThan(before);
  });

  it('its control socket is for its owner only', () => {
    expect(statSync(join(folder, 'lma.sock')).mode & 0o777).toBe(0o600);
  });

  it('a port in use is an error in words, and leaves nothing behind', async () => {
    const second = { ...file(port), 'control-socket': join(folder, 'second.sock'), store: { memory: true } as const };
    await expect(runLma(second, () => undefined)).rejects.toThrow(/EADDRINUSE/);
    await expect(ask(second['control-socket'], { command: 'show lma statistics' })).rejects.toThrow('nothing listens');
  });

  it('no key is ever logged', async () => {
    await exchange(signed());
    expect(log.length).toBeGreaterThan(1);
    expect(log.join('\n')).not.toContain(Buffer.from(KEY).toString('hex'));
  });
});
