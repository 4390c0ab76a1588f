/** What every adapter of the port `Paths` does, the fake like the real one. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PathError } from '../../protocol/paths.ts';
import type { Path, Paths, Tunnel, TunnelTransport } from '../../protocol/paths.ts';

export interface Subject {
  readonly paths: Paths;
  readonly role: 'mag' | 'lma';
  /** The adapter's limits; at least two address spaces, of which the access interfaces `lan0` and `lan1` are 0 and 1. */
  readonly maxPaths: number;
  /** All of them unless told otherwise; the rest are refused in words. */
  readonly transports?: readonly TunnelTransport[];
  /** Default: it does. */
  readonly polices?: boolean;
  close(): void;
}

const byIndex = (all: readonly Path[]): Path[] => [...all].sort((a, b) => a.index - b.index);

export function pathsContract(name: string, make: () => Subject): void {
  describe(`${name} keeps the contract of Paths`, () => {
    let subject: Subject;
    let paths: Paths;
    beforeEach(() => {
      subject = make();
      paths = subject.paths;
    });
    afterEach(() => subject.close());

    /** A path of its own for each number. */
    function path(n: number, change: Partial<Path> = {}, tunnel: Partial<Tunnel> = {}): Path {
      const space = change.space ?? 0;
      return {
        index: n,
        space,
        ipv4: `10.1.0.${n}`,
        prefixes: [{ address: `2001:db8:1:${n}::`, length: 64 }],
        tunnel: { transport: 'gre6', local: '2001:db8:a::2', remote: '2001:db8:b::2', sendKey: 0x5000 + n, receiveKey: 0xd000 + n, mtu: 1452, ...tunnel },
        ...(subject.role === 'mag' ? { access: { interface: `lan${space}`, mac: `02:00:00:00:02:0${n}` } } : { peers: n % 2 === 0 }),
        ...change,
      };
    }
    /** `peers: false` and no `peers` are the same. */
    const plain = (all: readonly Path[]) => byIndex(all).map(({ peers, ...rest }) => (peers ? { ...rest, peers } : rest));
    const holds = (...expected: Path[]) => expect(plain(paths.list())).toEqual(plain(expected));

    test('what is set is listed, each transport and family with all it has', () => {
      const all = [
        path(1),
        path(2, {}, { transport: 'gre4', local: '192.0.2.1', remote: '198.51.100.2', mtu: 1472 }),
        path(3, {}, { transport: 'udp4', local: '192.0.2.1', remote: '198.51.100.2', remotePort: 40_000, mtu: 1460 }),
        path(4, { prefixes: [] }),
        { ...path(5, { prefixes: [{ address: '2001:db8:1:5::', length: 64 }, { address: '2001:db8:1:55::', length: 64 }] }) },
      ];
      const { ipv4: _none, ...sixOnly } = path(6);
      const able = (p: Path) => subject.transports?.includes(p.tunnel.transport) ?? true;
      const can = [...all, sixOnly].filter(able);
      for (const p of can) paths.set(p);
      for (const p of all.filter((x) => !able(x))) expect(() => paths.set(p)).toThrow(new RegExp(`Path ${p.index} .*is refused: .*NAT`));
      holds(...can);
    });

    test('rates are listed as they were set, and changing them changes the path in its place', () => {
      const rates = { up: { rate: 5_000_000, burst: 262_144 }, down: { rate: 33_333_333, burst: 300_001 } };
      paths.set(path(1, { rates }));
      holds(path(1, { rates }));
      paths.set(path(1, { rates: { down: rates.down } }));
      holds(path(1, { rates: { down: rates.down } }));
      paths.set(path(1));
      holds(path(1));
    });

    test('a rate that is none is refused, and nothing has changed', () => {
      paths.set(path(1));
      for (const up of [{ rate: 0, burst: 1000 }, { rate: 7999, burst: 1000 }, { rate: 1_000_000, burst: 0 }]) expect(() => paths.set(path(1, { rates: { up } }))).toThrow(/rate of/);
      holds(path(1));
    });

    test('a path changes its transport', () => {
      const over4 = path(1, {}, { transport: 'gre4', local: '192.0.2.1', remote: '198.51.100.2', mtu: 1472 });
      paths.set(path(1));
      paths.set(over4);
      holds(over4);
      paths.set(path(1));
      holds(path(1));
    });

    test('setting the same path twice is free', () => {
      paths.set(path(1));
      paths.set(path(1));
      holds(path(1));
    });

    test('a path moves: another tunnel, other keys, other addresses', () => {
      paths.set(path(1));
      for (const moved of [path(1, {}, { local: '2001:db8:a::3' }), path(1, {}, { receiveKey: 0xe001, sendKey: 0x6001 }), path(1, { ipv4: '10.1.0.99', prefixes: [] }, { receiveKey: 0xe001 })]) {
        paths.set(moved);
        holds(moved);
      }
      paths.set(path(2, { ipv4: '10.1.0.1' }, { receiveKey: 0xd001 })); // what path 1 gave up is free again
      expect(paths.list()).toHaveLength(2);
    });

    test('removing ends it, and removing what is not there is free', () => {
      paths.set(path(1));
      paths.set(path(2));
      paths.remove(1);
      paths.remove(1);
      paths.remove(7);
      holds(path(2));
      expect([1, 2, 7].map((index) => paths.holds(index))).toEqual([false, true, false]);
    });

    test('the same address may exist once in each space', () => {
      const other = path(2, { space: 1, ipv4: '10.1.0.1', prefixes: [{ address: '2001:db8:1:1::', length: 64 }] });
      paths.set(path(1));
      paths.set(other);
      holds(path(1), other);
      paths.remove(1);
      holds(other);
    });

    test('a path that moves to another space leaves its addresses in the first to others', () => {
      paths.set(path(1));
      const moved = path(1, { space: 1 });
      paths.set(moved);
      const heir = path(2, { ipv4: '10.1.0.1', prefixes: [{ address: '2001:db8:1:1::', length: 64 }] });
      paths.set(heir);
      holds(moved, heir);
      paths.remove(1);
      holds(heir);
    });

    const refusals: readonly (readonly [string, (p: typeof path) => Path, RegExp])[] = [
      ['a receive key that is another path\'s', (p) => p(2, {}, { receiveKey: 0xd001 }), /key 0xd001 belongs to path 1/],
      ['an IPv4 address that is another path\'s', (p) => p(2, { ipv4: '10.1.0.1' }), /10\.1\.0\.1 .*belongs to path 1/],
      ['a prefix that is another path\'s', (p) => p(2, { prefixes: [{ address: '2001:db8:1:1::', length: 64 }] }), /2001:db8:1:1:: .*belongs to path 1/],
      ['no address at all', (p) => { const { ipv4: _none, ...rest } = p(2, { prefixes: [] }); return rest; }, /no address/],
      ['a prefix that is no /64', (p) => p(2, { prefixes: [{ address: '2001:db8:2::', length: 56 }] }), /2001:db8:2::\/56 is no \/64/],
      ['an MTU that IPv6 cannot live with', (p) => p(2, {}, { mtu: 1279 }), /1279 is outside 1280/],
      ['tunnel ends of the wrong family', (p) => p(2, {}, { transport: 'gre4' }), /2001:db8:a::2 does not fit gre4/],
      ['an address space that was not configured', (p) => p(2, { space: 99 }), /space 99 was not configured/],
      ['an index past the last', (p) => p(subject.maxPaths, { ipv4: '10.1.0.2', prefixes: [] }), /index is not below/],
    ];
    test.each(refusals)('refuses %s, and nothing has changed', (_, wrong, message) => {
      paths.set(path(1));
      expect(() => paths.set(wrong(path))).toThrow(PathError);
      expect(() => paths.set(wrong(path))).toThrow(message);
      holds(path(1));
    });

    test('a refused move leaves the path where it was', () => {
      paths.set(path(1));
      paths.set(path(2));
      expect(() => paths.set(path(2, {}, { receiveKey: 0xd001, local: '2001:db8:a::3' }))).toThrow(PathError);
      holds(path(1), path(2));
    });

    test('reconcile leaves exactly what it is given', () => {
      paths.set(path(1));
      paths.set(path(2));
      paths.set(path(3));
      const moved = path(2, {}, { local: '2001:db8:a::3' });
      expect(paths.reconcile([moved, path(3), path(4)])).toEqual({ removed: 1 });
      holds(moved, path(3), path(4));
      expect(paths.reconcile([moved, path(3), path(4)])).toEqual({ removed: 0 });
      expect(paths.reconcile([])).toEqual({ removed: 3 });
      holds();
    });

    test('one bad path in reconcile does not cost those that are held', () => {
      paths.set(path(1));
      paths.set(path(2));
      const moved = path(2, {}, { local: '2001:db8:a::3' });
      expect(() => paths.reconcile([path(1, {}, { mtu: 100 }), moved])).toThrow(/MTU of 100/);
      holds(path(1), moved);
    });

    test('reconcile gives what one path loses to another', () => {
      paths.set(path(1));
      paths.reconcile([path(2, { ipv4: '10.1.0.1' }, { receiveKey: 0xd001 })]);
      expect(paths.list().map((p) => p.index)).toEqual([2]);
    });

    test('reconcile lets two paths exchange what they have', () => {
      const swapped = [path(1, { ipv4: '10.1.0.2' }, { receiveKey: 0xd002 }), path(2, { ipv4: '10.1.0.1' }, { receiveKey: 0xd001 })];
      paths.set(path(1));
      paths.set(path(2));
      paths.reconcile(swapped);
      holds(...swapped);
    });

    test('counters start at nothing, stay for the asking after the path, and are unknown before it', () => {
      expect(paths.counters(1)).toBeUndefined();
      paths.set(path(1));
      expect(paths.counters(1)).toEqual({ upOctets: 0n, upPackets: 0n, downOctets: 0n, downPackets: 0n });
      expect(paths.firstDown(1)).toBeUndefined();
      if (subject.polices !== false) expect(paths.policed(1)).toEqual({ up: 0n, down: 0n });
      paths.remove(1);
      expect(paths.firstDown(1)).toBeUndefined();
    });

    test('a station that was never heard has not been seen, and nothing was dropped', () => {
      expect(paths.lastSeen('lan0', '02:00:00:00:02:77')).toBeUndefined();
      expect(paths.lastSeen('nowhere0', '02:00:00:00:02:77')).toBeUndefined();
      expect(Object.values(paths.drops()).every((n) => n === 0n)).toBe(true);
    });
  });
}
