import { describe, expect, test } from 'vitest';
import { fakePaths } from '../../linux/datapath/fakePaths.ts';
import { nonePaths } from '../../linux/datapath/nonePaths.ts';
import { PathError } from '../../protocol/paths.ts';
import type { Path } from '../../protocol/paths.ts';
import { pathsContract } from '../contracts/paths.ts';

for (const role of ['mag', 'lma'] as const) {
  pathsContract(`the fake of the ${role}`, () => ({ paths: fakePaths({ role, maxPaths: 64 }), role, maxPaths: 64, close: () => undefined }));
}

const path: Path = {
  index: 5, space: 0, ipv4: '10.1.0.5', prefixes: [{ address: '2001:db8:1:5::', length: 64 }], access: { interface: 'lan0', mac: '02:00:00:00:02:05' },
  tunnel: { transport: 'gre6', local: '2001:db8:a::2', remote: '2001:db8:b::2', sendKey: 0x5005, receiveKey: 0xd005, mtu: 1452 },
};

describe('the fake', () => {
  test('refuses what it is told to refuse, with the reason, and then no longer', () => {
    const paths = fakePaths();
    paths.refuse('the map is full');
    expect(() => paths.set(path)).toThrow(new PathError('Path 5 was not set: the map is full'));
    expect(paths.list()).toEqual([]);
    paths.refuse();
    paths.set(path);
    expect(paths.list()).toEqual([path]);
  });

  test('a refused move leaves what is held, and setting that again stays free', () => {
    const paths = fakePaths();
    paths.set(path);
    paths.refuse('no memory');
    expect(() => paths.set({ ...path, ipv4: '10.1.0.9' })).toThrow(PathError);
    paths.set(path);
    expect(paths.list()).toEqual([path]);
  });

  test('tells what passed, was heard and was dropped; a move starts the first downlink packet anew', () => {
    const paths = fakePaths();
    paths.set(path);
    paths.passed(5, 'up', 2, 200, 10);
    paths.passed(5, 'down', 1, 90, 20);
    paths.passed(5, 'down', 1, 90, 30);
    paths.seen('lan0', '02:00:00:00:02:05', 40);
    paths.dropped('stationSpoof');
    paths.dropped('stationSpoof', 2);
    expect(paths.counters(5)).toEqual({ upOctets: 200n, upPackets: 2n, downOctets: 180n, downPackets: 2n });
    expect([paths.firstDown(5), paths.lastSeen('lan0', '02:00:00:00:02:05'), paths.drops()]).toEqual([20, 40, { stationSpoof: 3n }]);
    paths.set({ ...path, tunnel: { ...path.tunnel, local: '2001:db8:a::3' } });
    expect(paths.firstDown(5)).toBeUndefined();
    expect(paths.counters(5)?.downPackets).toBe(2n);
  });

  test('prints itself', () => {
    const paths = fakePaths();
    paths.set(path);
    paths.set({ index: 2, space: 1, ipv4: '10.1.0.5', prefixes: [], peers: true, tunnel: { transport: 'udp4', local: '192.0.2.1', remote: '198.51.100.2', remotePort: 0, sendKey: 1, receiveKey: 2, mtu: 1460 }, access: { interface: 'lan1', mac: '02:00:00:00:02:06' } });
    expect(String(paths)).toBe(
      '2: space 1 10.1.0.5 udp4 192.0.2.1 > 198.51.100.2:0 key 0x1 < 0x2 mtu 1460 on lan1 02:00:00:00:02:06 peers\n' +
        '5: 10.1.0.5 2001:db8:1:5::/64 gre6 2001:db8:a::2 > 2001:db8:b::2 key 0x5005 < 0xd005 mtu 1452 on lan0 02:00:00:00:02:05',
    );
  });
});

test('without a data path what is set is listed, and nothing ever passes', () => {
  const paths = nonePaths();
  paths.set(path);
  expect(paths.list()).toEqual([path]);
  expect(paths.counters(5)).toEqual({ upOctets: 0n, upPackets: 0n, downOctets: 0n, downPackets: 0n });
  expect([paths.counters(6), paths.firstDown(5), paths.lastSeen('lan0', '02:00:00:00:02:05'), paths.drops()]).toEqual([undefined, undefined, undefined, {}]);
  expect(paths.reconcile([{ ...path, index: 6 }])).toEqual({ removed: 1 });
  paths.remove(6);
  expect(paths.list()).toEqual([]);
});
