/** What a fleet of two thousand costs. */
import { describe, expect, it } from 'vitest';
import { CONCERNS, topics } from '../../../runtime/fleet/topics.ts';
import { ANCHORS, desiredOf, idOf, KEY, opened, range } from './world.ts';

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
