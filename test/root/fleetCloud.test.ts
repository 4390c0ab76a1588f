/** The gateway's part of the fleet against the whole fleet service: claimed by its code over the API, changed by a rollout, told to, revoked. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agentSchema } from '../../agent/config.ts';
import { problemsOf } from '../../agent/configCheck.ts';
import { openFleet, type Fleet } from '../../agent/fleet/fleet.ts';
import type { AgentStatus } from '../../agent/fleet/status.ts';
import { createLeases } from '../../agent/show/leases.ts';
import { createStatistics } from '../../agent/show/statistics.ts';
import { cloudSchema, problemsOf as cloudProblems } from '../../cloud/fleet/config.ts';
import { runFleet, type RunningFleet } from '../../cloud/fleet/main.ts';
import { nonePaths } from '../../linux/datapath/nonePaths.ts';
import { now } from '../../runtime/clock.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { ask } from '../../runtime/control.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createTraces } from '../../runtime/traces.ts';
import { answerHeartbeat } from '../../protocol/heartbeat.ts';
import { activeBench, LMA1, type Bench } from '../mag/harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'roamstead-fleet-'));
const log: string[] = [];
let cloud: RunningFleet;
let fleet: Fleet;
let bench: Bench;
let session: Record<string, string>;
const said: string[] = [];
const restarts: string[] = [];

const api = async (method: string, path: string, body?: unknown): Promise<any> => {
  const response = await fetch(`http://127.0.0.1:${cloud.port}/api/v1${path}`, { method, headers: { 'content-type': 'application/json', ...session }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  if (path === '/setup') session = { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '', 'x-roamstead-csrf': (answer as { csrf: string }).csrf };
  return answer;
};
const status = async (): Promise<AgentStatus> => (await fleet.handlers['agent status']?.({ command: 'agent status' })) as AgentStatus;

/** Asks five times a second: more would be too many requests. */
async function eventually(check: () => void | Promise<void>, patience: number): Promise<void> {
  for (let left = patience; ; left -= 200) {
    try {
      return await check();
    } catch (e) {
      if (left <= 0) throw e;
    }
    await new Promise((resolve) => void setTimeout(resolve, 200));
  }
}

/** A gateway whose LMA answers every heartbeat at once. */
async function gateway(broker: string): Promise<void> {
  const file = `domain: D1\nmag: M1\nuplink: wan0\nlocal-mobility-anchors: [{ id: ${LMA1.id}, ipv6-address: "${LMA1.ipv6}", ipv4-address: ${LMA1.ipv4} }]
fleet: { broker: "${broker}", authority: ${folder}/cloud/pki/authority.pem, claim-credential: ${folder}/claim.pem, state-directory: ${folder}/gateway }
interfaces: [{ name: guests, device: br-guests, first-packet: true }]\n`;
  const config = parseConfig('x.yaml', file, agentSchema, problemsOf);
  fleet = await openFleet({ config, version: '1.0.0', now, log: (level, message) => void said.push(`${level} ${message}`), onCount: () => undefined, onError: (e) => void said.push(`error ${e.message}`) });
  bench = activeBench();
  const feed = (event: Parameters<Bench['give']>[0]): void => {
    for (const effect of bench.give(event)) {
      if (effect.kind !== 'send' || effect.message.kind !== 'heartbeat') continue;
      const answer = { kind: 'message', from: effect.to, message: answerHeartbeat(effect.message, 1) } as const;
      bench.give(answer);
      setImmediate(() => fleet.heard(answer));
    }
  };
  const paths = { ...nonePaths(), backend: 'none' };
  fleet.start({
    mag: bench.mag,
    feed,
    show: { config, mag: bench.mag, paths, fault: () => undefined, counters: createCounters(), statistics: createStatistics(), leases: createLeases(), traces: createTraces(), neighbours: () => [], now: bench.now, retryDenied: () => undefined },
    bindings: 512,
    octets: () => ({ up: 1, down: 2 }),
    giveUp: async () => ({ bindings: 0, unanswered: 0 }),
    restart: (why) => restarts.push(why),
    useAnchors: () => undefined,
    useProfiles: () => undefined,
    limitGuests: () => undefined,
  });
}

beforeAll(async () => {
  mkdirSync(join(folder, 'site'));
  writeFileSync(join(folder, 'site', 'index.html'), '<!doctype html><title>Roamstead</title>');
  const config = parseConfig('cloud.yaml', `role: fleet\nhttp: { listen: "127.0.0.1:0" }\nbroker: { kind: embedded, listen: "127.0.0.1:0", names: [localhost] }\nstate-directory: ${folder}/cloud\n`, cloudSchema, cloudProblems);
  cloud = await runFleet(config, (level, message, facts) => void log.push(`${level} ${message} ${JSON.stringify(facts ?? {})}`), { version: '1', site: join(folder, 'site'), lmas: [] });
  session = {};
  await api('POST', '/setup', { token: /\/setup#(\S+)/.exec(log.join('\n'))?.[1], name: 'ann', password: 'correct horse battery' });
  writeFileSync(join(folder, 'claim.pem'), (await ask(join(folder, 'cloud', 'control.sock'), { command: 'claim credential' })) as string);
  await gateway(cloud.broker.startsWith('mqtts:') ? cloud.broker : `mqtts://localhost:${/(\d+)$/.exec(cloud.broker)?.[1]}`);
});
afterAll(async () => {
  await fleet.close();
  await cloud.stop();
  rmSync(folder, { recursive: true });
});

it('is claimed by the code that it shows', async () => {
  await eventually(async () => expect(await api('GET', '/claims')).toHaveLength(1), 20_000);
  const { code, gateway: id } = (await status()).fleet ?? {};
  expect(await api('POST', '/claims', { code, name: 'Smith', group: 'homes' })).toMatchObject({ id, name: 'Smith' });
  await eventually(async () => expect((await status()).fleet).toMatchObject({ state: 'connected', home: 'Smith' }), 20_000);
  await eventually(async () => expect(await api('GET', `/homes/${id}`)).toMatchObject({ status: 'online', agent: '1.0.0', lmas: [{ id: LMA1.id, reachable: true }] }), 10_000);
}, 60_000);

it('takes a rollout, and says what came of it', async () => {
  const id = (await status()).fleet?.gateway;
  await api('POST', '/rollouts', { scope: { kind: 'fleet' }, concern: 'timers', document: { timers: { 'binding-lifetime': 600 } }, canary: 1, ramp: 1, watch: 0, tolerance: { success: 1, time: 9 } });
  await eventually(() => expect(bench.mag.config.timers.lifetime).toBe(600), 20_000);
  await eventually(async () => expect((await api('GET', `/homes/${id}`)).configuration.timers).toMatchObject({ status: 'applied', running: { rev: 1 } }), 20_000);
  expect(bench.state()).toBe('active');
}, 60_000);

it('answers commands', async () => {
  const id = (await status()).fleet?.gateway;
  for (const name of ['ping', 'reboot-agent']) await api('POST', `/homes/${id}/commands`, { name, seconds: 30 });
  await eventually(async () => expect((await api('GET', `/homes/${id}/commands`)).items.map((c: any) => c.status)).toEqual(['done', 'done']), 10_000);
  expect(restarts).toEqual(['the fleet asked for it']);
}, 60_000);

it('is out at once when it is revoked', async () => {
  await api('POST', `/homes/${(await status()).fleet?.gateway}/revoke`, { reason: 'stolen' });
  await eventually(async () => expect((await status()).fleet).toMatchObject({ state: 'offline' }), 5000);
  expect(bench.state()).toBe('active');
  expect(said.filter((line) => line.startsWith('error'))).toEqual([]);
}, 60_000);

it('can be claimed again when its home was removed and its owner wants that', async () => {
  const before = (await status()).fleet?.gateway;
  await api('DELETE', `/homes/${before}`);
  await fleet.handlers['agent unclaim']?.({ command: 'agent unclaim' });
  await eventually(async () => expect(await api('GET', '/claims')).toMatchObject([{ gateway: before }]), 20_000);
  await api('POST', '/claims', { code: (await status()).fleet?.code, name: 'Smith again', group: 'homes' });
  await eventually(async () => expect((await status()).fleet).toMatchObject({ state: 'connected', home: 'Smith again' }), 20_000);
}, 60_000);
