/**
 * How subscribers' packets leave an anchor, with real packets. Two operators have the same pool: phone a (address space 0) and phone b
 * (address space 1) have one IPv4 address. The internet host stands for both; a second one is behind the second operator's own network.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BOGONS, MANAGEMENT } from '../../cloud/egress/config.ts';
import { devicesOf, openEgress, type Egress, type EgressPlan } from '../../cloud/egress/egress.ts';
import { planNat44, portBlockOf, type Nat44, type PortBlock } from '../../cloud/egress/portBlocks.ts';
import { until } from '../../lab/processes.ts';
import { inNamespace } from '../../linux/namespace.ts';
import { HOST, LMA, PHONES, UNANSWERED, lmaConfig, magConfig, makeWorld, pathPair } from '../datapath/world.ts';
import type { Machine, Phone, World } from '../datapath/world.ts';
import { asksWho, tellingServer } from './udpEcho.ts';

const SHARED = PHONES.a.ipv4;
const POOL = '10.1.0.0/16';
const SIX = { a: '2001:db8:1::/48', b: '2001:db8:3::/48' } as const;
const B6 = '2001:db8:3:6::6';
const INET = '203.0.113.1';
/** Of the operator, behind the internet host. */
const OFFICE = '192.168.7.7';
const STRANGER = '10.1.0.77';

const natTo = (outside: string): Nat44 => {
  const plan = planNat44({ pool: POOL, outside, firstPort: 1024 });
  if (typeof plan === 'string') throw new Error(plan);
  return plan;
};
const NAT = { a: natTo('192.0.2.0/24'), b: natTo('198.18.200.0/24') };
const block = (phone: Phone): PortBlock => portBlockOf(NAT[phone], SHARED) as PortBlock;

const plan = (more: Partial<EgressPlan> = {}, second: { readonly upstream?: string; readonly gateways?: readonly string[] } = {}): EgressPlan => ({
  filter: { bogons: BOGONS, management: MANAGEMENT },
  spaces: [
    { space: 0, ...devicesOf(0), pools: [POOL, SIX.a], nat44: [NAT.a], resolvers: [OFFICE, INET], gateways: [] },
    { space: 1, ...devicesOf(1), pools: [POOL, SIX.b], nat44: [NAT.b], resolvers: [], gateways: [], ...second },
  ],
  ...more,
});
const OPEN = { bogons: [], management: [] };

let world: World;
let egress: Egress | undefined;
let restored = 0;
const errors: string[] = [];

/** In place of what was there. */
function leaves(by: EgressPlan): void {
  egress?.stop({ keepForwarding: true });
  egress = inNamespace(world.namespace('lma'), () => openEgress({ ...by, onRestored: () => (restored += 1), onError: (e) => errors.push(e.message) }));
  expect(egress.missing).toBeUndefined();
}

/** The second operator's network. */
function connectSecond(): void {
  const [lma, nat] = [world.namespace('lma'), world.namespace('nat')];
  const lines = [
    `ip -n ${lma} link add inet1 type veth peer name eth0 netns ${nat}`,
    `ip -n ${lma} address add ${INET}/24 dev inet1 noprefixroute`,
    `ip -n ${lma} link set inet1 up`,
    `ip -n ${lma} address add 2001:db8:d::1/64 dev inet1 nodad`,
    `ip -n ${nat} address add ${HOST.ipv4}/24 dev eth0`,
    `ip -n ${nat} link set eth0 up`,
    `ip -n ${nat} address add 2001:db8:d::2/64 dev eth0 nodad`,
    `ip -n ${nat} route replace default via 2001:db8:d::1`,
    `ip -n ${nat} route replace default via ${INET}`,
    `ip -n ${nat} route replace ${SHARED}/32 via ${INET}`,
  ];
  world.sh('lma', lines.join(' && '));
}

beforeAll(() => {
  world = makeWorld('e');
  const ns = (m: Machine) => world.namespace(m);
  world.sh(
    'a',
    [
      `ip -n ${ns('home1')} link add lan1 type veth peer name eth1 netns ${ns('b')}`,
      `ip -n ${ns('home1')} link set lan1 up`,
      `ip -n ${ns('home1')} address add 10.1.0.1/32 dev lan1`,
      `ip -n ${ns('b')} link set eth0 down`,
      `ip -n ${ns('b')} link set eth1 address ${PHONES.b.mac} up`,
      `ip -n ${ns('b')} address flush dev eth0`,
      `ip -n ${ns('b')} address add ${SHARED}/32 dev eth1`,
      `ip -n ${ns('b')} address add ${B6}/64 dev eth1 nodad`,
      `ip -n ${ns('b')} route add default via 10.1.0.1 dev eth1 onlink`,
      `ip -n ${ns('b')} route add default via fe80::1 dev eth1`,
      `ip -n ${ns('b')} neighbour replace fe80::1 lladdr $(cat /sys/class/net/eth0/address) dev eth1`,
      `ip -n ${ns('host')} address add ${OFFICE}/32 dev lo`,
      `ip -n ${ns('host')} address add ${STRANGER}/32 dev lo`,
      `ip -n ${ns('lma')} route add ${OFFICE}/32 via ${HOST.ipv4}`,
    ].join(' && '),
  );
  connectSecond();
  const mac = world.sh('home1', 'cat /sys/class/net/lan1/address').trim();
  world.sh('b', `ip neighbour replace fe80::1 lladdr ${mac} dev eth1`);
  world.start('home1', { ...magConfig, access: [{ interface: 'lan0' }, { interface: 'lan1', space: 1 }] });
  world.start('lma', { ...lmaConfig, pools: [{ prefix: POOL }, { prefix: SIX.a }, { prefix: POOL, space: 1 }, { prefix: SIX.b, space: 1 }] });
  // Both may talk to other subscribers: of their own space.
  world.attach('a', 'home1', 'gre6', { peers: true });
  const second = { space: 1, ipv4: SHARED, prefixes: [{ address: '2001:db8:3:6::', length: 64 }] };
  const { mag, lma } = pathPair('b', 'home1', 'gre6');
  world.paths('home1').set({ ...mag, ...second, access: { interface: 'lan1', mac: PHONES.b.mac } });
  world.paths('lma').set({ ...lma, ...second, peers: true });
});
afterAll(() => {
  egress?.stop({ keepForwarding: true });
  world.remove();
});

/** What a TCP server at the internet host sees of a phone that connects to it from one and the same port. */
function seen(phone: Phone, port: number): { readonly address: string; readonly port: number } {
  const answer = world.try(phone, `socat -T2 - TCP:${HOST.ipv4}:${port},sourceport=5000,reuseaddr,connect-timeout=2 < /dev/null`);
  const [address = '', from = ''] = answer.out.trim().split(' ');
  return { address, port: Number(from) };
}

function expectInBlock(phone: Phone, outside: { readonly address: string; readonly port: number } | undefined): void {
  const { address, first, last } = block(phone);
  expect(outside?.address).toBe(address);
  expect(outside?.port).toBeGreaterThanOrEqual(first);
  expect(outside?.port).toBeLessThanOrEqual(last);
}

describe('NAT44 with a block of ports for each subscriber', () => {
  beforeEach(() => leaves(plan()));

  test('two subscribers with one address and one port are two outside, each in its block: TCP', () => {
    world.background('host', "socat TCP-LISTEN:7001,fork SYSTEM:'echo $SOCAT_PEERADDR $SOCAT_PEERPORT'");
    world.sh('host', 'for i in $(seq 100); do ss -Hlnt | grep -q :7001 && exit; sleep 0.05; done; exit 1');
    for (const phone of ['a', 'b'] as const) expectInBlock(phone, seen(phone, 7001));
    expect(block('a').address).not.toBe(block('b').address);
  });

  test('two subscribers with one address and one port are two outside, each in its block: UDP', async () => {
    const server = tellingServer(world.namespace('host'), 7002);
    try {
      for (const phone of ['a', 'b'] as const) expectInBlock(phone, await asksWho(world.namespace(phone), { address: HOST.ipv4, port: 7002 }, 5000));
    } finally {
      server.close();
    }
  });

  test('both ping, and each gets its own answers', () => {
    expect([world.ping('a', HOST.ipv4).received, world.ping('b', HOST.ipv4).received]).toEqual([3, 3]);
    const echoes = world.echoes('a');
    world.ping('b', HOST.ipv4);
    expect(world.echoes('a')).toBe(echoes);
  });

  test('a pool of a million behind 16,384 addresses is set at once, too', () => {
    const million = planNat44({ pool: '10.0.0.0/12', outside: '100.64.0.0/18', firstPort: 1024 });
    if (typeof million === 'string') throw new Error(million);
    const [zero] = plan().spaces as [EgressPlan['spaces'][0]];
    leaves({ filter: undefined, spaces: [{ ...zero, pools: ['10.0.0.0/12'], nat44: [million] }] });
    expect(world.sh('lma', 'nft list map inet roamstead-egress groups-0')).toContain('10.15.255.192 : 100.64.63.255');
    expect(world.sh('lma', 'nft list map inet roamstead-egress ports-0')).toMatch(/0\.0\.0\.63 : 64528 \. 65535/);
  });

  test('IPv6 is not translated', () => {
    expect(world.ping('a', HOST.ipv6).received).toBe(3);
    expect(world.sh('lma', 'nft list table inet roamstead-egress')).not.toContain('ip6 snat');
  });

  test('what no subscriber asked for comes back to nobody: an outside address is no way in', () => {
    expect(world.ping('host', block('a').address, UNANSWERED)).toMatchObject({ received: 0, out: expect.not.stringContaining('exceeded') as string });
  });
});

describe('the filter', () => {
  const reached = (from: Phone, to: string) => world.ping(from, to, UNANSWERED).received;

  test('subscribers do not reach the operator, the anchor itself answers a ping and nothing else', () => {
    world.background('lma', 'socat TCP-LISTEN:2222,fork,reuseaddr SYSTEM:true');
    world.sh('lma', 'for i in $(seq 100); do ss -Hlnt | grep -q :2222 && exit; sleep 0.05; done; exit 1');
    const door = (to: string) => world.try('a', `socat -T1 - TCP:${to}:2222,connect-timeout=0.3 < /dev/null`).ok;
    leaves(plan({ filter: undefined }));
    expect([reached('a', OFFICE), door(INET), door(LMA.ipv4)]).toEqual([3, true, true]);
    leaves(plan());
    expect([reached('a', OFFICE), door(INET), door(LMA.ipv4), reached('a', INET), reached('a', HOST.ipv4)]).toEqual([0, false, false, 3, 3]);
  });

  test('resolvers that the phones are told of answer them all the same, and them alone, at that port', async () => {
    const servers = (['host', 'lma'] as const).flatMap((m) => [53, 54].map((port) => tellingServer(world.namespace(m), port)));
    leaves(plan());
    const asks = async (phone: Phone, address: string, port = 53) => (await asksWho(world.namespace(phone), { address, port }, 5001, 200)) !== undefined;
    try {
      expect([await asks('a', OFFICE), await asks('a', INET)]).toEqual([true, true]);
      expect([await asks('b', OFFICE), await asks('a', OFFICE, 54), await asks('a', INET, 54)]).toEqual([false, false, false]);
    } finally {
      for (const server of servers) server.close();
    }
  });

  test('nobody outside comes with the address of a subscriber (uRPF)', () => {
    const arrived = () => {
      const before = world.echoes('a');
      world.ping('host', SHARED, `${UNANSWERED} -I ${STRANGER}`);
      return world.echoes('a') - before;
    };
    leaves(plan({ filter: OPEN }));
    expect(arrived()).toBe(0);
    leaves(plan({ filter: undefined }));
    expect(arrived()).toBe(3);
  });

  test('nor with a bogon, and no subscriber sends to one', () => {
    world.sh('host', 'ip address add 240.1.1.1/32 dev lo');
    world.sh('lma', `ip route add 240.1.1.1/32 via ${HOST.ipv4}`);
    const arrived = (to: Phone | 'host', from: () => unknown) => {
      const before = world.echoes(to);
      from();
      return world.echoes(to) - before;
    };
    const both = () => [arrived('a', () => world.ping('host', SHARED, `${UNANSWERED} -I 240.1.1.1`)), arrived('host', () => world.ping('a', '240.1.1.1', UNANSWERED))];
    leaves(plan());
    expect(both()).toEqual([0, 0]);
    leaves(plan({ filter: OPEN }));
    expect(both()).toEqual([3, 3]);
  });

  test('is switched off, and isolation stays', () => {
    leaves(plan({ filter: undefined }));
    expect(reached('b', PHONES.a.ipv6)).toBe(0);
  });
});

describe('address spaces', () => {
  test('nothing passes from one to another, either way', () => {
    leaves(plan({ filter: undefined }));
    const arrived = () => (['a', 'b', 'host'] as const).map((m) => world.echoes(m));
    const before = arrived();
    for (const to of [PHONES.a.ipv6, HOST.ipv6]) world.ping('b', to, UNANSWERED);
    world.ping('a', B6, UNANSWERED);
    expect(arrived().map((n, i) => n - (before[i] as number))).toEqual([0, 0, 3]);
    // Not by the data path alone, which has another reason to drop them.
    expect(world.sh('lma', 'nft list chain inet roamstead-egress passing')).toMatch(/iifname "pmip1" oifname @inside oifname != "pmip1" counter packets 3 /);
  });

  test('one with its own upstream goes out there and nowhere else, untranslated if so configured', () => {
    const own = plan({}, { upstream: 'inet1', gateways: [HOST.ipv4] });
    const [zero, one] = own.spaces as [EgressPlan['spaces'][0], EgressPlan['spaces'][0]];
    leaves({ ...own, spaces: [zero, { ...one, nat44: [] }] });
    const before = [world.echoes('host'), world.echoes('nat')] as const;
    expect([world.ping('b', HOST.ipv4).received, world.ping('a', HOST.ipv4).received]).toEqual([3, 3]);
    expect([world.echoes('host') - before[0], world.echoes('nat') - before[1]]).toEqual([3, 3]);
    // Its network reaches its own subscribers, and not the other operator's.
    const phones = [world.echoes('a'), world.echoes('b')] as const;
    for (const to of [PHONES.a.ipv6, B6]) world.ping('nat', to, UNANSWERED);
    expect([world.echoes('a') - phones[0], world.echoes('b') - phones[1]]).toEqual([0, 3]);
    // Made anew: until then its packets go nowhere, least of all another's way.
    world.sh('lma', 'ip link del inet1');
    const others = world.echoes('host');
    expect([world.ping('b', HOST.ipv4, UNANSWERED).received, world.echoes('host') - others]).toEqual([0, 0]);
    connectSecond();
    egress?.refresh();
    expect(world.ping('b', HOST.ipv4).received).toBe(3);
  });
});

test('what another program removes is there again at once; what this one makes anew is no reason', async () => {
  leaves(plan());
  leaves(plan());
  restored = 0;
  world.sh('lma', 'nft flush ruleset');
  await until('the table', 5000, () => restored > 0);
  expect(world.ping('a', HOST.ipv4).received).toBe(3);
  expect(world.ping('a', OFFICE, UNANSWERED).received).toBe(0);
  expect([restored, errors]).toEqual([1, []]);
});

test('what nobody has goes nowhere, also when no anchor runs; and all of it can be removed', () => {
  leaves(plan());
  // Of the pools that other configurations had, nothing is left.
  expect(world.sh('lma', 'ip route show type blackhole')).not.toContain('10.0.0.0/12');
  const way = () => world.try('lma', 'ip route get 10.1.0.99').out + world.try('lma', 'ip route get 192.0.2.1').out;
  expect(world.ping('host', '10.1.0.99', UNANSWERED)).toMatchObject({ received: 0, out: expect.not.stringContaining('exceeded') as string });
  world.paths('lma').stop({ keepForwarding: false });
  expect(way()).toMatch(/Invalid argument[\s\S]*Invalid argument/); // how ip says blackhole
  egress?.stop({ keepForwarding: false });
  egress = undefined;
  expect(way()).toMatch(/via 198.51.100.1[\s\S]*via 198.51.100.1/);
  expect(world.sh('lma', 'nft list tables; ip rule')).not.toMatch(/roamstead|5216/);
});
