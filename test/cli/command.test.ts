/** The bundled command from outside: exit codes, usage, --check, and an anchor on loopback asked by `show`. No root, no addon. */
import { createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { copyFileSync, readFileSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeAuthenticated } from '../../protocol/mobility/authentication.ts';
import { decodeMessage } from '../../protocol/mobility/header.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { buildPbu, type Wish } from '../lma/pbu.ts';
import { bundle, type Bundle } from './bundle.ts';

const KEY = '00112233445566778899aabbccddeeff00112233';
const ANCHOR = '127.0.0.9';
let it_: Bundle;
beforeAll(async () => {
  it_ = await bundle();
}, 30_000);
afterAll(() => rmSync(it_.folder, { recursive: true }));

describe('usage', () => {
  it.each([[['--help'], 0], [['help'], 0], [['agent', '--help'], 0], [['lma', '-h'], 0], [['show', '--help'], 0], [['debug', '--help'], 0], [['?'], 0]])('%s tells how it is used', async (args, code) => {
    const { code: ended, out, err } = await it_.run(...args);
    expect([ended, err]).toEqual([code, '']);
    expect(out).toContain('roamstead');
  });

  it.each([
    [[], ''],
    [['nonsense'], 'unknown command "nonsense"'],
    [['l', '--help'], 'ambiguous command "l": lma or lab'],
    [['agent'], '--config is missing'],
    [['agent', '--config'], "'--config <value>' argument missing"],
    [['lma', '--confg', 'x'], "'--confg'"],
    [['lma', 'x.yaml'], "'x.yaml'"],
    [['show', 'lma', 'stat', '--socket'], "'--socket <value>' argument missing"],
    [['show', 'lma', 'stat', '--nonsense'], "'--nonsense'"],
  ])('%s ends with 2, says what is wrong and how it is used', async (args, words) => {
    const { code, out, err } = await it_.run(...args);
    expect(code).toBe(2);
    expect(out + err).toContain(words);
    expect(out + err).toContain('roamstead ');
    expect(err).not.toContain('    at ');
  });

  it.each([
    [['sh', 'lma?'], '  lma\n  lma-service\n'],
    [['show version json | include node'], '"node": "v'],
    [['show', 'version', '|', 'count', '.'], 'Number of lines which match regexp = 3\n'],
  ])('%s answers without any process', async (args, words) => {
    const { code, out, err } = await it_.run(...args);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(words);
  });

  it.each([
    [['show', 'ipp', 'dhcp', 'binding'], '"ipp": did you mean "ip"?'],
    [['show version --for 5m | count x'], '--for is for debug'],
    [['shwo', 'version'], 'unknown command "shwo": did you mean "show"?'],
  ])('%s ends with 2 and says what could have been said', async (args, words) => {
    const { code, err } = await it_.run(...args);
    expect(code).toBe(2);
    expect(err).toContain(words);
  });

  it.each([['monitor', 'protocol'], ['undebug', 'all']])('%s %s where nobody listens ends with 1', async (...args) => {
    const { code, out, err } = await it_.run(...args, '--socket', join(it_.folder, 'nobody.sock'));
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('nothing listens at');
  });

  it('a process that is not there ends with 1', async () => {
    const { code, err } = await it_.run('show', 'lma', 'stat', '--socket', join(it_.folder, 'nobody.sock'));
    expect([code, err]).toEqual([1, `roamstead: nothing listens at ${join(it_.folder, 'nobody.sock')}: is the process running, and with this name?\n`]);
  });
});

describe('--check', () => {
  it.each([['lma', 'lma'], ['lma', 'lma-operators'], ['agent', 'mag-operators'], ['agent', 'mag-local-profile'], ['agent', 'mag-default-profile']])('%s takes examples/%s.yaml', async (command, name) => {
    const file = join(it_.folder, `${name}.yaml`);
    copyFileSync(`examples/${name}.yaml`, file);
    expect(await it_.run(command, '--config', file, '--check')).toEqual({ code: 0, out: `${file}: correct\n`, err: '' });
  });

  it.each([
    ['key: 00112233445566778899aabbccddeeff00112233', 'key-file: /nowhere/key', 'key-file: /nowhere/key cannot be read: ENOENT'],
    ['transport: [lma1]', 'transport: [lma1]\naaa: { listen: [192.0.2.1], certificate: /nowhere/pem, private-key: /nowhere/pem, gateway-authority: /nowhere/pem, radius-servers: [{ address: 192.0.2.9, key: abcdefgh }] }', 'aaa.certificate: /nowhere/pem cannot be read: ENOENT'],
  ])('an anchor whose files are not there does not pass: %s', async (line, instead, said) => {
    const file = join(it_.folder, 'files.yaml');
    writeFileSync(file, readFileSync('examples/lma.yaml', 'utf8').replace(line, instead));
    expect(await it_.run('lma', '--config', file, '--check')).toEqual({ code: 1, out: '', err: `roamstead: ${said}\n` });
  });

  it('a wrong file ends with 2 and a line each, and no key', async () => {
    const file = join(it_.folder, 'wrong.yaml');
    writeFileSync(file, `domain: D1\nmag: M1\nuplink: wan0\nlocal-mobility-anchors:\n  - id: lma1\n    ipv4-address: 192.0.2.1\n    key: ${KEY}0\ninterfaces: []\n`);
    const { code, err } = await it_.run('agent', '--config', file, '--check');
    expect(code).toBe(2);
    expect(err).toContain(`${file}:7: local-mobility-anchors.0.key: expected a key`);
    expect(err).toContain(`${file}:8: interfaces: name at least one access interface`);
    expect(err).not.toContain(KEY.slice(0, 8));
  });

  it('no file ends with 2', async () => {
    expect(await it_.run('lma', '--config', '/nonexistent.yaml')).toMatchObject({ code: 2, err: expect.stringContaining('/nonexistent.yaml: cannot be read') as string });
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
  const show = async (...words: string[]) => (await it_.run('show', ...words, '--socket', socket())).out;

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
    expect((await it_.run('show', 'debugging', '--socket', socket())).out).toMatch(/^monitor protocol verbosity 3 debugging is on since .*, until /);
    expect(await it_.run('undebug', 'all', '--socket', socket())).toEqual({ code: 0, out: '1 switched off\n', err: '' });
    expect(await ended).toEqual([0, null]);
    expect(watching.log()).toContain('off: switched off by "undebug all"');
    const lines = watching.printed();
    expect(lines).toMatch(/<- PBU #30 HI 4 .* from 127\.0\.0\.1 port \d+\n/);
    expect(lines).toMatch(/-> PBA #30 0 ACCEPTED lifetime 3600 .* to 127\.0\.0\.1/);
    expect(lines).toMatch(/ {2}mn identifier \(8\): subtype 1 NAI, identifier mn7@example\.com\n/);
    expect(lines).not.toContain(KEY.slice(0, 16));
    expect((await it_.run('show', 'debugging', '--socket', socket())).out).toBe('No debugging is on\n');
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
    expect(JSON.parse(await show('lma', 'se', 'json'))).toHaveLength(2);
  });
});
