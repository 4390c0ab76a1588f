/** 500 stations at once: whoever is entitled is served, whoever is not gets nothing, whatever answers late, twice or not at first. */
import { describe, expect, it } from 'vitest';
import type { BindingUpdate } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';
import type { Path } from '../../protocol/paths.ts';
import { acceptance, createBench, profile, type Bench } from './harness.ts';

const STATIONS = 500;
const macs = Array.from({ length: STATIONS }, (_, i) => `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 0xff).toString(16).padStart(2, '0')}`);
const numberOf = (mac: string): number => macs.indexOf(mac);
const isEntitled = (mac: string): boolean => numberOf(mac) % 5 !== 0;

/** Addresses of its own for each phone; nothing for the first PBU of every third, and each answer comes twice. */
function forgetful(bench: Bench): void {
  const heard = new Set<string>();
  bench.lma = (pbu) => {
    const mac = macOf(pbu);
    const first = !heard.has(mac);
    heard.add(mac);
    if (first && numberOf(mac) % 3 === 0) return undefined;
    const n = numberOf(mac);
    return acceptance(pbu, { options: [{ kind: 'homeNetworkPrefix', prefixLength: 64, prefix: `2001:db8:${(n + 1).toString(16)}::` }, { kind: 'ipv4HomeAddressReply', status: 0, prefixLength: 24, address: `10.1.${n >> 8}.${n & 0xff}` }] });
  };
}

const macOf = (pbu: BindingUpdate): string => find(pbu.options, 'mnLinkLayerIdentifier')?.identifier ?? '';

function storm(): Bench {
  const bench = createBench();
  forgetful(bench);
  bench.profile = undefined;
  for (const mac of macs) bench.attach(mac);
  // RADIUS answers in an order of its own, and some phones lose patience with DHCP meanwhile.
  for (const mac of macs.filter((_, i) => i % 7 === 0)) bench.give({ kind: 'wantBinding', station: { interface: 'wlan0', mac } });
  for (const { station, question } of bench.of('loadProfile').toReversed()) {
    const answer = isEntitled(station.mac) ? { profile: { ...profile, nai: `${station.mac}@example.com`, source: 'radius' } as const } : { refused: 'Access-Reject' };
    bench.give({ kind: 'profile', mac: station.mac, question, answer });
    bench.give({ kind: 'profile', mac: station.mac, question, answer });
  }
  bench.advance(5000);
  return bench;
}

describe('500 stations attach in one instant', () => {
  it('each entitled one is active with a path, a key and an index of its own; the others have nothing', () => {
    const bench = storm();
    const entries = macs.map((mac) => bench.entry(mac));
    expect(entries.filter((e) => e.state.name === 'active' && e.path).map((e) => e.mac)).toEqual(macs.filter(isEntitled));
    expect(entries.filter((e) => e.state.name === 'denied' && !e.path).map((e) => e.mac)).toEqual(macs.filter((mac) => !isEntitled(mac)));
    const paths = entries.flatMap((e) => e.path ?? []);
    const own: readonly ((p: Path) => unknown)[] = [(p) => p.index, (p) => p.tunnel.receiveKey, (p) => p.ipv4];
    for (const pick of own) expect(new Set(paths.map(pick)).size).toBe(paths.length);
    expect(bench.pbus().filter((p) => !isEntitled(macOf(p)))).toEqual([]);
  });

  it('costs one question each to the profile source, and one PBU each, two where the first was lost', () => {
    const bench = storm();
    expect(bench.of('loadProfile')).toHaveLength(STATIONS);
    const lost = macs.filter((mac, i) => isEntitled(mac) && i % 3 === 0).length;
    expect(bench.pbus()).toHaveLength(macs.filter(isEntitled).length + lost);
  });
});
