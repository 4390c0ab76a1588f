/** The cache against a naive model: whatever MAGs and phones do, every index agrees and nothing is given twice. Shared by the unit and the fuzz tests. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { deadline, type LmaEffect } from '../../cloud/lma/lma.ts';
import { recordOf } from '../../cloud/lma/session.ts';
import { pathOf } from '../../cloud/lma/tunnels.ts';
import type { BindingCacheEntry } from '../../cloud/lma/bindingCache.ts';
import { formatPrefix, parsePrefix } from '../../protocol/address.ts';
import type { Path } from '../../protocol/paths.ts';
import { Anchor, bindings, bra, labConfig, MAG1, MAG2, MAG3, NAT1, NAT2, type Wish } from './pbu.ts';

export const MAGS = [MAG1, MAG2, MAG3, NAT1, NAT2];
const MACS = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:03', undefined];
const PREFIXES = [['::/0'], [], ['2001:db8:f00d:1::/64'], ['2001:db8:f00d:2::/64'], ['2001:db8:f00d:2::/64', '2001:db8:f00d:3::/64']];
const HOAS = ['0.0.0.0', undefined, '192.0.2.1', '192.0.2.2', '192.0.2.200'];

const wish: fc.Arbitrary<Wish> = fc.record({
  mag: fc.constantFrom(...MAGS),
  mn: fc.constantFrom('mn0@example.com', 'mn1@example.com', 'mn2@example.com'),
  mac: fc.constantFrom(...MACS),
  handoff: fc.constantFrom(1, 2, 3, 4, 4, 4, 5),
  att: fc.constantFrom(4, 4, 5),
  lifetime: fc.constantFrom(3600, 3600, 40, 0),
  prefixes: fc.constantFrom(...PREFIXES, ['::/0'], ['::/0']),
  hoa: fc.constantFrom(...HOAS, '0.0.0.0', '0.0.0.0'),
  conflict: fc.boolean(),
  linkLocal: fc.constantFrom('::', 'fe80::1'),
  service: fc.constantFrom('example.com', 'example.com', 'other.example'),
});
const command = fc.oneof({ weight: 6, arbitrary: wish.map((w) => ({ do: 'pbu' as const, wish: w })) }, { weight: 1, arbitrary: fc.nat(12_000).map((ms) => ({ do: 'pass' as const, ms })) }, { weight: 1, arbitrary: fc.constantFrom(0, 132).map((status) => ({ do: 'bra' as const, status })) });

const config = () =>
  labConfig(
    { acceptForcedIpv4UdpEncapsulationRequest: true, maximumBindings: 6 },
    {
      apns: [
        { name: 'example.com', space: 0, selectionMode: 'sent-by-ms', ipv4Pool: 'v4', ipv6Pool: 'v6' },
        { name: 'other.example', space: 1, selectionMode: 'sent-by-ms', ipv4Pool: 'w4', ipv6Pool: 'w6' },
      ],
      ipv4Pools: [
        { name: 'v4', network: '192.0.2.0', prefixLength: 29, router: '192.0.2.6', allowStaticAllocation: true },
        { name: 'w4', network: '192.0.2.0', prefixLength: 29, router: '192.0.2.6', allowStaticAllocation: true },
      ],
      ipv6Pools: [
        { name: 'v6', prefix: parsePrefix('2001:db8:f00d::/61'), allowStaticAllocation: true },
        { name: 'w6', prefix: parsePrefix('2001:db8:beef::/61'), allowStaticAllocation: true },
      ],
    },
  );

export function cacheAgrees(numRuns: number): void {
  fc.assert(
    fc.property(fc.array(command, { minLength: 1, maxLength: 60 }), (commands) => {
      const a = new Anchor(config());
      const dataPath = new Map<number, Path>();
      const seen = new Seen();
      for (const c of commands) {
        let effects: LmaEffect[] = [];
        if (c.do === 'pbu') effects = a.pbu(c.wish);
        else if (c.do === 'pass') effects = a.pass(c.ms);
        else {
          const [open] = a.lma.revocations.values();
          const mag = MAGS.find((m) => m.id === open?.mag && m.from.remote === open?.to.remote);
          if (open && mag) effects = a.receive(mag, bra(open.message, c.status));
        }
        apply(dataPath, effects);
        seen.check(a);
        expect([...dataPath.values()].toSorted(byIndex)).toEqual(bindings(a).map((b) => pathOf(a.lma, b)).filter((p) => p !== undefined).toSorted(byIndex));
      }
      apply(dataPath, a.pass(50_000_000));
      expect(bindings(a)).toEqual([]);
      expect([dataPath.size, a.store.size, a.lma.deadlines.size, a.lma.waiting.size, a.lma.waitingFor.size, a.lma.revocations.size, a.lma.indexes.used]).toEqual([0, 0, 0, 0, 0, 0, 0]);
    }),
    { numRuns },
  );
}

function apply(dataPath: Map<number, Path>, effects: readonly LmaEffect[]): void {
  for (const e of effects) {
    if (e.kind === 'setPath') dataPath.set(e.path.index, e.path);
    else if (e.kind === 'removePath') dataPath.delete(e.index);
  }
}

const byIndex = (x: Path, y: Path): number => x.index - y.index;

/** Every key that any entry ever had: what an index says under it must still be true. */
class Seen {
  private readonly prefixes = new Set<string>();
  private readonly addresses = new Set<string>();
  private readonly keys = new Set<number>();
  private readonly coas = new Set<string>();

  check(a: Anchor): void {
    const { cache } = a.lma;
    const all = bindings(a);
    for (const b of all) this.remember(b);
    for (const p of this.prefixes) expect(cache.ofPrefix(parsePrefix(p))).toBe(only(all.filter((b) => b.prefixes.some((q) => formatPrefix(q) === p))));
    for (const key of this.addresses) {
      const [space = '', address = ''] = key.split(' ');
      expect(cache.ofHomeAddress(Number(space), address)).toBe(only(all.filter((b) => b.space === Number(space) && b.homeAddress?.address === address)));
    }
    for (const key of this.keys) expect(cache.ofUplinkKey(key)).toBe(only(all.filter((b) => b.uplinkKey === key)));
    for (const coa of this.coas) expect([...cache.ofProxyCoa(coa)].toSorted(order)).toEqual(all.filter((b) => b.proxyCoa === coa).toSorted(order));
    for (const mn of ['mn0@example.com', 'mn1@example.com', 'mn2@example.com']) {
      const id = { subtype: 1, identifier: mn };
      const own = all.filter((b) => b.mnId.identifier === mn);
      expect([...cache.ofNode(id)].toSorted(order)).toEqual(own.toSorted(order));
      for (const att of [4, 5]) for (const mac of MACS.slice(0, 3)) expect(cache.ofInterface(id, att, mac)).toBe(only(own.filter((b) => b.technology === att && b.linkLayerId === mac)));
    }
    expect(all.length).toBeLessThanOrEqual(6);
    for (const [space, pool] of [[0, 'v4'], [1, 'w4']] as const) expect(a.lma.ipv4Pools.get(pool)?.used).toBe(all.filter((b) => b.space === space && b.homeAddress).length);
    for (const [space, pool] of [[0, 'v6'], [1, 'w6']] as const) expect(a.lma.ipv6Pools.get(pool)?.used).toBe(all.filter((b) => b.space === space).reduce((n, b) => n + b.prefixes.length, 0));
    expect([...a.store.values()].toSorted(order)).toEqual(all.map((b) => recordOf(a.lma, b, a.now)).toSorted(order).map((r) => ({ ...r, expiresAt: expect.closeTo(r.expiresAt, 3) as number })));
    expect(deadline(a.lma)?.at ?? Infinity).toBeLessThanOrEqual(Math.min(...all.map((b) => b.deleteAt ?? b.expiresAt)));
  }

  private remember(b: BindingCacheEntry): void {
    for (const p of b.prefixes) this.prefixes.add(formatPrefix(p));
    if (b.homeAddress) this.addresses.add(`${b.space} ${b.homeAddress.address}`);
    if (b.uplinkKey) this.keys.add(b.uplinkKey);
    this.coas.add(b.proxyCoa);
  }
}

const order = (x: { index: number }, y: { index: number }): number => x.index - y.index;

function only<T>(all: readonly T[]): T | undefined {
  expect(all.length).toBeLessThanOrEqual(1);
  return all[0];
}
