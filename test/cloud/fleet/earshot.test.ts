import { expect, it } from 'vitest';
import { earshot } from '../../../cloud/fleet/earshot.ts';
import { connect, createWorld, idOf, openFleet } from './world.ts';

const mark = (n: number): string => n.toString(16).padStart(16, '0');
const radio = (own: readonly number[], near: readonly number[]) => ({ own: own.map(mark), near: near.map(mark) });

it.each([
  ['one hears the other, or both do', [['gw-b', radio([2], [1])], ['gw-a', radio([1], [2])], ['gw-c', radio([3], [1])]], [['gw-a', 'gw-b'], ['gw-a', 'gw-c']]],
  ['a home hears itself, and strangers', [['gw-a', radio([1, 2], [1, 2, 9])], ['gw-b', undefined]], []],
  ['two say that a radio is theirs', [['gw-a', radio([1], [])], ['gw-b', radio([1], [])], ['gw-c', radio([3], [1])]], []],
  ['one says it twice', [['gw-a', radio([1, 1], [])], ['gw-c', radio([3], [1])]], [['gw-a', 'gw-c']]],
] as const)('neighbours when %s', (_, radios, pairs) => {
  expect(earshot(radios).map(({ from, to }) => [from, to])).toEqual(pairs);
});

it('are told by heartbeats; a home that is revoked is nobody\'s neighbour, and what is no mark is no heartbeat', async () => {
  const world = createWorld();
  const fleet = await openFleet(world);
  for (const n of [1, 2]) await fleet.claim(n);
  const [one, two] = [await connect(world, 1), await connect(world, 2)];
  await one.beat({ radio: radio([1], []) });
  await two.beat({ radio: radio([2], [1]) });
  expect(fleet.registry.neighbours()).toEqual([{ from: idOf(1), to: idOf(2) }]);
  await two.beat({ radio: { own: ['02:00:00:00:00:0a'], near: [] } });
  await two.beat({ radio: radio([], Array.from({ length: 65 }, (_, i) => i)) });
  expect([world.errors, fleet.registry.neighbours().length]).toEqual([['unreadable heartbeat', 'unreadable heartbeat'], 1]);
  await fleet.homes.revoke(idOf(1), 'ann', 'stolen');
  expect(fleet.registry.neighbours()).toEqual([]);
});
