/** Rollouts over a broker and a store, and over the deaths of the cloud. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RolloutPlan } from '../../../cloud/api/resources/rollouts.ts';
import { topics } from '../../../runtime/fleet/topics.ts';
import { connect, createWorld, desiredOf, GOOD, idOf, openFleet, range, type Fleet, type World } from './world.ts';

const timers = (seconds: number) => ({ timers: { 'binding-lifetime': seconds } });
const plan = (document: unknown, more: Partial<RolloutPlan> = {}): RolloutPlan => ({ scope: { kind: 'fleet' }, concern: 'timers', document, canary: 1, ramp: 2, watch: 60, tolerance: { success: 0.05, time: 1.5 }, ...more });

async function fleetOf(n: number): Promise<{ world: World; fleet: Fleet; gateways: Awaited<ReturnType<typeof connect>>[] }> {
  const world = createWorld();
  const fleet = await openFleet(world);
  for (const i of range(n)) await fleet.claim(i);
  const gateways = [];
  for (const i of range(n)) gateways.push(await connect(world, i));
  await fleet.tick(100);
  return { world, fleet, gateways };
}

const having = (world: World, n: number, seconds: number): number => range(n).filter((i) => JSON.stringify(desiredOf(world, i, 'timers')?.document) === JSON.stringify(timers(seconds))).length;

async function until(world: World, fleet: Fleet, id: string, most = 60): Promise<string> {
  for (let i = 0; i < most && !['done', 'rolled back'].includes(fleet.rollouts.get(id)?.status ?? ''); i++) await fleet.tick(10_000);
  expect(world.errors).toEqual([]);
  return fleet.rollouts.get(id)?.status ?? '';
}

describe('a rollout', () => {
  it('reaches all homes wave by wave, becomes the document of its scope, and is in the audit log', async () => {
    const { world, fleet } = await fleetOf(7);
    const { id } = await fleet.rollouts.start(plan(timers(600)), 'ann');
    await fleet.provisioning.settled();
    expect(having(world, 7, 600)).toBe(1);
    await fleet.tick(59_000);
    expect(having(world, 7, 600)).toBe(1);
    await fleet.tick(2000);
    expect(having(world, 7, 600)).toBe(3);
    expect(await until(world, fleet, id)).toBe('done');
    expect([having(world, 7, 600), fleet.documents.current({ kind: 'fleet' }, 'timers')?.by, fleet.rollouts.get(id)?.applied]).toEqual([7, 'ann', 7]);
    expect((await fleet.audit.list()).map((e) => `${e.by} ${e.action}`).filter((t) => t.includes('rollouts'))).toEqual(['ann rollouts.start', 'roamstead rollouts.done']);
    // A home that is claimed later has it, too.
    await fleet.claim(9);
    await fleet.provisioning.settled();
    expect(desiredOf(world, 9, 'timers')?.document).toEqual(timers(600));
  });

  it('goes back by itself when a home goes back by itself: all desire what they desired before, by a new revision', async () => {
    const { world, fleet, gateways } = await fleetOf(4);
    await until(world, fleet, (await fleet.rollouts.start(plan(timers(300)), 'ann')).id);
    const before = range(4).map((i) => desiredOf(world, i, 'timers'));
    const { id } = await fleet.rollouts.start(plan(timers(600), { canary: 3 }), 'bob');
    const second = gateways[1];
    if (second) second.answers = 'rolledback';
    await world.bus.publish(topics.reported(idOf(1), 'timers'), { ...desiredOf(world, 1, 'timers'), document: undefined, status: 'rolledback', problems: [{ path: '', reason: 'no LMA answered' }], running: null, at: 0 }, { retain: true });
    if (second) second.answers = 'applied';
    expect(await until(world, fleet, id)).toBe('rolled back');
    expect(fleet.rollouts.get(id)?.reason).toBe('Home 1 went back to what it had before (no LMA answered)');
    const after = range(4).map((i) => desiredOf(world, i, 'timers'));
    expect(after.map((d) => d?.hash)).toEqual(before.map((d) => d?.hash));
    expect(after.map((d, i) => (d?.rev ?? 0) - (before[i]?.rev ?? 0))).toEqual([2, 2, 2, 0]);
    expect(fleet.documents.current({ kind: 'fleet' }, 'timers')?.document).toEqual(timers(300));
  });

  it('stops and goes back when binding success of the changed homes gets worse', async () => {
    const { world, fleet } = await fleetOf(5);
    const { id } = await fleet.rollouts.start(plan(timers(600)), 'ann');
    world.figures = { ...GOOD, success: 0.8 };
    await fleet.tick(10_000);
    expect([fleet.rollouts.get(id)?.status, fleet.rollouts.get(id)?.since?.success]).toEqual(['rolling back', 0.8]);
    expect(await until(world, fleet, id)).toBe('rolled back');
    expect(having(world, 5, 600)).toBe(0);
  });

  it('a home that is away gets it when it comes, and is not waited for', async () => {
    const { world, fleet, gateways } = await fleetOf(3);
    await gateways[2]?.death();
    const { id } = await fleet.rollouts.start(plan(timers(600)), 'ann');
    expect(await until(world, fleet, id)).toBe('done');
    expect(fleet.rollouts.get(id)).toMatchObject({ reason: 'all homes that are there have it; who is not there gets it when it comes: 1 home', sent: 2, total: 3 });
    expect(desiredOf(world, 2, 'timers')?.document).toEqual(timers(600));
  });

  it('is refused while another one goes on among its homes, and for a document with problems', async () => {
    const { fleet } = await fleetOf(2);
    await fleet.rollouts.start(plan(timers(600)), 'ann');
    const group = await fleet.groups.create('Other', 'ann');
    await expect(fleet.rollouts.start(plan(timers(700), { scope: { kind: 'home', id: idOf(1) } }), 'bob')).rejects.toMatchObject({ status: 409, message: /timers by ann goes on among these homes/ });
    await expect(fleet.homes.change(idOf(1), { group: group.id }, 'bob')).rejects.toMatchObject({ status: 409 });
    expect((await fleet.rollouts.start(plan({ 'max-bindings': 9 }, { concern: 'limits' }), 'bob')).status).toBe('canary');
    await expect(fleet.rollouts.start(plan({ timers: { 'binding-lifetime': 'x' } }, { scope: { kind: 'group', id: group.id } }), 'bob')).rejects.toMatchObject({ status: 422, path: 'document.timers.binding-lifetime' });
    await expect(fleet.rollouts.start(plan({ 'local-mobility-anchors': [{ id: 'l', 'ipv4-address': '192.0.2.1', key: 'ab'.repeat(16) }] }, { concern: 'lmas' }), 'bob')).rejects.toMatchObject({ status: 422, message: /leave it out/ });
  });

  it('people pause it, let it go on and take it back; what makes no sense is refused in words', async () => {
    const { world, fleet } = await fleetOf(4);
    const { id } = await fleet.rollouts.start(plan(timers(600)), 'ann');
    expect((await fleet.rollouts.act(id, 'pause', 'bob')).status).toBe('paused');
    await fleet.tick(600_000);
    expect(having(world, 4, 600)).toBe(1);
    await expect(fleet.rollouts.act(id, 'pause', 'bob')).rejects.toMatchObject({ status: 409, message: 'a rollout that is paused cannot be asked to pause' });
    await fleet.rollouts.act(id, 'advance', 'bob');
    await fleet.provisioning.settled();
    expect(having(world, 4, 600)).toBe(3);
    await fleet.rollouts.act(id, 'roll back', 'bob');
    expect(await until(world, fleet, id)).toBe('rolled back');
    expect([having(world, 4, 600), desiredOf(world, 0, 'timers')?.document]).toEqual([0, {}]);
    await expect(fleet.rollouts.act('none', 'pause', 'bob')).rejects.toMatchObject({ status: 404 });
  });

  it('a store that refuses for a while only delays it', async () => {
    const { world, fleet } = await fleetOf(3);
    const { id } = await fleet.rollouts.start(plan(timers(600)), 'ann');
    world.store.refuse('the disk is full');
    await fleet.tick(61_000);
    expect(having(world, 3, 600)).toBe(1);
    world.store.refuse(undefined);
    world.errors.length = 0;
    expect(await until(world, fleet, id)).toBe('done');
  });

  it('a broker that refuses for a while only delays it', async () => {
    const { world, fleet } = await fleetOf(3);
    const there = [...world.there];
    world.there.clear();
    world.bus.refuse(true);
    const { id } = await fleet.rollouts.start(plan(timers(600)), 'ann');
    await fleet.tick(61_000);
    expect([having(world, 3, 600), world.errors.length > 0]).toEqual([0, true]);
    world.bus.refuse(false);
    for (const [home, gateway] of there) world.there.set(home, gateway);
    world.errors.length = 0;
    expect(await until(world, fleet, id)).toBe('done');
    expect(having(world, 3, 600)).toBe(3);
  });

  it('the browsers hear of each change of its status, and at most once a second of the rest', async () => {
    const { world, fleet } = await fleetOf(3);
    world.told.length = 0;
    const { id } = await fleet.rollouts.start(plan(timers(600)), 'ann');
    await fleet.tick(100);
    await fleet.tick(100);
    await fleet.tick(2000);
    expect(world.told.filter((t) => t.kind === 'rollout').length).toBe(2);
    await until(world, fleet, id);
    const said = world.told.filter((t) => t.kind === 'rollout').map((t) => (t.value as { status: string }).status);
    expect([...new Set(said)]).toEqual(['canary', 'ramp', 'done']);
  });
});

/** A whole rollout with one death of the cloud, in the commit or publication of this number. */
async function withDeath(at: number, after: boolean, fails: boolean): Promise<{ end: unknown; steps: number }> {
  const { world, fleet: first, gateways } = await fleetOf(3);
  let fleet = first;
  let steps = 0;
  let dead = false;
  const step = <A extends unknown[]>(real: (...args: A) => Promise<void>) => async (...args: A): Promise<void> => {
    if (dead) return new Promise(() => undefined);
    steps += 1;
    if (steps !== at) return real(...args);
    dead = true;
    if (after) await real(...args);
    return new Promise(() => undefined);
  };
  const inner = { commit: world.store.commit.bind(world.store), publish: world.bus.publish.bind(world.bus) };
  const outer = inner.publish;
  world.store.commit = step(inner.commit);
  // What gateways publish is theirs.
  world.bus.publish = (topic, payload, options) => (topic.includes('/desired/') ? step(inner.publish)(topic, payload, options) : inner.publish(topic, payload, options));
  const waited = <T>(p: Promise<T>) => Promise.race([p, new Promise<undefined>((resolve) => setImmediate(() => setImmediate(() => resolve(undefined))))]);
  await waited(first.rollouts.start(plan(timers(600)), 'ann'));
  let changedMost = 0;
  for (let i = 0; i < 40; i++) {
    await waited(fleet.tick(15_000));
    if (fails && i === 6) {
      const third = gateways.find((g) => g.running.timers && JSON.stringify(g.running.timers.document) === JSON.stringify(timers(600)));
      if (third?.running.timers) await inner.publish(topics.reported(third.id, 'timers'), { rev: third.running.timers.rev, hash: third.running.timers.hash, status: 'rejected', problems: [], running: null, at: 0 }, { retain: true });
    }
    if (fleet.rollouts.list()[0]?.status === 'canary') changedMost = Math.max(changedMost, having(world, 3, 600));
    if (!dead && steps < at && at < Infinity) continue;
    if (!dead && ['done', 'rolled back'].includes(fleet.rollouts.list()[0]?.status ?? '')) break;
    if (!dead) continue;
    dead = false;
    world.store.commit = inner.commit;
    world.bus.publish = outer;
    world.bus.published.length = 0;
    fleet = await openFleet(world);
    // Whoever asked got no answer, and asks again if nothing came of it.
    if (fleet.rollouts.list().length === 0) await fleet.rollouts.start(plan(timers(600)), 'ann');
  }
  expect(changedMost).toBeLessThanOrEqual(1);
  const [rollout] = fleet.rollouts.list();
  const verdict = await fleet.audit.verify();
  return { end: { status: rollout?.status, documents: range(3).map((i) => desiredOf(world, i, 'timers')?.document ?? {}), waiting: range(3).filter((i) => !['applied', 'none'].includes(fleet.registry.configuration(idOf(i), 'timers').status)), broken: verdict.broken }, steps };
}

describe('a cloud that is killed in the middle', () => {
  it.each([[false, 'done'], [true, 'rolled back']] as const)('resumes at every step and comes to the same end (fails: %s)', async (fails, status) => {
    const { end, steps } = await withDeath(Infinity, false, fails);
    expect([end, steps > 10]).toMatchObject([{ status, waiting: [], broken: undefined }, true]);
    for (let at = 1; at <= steps; at++) for (const after of [false, true]) expect([at, after, (await withDeath(at, after, fails)).end]).toEqual([at, after, end]);
  });
});

describe('whatever people and homes do', () => {
  it('after a rollback every home desires what it desired before, and a canary changes no more than its size', async () => {
    const action = fc.oneof(fc.constantFrom('tick', 'tick', 'pause', 'resume', 'advance', 'away', 'back', 'worse', 'reject'));
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 14 }), fc.integer({ min: 1, max: 3 }), async (actions, canary) => {
        const { world, fleet, gateways } = await fleetOf(4);
        const before = range(4).map((i) => desiredOf(world, i, 'timers')?.document ?? {});
        const { id } = await fleet.rollouts.start(plan(timers(600), { canary }), 'ann');
        for (const what of actions) {
          if (fleet.rollouts.get(id)?.status === 'canary') expect(having(world, 4, 600)).toBeLessThanOrEqual(canary);
          if (what === 'tick') await fleet.tick(31_000);
          else if (what === 'away') await gateways[0]?.death();
          else if (what === 'back') await gateways[0]?.birth();
          else if (what === 'worse') world.figures = { ...GOOD, p50: 900 };
          else if (what === 'reject') for (const g of gateways) g.answers = 'rejected';
          else await fleet.rollouts.act(id, what as 'pause', 'bob').catch((e: { readonly status?: number }) => expect(e.status).toBe(409));
          if (what === 'reject') for (const g of gateways) g.answers = 'applied';
        }
        if (fleet.rollouts.get(id)?.status === 'done') return;
        await fleet.rollouts.act(id, 'roll back', 'bob').catch((e: { readonly status?: number }) => expect(e.status).toBe(409));
        for (let i = 0; i < 20; i++) await fleet.tick(10_000);
        expect(fleet.rollouts.get(id)?.status).toBe('rolled back');
        expect(range(4).map((i) => desiredOf(world, i, 'timers')?.document ?? {})).toEqual(before);
      }),
      { numRuns: 25 },
    );
  });
});
