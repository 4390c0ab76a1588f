/** Homes and groups from their making to their end. */
import { describe, expect, it } from 'vitest';
import type { Home } from '../../../cloud/api/resources/homes.ts';
import { AT_ONCE, ANCHORS, connect, desiredOf, idOf, opened, openFleet, type Fleet } from './world.ts';

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
    await fleet.rollouts.start({ scope: { kind: 'home', id: idOf(1) }, concern: 'limits', document: { 'max-bindings': 5 }, ...AT_ONCE }, 'ann');
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
