/** Thirty simulated homes, with the agent's own code, at a real LMA and a real cloud: changed together, one revoked, the cloud killed meanwhile. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AuditEntry, Overview } from '../../cloud/api/resources/network.ts';
import type { Home } from '../../cloud/api/resources/homes.ts';
import type { Page } from '../../cloud/api/resources/answers.ts';
import type { Rollout } from '../../cloud/api/resources/rollouts.ts';
import type { Subscriber } from '../../cloud/api/resources/subscribers.ts';
import { openFleetLab, type FleetLab } from '../../lab/fleet/fleet.ts';
import { sleep, until } from '../../lab/processes.ts';

const HOMES = 30;
const SUBSCRIBERS = 60;
const errors: string[] = [];
let lab: FleetLab;
/** Chance that is always the same. */
let seed = 7;
const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;

beforeAll(async () => {
  lab = await openFleetLab({ homes: HOMES, subscribers: SUBSCRIBERS, version: 'test', random, stop: new AbortController().signal, progress: () => undefined, say: () => undefined, onError: (e) => errors.push(e.message) });
  await lab.settle(100);
});
afterAll(() => lab?.close());

const get = <T>(path: string): Promise<T> => lab.api<T>('GET', path);
const lifetimes = (): readonly (number | undefined)[] => lab.gateways.map((g) => g.lifetime());
const start = (lifetime: number, pace: Partial<Rollout> & { readonly canary: number; readonly ramp: number; readonly watch: number }): Promise<Rollout> =>
  lab.api('POST', '/rollouts', { scope: { kind: 'fleet' }, concern: 'timers', document: { timers: { 'binding-lifetime': lifetime } }, tolerance: { success: 1, time: 1000 }, ...pace });
/** Asks seldom enough for the API's patience. */
async function eventually(what: string, seconds: number, check: () => Promise<boolean>): Promise<void> {
  await until(what, seconds * 1000, async () => (await check()) || (await sleep(200), false));
}
/** Where the cloud sees each subscriber, and where each one is. */
async function everybodyIsSeen(): Promise<boolean> {
  const { items } = await get<Page<Subscriber>>('/subscribers?limit=200');
  const seen = items.map((s) => s.home ?? '').toSorted();
  const there = lab.crowd.subscribers.map((s) => lab.gateways[s.at ?? -1]?.member.key.gateway ?? '').toSorted();
  return JSON.stringify(seen) === JSON.stringify(there);
}

it('all are in the dashboard with their places, and everybody is where the cloud says', async () => {
  await eventually('everybody', 10, everybodyIsSeen);
  const { items, total } = await get<Page<Home>>('/homes?limit=100');
  expect(total).toBe(HOMES);
  expect(items.filter((h) => h.status === 'online' && h.position !== undefined)).toHaveLength(HOMES);
  expect(await get<Overview>('/overview')).toMatchObject({ homes: { online: HOMES, total: HOMES }, subscribers: SUBSCRIBERS });
});

it('a rollout reaches all of them, and nobody loses a session by it', async () => {
  const before = { ...lab.crowd.counts };
  const { id } = await start(610, { canary: 3, ramp: 10, watch: 0 });
  await eventually('the rollout', 20, async () => (await get<Rollout>(`/rollouts/${id}`)).status === 'done');
  expect(await get<Rollout>(`/rollouts/${id}`)).toMatchObject({ total: HOMES, sent: HOMES, applied: HOMES, failed: 0 });
  expect(new Set(lifetimes())).toEqual(new Set([610]));
  expect(await get<Overview>('/overview')).toMatchObject({ subscribers: SUBSCRIBERS });
  expect(lab.crowd.counts).toEqual(before);
});

it('one that is revoked is out at once: of the broker, and of the LMA', async () => {
  const revoked = lab.gateways.at(-1);
  const id = revoked?.member.key.gateway ?? '';
  lab.crowd.flee(HOMES - 1);
  await lab.api('POST', `/homes/${id}/revoke`, { reason: 'sold' });
  await until('its connection to end', 5000, () => revoked?.status()?.fleet?.state === 'offline');
  expect(lab.connected()).toBe(HOMES - 1);
  // It comes back, is no one's any more, and that is written down.
  await eventually('the refusal', 15, async () => (await get<Page<AuditEntry>>('/audit?limit=50')).items.some((e) => e.action === 'broker.connect refused' && e.by === id));
  await eventually('the LMA', 5, async () => (await get<readonly { readonly gateways: number }[]>('/lmas'))[0]?.gateways === HOMES - 1);
  await revoked?.off();
  await eventually('everybody', 10, everybodyIsSeen);
});

let halfway = '';
it('the cloud is killed in the middle of a rollout, and with it the broker: phones roam on', async () => {
  ({ id: halfway } = await start(620, { canary: 2, ramp: 2, watch: 2 }));
  await until('the first homes', 10_000, () => lifetimes().filter((l) => l === 620).length >= 2);
  lab.cloud.process.child.kill('SIGKILL');
  await lab.cloud.process.exited;
  expect(lifetimes().filter((l) => l === 620).length).toBeLessThan(HOMES - 1);
  await until('the gateways to notice', 10_000, () => lab.connected() === 0);
  const { accepted } = lab.crowd.counts;
  const before = lab.crowd.subscribers.map((s) => s.at);
  for (let roams = 0; roams < 50; roams++) {
    lab.crowd.walk();
    await sleep(20);
  }
  expect(lab.crowd.subscribers.map((s) => s.at)).not.toEqual(before);
  await until('the LMA to accept them', 10_000, () => lab.crowd.counts.accepted >= accepted + 45);
});

it('started again it goes on with the rollout where it was, and knows who went where meanwhile', async () => {
  await lab.restartCloud();
  await eventually('the rollout', 60, async () => (await get<Rollout>(`/rollouts/${halfway}`)).status === 'done');
  expect(new Set(lifetimes().slice(0, -1))).toEqual(new Set([620]));
  expect(lab.connected()).toBe(HOMES - 1);
  await eventually('everybody', 10, everybodyIsSeen);
  // What the LMA still says to a gateway whose key it has forgotten, that one does not believe.
  expect(errors.filter((e) => !e.startsWith(`home${HOMES}@`))).toEqual([]);
  expect(lab.cloud.errors()).toEqual([]);
});
