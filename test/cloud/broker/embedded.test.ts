/** The embedded broker over TLS: the table of attempts, and what is told of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBus } from '../../../cloud/broker/bus.ts';
import { startEmbedded } from '../../../cloud/broker/embedded.ts';
import type { EmbeddedBroker, FleetBus, Refusal } from '../../../cloud/broker/ports.ts';
import { openAuthority, type OpenAuthority } from '../../../cloud/pki/authority.ts';
import { topics } from '../../../runtime/fleet/topics.ts';
import { attempts } from './attempts.ts';
import { connectDevice, newGateway, type Device } from './device.ts';
import { eventually } from './eventually.ts';

let folder: string;
let authority: OpenAuthority;
let broker: EmbeddedBroker;
let cloud: FleetBus;
let refusals: Refusal[] = [];
const present: string[] = [];
const errors: Error[] = [];
/** A minute apart wherever the same is to be told again. */
let ahead = 0;

const start = (): Promise<EmbeddedBroker> =>
  startEmbedded({
    listen: { host: '127.0.0.1', port: 0 },
    authority,
    folder: join(folder, 'retained'),
    now: () => Date.now() + ahead,
    limits: { claimsPerMinute: 5, handshakes: 20 },
    onRefused: (refusal) => refusals.push(refusal),
    onConnected: ({ name }) => present.push(`+${name}`),
    onDisconnected: ({ name }) => present.push(`-${name}`),
    onError: (error) => errors.push(error),
  });
const connectCloud = (): FleetBus => createBus({ connect: () => broker.connect(), onError: (error) => errors.push(error), pause: { first: 1, longest: 5 } });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-broker-'));
  authority = await openAuthority({ folder: join(folder, 'pki'), names: ['localhost'], now: Date.now });
  broker = await start();
  cloud = connectCloud();
});
afterAll(async () => {
  await cloud.close();
  await broker.close();
  await authority.close();
  rmSync(folder, { recursive: true });
  expect(errors).toEqual([]);
});

attempts(() => ({ port: broker.port, authority, admission: broker.admission, cloud, claims: { port: broker.port, cloud }, foreignFolder: join(folder, 'foreign') }));

const connect = (credential: string, clientId: string, will?: { readonly topic: string; readonly payload: string }): Promise<Device> =>
  connectDevice({ port: broker.port, authority: authority.certificate, credential, clientId, ...(will ? { will } : {}) });
async function fresh(): Promise<{ readonly gateway: string; readonly serial: string; readonly credential: string }> {
  refusals = [];
  ahead += 120_000;
  return newGateway(authority);
}

describe('what is refused', () => {
  it('a gateway that writes as another is told of once a minute, with the number of attempts, and its connection ends', async () => {
    const { gateway, credential } = await fresh();
    const topic = topics.state('gw-somebodyelse');
    for (let i = 0; i < 3; i++) {
      const device = await connect(credential, gateway);
      expect(await device.publish(topic, 'x')).toBe(false);
    }
    expect(refusals).toEqual([expect.objectContaining({ who: gateway, address: '127.0.0.1', action: 'publish', target: topic, times: 1 })]);
    ahead += 60_001;
    const device = await connect(credential, gateway);
    await device.publish(topic, 'x');
    expect(refusals[1]).toMatchObject({ target: topic, times: 3 });
    expect(broker.refused.get(refusals[0]?.reason ?? '')).toBeGreaterThanOrEqual(4);
  });

  it('a subscription: it is told, and the connection stays', async () => {
    const { gateway, credential } = await fresh();
    const device = await connect(credential, gateway);
    expect(await device.subscribe('roamstead/v1/#')).toBe(false);
    expect(device.alive).toBe(true);
    expect(refusals).toEqual([expect.objectContaining({ who: gateway, action: 'subscribe', target: 'roamstead/v1/#' })]);
    await device.end();
  });

  it('a client id that is not the name of the certificate, and the one whose it is stays', async () => {
    const { gateway, credential } = await fresh();
    const victim = await newGateway(authority);
    const device = await connect(victim.credential, victim.gateway);
    await expect(connect(credential, victim.gateway)).rejects.toThrow(/not authorized/i);
    expect(refusals).toEqual([expect.objectContaining({ who: gateway, action: 'connect', target: victim.gateway })]);
    expect(await device.publish(topics.heartbeat(victim.gateway), 1)).toBe(true);
    await device.end();
  });

  it('a stolen claim credential ends no session by the client id that it says', async () => {
    const { gateway, credential } = await fresh();
    const device = await connect(credential, gateway);
    const { key, pem } = await authority.claim();
    const thief = await connect(`${key}${pem}`, gateway);
    expect(await device.publish(topics.heartbeat(gateway), 1)).toBe(true);
    await Promise.all([device.end(), thief.end()]);
  });

  it('a claim credential that was renewed, its live sessions too', async () => {
    await fresh();
    const old = await authority.claim();
    const device = await connect(`${old.key}${old.pem}`, 'gw-late');
    const { key, pem } = await authority.renewClaim({ revokeOld: true });
    await device.ended;
    await expect(connect(`${old.key}${old.pem}`, 'gw-late')).rejects.toThrow(/not authorized/i);
    await (await connect(`${key}${pem}`, 'gw-late')).end();
  });

  it('many claims of one address', async () => {
    await fresh();
    const { key, pem } = await authority.claim();
    const device = await connect(`${key}${pem}`, 'gw-many');
    const accepted: boolean[] = [];
    for (let i = 0; i < 7; i++) accepted.push(await device.publish(topics.claimRequest('gw-many'), i));
    expect(accepted.filter(Boolean)).toHaveLength(5);
    expect(refusals.map(({ reason }) => reason)).toContain('too many claims from this address');
  });

  it('a will that is somebody else\'s state', async () => {
    const { gateway, credential } = await fresh();
    await expect(connect(credential, gateway, { topic: topics.state('gw-somebodyelse'), payload: '{}' })).rejects.toThrow(/not authorized/i);
  });

  it('to keep what is no state or report: one gateway would fill the broker', async () => {
    const { gateway, credential } = await fresh();
    const device = await connect(credential, gateway);
    expect(await device.publish(topics.telemetry(gateway, 'x'), 1, true)).toBe(false);
  });

  it('a packet that is too long, before it has come', async () => {
    const { gateway, credential } = await fresh();
    const device = await connect(credential, gateway);
    expect(await device.publish(topics.event(gateway), 'x'.repeat(300_000))).toBe(false);
    expect(refusals).toEqual([expect.objectContaining({ who: gateway, action: 'overrun', reason: 'a packet of more than 262144 octets' })]);
  });

  it('more connections than one gateway has', async () => {
    const { gateway, credential } = await fresh();
    const { tlsTo } = await import('./device.ts');
    const idle = Array.from({ length: 3 }, () => tlsTo({ port: broker.port, authority: authority.certificate, credential }));
    for (const socket of idle) socket.on('error', () => undefined);
    await eventually(() => expect(idle.every((s) => s.authorized)).toBe(true));
    await expect(connect(credential, gateway)).rejects.toThrow();
    for (const socket of idle) socket.destroy();
    await eventually(() => expect(refusals).toContainEqual(expect.objectContaining({ reason: 'too many connections of one certificate' })));
  });

  it('a flood is slowed, and others are served meanwhile', async () => {
    const { gateway, credential } = await fresh();
    const other = await newGateway(authority);
    const [flooder, quiet] = await Promise.all([connect(credential, gateway), connect(other.credential, other.gateway)]);
    const flood = Promise.all(Array.from({ length: 700 }, (_, i) => flooder.publish(topics.event(gateway), i)));
    await eventually(() => expect(refusals).toContainEqual(expect.objectContaining({ who: gateway, action: 'overrun', reason: 'packets come faster than they may' })));
    expect(await quiet.publish(topics.heartbeat(other.gateway), 1)).toBe(true);
    expect(flooder.alive).toBe(true);
    await Promise.all([flooder.end(), quiet.end()]);
    await flood;
  });
});

it('the cloud\'s own certificate may do everything from outside, too', async () => {
  const { gateway, credential } = await fresh();
  const { key, pem } = await authority.cloud();
  const [operator, device] = [await connect(`${key}${pem}`, 'somewhere else'), await connect(credential, gateway)];
  await device.subscribe(topics.command(gateway, '+'));
  expect(await operator.subscribe('roamstead/v1/#')).toBe(true);
  expect(await operator.publish(topics.command(gateway, 'c9'), 'ping')).toBe(true);
  await eventually(() => expect(device.heard).toEqual([[topics.command(gateway, 'c9'), '"ping"']]));
  await eventually(() => expect(operator.heard).toContainEqual([topics.command(gateway, 'c9'), '"ping"']));
  expect(await operator.subscribe('$SYS/#')).toBe(false);
  await Promise.all([operator.end(), device.end()]);
});

it('strangers that say nothing keep nobody of another address out, nor those of theirs when they are gone', async () => {
  const { gateway, credential } = await fresh();
  const silent = Array.from({ length: 25 }, () => connectTcp({ host: '127.0.0.1', port: broker.port, localAddress: '127.0.0.2' }));
  const over = new Set<number>();
  silent.forEach((socket, i) => {
    socket.on('error', () => undefined);
    socket.on('close', () => over.add(i));
    socket.resume();
  });
  await eventually(() => expect(over.size).toBe(5));
  expect(refusals).toEqual([expect.objectContaining({ address: '127.0.0.2', reason: 'too many handshakes of one address at once' })]);
  await (await connect(credential, gateway)).end();
  for (const socket of silent) socket.destroy();
  const way = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connectTls({ socket: connectTcp({ host: '127.0.0.1', port: broker.port, localAddress: '127.0.0.2' }), key: credential, cert: credential, ca: authority.certificate, servername: 'localhost' }, () => {
        resolve(true);
        socket.destroy();
      });
      socket.on('error', () => resolve(false));
    });
  await eventually(async () => expect(await way()).toBe(true));
});

it('a gateway that reads nothing holds up nobody else', async () => {
  const { gateway, credential } = await fresh();
  const other = await newGateway(authority);
  const [stalled, quick] = [await connect(credential, gateway), await connect(other.credential, other.gateway)];
  await stalled.subscribe(topics.command(gateway, '+'));
  await quick.subscribe(topics.command(other.gateway, '+'));
  stalled.stall();
  // More than the sockets between them hold, and more than the broker deals with at once.
  const much = 'x'.repeat(20_000);
  await Promise.all(Array.from({ length: 400 }, () => cloud.publish(topics.command(gateway, 'c'), much)));
  await cloud.publish(topics.command(other.gateway, 'c'), 'ping');
  await eventually(() => expect(quick.heard).toEqual([[topics.command(other.gateway, 'c'), '"ping"']]));
  await Promise.all([stalled.end(), quick.end()]);
});

describe('what lasts', () => {
  it('presence is told', async () => {
    const { gateway, credential } = await fresh();
    const device = await connect(credential, gateway);
    await eventually(() => expect(present).toContain(`+${gateway}`));
    await device.end();
    await eventually(() => expect(present).toContain(`-${gateway}`));
  });

  it('what gateways said last is there after a restart, and the cloud\'s documents; who was revoked stays out', async () => {
    const { gateway, credential } = await fresh();
    const revoked = await newGateway(authority);
    await broker.admission.revoke(revoked.gateway, revoked.serial);
    const device = await connect(credential, gateway);
    await device.publish(topics.reported(gateway, 'timers'), { rev: 1 }, true);
    await device.publish(topics.reported(gateway, 'timers'), { rev: 2 }, true);
    await cloud.publish(topics.desired(gateway, 'timers'), { rev: 2 }, { retain: true });
    await cloud.publish(topics.desired(gateway, 'limits'), { rev: 1 }, { retain: true });
    await cloud.publish(topics.desired(gateway, 'limits'), null, { retain: true });
    await cloud.close();
    await broker.close();
    expect(await device.ended).toBe('the connection ended');
    broker = await start();
    cloud = connectCloud();
    const heard = new Map<string, unknown>();
    await cloud.subscribe(`roamstead/v1/${gateway}/#`, (topic, payload) => heard.set(topic, payload));
    await eventually(() => expect(heard.size).toBe(2));
    expect(Object.fromEntries(heard)).toEqual({ [topics.reported(gateway, 'timers')]: { rev: 2 }, [topics.desired(gateway, 'timers')]: { rev: 2 } });
    await expect(connect(revoked.credential, revoked.gateway)).rejects.toThrow(/not authorized/i);
  });
});

describe('as time goes by', () => {
  it('the broker gets its next certificate, and a session ends with its own', async () => {
    let time = Date.now();
    const own = await openAuthority({ folder: join(folder, 'pki2'), names: ['localhost'], now: () => time });
    const fail = (e: unknown): void => void errors.push(new Error(JSON.stringify(e)));
    const other = await startEmbedded({ listen: { host: '127.0.0.1', port: 0 }, authority: own, folder: join(folder, 'retained2'), now: () => time, onRefused: fail, onError: fail });
    const { gateway, credential } = await newGateway(own);
    const device = await connectDevice({ port: other.port, authority: own.certificate, credential, clientId: gateway });
    const shown = (): Promise<string> =>
      new Promise((resolve) => {
        // It is of the future for everybody but the broker.
        const socket = connectTls({ host: '127.0.0.1', port: other.port, key: credential, cert: credential, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().serialNumber.toLowerCase());
          socket.destroy();
        });
      });
    const before = await shown();
    time += 61 * 86_400_000;
    await other.refresh();
    const after = await shown();
    expect([after === before, after]).toEqual([false, (await own.server()).serial]);
    expect(device.alive).toBe(true);
    time += 30 * 86_400_000;
    await other.refresh();
    expect(await device.ended).toBe('the connection ended');
    await other.close();
    await own.close();
  });
});
