/** Which guest may use which address where the kernel forwards by itself: the table of nftables, with packets. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { kernelGuard } from '../../linux/datapath/kernelGuard.ts';
import type { Guard } from '../../linux/datapath/kernelGuard.ts';
import { inNamespace } from '../../linux/namespace.ts';
import type { Path } from '../../protocol/paths.ts';

const GATEWAY = `rskg-${process.pid}-gw`;
const PHONE = `rskg-${process.pid}-phone`;
const MAC = '02:00:00:00:02:01';
const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });
const inside = (namespace: string, ...argv: string[]) => execFileSync('ip', ['netns', 'exec', namespace, ...argv], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const path = (n: number, change: Partial<Path> = {}): Path => ({
  index: n,
  space: 0,
  ipv4: `10.1.0.${n}`,
  prefixes: [{ address: `2001:db8:1:${n}::`, length: 64 }],
  tunnel: { transport: 'gre6', local: '2001:db8:a::2', remote: '2001:db8:b::2', sendKey: 0x5000 + n, receiveKey: 0xd000 + n, mtu: 1452 },
  access: { interface: 'lan0', mac: `02:00:00:00:02:0${n}` },
  ...change,
});

let guard: Guard;
beforeAll(() => {
  for (const ns of [GATEWAY, PHONE]) ip('netns', 'add', ns);
  ip('link', 'add', 'lan0', 'netns', GATEWAY, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', PHONE);
  const batch = (ns: string, ...lines: string[]) => execFileSync('ip', ['-n', ns, '-batch', '-'], { input: lines.join('\n') });
  batch(GATEWAY, 'link set lan0 up', 'address add 10.1.0.254/24 dev lan0', 'address add fe80::1/64 dev lan0 nodad', 'address add 2001:db8:99::1/128 dev lan0 nodad', 'route add 2001:db8:1::/48 dev lan0');
  batch(PHONE, `link set eth0 address ${MAC}`, 'link set eth0 addrgenmode none', 'link set eth0 up', ...[1, 2].flatMap((n) => [`address add 10.1.0.${n}/24 dev eth0`, `address add 2001:db8:1:${n}::9/64 dev eth0 nodad`]), 'address add fe80::9/64 dev eth0 nodad', 'route add default via fe80::1 dev eth0');
  guard = inNamespace(GATEWAY, kernelGuard);
});
afterAll(() => {
  guard.close();
  for (const ns of [GATEWAY, PHONE]) ip('netns', 'del', ns);
});
beforeEach(() => guard.only([path(1), path(2)], [{ interface: 'lan0' }, { interface: 'lan9' }]));

/** The gateway gets what the phone sends from this address. */
function arrives(source: string): boolean {
  const six = source.includes(':');
  const target = six ? '2001:db8:99::1' : '10.1.0.254';
  try {
    return inside(PHONE, 'ping', '-n', '-c', '1', '-W', '0.3', '-I', source, target).includes(' 0% packet loss');
  } catch {
    return false;
  }
}
const pass = (...sources: string[]) => sources.map((s) => [s, arrives(s)]);

describe('a guest', () => {
  test('is let in with its own addresses, and not with its neighbour\'s', () => {
    expect(guard.missing).toBeUndefined();
    expect(pass('10.1.0.1', '10.1.0.2', '2001:db8:1:1::9', '2001:db8:1:2::9')).toEqual([['10.1.0.1', true], ['10.1.0.2', false], ['2001:db8:1:1::9', true], ['2001:db8:1:2::9', false]]);
  });

  test('is refused by reason, and what was counted stays when the table is made anew', () => {
    const before = guard.refused();
    expect(pass('10.1.0.2', 'fe80::9%eth0')).toEqual([['10.1.0.2', false], ['fe80::9%eth0', false]]);
    guard.only([], [{ interface: 'lan0' }]);
    expect(arrives('10.1.0.1')).toBe(false);
    const grown = Object.entries(guard.refused()).map(([reason, n]) => [reason, n - (before[reason] ?? 0n)]);
    // Besides, the phone's own kernel reports its groups.
    expect(Object.fromEntries(grown)).toMatchObject({ unknownSource: 2n, stationSpoof: 1n, malformed: 0n, notOffered: 0n, rogue: 0n, hidden: 0n });
  });

  test('is counted once, also when the table cannot be made anew', () => {
    expect(arrives('10.1.0.2')).toBe(false);
    const before = guard.refused();
    expect(before['stationSpoof']).toBeGreaterThan(0n);
    expect(() => guard.only([path(1, { ipv4: 'none' })], [{ interface: 'lan0' }])).toThrow();
    expect(guard.refused()['stationSpoof']).toBe(before['stationSpoof']);
  });

  test('is taken on other interfaces as it is', () => {
    guard.only([], [{ interface: 'lan9' }]);
    expect(pass('10.1.0.1', '2001:db8:1:1::9')).toEqual([['10.1.0.1', true], ['2001:db8:1:1::9', true]]);
  });

  test('that is added is let in from then on, and not after it is removed; twice is free', () => {
    const mine = path(2, { access: { interface: 'lan0', mac: MAC } });
    for (let twice = 0; twice < 2; twice++) guard.add(mine);
    expect(pass('10.1.0.2', '2001:db8:1:2::9')).toEqual([['10.1.0.2', true], ['2001:db8:1:2::9', true]]);
    for (let twice = 0; twice < 2; twice++) guard.remove(mine);
    expect(pass('10.1.0.1', '10.1.0.2', '2001:db8:1:2::9')).toEqual([['10.1.0.1', true], ['10.1.0.2', false], ['2001:db8:1:2::9', false]]);
  });

  test('keeps what it has after a change', () => {
    guard.remove(path(1), path(1, { prefixes: [] }));
    expect(pass('10.1.0.1', '2001:db8:1:1::9')).toEqual([['10.1.0.1', true], ['2001:db8:1:1::9', false]]);
  });
});

describe('the table', () => {
  test('reads well', () => {
    guard.only([path(1)], [{ interface: 'lan0' }]);
    const listed = inside(GATEWAY, 'nft', 'list', 'ruleset');
    expect(listed).toContain(`elements = { 10.1.0.1 . ${MAC} . "lan0" }`);
    expect(listed).toContain('iifname "lan0" ip saddr . ether saddr . iifname != @phones4 counter name "unknownSource" drop');
    expect(listed).toContain('iifname "lan0" ip6 daddr fe80::/10 jump here6');
  });

  test('comes back with the next change when somebody has flushed nftables', () => {
    inside(GATEWAY, 'nft', 'flush', 'ruleset');
    guard.add(path(3));
    expect(pass('10.1.0.1', '10.1.0.2')).toEqual([['10.1.0.1', true], ['10.1.0.2', false]]);
    inside(GATEWAY, 'nft', 'flush', 'ruleset');
    guard.remove(path(1));
    expect(arrives('10.1.0.1')).toBe(false);
  });

  test('comes back at once when somebody has flushed nftables and nothing changes', async () => {
    inside(GATEWAY, 'nft', 'flush', 'ruleset');
    await expect.poll(() => inside(GATEWAY, 'nft', 'list', 'tables')).toContain('roamstead');
    expect(pass('10.1.0.1', '10.1.0.2')).toEqual([['10.1.0.1', true], ['10.1.0.2', false]]);
  });

  test('is gone when it is cleared', () => {
    for (let twice = 0; twice < 2; twice++) guard.clear();
    expect(inside(GATEWAY, 'nft', 'list', 'ruleset')).toBe('');
    expect(arrives('10.1.0.2')).toBe(true);
  });
});
