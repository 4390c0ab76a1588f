/**
 * RADIUS of two homes through the cloud (RFC 6614): real TLS, Debian's FreeRADIUS as the operator's server, and eapol_test as an access
 * point with a phone, which compares the radio keys that it gets with its own. What is accepted there opens the gateway for the phone.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRadsec, type Radsec } from '../../agent/aaa/radsec.ts';
import { openAaaProxy, type AaaProxy, type AaaProxyOptions } from '../../cloud/aaa/proxy.ts';
import type { Proved } from '../../cloud/lma/proof.ts';
import { certificates, type Certificates } from '../../lab/aaa/certificates.ts';
import { startFreeradius, type RadiusServer } from '../../lab/aaa/freeradius.ts';
import { radclient } from '../../lab/aaa/radclient.ts';
import { until } from '../../lab/processes.ts';

const OPERATOR_SECRET = 'only-cloud-and-operator';
const HOMES = ['home1@lab.example', 'home2@lab.example'];
const MAC = '02:bb:00:00:00:01';
const ALICE = 'alice@home.example';

let folder: string;
let pki: Certificates;
let radius: RadiusServer;
let proxy: AaaProxy;
let port = 0;
interface Relay {
  readonly radsec: Radsec;
  readonly authPort: number;
  readonly acctPort: number;
}
const relays: Relay[] = [];
const proved: Proved[] = [];
const counted: string[] = [];

const now = () => performance.now();
const onError = () => undefined;
const onCount = (reason: string) => void counted.push(reason);

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

const tlsOf = (name: string) => {
  const { certificate, key } = pki.client(name);
  return { cert: readFileSync(certificate), key: readFileSync(key), ca: readFileSync(pki.authority) };
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rs-radsec-'));
  pki = certificates(join(folder, 'pki'));
  radius = await startFreeradius({
    folder,
    clients: [{ address: '127.0.0.1', secret: OPERATOR_SECRET }],
    accounts: [{ name: ALICE, password: 'wonderland', reply: [] }],
    eap: { methods: ['peap', 'ttls', 'mschapv2'], certificates: pki },
  });
  port = await freePort();
  proxy = await openAaaProxy(proxyOn(port));
  for (const home of HOMES) relays.push(await relayTo(port, home));
});

const proxyOn = (at: number): AaaProxyOptions => ({
  listen: ['127.0.0.1'],
  port: at,
  tls: { cert: readFileSync(pki.server.certificate), key: readFileSync(pki.server.key), ca: readFileSync(pki.authority) },
  servers: [{ address: '127.0.0.1', authPort: radius.authPort, acctPort: radius.acctPort, secret: OPERATOR_SECRET }],
  sessionTimeout: 86_400,
  trustUserName: true,
  forwardAccounting: true,
  isGateway: (name) => HOMES.includes(name),
  onProved: (p) => void proved.push(p),
  onCount,
  onError,
  now,
});

async function relayTo(at: number, home: string): Promise<Relay> {
  const [authPort, acctPort] = [await freePort(), await freePort()];
  return { authPort, acctPort, radsec: await openRadsec({ server: { host: '127.0.0.1', port: at, name: 'radius.lab.example' }, tls: tlsOf(home), listen: { address: '127.0.0.1', ports: [authPort, acctPort] }, now, onCount, onError }) };
}
afterAll(async () => {
  for (const { radsec } of relays) radsec.close();
  proxy?.close();
  await radius?.close();
  if (folder) rmSync(folder, { recursive: true });
});
beforeEach(() => {
  proved.length = 0;
  counted.length = 0;
});

/** A phone authenticates at an access point of this home; what eapol_test says of it. */
function authenticates(home: number, { identity = ALICE, password = 'wonderland', anonymous = '', mac = MAC, method = 'PEAP' } = {}): Promise<string> {
  const config = join(folder, `phone-${home}.conf`);
  writeFileSync(config, `network={\n  key_mgmt=IEEE8021X\n  eap=${method}\n  identity="${identity}"\n  password="${password}"\n  phase2="auth=${method === 'PEAP' ? 'MSCHAPV2' : 'PAP'}"\n  ca_cert="${pki.authority}"\n${anonymous ? `  anonymous_identity="${anonymous}"\n` : ''}}\n`);
  return new Promise((resolve) => {
    execFile('eapol_test', ['-c', config, '-a', '127.0.0.1', '-p', String(relays[home - 1]?.authPort), '-s', 'radsec', '-M', mac, '-t', '10'], (_, stdout) => resolve(stdout.trim().split('\n').at(-1) ?? ''));
  });
}

describe('a phone that authenticates', () => {
  it.each(['PEAP', 'TTLS'])('with %s gets in with the right radio keys, and opens the gateway through which it did', async (method) => {
    expect(await authenticates(1, { method })).toBe('SUCCESS');
    expect(proved).toEqual([{ kind: 'proved', mag: HOMES[0], linkLayerId: MAC, names: [ALICE], lifetime: 86_400 }]);
  });

  it('opens the other gateway only there', async () => {
    expect(await authenticates(2)).toBe('SUCCESS');
    expect(proved.map((p) => p.mag)).toEqual([HOMES[1]]);
  });

  it('with the wrong password proves nothing', async () => {
    expect(await authenticates(1, { password: 'guess' })).toBe('FAILURE');
    expect(proved).toEqual([]);
  });

  it('under an outer identity of somebody else proves its own account, if anything', async () => {
    expect(await authenticates(1, { anonymous: 'victim@home.example', method: 'TTLS' })).toBe('SUCCESS');
    expect(proved.flatMap((p) => p.names)).not.toContain('victim@home.example');
  });
});

describe('what is no EAP', () => {
  it('a password in a request gets through under the operator’s secret, and proves nothing', async () => {
    const answer = await radclient({ address: '127.0.0.1', port: relays[0]?.authPort ?? 0, secret: 'radsec', command: 'auth', attributes: [`User-Name = "${ALICE}"`, 'User-Password = "wonderland"', `Calling-Station-Id = "${MAC}"`], timeout: 3, attempts: 2 });
    expect(answer.code).toBe('Access-Accept');
    expect(proved).toEqual([]);
  });

  it('accounting reaches the operator’s server', async () => {
    const answer = await radclient({ address: '127.0.0.1', port: relays[0]?.acctPort ?? 0, secret: 'radsec', command: 'acct', attributes: [`User-Name = "${ALICE}"`, 'Acct-Status-Type = Start', 'Acct-Session-Id = "through-tls"'], timeout: 3, attempts: 2 });
    expect(answer.code).toBe('Accounting-Response');
    expect(radius.accounting().map((r) => r['Acct-Session-Id']?.[0])).toContain('through-tls');
  });

  it('accounting of a home goes nowhere unless the operator wants it: it could bill anybody', async () => {
    const at = await freePort();
    const strict = await openAaaProxy({ ...proxyOn(at), forwardAccounting: false });
    const relay = await relayTo(at, HOMES[0] ?? '');
    const answer = await radclient({ address: '127.0.0.1', port: relay.acctPort, secret: 'radsec', command: 'acct', attributes: ['User-Name = "victim@home.example"', 'Acct-Status-Type = Stop', 'Acct-Session-Id = "forged"'], timeout: 1, attempts: 1 });
    relay.radsec.close();
    strict.close();
    expect(answer.code).toBe('none');
    expect(counted).toContain('aaa-accounting-of-a-gateway');
    expect(radius.accounting().map((r) => r['Acct-Session-Id']?.[0])).not.toContain('forged');
  });

  it('a request under another secret is dropped and counted', async () => {
    const answer = await radclient({ address: '127.0.0.1', port: relays[0]?.authPort ?? 0, secret: 'wrong', command: 'auth', attributes: [`User-Name = "${ALICE}"`, 'User-Password = "wonderland"'], timeout: 0.5, attempts: 1 });
    expect(answer.code).toBe('none');
    expect(counted).toContain('aaa-request: Message-Authenticator absent or wrong');
  });
});

describe('who may connect', () => {
  const refused = (options: object) =>
    new Promise<void>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, servername: 'radius.lab.example', ca: readFileSync(pki.authority), ...options });
      socket.on('error', () => undefined).on('close', () => resolve());
    });

  it('nobody without a certificate', async () => {
    await refused({});
    await until('it to be counted', 2000, () => counted.includes('aaa-certificate-refused'));
  });

  it('nobody whose certificate another authority issued', async () => {
    const other = certificates(join(folder, 'other'));
    const { certificate, key } = other.client(HOMES[0] ?? '');
    await refused({ cert: readFileSync(certificate), key: readFileSync(key) });
    await until('it to be counted', 2000, () => counted.includes('aaa-certificate-refused'));
  });

  it('no gateway that is not configured', async () => {
    await refused(tlsOf('stranger@lab.example'));
    expect(counted).toContain('aaa-unknown-gateway');
  });

  it('a stream that is no RADIUS is closed, and others go on', async () => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'radius.lab.example', ...tlsOf(HOMES[0] ?? '') });
    await new Promise<void>((resolve) => {
      socket.on('error', () => undefined).on('close', () => resolve());
      socket.write(Buffer.alloc(64, 0xff));
    });
    expect(counted).toContain('aaa-malformed');
    expect(await authenticates(1)).toBe('SUCCESS');
  });

  it('a gateway that is revoked loses its connections, and its phones get in again over new ones only if it may', async () => {
    expect(await authenticates(1)).toBe('SUCCESS');
    proxy.revoke(HOMES[0] ?? '');
    expect(await authenticates(1)).toBe('SUCCESS');
  });
});

it('a cloud that takes the connection and says nothing is called anew after ten seconds', async () => {
  const connections: Socket[] = [];
  const silent = createServer((socket) => void connections.push(socket.on('error', () => undefined).resume()));
  await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
  const { port: cloud } = silent.address() as AddressInfo;
  const hostapd = createSocket('udp4');
  await new Promise<void>((resolve) => void hostapd.bind(0, '127.0.0.1', resolve));
  const local = await freePort();
  let time = 0;
  const radsec = await openRadsec({ server: { host: '127.0.0.1', port: cloud, name: 'radius.lab.example' }, tls: tlsOf(HOMES[0] ?? ''), listen: { address: '127.0.0.1', ports: [local] }, now: () => time, onCount, onError });
  try {
    hostapd.send(Buffer.alloc(20), local, '127.0.0.1');
    await until('a connection', 5000, () => connections.length === 1);
    time = 10_001;
    hostapd.send(Buffer.alloc(20), local, '127.0.0.1');
    await until('another one instead', 5000, () => connections.length === 2 && connections[0]?.closed === true);
    expect(counted).toEqual(['radsec-connection-silent']);
  } finally {
    radsec.close();
    hostapd.close();
    for (const c of connections) c.destroy();
    silent.close();
  }
});
