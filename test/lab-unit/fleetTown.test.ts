import { describe, expect, it } from 'vitest';
import { createCrowd, strangersOf, type Met } from '../../lab/fleet/crowd.ts';
import { createProgress } from '../../lab/fleet/progress.ts';
import { quietPaths } from '../../lab/fleet/quietPaths.ts';
import { townOf } from '../../lab/fleet/town.ts';
import { ACCESS } from '../../lab/simulated/home.ts';
import type { Path } from '../../protocol/paths.ts';

describe('the town', () => {
  it.each([
    [2, 2],
    [3, 3],
    [10, 3],
    [500, 4],
    [4000, 4],
  ])('of %i homes has names of their own for them, and %i quarters', (homes, groups) => {
    const town = townOf(homes);
    expect(town).toHaveLength(homes);
    expect(new Set(town.map((p) => p.name)).size).toBe(homes);
    expect(new Set(town.map((p) => p.group)).size).toBe(groups);
    expect(new Set(town.map((p) => `${p.position.latitude} ${p.position.longitude}`)).size).toBe(homes);
  });

  it.each([2, 7, 30])('of %i homes can be walked from each to each, there and back', (homes) => {
    const town = townOf(homes);
    for (const [i, { neighbours }] of town.entries()) for (const n of neighbours) expect(town[n]?.neighbours).toContain(i);
    const reached = new Set([0]);
    for (const at of reached) for (const n of town[at]?.neighbours ?? []) reached.add(n);
    expect(reached.size).toBe(homes);
  });

  it('is the same each time, with neighbours about 140 m apart', () => {
    const town = townOf(100);
    expect(townOf(100)).toEqual(town);
    const metres = (a: number, b: number): number => {
      const [p, q] = [town[a]?.position, town[b]?.position];
      if (!p || !q) return Number.NaN;
      return Math.hypot((p.latitude - q.latitude) * 111_320, (p.longitude - q.longitude) * 111_320 * Math.cos((44 * Math.PI) / 180));
    };
    const all = town.flatMap(({ neighbours }, i) => neighbours.map((n) => metres(i, n)));
    expect(Math.min(...all)).toBeGreaterThan(40);
    expect(Math.max(...all)).toBeLessThan(250);
  });
});

const path = (index: number, mac: string): Path => ({
  index,
  space: 0,
  ipv4: `10.0.0.${index}`,
  prefixes: [],
  tunnel: { transport: 'udp4', local: '127.0.0.1', remote: '127.0.0.2', sendKey: index, receiveKey: index + 100, mtu: 1400 },
  access: { interface: ACCESS, mac },
});

describe('paths that carry nothing', () => {
  it('count what a phone is told to have sent and got, as long as it has a path', () => {
    let at = 5;
    const paths = quietPaths((mac) => mac === '02:00:00:00:00:01', () => at);
    paths.set(path(1, '02:00:00:00:00:01'));
    expect(paths.passed('02:00:00:00:00:01', { up: 100, down: 3000 })).toBe(true);
    expect(paths.counters(1)).toEqual({ upOctets: 100n, upPackets: 1n, downOctets: 3000n, downPackets: 3n });
    expect(paths.firstDown(1)).toBe(5);
    expect(paths.passed('02:00:00:00:00:02', { up: 1, down: 1 })).toBe(false);
    at = 9;
    expect([paths.lastSeen(ACCESS, '02:00:00:00:00:01'), paths.lastSeen(ACCESS, '02:00:00:00:00:02')]).toEqual([9, undefined]);
    paths.remove(1);
    expect(paths.passed('02:00:00:00:00:01', { up: 1, down: 1 })).toBe(false);
  });
});

describe('the crowd', () => {
  const town = townOf(4);
  function gatewayAt(i: number): { readonly calls: string[]; readonly gateway: { -readonly [K in keyof Met]: Met[K] } } {
    const calls: string[] = [];
    const nothing = (): void => undefined;
    const home = { attach: (mac: string) => void calls.push(`attach ${mac}`), vanish: (mac: string) => void calls.push(`vanish ${mac}`), frame: nothing, packet: nothing, detach: nothing };
    return { calls, gateway: { member: { place: town[i] ?? { neighbours: [] } }, home, paths: undefined } };
  }
  const MAC = '02:bb:00:00:00:00';

  it('leaves a home without a word before it comes to the next one, and only one next door', () => {
    const homes = [0, 1, 2, 3].map(gatewayAt);
    const crowd = createCrowd({ size: 1, strangers: 100, gateways: () => homes.map((h) => h.gateway), random: () => 0 });
    const [one] = crowd.subscribers;
    crowd.walk();
    expect(homes.flatMap((h) => h.calls)).toEqual([]);
    if (one) crowd.move(one, 0);
    expect(crowd.here(0, MAC)).toBe(true);
    crowd.walk();
    expect(homes.map((h) => h.calls)).toEqual([[`attach ${MAC}`, `vanish ${MAC}`], [], [`attach ${MAC}`], []]);
    expect([crowd.here(0, MAC), crowd.here(2, MAC)]).toEqual([false, true]);
    crowd.close();
  });

  it('flees from a home that goes off to one that is on, or to nowhere', () => {
    const homes = [0, 1, 2, 3].map(gatewayAt);
    const off = (i: number): void => {
      const { gateway } = homes[i] ?? {};
      if (gateway) gateway.home = undefined;
    };
    const crowd = createCrowd({ size: 1, strangers: 100, gateways: () => homes.map((h) => h.gateway), random: () => 0 });
    const [one] = crowd.subscribers;
    if (one) crowd.move(one, 0);
    off(2);
    crowd.flee(0);
    expect(crowd.here(1, MAC)).toBe(true);
    off(0);
    off(3);
    crowd.flee(1);
    expect(one?.at).toBeUndefined();
    crowd.close();
  });

  it('has one in so many whom the LMA does not serve, by the NAI that a default profile gives them', () => {
    expect(strangersOf(250, 100)).toEqual(['02cc.0000.0063', '02cc.0000.00c7']);
    const crowd = createCrowd({ size: 250, strangers: 100, gateways: () => [], random: () => 0 });
    expect(crowd.subscribers.filter((s) => s.mac.startsWith('02:cc')).map((s) => s.mac)).toEqual(['02:cc:00:00:00:63', '02:cc:00:00:00:c7']);
    expect(new Set(crowd.subscribers.map((s) => s.mac)).size).toBe(250);
  });
});

it('progress is a line that counts on a terminal, and a line every tenth elsewhere', () => {
  const on = (isTTY: boolean): string => {
    let text = '';
    const progress = createProgress({ isTTY, write: (more) => void (text += more) });
    for (const done of [0, 1, 2, 19, 20, 20]) progress('homes', done, 20);
    return text;
  };
  expect(on(false)).toBe('homes: 0 of 20\nhomes: 2 of 20\nhomes: 18 of 20\nhomes: 20 of 20\n');
  expect(on(true)).toBe('\rhomes: 0 of 20\rhomes: 1 of 20\rhomes: 2 of 20\rhomes: 19 of 20\rhomes: 20 of 20\n');
});
