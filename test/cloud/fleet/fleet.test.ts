/** Registry, homes, groups, documents and commands together, over a store and a broker in memory. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { agentSchema } from '../../../agent/config.ts';
import type { Home } from '../../../cloud/api/resources.ts';
import { hashOf } from '../../../runtime/fleet/canonical.ts';
import { CONCERNS, topics } from '../../../runtime/fleet/topics.ts';
import { connect, createWorld, desiredOf, idOf, openFleet, range, type Fleet, type World } from './world.ts';

const ANCHORS = { 'local-mobility-anchors': [{ id: 'lma1', 'ipv4-address': '192.0.2.1' }] };
const NOW = { canary: 9, ramp: 1, watch: 0, tolerance: { success: 1, time: 9 } } as const;
const KEY = 'ab'.repeat(32);

async function opened(builtIn = {}): Promise<{ world: World; fleet: Fleet }> {
  const world = createWorld();
  return { world, fleet: await openFleet(world, builtIn) };
}
const settle = async (fleet: Fleet): Promise<void> => {
  for (let i = 0; i < 4; i++) await fleet.tick(1);
};

describe('the registry', () => {
  it('knows a home from its claim on, online with its birth and offline with silence, and tells the browsers at most every two seconds', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    expect(fleet.registry.home(idOf(1))).toMatchObject({ status: 'offline', agent: '1.0', subscribers: 0 });
    await connect(world, 1);
    for (let i = 0; i < 10; i++) await fleet.tick(500);
    expect(fleet.registry.home(idOf(1))).toMatchObject({ status: 'online', agent: '1.1', subscribers: 2, bytesDown: 20 });
    expect([fleet.registry.counts(), fleet.registry.byIdentity('m1@example.com')]).toEqual([{ online: 1, total: 1, subscribers: 2 }, idOf(1)]);
    expect(world.told.filter((t) => t.kind === 'home').length).toBe(3);
    world.there.clear();
    await fleet.tick(149_999);
    expect(fleet.registry.online(idOf(1))).toBe(true);
    await fleet.tick(2);
    expect([fleet.registry.home(idOf(1))?.status, fleet.registry.counts()]).toEqual(['offline', { online: 0, total: 1, subscribers: 0 }]);
    expect((await fleet.registry.events(idOf(1), { limit: 9 })).map((e) => e.text)).toEqual(['offline (silent)', 'online', 'claimed as Home 1 by ann']);
  });

  it('has as many subscribers at a home as the LMAs say, and as its heartbeat said while they do not answer', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    const gateway = await connect(world, 1);
    await gateway.beat({ bindings: 2 });
    const shown = () => fleet.registry.home(idOf(1))?.subscribers;
    expect(shown()).toBe(2);
    world.sessions = new Map([['m1@example.com', 3]]);
    expect(shown()).toBe(3);
    world.sessions = new Map();
    expect(shown()).toBe(0);
    await gateway.beat({ bindings: 1 });
    world.sessions = undefined;
    await gateway.beat({ bindings: 1 });
    expect(shown()).toBe(1);
    world.sessions = new Map([['m1@example.com', 1]]);
    await gateway.death();
    expect(shown()).toBe(0);
  });

  it('writes down what happens at a home once, however often it is delivered', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    const began = world.clock.now - 60_000;
    const batch = (session: number, ...events: readonly (readonly [number, number, string])[]) =>
      world.bus.publish(topics.event(idOf(1)), { session, events: events.map(([sequence, at, text]) => ({ sequence, at: began + at, kind: 'notice', level: 'info', text })) });
    await batch(1, [1, 100, 'a'], [2, 200, 'b']);
    await batch(2, [1, 100, 'a'], [2, 200, 'b'], [3, 300, 'c']);
    await batch(3, [1, 400, 'after a restart']);
    await world.bus.publish(topics.event(idOf(1)), { session: 3, events: [{ sequence: 2, at: began + 500.4, kind: 'refused', station: 'mn-1', reason: 'no profile' }] });
    await fleet.tick();
    expect((await fleet.registry.events(idOf(1), { limit: 9 })).map((e) => [e.at - began, e.text])).toEqual([[500, 'a phone was refused: no profile'], [400, 'after a restart'], [300, 'c'], [200, 'b'], [100, 'a'], [60_000, 'claimed as Home 1 by ann']]);
  });

  it('hears nobody who is not of the fleet, and nothing that is no message', async () => {
    const { world, fleet } = await opened();
    await connect(world, 7);
    await fleet.claim(1);
    for (const payload of [null, 1, 'x', [], { state: 'ready' }, { state: 'ready', session: -1 }]) await world.bus.publish(topics.state(idOf(1)), payload);
    await world.bus.publish(topics.heartbeat(idOf(1)), { session: 1, at: 1 });
    expect(fleet.registry.counts()).toEqual({ online: 0, total: 1, subscribers: 0 });
    expect(new Set(world.errors)).toEqual(new Set(['unknown gateway', 'unreadable state', 'unreadable heartbeat']));
  });

  it('one that tells without end, or of times that are none, fills neither the disk nor the page', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    await fleet.claim(2);
    const notices = (n: number, count: number, at: number) => world.bus.publish(topics.event(idOf(n)), { session: 1, events: range(count).map((i) => ({ sequence: i + 1, at: at + i, kind: 'notice', level: 'info', text: `${i}` })) });
    for (const i of range(6)) await notices(1, 1000, world.clock.now - 60_000 + i * 1000);
    await notices(2, 1, 9e15);
    await fleet.tick();
    expect(await fleet.registry.events(idOf(1), { limit: 9000 })).toHaveLength(1 + 3000);
    expect((await fleet.registry.events(idOf(2), { limit: 9 })).map((e) => [e.at, e.text])).toEqual([[world.clock.now, '0'], [world.clock.now, 'claimed as Home 2 by ann']]);
  });

  it('a home\'s coming and going and what it makes of documents stand there once, whatever the broker tells again and however often the cloud starts', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    const gateway = await connect(world, 1);
    await fleet.rollouts.start({ scope: { kind: 'fleet' }, concern: 'limits', document: { 'max-bindings': 5 }, ...NOW }, 'ann');
    await fleet.tick(1000);
    gateway.answers = 'rejected';
    await fleet.rollouts.start({ scope: { kind: 'fleet' }, concern: 'timers', document: { timers: { 'bri-retries': 2 } }, ...NOW }, 'ann');
    for (let i = 0; i < 3; i++) await fleet.tick(1000);
    const texts = async (of = fleet) => (await of.registry.events(idOf(1), { limit: 99 })).map((e) => e.text).toReversed();
    const first = await texts();
    expect(first.slice(0, 4)).toEqual(['claimed as Home 1 by ann', 'online', 'limits: it applied revision 1', 'timers: it rejected its document (x: it does not fit)']);
    await fleet.registry.close();
    const second = await openFleet(world);
    for (let i = 0; i < 3; i++) await second.tick(1000);
    expect(await texts(second)).toEqual(first);
    // It goes while nobody runs; the next one hears of it, or of nothing at all.
    await second.registry.close();
    await gateway.death();
    const third = await openFleet(world);
    await third.tick(1000);
    expect(await texts(third)).toEqual([...first, 'offline (lost)']);
    await gateway.birth();
    await third.tick(1000);
    await third.registry.close();
    world.there.clear();
    await world.bus.publish(topics.state(idOf(1)), null, { retain: true });
    const fourth = await openFleet(world);
    await fourth.tick(150_000);
    expect((await texts(fourth)).slice(first.length)).toEqual(['offline (lost)', 'online', 'offline (silent)']);
    await fourth.homes.revoke(idOf(1), 'ann', 'stolen');
    await fourth.tick(1000);
    expect((await texts(fourth)).slice(first.length + 3)).toEqual(['revoked by ann: stolen']);
    await fourth.homes.remove(idOf(1), 'ann');
    await fourth.tick(1000);
    expect(await world.store.list('told')).toEqual([]);
  });

  it('what a browser is told of a home has a bound, whatever its gateway says', async () => {
    const { world, fleet } = await opened({ lmas: ANCHORS });
    await fleet.claim(1);
    await fleet.provisioning.settled();
    const gateway = await connect(world, 1, 'nothing');
    const { rev, hash } = desiredOf(world, 1, 'lmas')!;
    const long = 'x'.repeat(500);
    await world.bus.publish(topics.reported(idOf(1), 'lmas'), { rev, hash, status: 'rejected', problems: range(100).map(() => ({ path: long, reason: long, substitution: long })), running: null, at: 1 });
    await gateway.beat({ lmas: range(64).map(() => ({ id: 'y'.repeat(200), reachable: false })), counters: { attached: 0, refused: 0, handovers: 0, bytesUp: 1, bytesDown: 1 } });
    await fleet.tick();
    const home = fleet.registry.home(idOf(1));
    expect([home?.status, home?.configuration.lmas.problems.length, JSON.stringify(home).length < 12_000]).toEqual(['degraded', 2, true]);
    await gateway.beat({ counters: { attached: 0, refused: 0, handovers: 0, bytesUp: 1e308, bytesDown: 1 } });
    expect(world.errors).toEqual(['unreadable heartbeat']);
  });

  it('a store that refuses loses no event', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    await connect(world, 1);
    world.store.refuse('full');
    await fleet.tick();
    world.store.refuse(undefined);
    await fleet.tick();
    expect((await fleet.registry.events(idOf(1), { limit: 9 })).map((e) => e.text)).toEqual(['online', 'claimed as Home 1 by ann']);
  });
});

describe('documents', () => {
  it('go to a gateway with its key, which nobody else ever sees; the LMA knows it first', async () => {
    const { world, fleet } = await opened({ lmas: ANCHORS });
    await fleet.claim(1);
    await fleet.provisioning.settled();
    const desired = desiredOf(world, 1, 'lmas');
    expect(desired).toEqual({ rev: 1, hash: hashOf(desired?.document), document: { 'local-mobility-anchors': [{ id: 'lma1', 'ipv4-address': '192.0.2.1', key: KEY }] } });
    expect(world.lma).toEqual([`admit m1@example.com ${KEY}`]);
    await connect(world, 1);
    await fleet.tick(3000);
    const seen = JSON.stringify([fleet.documents.effective(idOf(1)), fleet.registry.details(idOf(1)), await fleet.audit.list(), world.told]);
    expect(seen).not.toContain(KEY);
    expect(fleet.documents.effective(idOf(1)).lmas).toEqual([{ path: 'local-mobility-anchors', value: ANCHORS['local-mobility-anchors'], source: 'built in' }]);
  });

  it('say what an agent does by itself where nobody says anything, in the words of its own file', async () => {
    const { fleet } = await opened();
    await fleet.claim(1);
    const own = v.parse(agentSchema, { domain: 'd1', mag: 'm1', 'local-mobility-anchors': [{ id: 'lma-1' }], interfaces: [{ name: 'wlan0' }] });
    const { timers, limits, profiles, lmas } = fleet.documents.effective(idOf(1));
    expect([timers.length, limits.length, profiles.length, lmas.length]).toEqual([15, 1, 0, 0]);
    for (const { path, value, source } of [...timers, ...limits]) expect([path, value, source]).toEqual([path, path.split('.').reduce<unknown>((of, key) => (of as Record<string, unknown>)[key], own), 'built in']);
  });

  it('are held against what the gateway runs, value by value, as long as both are known', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    const gateway = await connect(world, 1);
    const say = async (document: unknown, of = fleet) => {
      await of.rollouts.start({ scope: { kind: 'fleet' }, concern: 'limits', document, ...NOW }, 'ann');
      await of.tick(1000);
    };
    expect(fleet.differenceOf(idOf(1))).toEqual({});
    gateway.answers = 'nothing';
    await say({ 'max-bindings': 5 });
    // It never had one, so all of it is missing.
    expect(fleet.differenceOf(idOf(1))).toEqual({ limits: [{ path: 'max-bindings', before: null, after: 5 }] });
    const advance = () => fleet.rollouts.act(fleet.rollouts.list()[0]?.id ?? '', 'advance', 'ann');
    await advance();
    gateway.answers = 'applied';
    await say({ 'max-bindings': 6 });
    await settle(fleet);
    expect(fleet.differenceOf(idOf(1))).toEqual({ limits: [] });
    gateway.answers = 'nothing';
    for (const n of [7, 8, 9]) {
      await say({ 'max-bindings': n, 'host-first': { 'maximum-guests': n } });
      await advance();
    }
    const lacking = [{ path: 'host-first.maximum-guests', before: null, after: 9 }, { path: 'max-bindings', before: 6, after: 9 }];
    expect(fleet.differenceOf(idOf(1))).toEqual({ limits: lacking });
    // Documents are kept once for all homes, and those that nobody may run any more go with the next start.
    await fleet.registry.close();
    const next = await openFleet(world);
    await next.tick(1000);
    expect(next.differenceOf(idOf(1))).toEqual({ limits: lacking });
    gateway.answers = 'applied';
    for (const n of [10, 11, 12]) {
      await say({ 'max-bindings': n }, next);
      await settle(next);
    }
    const kept = (await world.store.list('published')).length;
    await next.registry.close();
    await openFleet(world);
    expect([kept, (await world.store.list('published')).length]).toEqual([7, 3]);
  });

  it('of a home are over those of its group, and those over the fleet\'s; a move to another group is told at once', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    await connect(world, 1);
    const pilot = await fleet.groups.create('Pilot', 'ann');
    const say = async (scope: Parameters<Fleet['documents']['preview']>[0], document: unknown) => {
      await fleet.rollouts.start({ scope, concern: 'limits', document, ...NOW }, 'ann');
      await settle(fleet);
    };
    await say({ kind: 'fleet' }, { 'max-bindings': 100, 'host-first': { 'maximum-guests': 5 } });
    await say({ kind: 'group', id: pilot.id }, { 'max-bindings': 50 });
    await say({ kind: 'home', id: idOf(1) }, { 'host-first': { 'up-rate': '1M' } });
    const before = desiredOf(world, 1, 'limits');
    expect(before?.document).toEqual({ 'max-bindings': 100, 'host-first': { 'maximum-guests': 5, 'up-rate': '1M' } });
    await fleet.homes.change(idOf(1), { group: pilot.id }, 'ann');
    await fleet.provisioning.settled();
    expect(desiredOf(world, 1, 'limits')).toMatchObject({ rev: (before?.rev ?? 0) + 1, document: { 'max-bindings': 50 } });
    expect(fleet.documents.effective(idOf(1)).limits.map((e) => `${e.path} ${e.source}`)).toEqual(['host-first.maximum-guests fleet', 'host-first.up-rate home', 'max-bindings group']);
    expect(fleet.documents.preview({ kind: 'group', id: pilot.id }, 'limits', null).homes[0]?.changes).toEqual([{ path: 'max-bindings', before: 50, after: 100 }]);
    expect((await fleet.documents.history({ kind: 'fleet' }, 'limits')).length).toBe(1);
    await say({ kind: 'home', id: idOf(1) }, null);
    expect(desiredOf(world, 1, 'limits')?.document).toEqual({ 'max-bindings': 50, 'host-first': { 'maximum-guests': 5 } });
  });

  it('are published when they change and at no other time; what the broker lost or has too much is put right at the start', async () => {
    const { world, fleet } = await opened({ lmas: ANCHORS });
    for (const i of range(3)) await fleet.claim(i);
    await fleet.provisioning.settled();
    const published = () => world.bus.published.filter((p) => p.topic.includes('/desired/')).map((p) => p.topic);
    world.bus.published.length = 0;
    await fleet.provisioning.refresh();
    await fleet.provisioning.compare();
    await fleet.tick();
    expect(published()).toEqual([]);
    await world.bus.publish(topics.desired(idOf(0), 'lmas'), null, { retain: true });
    await world.bus.publish(topics.desired(idOf(9), 'lmas'), { rev: 1, hash: 'x', document: {} }, { retain: true });
    world.bus.published.length = 0;
    await openFleet(world, { lmas: ANCHORS });
    expect(published().filter((t) => !t.includes(idOf(9)))).toEqual([topics.desired(idOf(0), 'lmas')]);
    expect(world.bus.retained.has(topics.desired(idOf(9), 'lmas'))).toBe(false);
  });

  it('of a cloud that lost its store begin above what its gateways know', async () => {
    const { world, fleet } = await opened({ lmas: ANCHORS });
    await fleet.claim(1);
    const gateway = await connect(world, 1);
    await gateway.beat({ running: { lmas: { rev: 41, hash: 'of another life' } } });
    await fleet.provisioning.refresh([idOf(1)]);
    await fleet.provisioning.settled();
    expect(desiredOf(world, 1, 'lmas')?.rev).toBe(42);
    await fleet.tick();
    expect(fleet.registry.configuration(idOf(1), 'lmas').status).toBe('applied');
    // It works with something that nobody wants any more.
    await gateway.beat({ running: { limits: { rev: 3, hash: 'x' } } });
    await fleet.provisioning.refresh([idOf(1)]);
    await fleet.provisioning.settled();
    expect(desiredOf(world, 1, 'limits')).toMatchObject({ rev: 4, document: {} });
  });
});

describe('homes and groups', () => {
  it('a revoked home is refused by broker and LMAs, desires nothing, and stays visible until it is removed', async () => {
    const { world, fleet } = await opened({ lmas: ANCHORS });
    await fleet.claim(1);
    await connect(world, 1);
    await expect(fleet.homes.remove(idOf(1), 'ann')).rejects.toMatchObject({ status: 409 });
    await fleet.homes.revoke(idOf(1), 'ann', 'stolen');
    expect([world.revoked, world.lma.at(-1), fleet.registry.home(idOf(1))?.status, desiredOf(world, 1, 'lmas')]).toEqual([[`${idOf(1)} 1`], 'dismiss m1@example.com', 'revoked', undefined]);
    await expect(fleet.homes.revoke(idOf(1), 'ann', 'again')).rejects.toMatchObject({ status: 409 });
    await expect(fleet.claim(1)).rejects.toMatchObject({ status: 409, message: 'Home 1 is revoked: remove it first' });
    await fleet.homes.remove(idOf(1), 'ann');
    expect([fleet.registry.home(idOf(1)), [...world.bus.retained.keys()].filter((t) => t.includes(idOf(1))), world.told.at(-1)]).toEqual([undefined, [], { kind: 'homeRemoved', value: { id: idOf(1) } }]);
    expect((await fleet.audit.list()).map((e) => e.action)).toEqual(['homes.claim', 'homes.revoke', 'homes.remove']);
  });

  it('a dead home is removed with its certificate and its documents', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    await fleet.rollouts.start({ scope: { kind: 'home', id: idOf(1) }, concern: 'limits', document: { 'max-bindings': 5 }, ...NOW }, 'ann');
    await fleet.homes.remove(idOf(1), 'ann');
    expect([world.revoked, fleet.documents.current({ kind: 'home', id: idOf(1) }, 'limits'), await world.store.list('documents')]).toEqual([[`${idOf(1)} 1`], undefined, []]);
    // In the commit that lets the record go: a cloud that is killed behind it still tells the LMAs.
    expect(world.store.commits.at(-1)).toContainEqual({ put: 'dismissals', record: { id: 'm1@example.com' } });
  });

  it('a home whose certificate cannot be revoked is not removed', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    world.revoked.push = () => {
      throw new Error('the disk is full');
    };
    await expect(fleet.homes.remove(idOf(1), 'ann')).rejects.toThrow('the disk is full');
    expect(fleet.registry.home(idOf(1))?.name).toBe('Home 1');
  });

  it('a broker that cannot be told of a revocation does not keep the LMAs from being told', async () => {
    const { world, fleet } = await opened({ lmas: ANCHORS });
    await fleet.claim(1);
    world.revoked.push = () => {
      throw new Error('Mosquitto does not answer');
    };
    await fleet.homes.revoke(idOf(1), 'ann', 'stolen');
    expect([world.lma.at(-1), world.errors.at(-1), fleet.registry.home(idOf(1))?.status]).toEqual(['dismiss m1@example.com', `${idOf(1)} is revoked, but the broker may serve it until it is told again: Mosquitto does not answer`, 'revoked']);
  });

  it('a gateway that is claimed again under another MAG Identifier opens nothing with the one before', async () => {
    const { world, fleet } = await opened({ lmas: ANCHORS });
    await fleet.claim(1);
    await fleet.provisioning.settled();
    await fleet.homes.create({ id: idOf(1), name: 'Home 1', group: 'homes', identity: 'other@example.com', agent: '1.0', certificate: { serial: '2', expires: world.clock.now + 1 }, by: 'ann' });
    expect(world.store.commits.flat()).toContainEqual({ put: 'dismissals', record: { id: 'm1@example.com' } });
    await fleet.provisioning.settled();
    expect(world.lma.at(-1)).toBe('dismiss m1@example.com');
  });

  it('one that is revoked while the LMAs are told of it is sent away again', async () => {
    const { world, fleet } = await opened({ lmas: ANCHORS });
    world.lmaAnswers = () => fleet.homes.revoke(idOf(1), 'ann', 'stolen');
    await fleet.claim(1);
    await fleet.provisioning.settled();
    expect(world.lma.at(-1)).toBe('dismiss m1@example.com');
    expect(world.lma.filter((l) => l.startsWith('dismiss'))).toHaveLength(2);
  });

  it('a broker and an LMA that are away do not keep a home from being revoked', async () => {
    const { world, fleet } = await opened({ lmas: ANCHORS });
    await fleet.claim(1);
    await fleet.provisioning.settled();
    world.bus.refuse(true);
    await fleet.homes.revoke(idOf(1), 'ann', 'stolen');
    expect([fleet.registry.home(idOf(1))?.status, world.errors[0]]).toEqual(['revoked', `${idOf(1)} is revoked, but the broker keeps its documents until the next start: the broker refuses`]);
    world.bus.refuse(false);
    await openFleet(world, { lmas: ANCHORS });
    expect(desiredOf(world, 1, 'lmas')).toBeUndefined();
  });

  it('two homes cannot have one MAG Identifier, nor be in a group that is not there', async () => {
    const { fleet } = await opened();
    await fleet.claim(1);
    const twin = { id: idOf(2), name: 'Twin', group: 'homes', identity: 'm1@example.com', agent: '1', certificate: { serial: '2', expires: 1 }, by: 'ann' };
    await expect(fleet.homes.create(twin)).rejects.toMatchObject({ status: 409, message: /^Home 1 has the MAG Identifier m1@example.com already/ });
    await expect(fleet.homes.create({ ...twin, identity: 'm2', group: 'none' })).rejects.toMatchObject({ status: 422, path: 'group' });
    await expect(fleet.homes.change(idOf(5), { name: 'x' }, 'ann')).rejects.toMatchObject({ status: 404 });
  });

  it('a change is written down with what was before, and a position is taken away by null', async () => {
    const { fleet } = await opened();
    await fleet.claim(1);
    await fleet.homes.change(idOf(1), { notes: 'behind the church', position: { latitude: 1, longitude: 2 } }, 'ann');
    expect(fleet.registry.home(idOf(1))).toMatchObject({ notes: 'behind the church', position: { latitude: 1, longitude: 2 } });
    const home: Home = await fleet.homes.change(idOf(1), { position: null }, 'bob');
    expect([home.position, (await fleet.audit.list()).at(-1)]).toMatchObject([undefined, { by: 'bob', before: { position: { latitude: 1, longitude: 2 } }, after: { position: null } }]);
  });

  it('what the store refuses has not happened', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    world.store.refuse('full');
    await expect(fleet.homes.change(idOf(1), { name: 'Other' }, 'ann')).rejects.toThrow('full');
    await expect(fleet.claim(2)).rejects.toThrow('full');
    expect([fleet.registry.home(idOf(1))?.name, fleet.registry.counts().total]).toEqual(['Home 1', 1]);
  });

  it('a group goes when it is empty and not the last', async () => {
    const { fleet } = await opened();
    await expect(fleet.groups.remove('homes', 'ann')).rejects.toMatchObject({ status: 409, message: /last group/ });
    const pilot = await fleet.groups.create('Pilot', 'ann');
    await expect(fleet.groups.create('pilot', 'ann')).rejects.toMatchObject({ status: 409, path: 'name' });
    await fleet.claim(1, { group: pilot.id });
    await expect(fleet.groups.remove(pilot.id, 'ann')).rejects.toMatchObject({ status: 409, message: 'Pilot has 1 homes: move them to another group first' });
    await fleet.homes.change(idOf(1), { group: 'homes' }, 'ann');
    await fleet.groups.rename(pilot.id, 'Trial', 'ann');
    expect(fleet.groups.list().map((g) => [g.name, g.homes])).toEqual([['Homes', 1], ['Trial', 0]]);
    await fleet.groups.remove(pilot.id, 'ann');
    expect(fleet.groups.list().length).toBe(1);
  });

  it('all of it is there again after a restart', async () => {
    const { world, fleet } = await opened({ lmas: ANCHORS });
    await fleet.claim(1);
    await connect(world, 1);
    await fleet.tick(5000);
    const pick = (f: Fleet) => [f.registry.homes().map((home) => ({ ...home, lastSeen: 0, since: 0 })), f.groups.list(), f.documents.effective(idOf(1))];
    const again = await openFleet(world, { lmas: ANCHORS });
    await again.tick(30_000);
    expect(pick(again)).toEqual(pick(fleet));
  });
});

describe('commands', () => {
  const send = (fleet: Fleet, name = 'ping', seconds = 30) => fleet.commands.send(idOf(1), { name, arguments: { a: 1 }, seconds }, 'ann');
  const answer = (world: World, id: string, payload: unknown, n = 1) => world.bus.publish(topics.commandResult(idOf(n), id), payload);

  it('are sent once with the time they end at, and their results are kept, also over a restart', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    await connect(world, 1);
    const command = await send(fleet);
    expect(world.bus.published.find((p) => p.topic === topics.command(idOf(1), command.id))).toEqual({ topic: topics.command(idOf(1), command.id), payload: { name: 'ping', arguments: { a: 1 }, expires: world.clock.now + 30_000 }, retain: false });
    const again = await openFleet(world);
    await answer(world, command.id, { ok: true, result: 'pong' });
    await again.tick();
    expect(again.commands.of(idOf(1))).toMatchObject([{ id: command.id, status: 'done', result: 'pong', by: 'ann' }]);
    expect((await fleet.audit.list()).at(-1)).toMatchObject({ by: 'ann', action: 'commands.ping', target: idOf(1) });
  });

  it('expire, fail in the words of the gateway, and are answered by their own gateway only', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    await fleet.claim(2);
    const [silent, failing] = [await send(fleet), await send(fleet)];
    await answer(world, failing.id, { ok: true, result: 'forged' }, 2);
    await answer(world, failing.id, { ok: false, error: 'no such interface' });
    await answer(world, failing.id, { ok: true, result: 'late' });
    await answer(world, 'unknown', { ok: true, result: 1 });
    await fleet.tick(34_000);
    expect(fleet.commands.of(idOf(1)).map((c) => [c.id, c.status, c.result])).toEqual([[failing.id, 'failed', 'no such interface'], [silent.id, 'sent', undefined]]);
    await fleet.tick(2000);
    expect(fleet.commands.list(1)).toMatchObject({ items: [{ id: failing.id }], total: 2 });
    expect(fleet.commands.of(idOf(1)).at(-1)?.status).toBe('expired');
  });

  it('that the gateway does not know, or of a revoked one, are refused; a broker that is away is told', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    await connect(world, 1);
    await expect(send(fleet, 'dance')).rejects.toMatchObject({ status: 422, message: 'Home 1 knows no command dance; it knows ping, show' });
    world.bus.refuse(true);
    expect(await send(fleet)).toMatchObject({ status: 'failed', result: 'the broker did not take it: the broker refuses' });
    world.bus.refuse(false);
    await fleet.homes.revoke(idOf(1), 'ann', 'x');
    await expect(send(fleet)).rejects.toMatchObject({ status: 409 });
    await expect(fleet.commands.send(idOf(9), { name: 'ping', seconds: 5 }, 'ann')).rejects.toMatchObject({ status: 404 });
  });

  it('a result of any size is kept in a size that can be listed', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    const { id } = await send(fleet);
    await answer(world, id, { ok: true, result: 'x'.repeat(70_000) });
    await fleet.tick();
    expect(fleet.commands.of(idOf(1))[0]?.result).toBe('the result has 70002 characters, of which at most 65536 are kept');
  });
});

describe('two thousand gateways', () => {
  it('cost a heartbeat each, not the sum of all; a change of all is a commit for some hundreds', async () => {
    const { world, fleet } = await opened({ lmas: ANCHORS });
    const record = { group: 'homes', agent: '1', key: KEY, createdAt: 0, desired: {} };
    await fleet.gateways.change(() => ({ put: range(2000).map((n) => ({ ...record, id: idOf(n), name: `Home ${n}`, identity: `m${n}` })) }));
    const commits = world.store.commits.length;
    await fleet.provisioning.refresh();
    await fleet.provisioning.settled();
    expect([world.store.commits.length - commits, CONCERNS.filter((c) => desiredOf(world, 1999, c))]).toEqual([8, ['lmas']]);
    world.bus.published.length = 0;
    const before = world.store.commits.length;
    for (const n of range(50)) await world.bus.publish(topics.heartbeat(idOf(n)), { session: 1, at: world.clock.now, uptime: 1, bindings: 1, memory: 1, lmas: [], sharing: { paused: false }, running: {}, counters: { attached: 0, refused: 0, handovers: 0, bytesUp: 0, bytesDown: 0 } });
    expect([world.bus.published.length, world.store.commits.length - before, fleet.registry.counts().online]).toEqual([50, 0, 50]);
  });
});
