/** What guests can and cannot reach: the tunnel, and neither the router nor the home. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { World } from '../datapath/world.ts';
import { GATEWAY, HOST, PHONES, UNANSWERED, makeWorld } from '../datapath/world.ts';

const ROUTER = { ipv4: '192.168.1.1', ipv6: '2001:db8:77::1' };
const PRINTER = { ipv4: '192.168.1.9', ipv6: '2001:db8:77::9' };

let world: World;
beforeAll(() => {
  world = makeWorld('g');
  world.attach('a', 'home1', 'gre6');
  // The home's own network, with a printer in a namespace below: `nat` serves, it is not used otherwise here.
  world.sh('home1', `ip link add home0 type veth peer name p0 && ip link set p0 netns ${world.namespace('nat')} && ip addr add ${ROUTER.ipv4}/24 dev home0 && ip addr add ${ROUTER.ipv6}/64 dev home0 nodad && ip link set home0 up`);
  world.sh('nat', `ip addr add ${PRINTER.ipv4}/24 dev p0; ip addr add ${PRINTER.ipv6}/64 dev p0 nodad; ip link set p0 up; ip route replace default via ${ROUTER.ipv4}; ip -6 route add default via ${ROUTER.ipv6}`);
});
afterAll(() => world.remove());
beforeEach(() => world.point('a', 'home1'));

const drops = (reason: string) => world.paths('home1').drops()[reason] ?? 0n;
const up = () => world.paths('home1').counters(PHONES.a.index)?.upPackets ?? 0n;

test('the home is there to be reached', () => {
  expect(world.ping('home1', PRINTER.ipv4).received).toBe(3);
});

test.each([['the router', ROUTER], ['the home\'s network', PRINTER]] as const)('what is for %s goes into the tunnel, in both families', (_, target) => {
  for (const to of [target.ipv4, target.ipv6]) {
    const [before, there] = [up(), world.echoes('nat') + world.echoes('home1')];
    expect(world.ping('a', to, UNANSWERED).received).toBe(0);
    expect(up() - before).toBe(3n);
    expect(world.echoes('nat') + world.echoes('home1') - there).toBe(0);
  }
});

test('the host is reached through the tunnel, and the gateway\'s address is not, where nothing is offered', () => {
  for (const to of [HOST.ipv4, HOST.ipv6]) expect(world.ping('a', to).received).toBe(3);
  expect(world.ping('a', GATEWAY, UNANSWERED).received).toBe(0);
});

test('an address that no subscriber has leads nowhere, and not out by the home\'s own route', () => {
  const before = [drops('unknownSource'), world.echoes('host')];
  world.sh('a', 'ip address add 10.1.0.77/32 dev eth0; ip address add 2001:db8:1:77::1/128 dev eth0 nodad');
  expect(world.ping('a', HOST.ipv4, `-I 10.1.0.77 ${UNANSWERED}`).received).toBe(0);
  expect(world.ping('a', HOST.ipv6, `-I 2001:db8:1:77::1 ${UNANSWERED}`).received).toBe(0);
  expect([drops('unknownSource') - (before[0] as bigint), world.echoes('host') - (before[1] as number)]).toEqual([6n, 0]);
});

test('a neighbour\'s address is not billed to the neighbour', () => {
  const before = [drops('stationSpoof'), up()];
  world.sh('b', `ip address add ${PHONES.a.ipv4}/32 dev eth0; ip address add ${PHONES.a.ipv6}/128 dev eth0 nodad`);
  world.point('b', 'home1');
  expect(world.ping('b', HOST.ipv4, `-I ${PHONES.a.ipv4} ${UNANSWERED}`).received).toBe(0);
  expect(world.ping('b', HOST.ipv6, `-I ${PHONES.a.ipv6} ${UNANSWERED}`).received).toBe(0);
  expect([drops('stationSpoof') - (before[0] as bigint), up() - (before[1] as bigint)]).toEqual([6n, 0n]);
});

test('the pseudo-device gone, guests do not leave by the home\'s own route', () => {
  const there = world.echoes('host');
  world.sh('home1', 'ip link set pmip0 down');
  for (const to of [HOST.ipv4, HOST.ipv6]) expect(world.ping('a', to, UNANSWERED).received).toBe(0);
  expect(world.echoes('host') - there).toBe(0);
});

test('the machine is set up as the programs need it', () => {
  const sysctl = (key: string) => world.sh('home2', `cat /proc/sys/net/${key}`).trim();
  world.paths('home2');
  expect([sysctl('ipv4/conf/pmip0/rp_filter'), sysctl('ipv4/conf/pmip0/send_redirects'), sysctl('ipv4/conf/all/send_redirects'), sysctl('ipv6/conf/all/forwarding'), sysctl('ipv6/conf/wan0/accept_ra')]).toEqual(['0', '0', '0', '1', '2']);
  expect(world.sh('home2', 'ip -6 address show dev pmip0')).toBe('');
  expect(world.sh('home2', 'ip link show pmip0')).toContain('NOARP');
});
