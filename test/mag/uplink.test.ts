/** The home's own addresses and its clock: they come, go and change under live sessions. */
import { describe, expect, it } from 'vitest';
import { find } from '../../protocol/mobility/options.ts';
import { acceptance, accepting, activeBench, createBench, HOME, LMA1, MAC, OTHER_MAC, profile, silent } from './harness.ts';

const RENUMBERED = { ...HOME, ipv6: '2001:db8:cafe:9::1' };
const DOWN = { mtu: 1500 };
const handoffs = (bench: ReturnType<typeof createBench>) => bench.pbus().map((p) => find(p.options, 'handoffIndicator')?.indicator);

describe('care-of address', () => {
  it('a change registers every binding anew with HI 4, and the paths switch when the LMA has switched', () => {
    const bench = activeBench();
    bench.profile = { profile: { ...profile, nai: 'mn1@example.com' } };
    bench.attach(OTHER_MAC);
    bench.clear();
    bench.lma = silent;
    bench.give({ kind: 'careOf', careOf: RENUMBERED });
    expect(handoffs(bench)).toEqual([4, 4]);
    expect(bench.of('send').map((s) => s.to.local)).toEqual([RENUMBERED.ipv6, RENUMBERED.ipv6]);
    expect([bench.of('setPath'), bench.of('session')]).toEqual([[], []]);
    for (const pbu of bench.pbus()) bench.message(acceptance(pbu));
    expect(bench.of('setPath').map((e) => [e.path.index, e.path.tunnel.local])).toEqual([[0, RENUMBERED.ipv6], [1, RENUMBERED.ipv6]]);
    expect(bench.of('removePath')).toEqual([]);
  });

  it('a change of the uplink MTU is told to the LMA and to the phone', () => {
    const bench = activeBench();
    bench.give({ kind: 'careOf', careOf: { ...HOME, mtu: 1492 } });
    expect(bench.session()?.mtu).toBe(1444);
    expect(bench.of('setPath').map((e) => e.path.tunnel.mtu)).toEqual([1444]);
  });

  it('a phone that has been silent is asked before its session is pulled to the new address', () => {
    const bench = activeBench({ timers: { detachPeriod: 3_600_000 } });
    bench.advance(60_000);
    bench.phoneAnswers = false;
    bench.give({ kind: 'careOf', careOf: RENUMBERED });
    bench.advance(20_000);
    expect([bench.pbus().map((p) => p.lifetime), bench.state(), bench.of('checkPresence').length]).toEqual([[0], 'gone', 3]);
  });

  it('an address of the other family that adds nothing changes nothing; a better one is used', () => {
    const bench = activeBench({ careOf: { ipv4: '198.51.100.15', mtu: 1500 } });
    bench.give({ kind: 'careOf', careOf: { ipv4: '198.51.100.15', mtu: 1500 } });
    expect(bench.pbus()).toEqual([]);
    bench.give({ kind: 'careOf', careOf: HOME });
    expect(bench.of('setPath').at(-1)?.path.tunnel.transport).toBe('gre6');
    bench.clear();
    bench.give({ kind: 'careOf', careOf: { ...HOME, ipv4: '198.51.100.99' } });
    expect(bench.pbus()).toEqual([]);
  });

  it('a second change before the first is answered wins; the late PBA moves nothing', () => {
    const bench = activeBench();
    bench.lma = silent;
    bench.give({ kind: 'careOf', careOf: RENUMBERED });
    const first = bench.lastPbu();
    bench.give({ kind: 'careOf', careOf: { ...HOME, ipv6: '2001:db8:cafe:a::1' } });
    bench.message(acceptance(first));
    expect(bench.of('setPath')).toEqual([]);
    bench.message(acceptance(bench.lastPbu()));
    expect(bench.of('setPath').map((e) => e.path.tunnel.local)).toEqual(['2001:db8:cafe:a::1']);
  });

  it('without an uplink live sessions stay as granted, and nothing is sent', () => {
    const bench = activeBench();
    bench.give({ kind: 'careOf', careOf: DOWN });
    bench.advance(3_599_999);
    expect([bench.state(), bench.pbus().length, bench.of('removePath').length]).toEqual(['active', 0, 0]);
    bench.advance(1);
    expect([bench.of('removePath').length, bench.reasons().at(-1)]).toEqual([1, 'registering -> waiting for care-of address: retransmission']);
    bench.give({ kind: 'careOf', careOf: HOME });
    expect(bench.state()).toBe('active');
  });

  it('a refresh that fell due while the uplink was down goes out when it is back', () => {
    const bench = activeBench();
    bench.give({ kind: 'careOf', careOf: DOWN });
    bench.advance(310_000);
    bench.give({ kind: 'careOf', careOf: HOME });
    expect(handoffs(bench)).toEqual([5]);
    expect(bench.entry().state).toMatchObject({ name: 'active', refreshAt: 610_000 });
  });

  it('an uplink that comes back with another address moves the sessions', () => {
    const bench = activeBench();
    bench.give({ kind: 'careOf', careOf: DOWN });
    bench.give({ kind: 'careOf', careOf: RENUMBERED });
    expect(handoffs(bench)).toEqual([4]);
    expect(bench.of('setPath').map((e) => e.path.tunnel.local)).toEqual([RENUMBERED.ipv6]);
  });

  it('a phone that attaches without an uplink waits visibly, and is registered when there is one', () => {
    const bench = createBench({ careOf: DOWN });
    bench.attach();
    bench.give({ kind: 'careOf', careOf: { ...DOWN, mtu: 1492 } });
    expect(bench.reasons()).toEqual(['profile -> waiting for care-of address: profile found (local)']);
    bench.give({ kind: 'careOf', careOf: HOME });
    expect(bench.state()).toBe('active');
  });

  it('a phone that left while there was no uplink is not registered when it is back', () => {
    const bench = createBench({ careOf: DOWN });
    bench.attach();
    bench.phoneAnswers = false;
    bench.advance(60_000);
    bench.give({ kind: 'careOf', careOf: HOME });
    bench.advance(10_000);
    expect([bench.pbus().length, bench.state()]).toEqual([0, 'gone']);
  });

  it('an LMA of the other family than the home has cannot be reached', () => {
    const bench = createBench({ careOf: { ipv6: '2001:db8:cafe:1025::15', mtu: 1500 }, config: { lmas: [{ id: LMA1.id, ipv4: '203.0.113.101', forceUdp: 'auto' }] } });
    bench.attach();
    expect(bench.reasons().at(-1)).toMatch(/-> waiting for care-of address/);
  });
});

describe('clock', () => {
  it('a clock that is not synchronised is a visible state, and no PBU leaves', () => {
    const bench = createBench({ clock: false });
    bench.attach();
    bench.advance(100_000);
    expect(bench.reasons()).toEqual(['profile -> waiting for clock: profile found (local)']);
    expect(bench.pbus()).toEqual([]);
    expect(bench.session()?.state).toBe('pending');
    bench.give({ kind: 'clock', synchronised: true });
    expect(bench.state()).toBe('active');
  });

  it('a clock that is lost under a live session holds its refreshes and its farewell back', () => {
    const bench = activeBench();
    bench.give({ kind: 'clock', synchronised: false });
    bench.advance(400_000);
    expect([bench.pbus().length, bench.state()]).toEqual([0, 'active']);
    bench.give({ kind: 'clock', synchronised: true });
    expect(handoffs(bench)).toEqual([5]);
    bench.give({ kind: 'clock', synchronised: false });
    bench.detach();
    expect([bench.pbus().length, bench.state()]).toEqual([1, 'gone']);
  });

  it('in the sequence scheme no clock is needed', () => {
    const bench = createBench({ clock: false, config: { timestamps: false } });
    bench.attach();
    expect(bench.state()).toBe('active');
  });
});

describe('an LMA that is silent for 20 s', () => {
  it('disturbs no session, and what came meanwhile is registered', () => {
    const bench = activeBench();
    bench.lma = silent;
    bench.profile = { profile: { ...profile, nai: 'mn1@example.com' } };
    bench.advance(290_000);
    bench.attach(OTHER_MAC);
    bench.advance(20_000);
    bench.lma = accepting;
    bench.advance(32_000);
    expect([bench.state(MAC), bench.state(OTHER_MAC), bench.of('removePath').length]).toEqual(['active', 'active', 0]);
  });
});
