/** An agent killed and started again: what it takes up, what it lets go (G51, protocol rule on state that outlives the agent). */
import { describe, expect, it } from 'vitest';
import { find } from '../../protocol/mobility/options.ts';
import type { RetainedBinding } from '../../agent/mag/retained.ts';
import { activeBench, createBench, HOME, MAC, OTHER_MAC, profile, retainedBy, type Bench } from './harness.ts';

function killed(...macs: readonly string[]): RetainedBinding[] {
  const bench = createBench();
  for (const mac of macs) {
    bench.profile = { profile: { ...profile, nai: `${mac}@example.com` } };
    bench.attach(mac);
  }
  return retainedBy(bench);
}

function restarted(bindings: readonly RetainedBinding[]): Bench {
  const bench = createBench({ clock: false, careOf: { mtu: 1500 } });
  bench.phoneAnswers = false;
  bench.give({ kind: 'restore', bindings });
  return bench;
}

function ready(bench: Bench): void {
  bench.give({ kind: 'clock', synchronised: true });
  bench.give({ kind: 'careOf', careOf: HOME });
}

describe('restore', () => {
  it('G51 takes up index, keys, addresses and lifetime, and leaves the path alone', () => {
    const [record] = killed(MAC);
    const bench = restarted([record as RetainedBinding]);
    expect(bench.entry()).toMatchObject({ index: record?.index, downlinkKey: record?.downlinkKey, uplinkKey: record?.uplinkKey, assigned: record?.assigned, state: { name: 'active', grantedUntil: 3_600_000 } });
    expect([bench.of('setPath'), bench.of('removePath')]).toEqual([[], []]);
    expect(bench.session()).toMatchObject({ state: 'active', ipv4: { address: '192.0.2.1' } });
  });

  it('one PBU with HI 5 per phone that is here, once uplink and clock are there, with the same key', () => {
    const bindings = killed(MAC, OTHER_MAC);
    const bench = restarted(bindings);
    bench.give({ kind: 'seen', mac: MAC, at: 0 });
    bench.give({ kind: 'seen', mac: OTHER_MAC, at: 0 });
    expect(bench.pbus()).toEqual([]);
    ready(bench);
    bench.phoneAnswers = true;
    bench.advance(60_000);
    expect(bench.pbus().map((p) => [find(p.options, 'handoffIndicator')?.indicator, find(p.options, 'greKey')?.key])).toEqual(bindings.map((b) => [5, b.downlinkKey]));
    expect(bench.of('removePath')).toEqual([]);
  });

  it('phones that are silent, or not on the station list, are removed with their paths', () => {
    const bench = restarted(killed(MAC, OTHER_MAC));
    ready(bench);
    bench.give({ kind: 'stationList', interface: 'wlan0', macs: [MAC] });
    bench.advance(500);
    expect(bench.state(OTHER_MAC)).toBe('gone');
    expect(bench.pbus().map((p) => p.lifetime)).toEqual([0]);
    bench.advance(5500);
    expect(bench.state(MAC)).toBe('gone');
    expect(bench.pbus().map((p) => p.lifetime)).toEqual([0, 0]);
    expect(bench.of('removePath').map((e) => e.index)).toEqual([1, 0]);
  });

  it('a phone that is silent does not begin the session of its new profile: another of its account may have that', () => {
    const bench = restarted(killed(MAC, OTHER_MAC));
    ready(bench);
    const shared = { profile: { ...profile, nai: 'alice@example.com', exclusive: true as const } };
    bench.give({ kind: 'seen', mac: MAC, at: 0 });
    for (const mac of [MAC, OTHER_MAC]) bench.give({ kind: 'profileChanged', mac, answer: shared });
    bench.advance(7000);
    expect([bench.state(MAC), bench.state(OTHER_MAC)]).toEqual(['active', 'gone']);
    const begun = bench.pbus().filter((p) => p.lifetime > 0 && find(p.options, 'handoffIndicator')?.indicator !== 5);
    expect(begun).toHaveLength(1);
  });

  it('a live key or index is never given to somebody else', () => {
    const bindings = killed(MAC);
    const bench = restarted(bindings);
    ready(bench);
    bench.attach(OTHER_MAC);
    expect(bench.entry(OTHER_MAC).index).not.toBe(bindings[0]?.index);
    expect(bench.entry(OTHER_MAC).downlinkKey).not.toBe(bindings[0]?.downlinkKey);
  });

  it('an ended lifetime, or an LMA that is configured no more, is not taken up: its path and its record go', () => {
    const [record] = killed(MAC) as [RetainedBinding];
    for (const gone of [{ ...record, grantedUntil: Date.UTC(2026, 0, 1) }, { ...record, lma: 'lma9@isp.example' }]) {
      const bench = restarted([gone]);
      expect([bench.state(), bench.of('removePath').length, bench.of('forget').length]).toEqual(['gone', 1, 1]);
    }
  });

  it('of two records with one number, and of a phone that is here already, the first holds it', () => {
    const [record] = killed(MAC) as [RetainedBinding];
    const bench = restarted([record, { ...record, mac: OTHER_MAC }, { ...record, mac: OTHER_MAC, downlinkKey: 99 }, record]);
    expect([...bench.mag.list.byMac.keys()]).toEqual([MAC]);
    expect(bench.of('removePath')).toEqual([]);
    expect(bench.of('forget').map((e) => e.mac)).toEqual([OTHER_MAC, OTHER_MAC]);
  });

  it('a home that has another address after the restart registers with HI 4', () => {
    const bench = restarted(killed(MAC));
    bench.give({ kind: 'clock', synchronised: true });
    bench.phoneAnswers = true;
    bench.give({ kind: 'careOf', careOf: { ...HOME, ipv6: '2001:db8:cafe:9::1' } });
    bench.advance(2000);
    expect(bench.pbus().map((p) => find(p.options, 'handoffIndicator')?.indicator)).toEqual([4]);
    expect(bench.entry().path?.tunnel.local).toBe('2001:db8:cafe:9::1');
  });

  it('the record follows the session: written at each grant, gone with it', () => {
    const bench = activeBench();
    bench.advance(300_000);
    expect(bench.of('retain').at(-1)?.binding.grantedUntil).toBe(bench.now().wall + 3_600_000);
    bench.detach();
    expect(bench.effects.filter((e) => e.kind === 'retain' || e.kind === 'forget').at(-1)?.kind).toBe('forget');
  });
});
