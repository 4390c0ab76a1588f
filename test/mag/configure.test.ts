/** Another configuration at run time: no session ends by it. */
import { describe, expect, it } from 'vitest';
import type { Configure } from '../../agent/mag/configure.ts';
import { answerHeartbeat } from '../../protocol/heartbeat.ts';
import { acceptance, activeBench, createBench, LMA1, LMA2, MAC, OTHER_MAC, profile, silent, type Bench } from './harness.ts';

const heartbeat = { enabled: true, interval: 60_000, timeout: 5000, missingAllowed: 3 };
function configure(bench: Bench, changed: Partial<Omit<Configure, 'kind'>>): void {
  const { lmas, timers } = bench.mag.config;
  bench.give({ kind: 'configure', lmas, timers, ...changed });
}
const second = (bench: Bench): void => {
  bench.profile = { profile: { ...profile, nai: 'mn1@example.com' } };
  bench.attach(OTHER_MAC);
};

describe('another list of LMAs', () => {
  it('leaves a session with its LMA, through refreshes too, and new ones use the new list', () => {
    const bench = activeBench();
    configure(bench, { lmas: [LMA2] });
    second(bench);
    expect([bench.entry().lma, bench.entry(OTHER_MAC).lma]).toEqual([LMA1, LMA2]);
    bench.clear();
    bench.advance(301_000);
    expect(bench.of('send').filter((s) => s.message.kind === 'bindingUpdate').map((s) => s.to.remote).toSorted()).toEqual([LMA1.ipv6, LMA2.ipv6]);
    expect([bench.of('removePath'), bench.state(), bench.state(OTHER_MAC)]).toEqual([[], 'active', 'active']);
  });

  it('registers a session with its LMA at the address that this has now, and the path follows', () => {
    const bench = activeBench();
    const moved = { ...LMA1, ipv6: '2001:db8:cafe:1024::199' };
    bench.clear();
    configure(bench, { lmas: [moved] });
    bench.advance(10);
    expect(bench.of('send').map((s) => s.to.remote)).toEqual([moved.ipv6]);
    expect(bench.of('setPath').map((p) => p.path.tunnel.remote)).toEqual([moved.ipv6]);
    expect(bench.of('removePath')).toEqual([]);
  });

  it('brings a phone in that was refused because there was no LMA', () => {
    const bench = createBench({ config: { lmas: [] } });
    bench.give({ kind: 'clock', synchronised: true });
    bench.give({ kind: 'careOf', careOf: { ipv6: '2001:db8:cafe:1025::15', mtu: 1500 } });
    bench.attach();
    expect(bench.state()).toBe('denied');
    configure(bench, { lmas: [LMA1] });
    bench.advance(10);
    expect(bench.state()).toBe('active');
  });

  it('gives sessions up at the LMA that is not on it any more, too', () => {
    const bench = activeBench();
    configure(bench, { lmas: [LMA2] });
    bench.clear();
    bench.give({ kind: 'giveUp', scope: { kind: 'all' }, reason: 'paused', id: 1 });
    expect(bench.of('send').map((s) => [s.message.kind, s.to.remote])).toEqual([['bindingRevocationIndication', LMA1.ipv6]]);
  });
});

describe('other timers', () => {
  it('count for the refresh that is due next, where they are shorter', () => {
    const bench = activeBench();
    bench.clear();
    configure(bench, { timers: { ...bench.mag.config.timers, refresh: 20, lifetime: 1200 } });
    bench.advance(19_000);
    expect(bench.pbus()).toEqual([]);
    bench.advance(2000);
    expect(bench.pbus().map((p) => p.lifetime)).toEqual([1200]);
  });

  it('switch heartbeats on for the LMAs with sessions, and off again', () => {
    const bench = activeBench();
    const beats = (): number => bench.of('send').filter((s) => s.message.kind === 'heartbeat').length;
    configure(bench, { heartbeat });
    bench.advance(2000);
    expect(beats()).toBe(1);
    bench.clear();
    configure(bench, { heartbeat: { ...heartbeat, enabled: false } });
    bench.advance(200_000);
    expect(beats()).toBe(0);
  });
});

it('the number of guests counts for who comes next', () => {
  const bench = activeBench();
  configure(bench, { maximumGuests: 1 });
  second(bench);
  expect([bench.state(MAC), bench.state(OTHER_MAC)]).toEqual(['active', 'denied']);
  configure(bench, {});
  bench.advance(60_000);
  expect(bench.state(OTHER_MAC)).toBe('active');
});

describe('LMAs that are asked whether they answer', () => {
  it('are all of the list, sessions or not, and each answer is known', () => {
    const bench = createBench({ config: { lmas: [LMA1, LMA2] } });
    bench.give({ kind: 'careOf', careOf: { ipv6: '2001:db8:cafe:1025::15', mtu: 1500 } });
    bench.clear();
    bench.give({ kind: 'probeLmas' });
    const sent = bench.of('send').flatMap((s) => (s.message.kind === 'heartbeat' ? [{ message: s.message, to: s.to }] : []));
    expect(sent.map((s) => s.to.remote)).toEqual([LMA1.ipv6, LMA2.ipv6]);
    for (const { message, to } of sent.slice(1)) bench.message(answerHeartbeat(message, 1), to);
    expect([...bench.mag.anchors.values()].map((a) => a.pulse.state)).toEqual(['unknown', 'reachable']);
    expect(bench.discards()).toEqual([]);
  });
});

it('all sessions are registered anew on request, and none waits for its refresh', () => {
  const bench = activeBench();
  second(bench);
  bench.clear();
  bench.lma = silent;
  bench.give({ kind: 'refreshAll' });
  bench.advance(100);
  expect(bench.pbus()).toHaveLength(2);
  for (const pbu of bench.pbus()) bench.message(acceptance(pbu));
  expect([bench.state(MAC), bench.state(OTHER_MAC)]).toEqual(['active', 'active']);
});
