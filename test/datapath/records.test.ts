import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIp, maskIpv6 } from '../../protocol/address.ts';
import { decode } from '../../protocol/codec.ts';
import type { Path } from '../../protocol/paths.ts';
import { receiveEntry } from '../../linux/datapath/layout.ts';
import { addressOf, pathsOf, recordsOf, samePath } from '../../linux/datapath/records.ts';
import type { Keyed } from '../../linux/datapath/records.ts';

const octets = (n: number) => fc.uint8Array({ minLength: n, maxLength: n });
const ipv4 = octets(4).map(formatIp).filter((a) => a !== '0.0.0.0');
const ipv6 = octets(16).map(formatIp);
const prefix = octets(16).map((o) => ({ address: maskIpv6(formatIp(o), 64), length: 64 })).filter((p) => p.address !== '::');
const key = fc.integer({ min: 0, max: 0xffff_ffff });

const tunnel = fc.oneof(
  fc.record({ transport: fc.constant('gre6' as const), local: ipv6, remote: ipv6, sendKey: key, receiveKey: key, mtu: fc.integer({ min: 1280, max: 65_000 }) }),
  fc.record({ transport: fc.constant('gre4' as const), local: ipv4, remote: ipv4, sendKey: key, receiveKey: key, mtu: fc.integer({ min: 1280, max: 65_000 }) }),
  fc.record({ transport: fc.constant('udp4' as const), local: ipv4, remote: ipv4, remotePort: fc.integer({ min: 0, max: 65_535 }), sendKey: key, receiveKey: key, mtu: fc.integer({ min: 1280, max: 65_000 }) }),
);
const path: fc.Arbitrary<Path> = fc
  .record({
    index: fc.nat(1_000_000), space: fc.nat(255), v4: fc.option(ipv4, { nil: undefined }), prefixes: fc.uniqueArray(prefix, { maxLength: 4, selector: (p) => p.address }), tunnel,
    mac: fc.option(octets(6).map((o) => Array.from(o, (b) => b.toString(16).padStart(2, '0')).join(':')), { nil: undefined }), peers: fc.boolean(),
  })
  .filter((p) => p.v4 !== undefined || p.prefixes.length > 0)
  .map(({ v4, mac, peers, prefixes, ...rest }) => ({
    ...rest,
    prefixes: [...prefixes.slice(0, 1), ...prefixes.slice(1).sort((a, b) => (a.address < b.address ? -1 : 1))],
    ...(v4 === undefined ? {} : { ipv4: v4 }),
    ...(mac === undefined ? {} : { access: { interface: 'lan0', mac } }),
    ...(peers ? { peers } : {}),
  }));

const recordsFor = (p: Path, learns = false) => recordsOf(p, { since: 7n, accessIfindex: p.access ? 3 : 0, learns });
const read = (all: readonly Path[]) => {
  const records = all.map((p) => recordsFor(p));
  return pathsOf(records.map((r) => r.receive), records.flatMap((r) => r.sends), (i) => (i === 3 ? 'lan0' : undefined));
};

describe('records', () => {
  test('give the path back', () => {
    fc.assert(fc.property(path, (p) => {
      expect(read([p])).toEqual([{ path: p, since: 7n }]);
    }));
  });

  test('half a path is none: its receive record, or the send record of a family, is missing', () => {
    fc.assert(
      fc.property(path, (p) => {
        const { receive, sends } = recordsFor(p);
        const families = (kept: readonly Keyed[]) => new Set(kept.map(([k]) => addressOf(k)[1].includes(':')));
        expect(pathsOf([], sends, () => 'lan0')).toEqual([]);
        expect(pathsOf([receive], [], () => 'lan0')).toEqual([]);
        const less = sends.slice(1);
        expect(pathsOf([receive], less, () => 'lan0')).toHaveLength(families(less).size < families(sends).size ? 0 : 1);
      }),
    );
  });

  test('an access interface that is gone is left out', () => {
    fc.assert(fc.property(path, (p) => {
      const { receive, sends } = recordsFor(p);
      expect(pathsOf([receive], sends, () => undefined)[0]?.path.access).toBeUndefined();
    }));
  });

  test('over UDP the port stands behind the address; a MAG\'s LMA listens on 5437, an LMA\'s MAG is anywhere', () => {
    const p: Path = { index: 1, space: 0, ipv4: '10.1.0.1', prefixes: [], tunnel: { transport: 'udp4', local: '192.0.2.1', remote: '198.51.100.2', sendKey: 1, receiveKey: 2, mtu: 1460 } };
    const remote = (learns: boolean) => [...decode(receiveEntry.codec, recordsFor(p, learns).receive[1]).remote.subarray(0, 6)];
    expect(remote(false)).toEqual([198, 51, 100, 2, 0x15, 0x3d]);
    expect(remote(true)).toEqual([198, 51, 100, 2, 0, 0]);
  });
});

describe('the same path', () => {
  test('is the same as itself, however its prefixes are ordered', () => {
    fc.assert(fc.property(path, (p) => samePath(p, { ...p, prefixes: p.prefixes.toReversed() }, false)));
  });

  test('is another with any one thing changed', () => {
    fc.assert(fc.property(path, path, (p, q) => {
      for (const field of ['index', 'space', 'ipv4', 'prefixes', 'peers'] as const) {
        if (JSON.stringify(p[field]) !== JSON.stringify(q[field])) expect(samePath(p, { ...p, [field]: q[field] }, false)).toBe(false);
      }
      for (const field of ['local', 'remote', 'sendKey', 'receiveKey', 'mtu'] as const) {
        if (p.tunnel[field] !== q.tunnel[field]) expect(samePath(p, { ...p, tunnel: { ...p.tunnel, [field]: q.tunnel[field] } }, false)).toBe(false);
      }
    }));
  });

  test('a port that is learned need not be named again, one that is given must be', () => {
    const p: Path = { index: 1, space: 0, ipv4: '10.1.0.1', prefixes: [], tunnel: { transport: 'udp4', local: '192.0.2.1', remote: '198.51.100.2', remotePort: 40_000, sendKey: 1, receiveKey: 2, mtu: 1460 } };
    const port = (remotePort: number) => ({ ...p, tunnel: { ...p.tunnel, remotePort } });
    expect([samePath(p, port(0), true), samePath(p, port(41_000), true), samePath(p, port(0), false)]).toEqual([true, false, false]);
  });
});
