/** What the registry makes of what gateways say, over a store and a broker in memory. */
import { describe, expect, it } from 'vitest';
import { topics } from '../../../runtime/fleet/topics.ts';
import { AT_ONCE, ANCHORS, connect, desiredOf, idOf, opened, openFleet, range } from './world.ts';

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
    await fleet.rollouts.start({ scope: { kind: 'fleet' }, concern: 'limits', document: { 'max-bindings': 5 }, ...AT_ONCE }, 'ann');
    await fleet.tick(1000);
    gateway.answers = 'rejected';
    await fleet.rollouts.start({ scope: { kind: 'fleet' }, concern: 'timers', document: { timers: { 'bri-retries': 2 } }, ...AT_ONCE }, 'ann');
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
