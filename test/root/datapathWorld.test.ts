/** Phones, homes, an LMA and an internet host over real tunnels. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inNamespace } from '../../linux/namespace.ts';
import { GATEWAY, HOST, MTU, PHONES, UNANSWERED, homeMac, makeWorld, outside, pathPair } from '../datapath/world.ts';
import type { World } from '../datapath/world.ts';

let world: World;
beforeAll(() => {
  world = makeWorld('w');
});
afterAll(() => world.remove());

/** Besides the reports of the phones' own kernels about multicast groups, which a home refuses. */
const noDrops = (machine: 'home1' | 'home3' | 'lma') => expect(Object.entries(world.paths(machine).drops()).filter(([reason, n]) => n > 0n && reason !== 'multicast')).toEqual([]);

/** Waits for something that another program does, as long as the test may run. */
async function until(there: () => boolean): Promise<void> {
  while (!there()) await setTimeout(20);
}

describe.each([['gre6', 'home1'], ['gre4', 'home1'], ['udp4', 'home1'], ['udp4', 'home3']] as const)('over %s from %s', (transport, home) => {
  test('phone and host reach each other in both families, the first packet and the smallest too, and both ends count the same', () => {
    world.attach('a', home, transport);
    const index = PHONES.a.index;
    world.sh(home, 'ip neighbour flush dev wan0'); // and what the programs believe of it ends within milliseconds
    const [mag, lma] = [world.paths(home).counters(index), world.paths('lma').counters(index)];
    // A packet that waits for its next hop's MAC once left with the pseudo-device's.
    world.sh(home, 'ip neighbour flush dev wan0');
    for (const to of [HOST.ipv4, HOST.ipv6]) for (const size of ['', '-s 0', '-s 1000']) expect(world.ping('a', to, size).received).toBe(3);
    const counted = (before: typeof mag, after: typeof mag) => Object.entries(after ?? {}).map(([key, n]) => n - (before?.[key as keyof typeof before] ?? 0n));
    expect(counted(mag, world.paths(home).counters(index))).toEqual(counted(lma, world.paths('lma').counters(index)));
    expect(counted(lma, world.paths('lma').counters(index))).toEqual([(84n + 28n + 1028n + 104n + 48n + 1048n) * 3n, 18n, (84n + 28n + 1028n + 104n + 48n + 1048n) * 3n, 18n]);
    noDrops('lma');
    noDrops(home);
  });

  test('TCP passes in aggregates, and both ends count every packet of them', async () => {
    const SIZE = 20_000_000;
    world.attach('a', home, transport);
    const index = PHONES.a.index;
    world.background('host', 'socat -u TCP6-LISTEN:7000,reuseaddr,ipv6only=0 - > /dev/null');
    await until(() => world.sh('host', 'ss -ltn').includes(':7000'));
    const now = () => [world.paths(home), world.paths('lma')].map((p) => Object.values(p.counters(index) ?? {}) as bigint[]);
    const before = now();
    world.sh('a', `head -c ${SIZE} /dev/zero | socat -u - TCP:${HOST.ipv4}:7000`);
    await until(() => !world.sh('host', 'ss -tn').includes(':7000'));
    const [mag, lma] = now().map((counters, end) => counters.map((n, i) => n - (before[end]?.[i] ?? 0n)));
    expect(mag).toEqual(lma);
    // An aggregate carries its headers once, the wire every time: without them all, what is left is less than what was sent.
    const [octets, packets] = lma as [bigint, bigint];
    const [IP, TCP, SYN_OPTIONS, LARGEST] = [20n, 32n, 8n, BigInt(MTU(transport))];
    expect(octets - packets * (IP + TCP) - SYN_OPTIONS).toBeGreaterThanOrEqual(BigInt(SIZE));
    expect(packets * (LARGEST - IP - TCP)).toBeGreaterThanOrEqual(BigInt(SIZE));
    noDrops('lma');
    noDrops(home);
  });
});

test('the LMA learns the port that a NAT chose, and follows it when it changes', () => {
  world.attach('a', 'home3', 'udp4');
  world.ping('a', HOST.ipv4);
  const learned = () => world.paths('lma').list().find((p) => p.index === PHONES.a.index)?.tunnel;
  const first = learned();
  expect(first).toMatchObject({ remote: outside('home3', 'udp4') });
  expect(first?.remotePort).toBeGreaterThan(0);
  // Set again as the signalling would: what is learned stays.
  const { lma } = pathPair('a', 'home3', 'udp4');
  world.paths('lma').set({ ...lma, peers: true });
  expect(learned()?.remotePort).toBe(first?.remotePort);
  world.sh('nat', 'nft flush chain ip nat post; nft add rule ip nat post oifname out0 udp dport 5437 masquerade to :61111; ip link set out0 down; ip link set out0 up; ip route replace default via 198.18.3.1');
  expect(world.ping('a', HOST.ipv4).received).toBe(3);
  expect(learned()?.remotePort).toBe(61111);
  world.sh('nat', 'nft flush chain ip nat post; nft add rule ip nat post oifname out0 masquerade random');
});

test('no downlink packet is lost while the LMA moves a path hundreds of times', async () => {
  world.attach('a', 'home1', 'gre6');
  world.attach('a', 'home2', 'gre6');
  world.ping('host', PHONES.a.ipv4); // neighbours are known
  world.paths('lma').set(pathPair('a', 'home1', 'gre6').lma);
  world.ping('host', PHONES.a.ipv4);
  const before = world.echoes('a');
  const SENT = 700;
  const sender = world.background('host', `ping -q -i 0.001 -c ${SENT} ${PHONES.a.ipv4}`);
  let moves = 0;
  while (sender.exitCode === null) {
    world.paths('lma').set(pathPair('a', moves++ % 2 ? 'home1' : 'home2', 'gre6').lma);
    await setImmediate();
  }
  expect(moves).toBeGreaterThan(400);
  expect(world.echoes('a') - before).toBe(SENT);
});

test('the first downlink packet since a move is dated, and when a station was heard', () => {
  const lma = world.paths('lma');
  const start = Number(process.hrtime.bigint()) / 1e6;
  world.attach('a', 'home1', 'gre4');
  expect(lma.firstDown(PHONES.a.index)).toBeUndefined();
  world.ping('a', HOST.ipv4);
  const end = Number(process.hrtime.bigint()) / 1e6;
  for (const at of [lma.firstDown(PHONES.a.index), world.paths('home1').firstDown(PHONES.a.index)]) expect([at! >= start, at! <= end]).toEqual([true, true]);
  const COARSE = 10; // the kernel's coarse clock lags by up to a tick
  const seen = world.paths('home1').lastSeen('lan0', PHONES.a.mac)!;
  expect([seen >= start - COARSE, seen <= end]).toEqual([true, true]);
  const first = lma.firstDown(PHONES.a.index);
  world.attach('a', 'home1', 'gre4'); // again the same: nothing happens
  expect(lma.firstDown(PHONES.a.index)).toBe(first);
});

test('packets for the gateway itself are refused there, and do not go into the tunnel', () => {
  world.attach('a', 'home1', 'gre6');
  const home = world.paths('home1');
  const counted = () => [home.drops()['notOffered'] as bigint, home.counters(PHONES.a.index)?.upPackets as bigint] as const;
  const before = counted();
  expect(world.ping('a', GATEWAY, UNANSWERED).received).toBe(0);
  expect(counted().map((n, i) => n - (before[i] as bigint))).toEqual([3n, 0n]);
});

test('an access interface that was made anew is taken up with its phones', () => {
  world.attach('a', 'home1', 'gre6');
  const before = world.ping('a', HOST.ipv4).received;
  world.sh('home1', `ip link del lan0 && ip link add lan0 address ${homeMac('home1')} type veth peer name home1 netns ${world.namespace('air')} && ip link set lan0 up && ip address add ${GATEWAY}/32 dev lan0`);
  world.sh('air', 'ip link set home1 master br0 up');
  inNamespace(world.namespace('home1'), () => world.paths('home1').attachAccess({ interface: 'lan0' }));
  world.point('a', 'home1');
  expect([before, world.ping('a', HOST.ipv4).received, world.ping('a', HOST.ipv6).received]).toEqual([3, 3, 3]);
  expect(world.paths('home1').list()).toEqual([pathPair('a', 'home1', 'gre6').mag]);
});

test('another way to the LMA is taken without a word to the adapter', () => {
  world.attach('a', 'home2', 'gre4');
  world.sh('home2', `ip link add wan1 type veth peer name h22 netns ${world.namespace('tr')} && ip address add 198.18.22.2/24 dev wan1 && ip link set wan1 up`);
  world.sh('tr', 'ip address add 198.18.22.1/24 dev h22; ip link set h22 up');
  const sent = () => Number(world.sh('home2', 'cat /sys/class/net/wan1/statistics/tx_packets'));
  expect(world.ping('a', HOST.ipv4).received).toBe(3);
  world.sh('home2', 'ip route replace default via 198.18.22.1');
  const before = sent();
  expect(world.ping('a', HOST.ipv4, '-c5').received).toBe(5);
  expect(sent() - before).toBeGreaterThanOrEqual(4); // the old way is believed for some milliseconds
});
