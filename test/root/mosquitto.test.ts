/** Debian's Mosquitto with the configuration that `roamstead cloud mosquitto-config` writes: the contract of a bus and the table of attempts. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBus, overTls } from '../../cloud/broker/bus.ts';
import { startEmbedded } from '../../cloud/broker/embedded.ts';
import { openMosquittoAdmission, type MosquittoAdmission } from '../../cloud/broker/mosquitto.ts';
import { FILES, pidFile, writeMosquittoConfig } from '../../cloud/broker/mosquittoConfig.ts';
import type { EmbeddedBroker, FleetBus, Refusal } from '../../cloud/broker/ports.ts';
import { openAuthority, type OpenAuthority } from '../../cloud/pki/authority.ts';
import { openSigner, revocationList } from '../../cloud/pki/x509.ts';
import { topics } from '../../runtime/fleet/topics.ts';
import { attempts } from '../cloud/broker/attempts.ts';
import { connectDevice, newGateway, type Device, type Identity } from '../cloud/broker/device.ts';
import { eventually } from '../cloud/broker/eventually.ts';
import { busContract } from '../contracts/bus.ts';

const errors: Error[] = [];
let state: string;
let folder: string;
let port: number;
let authority: OpenAuthority;
let broker: ChildProcess;
let log = '';
let cloud: FleetBus;
let admission: MosquittoAdmission;
let reloads = true;
let claimDoor: EmbeddedBroker;
let claims: FleetBus;
const refusals: Refusal[] = [];

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
const way = (): (() => Duplex) => overTls({ host: 'localhost', port, authority: join(folder, FILES.authority), credential: join(state, 'pki', 'cloud.pem') });

async function start(): Promise<void> {
  log = '';
  broker = spawn('/usr/sbin/mosquitto', ['-c', join(folder, FILES.config)], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [broker.stdout, broker.stderr]) stream?.on('data', (text: Buffer) => (log += text.toString()));
  await eventually(() => expect(log).toMatch(/version \S+ running/));
}
async function stop(): Promise<void> {
  const ended = new Promise((resolve) => broker.once('exit', resolve));
  broker.kill();
  await ended;
}

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'roamstead-mosquitto-state-'));
  folder = mkdtempSync(join(tmpdir(), 'roamstead-mosquitto-'));
  // It runs as a user of its own, as the package sets it up.
  execFileSync('chown', ['mosquitto:', folder]);
  port = await freePort();
  authority = await openAuthority({ folder: join(state, 'pki'), names: ['localhost'], now: Date.now });
  await writeMosquittoConfig({ folder, listen: { host: '127.0.0.1', port }, authority });
  await authority.cloud();
  await start();
  cloud = createBus({ connect: way(), onError: (error) => errors.push(error), pause: { first: 10, longest: 100 } });
  claimDoor = await startEmbedded({
    listen: { host: '127.0.0.1', port: 0 },
    authority,
    folder: join(state, 'claims'),
    now: Date.now,
    only: 'claim',
    onRefused: (refusal) => refusals.push(refusal),
    onError: (error) => errors.push(error),
  });
  claims = createBus({ connect: () => claimDoor.connect(), onError: (error) => errors.push(error) });
  admission = await openMosquittoAdmission({
    bus: cloud,
    folder,
    authority,
    patience: 1000,
    reload: async () => {
      if (reloads) broker.kill('SIGHUP');
    },
    onError: (error) => errors.push(error),
  });
  await admission.refresh();
});
afterAll(async () => {
  await admission.close();
  await cloud.close();
  await claims.close();
  await claimDoor.close();
  await stop();
  await authority.close();
  for (const path of [state, folder]) rmSync(path, { recursive: true });
  // Of the restart, which its test makes.
  expect(errors.filter(({ message }) => !/ECONNREFUSED|ECONNRESET|socket/.test(message))).toEqual([]);
});

attempts(() => ({ port, authority, admission, cloud, claims: { port: claimDoor.port, cloud: claims }, foreignFolder: join(state, 'foreign') }));

const connect = ({ credential, gateway }: Identity): Promise<Device> => connectDevice({ port, authority: authority.certificate, credential, clientId: gateway });

describe('where gateways are claimed', () => {
  it('nobody else comes in, and it is told', async () => {
    const { gateway, credential } = await newGateway(authority);
    await expect(connectDevice({ port: claimDoor.port, authority: authority.certificate, credential, clientId: gateway })).rejects.toThrow();
    expect(refusals).toContainEqual(expect.objectContaining({ who: gateway, action: 'connect', reason: 'gateways are claimed here, and nothing else' }));
  });

  it('a claim credential at Mosquitto itself can do nothing', async () => {
    const { key, pem } = await authority.claim();
    const { gateway } = await newGateway(authority);
    const heard: string[] = [];
    await cloud.subscribe('roamstead/#', (topic) => heard.push(topic));
    const device = await connectDevice({ port, authority: authority.certificate, credential: `${key}${pem}`, clientId: gateway });
    await device.subscribe('#');
    for (const topic of [topics.claimRequest(gateway), topics.claimResponse(gateway), topics.state(gateway), topics.event('claim'), topics.state('claim')]) await device.publish(topic, 'forged');
    await cloud.publish('roamstead/test/mark', 1);
    await eventually(() => expect(heard).toContain('roamstead/test/mark'));
    expect(heard).toEqual(['roamstead/test/mark']);
    expect(device.heard).toEqual([]);
    await device.end();
  });
});

describe('a revocation that Mosquitto has not read yet', () => {
  it('ends the live session by the plugin; who comes back with the certificate may do nothing', async () => {
    const identity = await newGateway(authority);
    const device = await connect(identity);
    const heard: unknown[] = [];
    await cloud.subscribe(topics.heartbeat(identity.gateway), (_, payload) => heard.push(payload));
    reloads = false;
    await admission.revoke(identity.gateway, identity.serial);
    await device.ended;
    const again = await connect(identity);
    await again.subscribe(topics.desired(identity.gateway, 'lmas'));
    await again.publish(topics.heartbeat(identity.gateway), 'forged');
    await cloud.publish(topics.desired(identity.gateway, 'lmas'), 'secret');
    const witness = await newGateway(authority);
    const other = await connect(witness);
    await cloud.subscribe(topics.heartbeat(witness.gateway), (_, payload) => heard.push(payload));
    await other.publish(topics.heartbeat(witness.gateway), 'seen');
    await eventually(() => expect(heard).toContain('seen'));
    expect(heard).not.toContain('forged');
    expect(again.heard).toEqual([]);
    await Promise.all([other.end(), again.end()]);
    reloads = true;
  });
});

describe('a list of revoked certificates that is too old', () => {
  it('refuses everybody, until there is a newer one', async () => {
    const identity = await newGateway(authority);
    const read = (name: string): string => readFileSync(join(state, 'pki', name), 'utf8');
    const signer = await openSigner({ certificate: read('authority.pem'), key: read('authority.key') });
    const before = readFileSync(join(folder, FILES.list), 'utf8');
    const put = (list: string): void => {
      writeFileSync(join(folder, FILES.list), list);
      broker.kill('SIGHUP');
    };
    put(await revocationList(signer, 1, [], Date.now() - 31 * 86_400_000, Date.now() - 86_400_000));
    await eventually(() => expect(connect(identity)).rejects.toThrow(/expired/));
    put(before);
    let device: Device | undefined;
    await eventually(async () => void (device = await connect(identity)));
    await device?.end();
  });
});

describe('a restart of Mosquitto', () => {
  it('keeps what was retained and who is revoked; the cloud\'s client comes back by itself', async () => {
    const [identity, revoked] = [await newGateway(authority), await newGateway(authority)];
    const device = await connect(identity);
    await device.publish(topics.reported(identity.gateway, 'timers'), { rev: 4 }, true);
    await admission.revoke(revoked.gateway, revoked.serial);
    await stop();
    await eventually(() => expect(cloud.connected).toBe(false));
    await start();
    await eventually(() => expect(cloud.connected).toBe(true));
    const heard: unknown[] = [];
    await cloud.subscribe(topics.reported(identity.gateway, 'timers'), (_, payload) => heard.push(payload));
    await eventually(() => expect(heard).toEqual([{ rev: 4 }]));
    await expect(connect(revoked)).rejects.toThrow();
    await (await connect(identity)).end();
  });
});

describe('a revocation while Mosquitto is away', () => {
  it('says so, counts for who connects, and is made up for', async () => {
    const identity = await newGateway(authority);
    await stop();
    await eventually(() => expect(cloud.connected).toBe(false));
    await expect(admission.revoke(identity.gateway, identity.serial)).rejects.toThrow('does not answer');
    await start();
    await expect(connect(identity)).rejects.toThrow();
    await eventually(() => expect(cloud.connected).toBe(true));
    await eventually(() => admission.refresh());
    const { clients } = JSON.parse(readFileSync(join(folder, FILES.dynamic), 'utf8')) as { clients: { username: string; disabled?: boolean }[] };
    expect(clients).toContainEqual(expect.objectContaining({ username: identity.gateway, disabled: true }));
  });
});

describe('its folder', () => {
  it('is Mosquitto\'s, secrets for it alone, and a second run keeps who is revoked', async () => {
    const before = readFileSync(join(folder, FILES.dynamic), 'utf8');
    expect(before).toContain('"revoked"');
    appendFileSync(join(folder, FILES.config), '# changed by hand\n');
    await writeMosquittoConfig({ folder, listen: { host: '127.0.0.1', port }, authority });
    expect(readFileSync(join(folder, FILES.dynamic), 'utf8')).toBe(before);
    expect(readFileSync(join(folder, FILES.config), 'utf8')).not.toContain('changed by hand');
    const { uid } = statSync(folder);
    expect(Number.parseInt(readFileSync(pidFile(folder), 'utf8'), 10)).toBe(broker.pid);
    for (const name of Object.values(FILES)) expect([name, statSync(join(folder, name)).uid]).toEqual([name, uid]);
    for (const name of [FILES.server, FILES.dynamic]) expect([name, statSync(join(folder, name)).mode & 0o077]).toEqual([name, 0]);
    await expect(writeMosquittoConfig({ folder: 'here', listen: { host: '127.0.0.1', port }, authority })).rejects.toThrow('absolute path');
  });
});

describe('the bus', () => {
  busContract(async () => {
    // There is one cloud at a broker: two would end each other's session.
    await cloud.close();
    let link: Duplex | undefined;
    let away = false;
    const bus = createBus({
      connect: () => {
        if (away) throw new Error('the link is cut');
        return (link = way()());
      },
      onError: () => undefined,
      pause: { first: 5, longest: 20 },
    });
    return {
      bus,
      cut: async (on) => {
        away = on;
        if (on) link?.destroy();
      },
      close: () => bus.close(),
    };
  });
});
