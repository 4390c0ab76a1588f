import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOST, lmaConfig, magConfig, makeWorld, pathPair } from '../datapath/world.ts';
import type { World } from '../datapath/world.ts';
import type { BpfPaths } from '../../linux/datapath/bpfPaths.ts';

let world: World;
let home1: BpfPaths;
let lma: BpfPaths;
beforeAll(() => {
  world = makeWorld('w');
  home1 = world.datapath('home1', magConfig);
  lma = world.datapath('lma', lmaConfig);
});
afterAll(() => world.remove());

describe.each(['gre6', 'gre4', 'udp4'] as const)('over %s', (transport) => {
  test('phone and host reach each other in both families, the first packet too, and both ends count the same', () => {
    const { mag, lma: anchor } = pathPair('a', 'home1', transport);
    home1.set(mag);
    lma.set(anchor);
    world.point('a', 'home1');
    world.sh('home1', 'ip neigh flush dev wan0');
    for (const address of [HOST.ipv4, HOST.ipv6]) expect(world.sh('a', `ping -c3 -i0.05 -W1 ${address}`)).toContain(' 0% packet loss');
    expect(home1.counters(5)).toEqual(lma.counters(5));
    expect(home1.drops()).toEqual(Object.fromEntries(Object.keys(home1.drops()).map((reason) => [reason, 0n])));
  });
});
