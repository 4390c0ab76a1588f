/** The bundled command from outside, as a process: exit codes, signals, and an anchor on loopback asked by `show`. No root, no addon. */
import { createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeAuthenticated } from '../../protocol/mobility/authentication.ts';
import { decodeMessage } from '../../protocol/mobility/header.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { buildPbu, type Wish } from '../lma/pbu.ts';
import { bundle, type Bundle } from './bundle.ts';
import { run } from './inProcess.ts';

const KEY = '00112233445566778899aabbccddeeff00112233';
const ANCHOR = '127.0.0.9';
let it_: Bundle;
beforeAll(async () => {
  it_ = await bundle();
}, 30_000);
afterAll(() => rmSync(it_.folder, { recursive: true }));

describe('as a process', () => {
  it.each([
    [['--help'], 0, '', 'roamstead'],
    [['l', '--help'], 2, 'ambiguous command "l": lma or lab', ''],
    [['agent'], 2, '--config is missing', ''],
    [['lma', '--config', '/nonexistent.yaml'], 2, '/nonexistent.yaml: cannot be read', ''],
    [['show version json | include node'], 0, '', '"node": "v'],
    [['show', 'lma', 'stat', '--socket', '/nonexistent.sock'], 1, 'nothing listens at', ''],
  ])('%s ends with %i', async (args, ends, said, printed) => {
    const { code, out, err } = await it_.run(...args);
    expect(code).toBe(ends);
    expect(err).toContain(said);
    expect(out).toContain(printed);
    expect([out, err].map((text) => text === '')).toEqual([printed === '', said === '']);
  });
});

describe('an anchor on loopback', () => {
  let client: Socket;
  let anchor: Awaited<ReturnType<Bundle['start']>>;
  let port: number;
  const config = (): string => join(it_.folder, 'lma.yaml');
  const socket = (): string => join(it_.folder, 'lma.sock');
  const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha1', key).update(data).digest();

  async function exchange(wish: Wish, sequence: number): Promise<MobilityMessage> {
    const identified = { ...wish, more: [{ kind: 'magIdentifier', subtype: 1, identifier: 'm1@example.com' } as const] };
    const octets = encodeAuthenticated(buildPbu(identified, { at: 0, wall: Date.now() }, sequence), { kind: 'udp' }, '::', Buffer.from(KEY, 'hex'), hmac);
    const reply = once(client, 'message') as Promise<[Buffer]>;
    client.send(octets, port, ANCHOR);
    return decodeMessage((await reply)[0], { kind: 'udp' });
  }
  const show = async (...words: string[]) => (await run('show', ...words, '--socket', socket())).out;

  beforeAll(async () => {
    client = createSocket('udp4').bind(0, '127.0.0.1');
    await once(client, 'listening');
    // A port that is the client's at its own address is free at the anchor's.
    ({ port } = client.address());
    writeFileSync(config(), `
lma-services: [{ name: lma1, bind-address: [${ANCHOR}], timestamp-replay-protection-tolerance: 0, session-delete-delay-timeout: 0 }]
ip-pools: [{ name: v4, network: 192.0.2.0/24, subscriber-gw-address: 192.0.2.254 }]
ipv6-pools: [{ name: v6, prefix: "2001:db8:f00d::/48" }]
apns: [{ name: example.com, ip-pool: v4, ipv6-pool: v6 }]
mobile-access-gateways: [{ id: m1@example.com, key: ${KEY} }]
datapath: none
store: { memory: true }
control-socket: ${socket()}
state-directory: ${it_.folder}/state
signalling-port: ${port}
`);
    anchor = await it_.start('is ready', 'lma', '--config', config());
  }, 30_000);
  afterAll(() => {
    client.close();
    anchor.kill('SIGKILL');
  });

  it('registers, refreshes and de-registers, and show sees each', async () => {
    expect(await show('lma', 'se')).toBe('none\n');
    expect(await exchange({}, 1)).toMatchObject({ status: 0, lifetime: 3600 });
    expect(await show('lma-service', 'session')).toMatch(/^mnnai +llid +state .*\nmn0@example.com +00:24:d7:8e:21:a4 +ACTIVE +example.com +192.0.2.1 /);
    expect(await exchange({ handoff: 5, hoa: '192.0.2.1', prefixes: ['2001:db8:f00d:1::/64'], lifetime: 1200 }, 2)).toMatchObject({ status: 0, lifetime: 1200 });
    expect(JSON.parse(await show('--json', 'lma', 'session'))).toMatchObject([{ mnnai: 'mn0@example.com', state: 'ACTIVE', hoa: '192.0.2.1', lifetime: 1200, encap: 'gre4', coa: '127.0.0.1' }]);
    expect(await exchange({ lifetime: 0, hoa: '192.0.2.1', prefixes: ['2001:db8:f00d:1::/64'] }, 3)).toMatchObject({ status: 0, lifetime: 0 });
    const statistics = JSON.parse(await show('lma', 'statistics', 'json')) as Record<string, unknown>;
    expect(statistics).toMatchObject({ 'pbu-received': 3, pba: { accepted: 3 } });
  });

  it('monitor protocol shows each PBU and PBA, without names, until undebug all', async () => {
    const watching = await it_.start('monitor protocol verbosity 3 debugging is on; off with Ctrl-C, with "undebug all", or by itself after 10 minutes', 'monitor', 'protocol', '--socket', socket());
    const ended = once(watching, 'close');
    expect(await exchange({ mn: 'mn7@example.com', mac: '02:00:00:00:00:07' }, 30)).toMatchObject({ status: 0 });
    expect(await show('debugging')).toMatch(/^monitor protocol verbosity 3 debugging is on since .*, until /);
    expect(await run('undebug', 'all', '--socket', socket())).toEqual({ code: 0, out: '1 switched off\n', err: '' });
    expect(await ended).toEqual([0, null]);
    expect(watching.log()).toContain('off: switched off by "undebug all"');
    const lines = watching.printed();
    expect(lines).toMatch(/<- PBU #30 HI 4 .* from 127\.0\.0\.1 port \d+\n/);
    expect(lines).toMatch(/-> PBA #30 0 ACCEPTED lifetime 3600 .* to 127\.0\.0\.1/);
    expect(lines).toMatch(/ {2}mn identifier \(8\): subtype 1 NAI, identifier mn7@example\.com\n/);
    expect(lines).not.toContain(KEY.slice(0, 16));
    expect(await show('debugging')).toBe('No debugging is on\n');
  });

  it('its socket is for its owner only, and no key is in its log', () => {
    expect(statSync(socket()).mode & 0o777).toBe(0o600);
    expect(anchor.log()).toContain('new session');
    expect(anchor.log()).not.toContain(KEY.slice(0, 16));
  });

  it('a second one on the same control socket is refused, and the first goes on', async () => {
    const { code, err } = await it_.run('lma', '--config', config());
    expect(code).toBe(1);
    expect(err).toBe(`roamstead: another process answers at ${socket()}: stop it, or configure another control-socket for this one\n`);
    expect(await exchange({ mn: 'mn1@example.com', mac: '02:00:00:00:00:01' }, 4)).toMatchObject({ status: 0 });
  });

  it('killed, its socket is left behind, and the next one takes it over', async () => {
    anchor.removeAllListeners('exit');
    anchor.kill('SIGKILL');
    await once(anchor, 'exit');
    expect(existsSync(socket())).toBe(true);
    anchor = await it_.start('is ready', 'lma', '--config', config());
    expect(await exchange({}, 5)).toMatchObject({ status: 0 });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s ends it with 0 and removes its socket', async (signal) => {
    const ended = once(anchor, 'exit');
    anchor.kill(signal);
    expect(await ended).toEqual([0, null]);
    expect(existsSync(socket())).toBe(false);
    anchor = await it_.start('is ready', 'lma', '--config', config());
  });

  it('whoever reads its log may go', async () => {
    anchor.stderr?.destroy();
    expect(await exchange({ mn: 'mn2@example.com', mac: '02:00:00:00:00:02' }, 6)).toMatchObject({ status: 0 });
    expect(await exchange({ mn: 'mn3@example.com', mac: '02:00:00:00:00:03' }, 7)).toMatchObject({ status: 0 });
    const { code, out } = await it_.run('show', 'lma', 'se', 'json', '--socket', socket());
    expect([code, JSON.parse(out)]).toEqual([0, [expect.anything(), expect.anything()]]);
  });
});
