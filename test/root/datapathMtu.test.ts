/** Homes of different MTU on one LMA: who sends too much is told, in both directions; what may be fragmented arrives. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HOST, PHONES, UNANSWERED, makeWorld } from '../datapath/world.ts';
import type { World } from '../datapath/world.ts';

let world: World;
beforeAll(() => {
  world = makeWorld('m');
});
afterAll(() => world.remove());

const ICMP = { 4: 28, 6: 48 } as const;
const size = (octets: number, family: 4 | 6) => `-s ${octets - ICMP[family]}`;
const addresses = { 4: [PHONES.a.ipv4, HOST.ipv4], 6: [PHONES.a.ipv6, HOST.ipv6] } as const;
const forget = () => {
  for (const machine of ['a', 'host'] as const) world.sh(machine, 'ip route flush cache; ip -6 route flush cache');
};

describe.each([['up', 'a'], ['down', 'host']] as const)('%s', (_, from) => {
  const to = (family: 4 | 6) => addresses[family][from === 'a' ? 1 : 0];
  beforeEach(() => {
    world.attach('b', 'home2', 'gre6');
    forget();
  });

  describe.each([1400, 1440] as const)('with a path of %i', (mtu) => {
    beforeEach(() => world.attach('a', 'home1', 'gre6', { tunnel: { mtu } }));

    test.each([4, 6] as const)('IPv%i: the largest packet passes, one octet more is answered with the path\'s MTU', (family) => {
      expect(world.ping(from, to(family), `-M do ${size(mtu, family)}`).received).toBe(3);
      const { received, out } = world.ping(from, to(family), `-M do ${UNANSWERED} ${size(mtu + 1, family)}`);
      expect(received).toBe(0);
      expect(out).toMatch(family === 4 ? new RegExp(`Frag needed and DF set \\(mtu = ${mtu}\\)`) : new RegExp(`Packet too big: mtu=${mtu}`));
    });

    test.each([mtu + 8, 3000])('IPv4 that may be fragmented arrives, %i octets of it', (octets) => {
      expect(world.ping(from, to(4), `-M dont ${size(octets, 4)}`).received).toBe(3);
    });
  });

  test('the pseudo-device\'s own MTU is the stack\'s business', () => {
    world.attach('a', 'home1', 'gre4');
    for (const family of [4, 6] as const) expect(world.ping(from, to(family), `-M do ${UNANSWERED} ${size(1500, family)}`).out).toMatch(/mtu ?= ?1472/);
  });
});

test('a WAN that takes less than the path says counts, too', () => {
  world.attach('a', 'home1', 'gre6');
  world.sh('home1', 'ip link set wan0 mtu 1420');
  forget();
  for (const family of [4, 6] as const) expect(world.ping('a', addresses[family][1], `-M do ${UNANSWERED} ${size(1452, family)}`).out).toMatch(/mtu ?= ?1372/);
  world.sh('home1', 'ip link set wan0 mtu 1500');
});

// Two homes, because what one transport has learned of the way to a home serves the others.
describe.each([['gre6', 'home1', 1352], ['gre4', 'home1', 1372], ['udp4', 'home2', 1360]] as const)('over %s from %s', (transport, home, left) => {
  const narrowest = { up: 'l0', down: home === 'home1' ? 'h1' : 'h2' };
  const restore = () => world.sh('tr', `ip link set l0 mtu 1500; ip link set ${narrowest.down} mtu 1500`);
  afterEach(restore);

  test.each([['up', 'a'], ['down', 'host']] as const)('a router on the way that takes less is believed, %s', (direction, from) => {
    world.attach('a', home, transport);
    if (transport === 'udp4') world.background(home, 'socat -u UDP4-RECV:5437 - > /dev/null'); // as the agent's, for keepalives
    world.ping('a', HOST.ipv4); // a port is learned
    world.sh('tr', `ip link set ${narrowest[direction]} mtu 1400`);
    forget();
    for (const family of [4, 6] as const) {
      const to = addresses[family][from === 'a' ? 1 : 0];
      // The first is lost: it makes the router tell the tunnel's end, which then tells the sender.
      expect(world.ping(from, to, `-M do -c6 ${UNANSWERED} ${size(1440, family)}`).out).toMatch(new RegExp(`mtu ?= ?${left}`));
      expect(world.ping(from, to, `-M do ${size(left, family)}`).received).toBe(3);
    }
  });
});

test('TCP is told by its MSS, so that nothing is too large, in both directions and families', () => {
  world.attach('a', 'home1', 'gre6', { tunnel: { mtu: 1300 } });
  forget();
  const before = [world.paths('home1').drops()['tooBig'], world.paths('lma').drops()['tooBig']];
  for (const [from, to, target] of [['a', 'host', HOST.ipv4], ['a', 'host', `[${HOST.ipv6}]`], ['host', 'a', PHONES.a.ipv4], ['host', 'a', `[${PHONES.a.ipv6}]`]] as const) {
    const server = world.background(to, 'socat -u TCP6-LISTEN:7100,reuseaddr,ipv6only=0 - > /dev/null');
    while (!world.sh(to, 'ss -ltn').includes(':7100'));
    world.sh(from, `head -c 3000000 /dev/zero | socat -u - TCP:${target}:7100`);
    server.kill();
  }
  expect([world.paths('home1').drops()['tooBig'], world.paths('lma').drops()['tooBig']]).toEqual(before);
});

test('behind NAT44 at the LMA the internet host learns the MTU, too', () => {
  world.sh('lma', 'nft add table ip nat; nft add chain ip nat pre "{ type nat hook prerouting priority -100; }"; nft add chain ip nat post "{ type nat hook postrouting priority 100; }"; nft add rule ip nat post oifname inet0 ip saddr 10.1.0.0/16 masquerade; nft add rule ip nat pre iifname inet0 icmp type echo-request dnat to 10.1.0.5');
  world.attach('a', 'home1', 'gre6', { tunnel: { mtu: 1350 } });
  forget();
  expect(world.ping('host', '203.0.113.1', `-M do ${UNANSWERED} ${size(1400, 4)}`).out).toMatch(/From 203\.0\.113\.1 .*Frag needed and DF set \(mtu = 1350\)/);
  expect(world.ping('host', '203.0.113.1', `-M do ${size(1350, 4)}`).received).toBe(3);
  world.sh('lma', 'nft delete table ip nat');
});
