/** Subscriber to subscriber through the LMA: both have to be allowed, and their homes may use different transports. */
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TunnelTransport } from '../../protocol/paths.ts';
import { HOST, PHONES, UNANSWERED, makeWorld } from '../datapath/world.ts';
import type { World } from '../datapath/world.ts';

let world: World;
beforeAll(() => {
  world = makeWorld('p');
});
afterAll(() => world.remove());

const TRANSPORTS = ['gre6', 'gre4', 'udp4'] as const;
const PAIRS = TRANSPORTS.flatMap((a) => TRANSPORTS.map((b) => [a, b] as const));
const FIRST_TTL = 64;
/** home1, the LMA, home2. */
const HOPS = 3;

function attach(a: TunnelTransport, b: TunnelTransport, peers: { readonly a: boolean; readonly b: boolean }): void {
  world.attach('a', 'home1', a, { peers: peers.a });
  world.attach('b', 'home2', b, { peers: peers.b });
  world.ping('b', HOST.ipv4); // a port is learned
}

test.each([[false, false], [true, false], [false, true]])('is denied and counted unless both may (%s, %s)', (first, second) => {
  attach('gre6', 'gre4', { a: first, b: second });
  const before = world.paths('lma').drops()['peerDenied'] ?? 0n;
  for (const to of [PHONES.b.ipv4, PHONES.b.ipv6]) expect(world.ping('a', to, UNANSWERED).received).toBe(0);
  expect((world.paths('lma').drops()['peerDenied'] ?? 0n) - before).toBe(6n);
});

describe.each(PAIRS)('%s to %s', (a, b) => {
  test('both may: packets lose a hop at each router, and both subscribers are billed', () => {
    attach(a, b, { a: true, b: true });
    const counters = () => [PHONES.a.index, PHONES.b.index].map((index) => world.paths('lma').counters(index));
    const before = counters();
    for (const to of [PHONES.b.ipv4, PHONES.b.ipv6]) {
      const { received, out } = world.ping('a', to);
      expect(received).toBe(3);
      expect(out).toContain(`ttl=${FIRST_TTL - HOPS} `);
    }
    const after = counters();
    for (const [i, was] of before.entries()) {
      for (const key of ['upPackets', 'downPackets'] as const) expect(after[i]![key] - was![key]).toBe(6n);
      for (const key of ['upOctets', 'downOctets'] as const) expect(after[i]![key] - was![key]).toBe((84n + 104n) * 3n);
    }
  });

  test('TCP in aggregates arrives whole, and is counted the same at every end', async () => {
    attach(a, b, { a: true, b: true });
    const SIZE = 4_000_000;
    const ends = () => [world.paths('home1').counters(5)?.upOctets, world.paths('lma').counters(5)?.upOctets, world.paths('lma').counters(6)?.downOctets, world.paths('home2').counters(6)?.downOctets].map((n) => n ?? 0n);
    const server = world.background('b', 'sh -c "socat -u TCP6-LISTEN:7200,reuseaddr,ipv6only=0 - | wc -c"');
    while (!world.sh('b', 'ss -ltn').includes(':7200')) await setTimeout(10);
    const before = ends();
    const counted = new Promise<string>((resolve) => server.stdout?.once('data', (text: Buffer) => resolve(String(text))));
    world.sh('a', `head -c ${SIZE} /dev/zero | socat -u - TCP:${PHONES.b.ipv4}:7200`);
    expect(Number(await counted)).toBe(SIZE);
    // The connection's last acknowledgement is counted too, and not by the test after this.
    while ((['a', 'b'] as const).some((phone) => /^(?!TIME-WAIT)./m.test(world.sh(phone, 'ss -Htan')))) await setTimeout(10);
    // What a router's queue dropped on the way was counted before it and not behind it.
    const [sent, taken, passed, delivered] = ends().map((n, i) => n - before[i]!);
    expect(delivered).toBeGreaterThanOrEqual(SIZE);
    expect([sent! >= taken!, taken! >= passed!, passed! >= delivered!]).toEqual([true, true, true]);
    expect(world.paths('lma').drops()['failed']).toBe(0n);
  });
});

test('a packet too large for the other\'s path is answered', () => {
  world.attach('a', 'home1', 'gre4', { peers: true });
  world.attach('b', 'home2', 'gre6', { peers: true, tunnel: { mtu: 1400 } });
  expect(world.ping('a', PHONES.b.ipv4, '-M do -s 1400').out).toMatch(/Frag needed and DF set \(mtu = 1400\)/);
  expect(world.ping('a', PHONES.b.ipv6, '-M do -s 1400').out).toMatch(/Packet too big: mtu=1400/);
  expect(world.ping('a', PHONES.b.ipv4, '-M dont -s 1400').received).toBe(3);
});
