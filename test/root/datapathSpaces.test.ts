/** Address spaces: two operators' subscribers with the same address, on one home and one LMA, told apart by the access interface and the pool. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Path } from '../../protocol/paths.ts';
import { HOST, PHONES, lmaConfig, magConfig, makeWorld, pathPair } from '../datapath/world.ts';
import type { World } from '../datapath/world.ts';

const SHARED = PHONES.a.ipv4;
let world: World;
beforeAll(() => {
  world = makeWorld('s');
  // Phone b has phone a's address, on a second access interface of home1; the second internet is a namespace behind the LMA.
  const shell = [
    `ip -n ${world.namespace('home1')} link add lan1 type veth peer name eth1 netns ${world.namespace('b')}`,
    `ip -n ${world.namespace('home1')} link set lan1 up`,
    `ip -n ${world.namespace('home1')} address add 10.1.0.1/32 dev lan1`,
    `ip -n ${world.namespace('b')} link set eth0 down`,
    `ip -n ${world.namespace('b')} link set eth1 address ${PHONES.b.mac} up`,
    `ip -n ${world.namespace('b')} address flush dev eth0`,
    `ip -n ${world.namespace('b')} address add ${SHARED}/32 dev eth1`,
    `ip -n ${world.namespace('b')} route add default via 10.1.0.1 dev eth1 onlink`,
    `ip -n ${world.namespace('lma')} link add inet1 type veth peer name eth0 netns ${world.namespace('nat')}`,
    `ip -n ${world.namespace('lma')} address add 203.0.113.1/24 dev inet1 noprefixroute`,
    `ip -n ${world.namespace('lma')} link set inet1 up`,
    `ip -n ${world.namespace('nat')} address add ${HOST.ipv4}/24 dev eth0`,
    `ip -n ${world.namespace('nat')} link set eth0 up`,
    `ip -n ${world.namespace('nat')} route replace default via 203.0.113.1`,
  ];
  world.sh('a', shell.join(' && '));
  world.start('home1', { ...magConfig, access: [{ interface: 'lan0' }, { interface: 'lan1', space: 1 }] });
  world.start('lma', { ...lmaConfig, pools: [{ prefix: '10.1.0.0/16' }, { prefix: '10.1.0.0/16', space: 1 }] });
  // The operator's own part: the second space's way to its internet, and back.
  world.sh('lma', `ip route add ${HOST.ipv4}/32 dev inet1 table 5216; ip rule add iif inet1 lookup 5216`);
});
afterAll(() => world.remove());

test('each phone has its own tunnel, counters and internet', () => {
  world.attach('a', 'home1', 'gre6');
  const second = (path: Path): Path => ({ ...path, space: 1, ipv4: SHARED, prefixes: [] });
  const { mag, lma } = pathPair('b', 'home1', 'gre6');
  world.paths('home1').set({ ...second(mag), access: { interface: 'lan1', mac: PHONES.b.mac } });
  world.paths('lma').set(second(lma));
  const echoes = () => [world.echoes('host'), world.echoes('nat')];
  const counted = () => [5, 6].map((index) => world.paths('home1').counters(index)?.upPackets);
  const before = echoes();
  expect(world.ping('a', HOST.ipv4).received).toBe(3);
  expect([echoes().map((n, i) => n - (before[i] ?? 0)), counted()]).toEqual([[3, 0], [3n, 0n]]);
  expect(world.ping('b', HOST.ipv4).received).toBe(3);
  expect([echoes().map((n, i) => n - (before[i] ?? 0)), counted()]).toEqual([[3, 3], [3n, 3n]]);
});

test('a path on an interface of another space is refused', () => {
  const { mag } = pathPair('b', 'home1', 'gre6');
  expect(() => world.paths('home1').set({ ...mag, space: 0, access: { interface: 'lan1', mac: PHONES.b.mac } })).toThrow(/lan1 is no access interface of address space 0/);
});
