/** Documents on their way from what people say to what gateways are given and run. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { agentSchema } from '../../../agent/config.ts';
import { hashOf } from '../../../runtime/fleet/canonical.ts';
import { topics } from '../../../runtime/fleet/topics.ts';
import { AT_ONCE, ANCHORS, connect, desiredOf, idOf, KEY, opened, openFleet, range, settle, type Fleet } from './world.ts';

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
      await of.rollouts.start({ scope: { kind: 'fleet' }, concern: 'limits', document, ...AT_ONCE }, 'ann');
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
      await fleet.rollouts.start({ scope, concern: 'limits', document, ...AT_ONCE }, 'ann');
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
