/** A gateway over MQTT and mutual TLS: claimed, provisioned, and revoked at the cloud's own broker. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFleetClient, type FleetClient } from '../../../agent/fleet/client.ts';
import { mqttConnect } from '../../../agent/fleet/mqtt.ts';
import type { Documents, World } from '../../../agent/fleet/ports.ts';
import { openCredentials, openKey, openStore } from '../../../agent/fleet/store.ts';
import { createBus } from '../../../cloud/broker/bus.ts';
import { startEmbedded } from '../../../cloud/broker/embedded.ts';
import type { EmbeddedBroker, FleetBus } from '../../../cloud/broker/ports.ts';
import { openAuthority, type OpenAuthority } from '../../../cloud/pki/authority.ts';
import { topics } from '../../../runtime/fleet/topics.ts';
import { eventually } from '../../cloud/broker/eventually.ts';
import { desired, TIMERS } from './desiredBench.ts';

let folder: string;
let authority: OpenAuthority;
let broker: EmbeddedBroker;
let cloud: FleetBus;
const errors: string[] = [];
const clients: FleetClient[] = [];

/** Nothing is waited for longer than it must. */
const world: World = {
  now: () => ({ at: performance.now(), wall: Date.now() }),
  after(delay, call) {
    const timer = setTimeout(call, Math.min(delay, 60_000));
    return () => clearTimeout(timer);
  },
  random: () => 0.001,
};
const onError = (e: Error): void => void errors.push(e.message);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-fleet-'));
  authority = await openAuthority({ folder: join(folder, 'pki'), names: ['localhost'], now: Date.now });
  broker = await startEmbedded({ listen: { host: '127.0.0.1', port: 0 }, authority, folder: join(folder, 'retained'), now: Date.now, onRefused: () => undefined, onError });
  cloud = createBus({ connect: () => broker.connect(), onError, pause: { first: 1, longest: 5 } });
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await cloud.close();
  await broker.close();
  await authority.close();
  rmSync(folder, { recursive: true });
});

async function gateway(): Promise<{ readonly client: FleetClient; readonly id: string; readonly applied: Documents[] }> {
  const home = join(folder, 'home');
  const [key, store, claim] = [await openKey(home), await openStore(home, world.after, onError), (await authority.claim()) as { readonly pem: string; readonly key: string }];
  const applied: Documents[] = [];
  const client: FleetClient = createFleetClient({
    world,
    connect: mqttConnect(`mqtts://localhost:${broker.port}`),
    store,
    credentials: openCredentials(home, onError),
    key,
    claimCredential: () => ({ certificate: claim.pem, key: claim.key, authority: authority.certificate }),
    gateway: {
      agent: '1.0.0',
      identity: 'home1@isp.example',
      commands: { ping: () => ({ result: 'pong' }) },
      telemetry: {},
      figures: () => ({ bindings: 0, sharing: { paused: false }, counters: { attached: 0, refused: 0, handovers: 0, bytesUp: 0, bytesDown: 0 }, lmas: [], memory: 0 }),
    },
    judge: () => ({ refused: {}, limited: {}, anchored: true }),
    apply: (documents) => void applied.push(documents),
    probe: () => client.answered(),
    log: () => undefined,
    onCount: () => undefined,
    onError,
  });
  clients.push(client);
  return { client, id: key.gateway, applied };
}

it('is claimed, has its documents, answers a command, comes back as itself, and is out when it is revoked', async () => {
  const heard: [string, unknown][] = [];
  await cloud.subscribe('roamstead/v1/#', (topic, payload) => heard.push([topic, payload]));
  const last = (topic: string): any => heard.findLast(([name]) => name === topic)?.[1];
  const first = await gateway();
  const { id } = first;
  await cloud.publish(topics.desired(id, 'timers'), desired(4, TIMERS), { retain: true });

  first.client.start();
  await eventually(() => expect(last(topics.claimRequest(id))).toBeDefined());
  expect(first.client.status()).toMatchObject({ state: 'unclaimed', code: last(topics.claimRequest(id))?.code.replace(/^(.{4})/, '$1-') });
  const proven = await authority.prove(last(topics.claimRequest(id))?.request ?? '');
  expect(proven.gateway).toBe(id);
  const certificate = await authority.issue(proven);
  await cloud.publish(topics.claimResponse(id), { status: 'claimed', gateway: id, home: 'Smith', group: 'north', certificate: certificate.pem, authority: authority.certificate });

  await eventually(() => expect(last(topics.reported(id, 'timers'))).toMatchObject({ rev: 4, status: 'applied' }));
  await eventually(() => expect(last(topics.heartbeat(id))?.running.timers).toMatchObject({ rev: 4 }));
  expect(first.applied.at(-1)).toMatchObject({ timers: { document: TIMERS } });
  await cloud.publish(topics.command(id, 'c1'), { name: 'ping', expires: Date.now() + 10_000 });
  await eventually(() => expect(last(topics.commandResult(id, 'c1'))).toEqual({ ok: true, result: 'pong' }));
  await first.client.close();
  await eventually(() => expect(last(topics.state(id))).toEqual({ state: 'disconnected', session: 1 }));

  const second = await gateway();
  second.client.start();
  await eventually(() => expect(last(topics.state(id))).toMatchObject({ state: 'ready' }));
  expect(second.client.status().documents.find((d) => d.concern === 'timers')?.running).toBe(4);
  await authority.revoke([certificate.serial]);
  await broker.admission.revoke(id, certificate.serial);
  await eventually(() => expect(second.client.status().state).toBe('offline'));
  expect(errors).toEqual([]);
});

it.each([
  ['a port that there is not', 'mqtts://localhost:99999', {}, 'Invalid URL'],
  ['a damaged certificate', 'mqtts://localhost:8883', { certificate: 'no PEM', key: 'no PEM' }, 'no start line'],
])('%s is refused in words before anything is connected', (_, at, damaged, why) => {
  const credential = { certificate: '', key: '', authority: authority.certificate, ...damaged };
  const connect = (): unknown => mqttConnect(at)({ credential, clientId: 'gateway', onConnect: () => undefined, onMessage: () => undefined, onClose: () => undefined });
  expect(connect).toThrow(`${at} cannot be asked with this certificate and key: `);
  expect(connect).toThrow(why);
});
