/** RFC 6463: runtime assignment of another LMA, at the gateway that follows. */
import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../protocol/entity.ts';
import type { BindingAcknowledgement, BindingUpdate } from '../../protocol/mobility/messages.ts';
import { find, type OptionNamed } from '../../protocol/mobility/options.ts';
import { acceptance, createBench, HOME, LMA1, LMA2, NAI, retainedBy, type Bench, type BenchOptions } from '../mag/harness.ts';

const to = (address: string | undefined): OptionNamed<'redirect'> => ({ kind: 'redirect', address: address as string });
/** A gateway that may be redirected, between these LMAs. */
const capable = (more: BenchOptions = {}): Bench => createBench({ ...more, config: { lmas: [LMA1, LMA2], redirect: true, ...more.config } });
const redirecting = (address: string | undefined) => (pbu: BindingUpdate, at: Endpoint): BindingAcknowledgement =>
  at.remote === LMA1.ipv6 || at.remote === LMA1.ipv4 ? acceptance(pbu, { options: [to(address)] }) : acceptance(pbu);
const receivers = (bench: Bench): string[] => bench.of('send').map((s) => s.to.remote);

describe('at the MAG', () => {
  it('P01 a Redirect option without Redirect-Capability in the PBU is ignored', () => {
    const bench = createBench({ config: { lmas: [LMA1, LMA2] }, lma: redirecting(LMA2.ipv6) });
    bench.attach();
    expect(find(bench.lastPbu().options, 'redirectCapability')).toBeUndefined();
    expect(bench.state()).toBe('active');
    expect(bench.entry().path?.tunnel.remote).toBe(LMA1.ipv6);
    expect(bench.discards()).toEqual(['a Redirect option that was not asked for']);
    bench.clear();
    bench.advance(300_000);
    expect(receivers(bench)).toEqual([LMA1.ipv6]);
  });

  it('P01 the capability is in PBUs that ask for a session, and in no other', () => {
    const bench = capable();
    bench.attach();
    bench.advance(300_000);
    bench.give({ kind: 'careOf', careOf: { ...HOME, ipv6: '2001:db8:cafe:9::1' } });
    bench.detach();
    expect(bench.pbus().map((p) => [find(p.options, 'handoffIndicator')?.indicator, p.lifetime > 0, find(p.options, 'redirectCapability') !== undefined])).toEqual([
      [4, true, true],
      [5, true, false],
      [4, true, false],
      [4, false, false],
    ]);
  });

  it('P02 after a redirect all traffic and signalling go to the r2LMA', () => {
    const bench = capable({ lma: redirecting(LMA2.ipv6) });
    bench.attach();
    expect(bench.pbus()).toHaveLength(1); // no new PBU is needed
    expect(bench.entry().path?.tunnel).toMatchObject({ transport: 'gre6', local: HOME.ipv6, remote: LMA2.ipv6 });
    bench.clear();
    bench.advance(300_000);
    bench.give({ kind: 'careOf', careOf: { ...HOME, ipv6: '2001:db8:cafe:9::1' } });
    bench.detach();
    expect(receivers(bench)).toEqual([LMA2.ipv6, LMA2.ipv6, LMA2.ipv6]);
    expect(bench.of('send').map((s) => s.peer)).toEqual([LMA2.id, LMA2.id, LMA2.id]);
  });

  it('P02 from the r2LMA alone are messages about the session believed', () => {
    const bench = capable({ lma: redirecting(LMA2.ipv6), timers: { detachPeriod: 3_600_000 } });
    bench.attach();
    bench.clear();
    const upn = { kind: 'updateNotification', sequence: 1, reason: 1, flags: { acknowledge: false, retransmission: false }, options: [{ kind: 'mnIdentifier', subtype: 1, identifier: NAI }] } as const;
    bench.message(upn);
    expect(bench.pbus()).toHaveLength(0);
    bench.message(upn, { remote: LMA2.ipv6 as string });
    expect(receivers(bench)).toEqual([LMA2.ipv6]);
  });

  it('P02 it stays so over a restart of the agent', () => {
    const bench = capable({ lma: redirecting(LMA2.ipv6) });
    bench.attach();
    const after = capable();
    after.give({ kind: 'restore', bindings: retainedBy(bench) });
    after.advance(1000);
    expect(receivers(after)).toEqual([LMA2.ipv6]);
    expect(after.entry().path?.tunnel.remote).toBe(LMA2.ipv6);
  });

  it('P02 the next session of the phone begins at the first LMA again', () => {
    const bench = capable({ lma: redirecting(LMA2.ipv6) });
    bench.attach();
    bench.detach();
    bench.clear();
    bench.attach();
    expect(receivers(bench)).toEqual([LMA1.ipv6]);
  });

  it('an r2LMA that is silent until the lifetime ends is left for the first one', () => {
    const bench = capable({ lma: redirecting(LMA2.ipv6) });
    bench.attach();
    bench.lma = (pbu, at) => (at.remote === LMA2.ipv6 ? undefined : acceptance(pbu));
    bench.clear();
    bench.advance(3_640_000);
    expect(receivers(bench).at(-1)).toBe(LMA1.ipv6);
    expect(bench.entry().path?.tunnel.remote).toBe(LMA1.ipv6);
  });

  it.each([
    ['that nobody here has a key with', '2001:db8::bad'],
    ['over the other family of addresses', LMA2.ipv4],
  ])('an LMA %s is no place to go: the session is asked for again, without the offer', (_, address) => {
    const bench = capable({ lma: (pbu) => acceptance(pbu, find(pbu.options, 'redirectCapability') ? { options: [to(address)] } : {}) });
    bench.attach();
    expect(bench.pbus().map((p) => find(p.options, 'redirectCapability') !== undefined)).toEqual([true, false]);
    expect(bench.entry().path?.tunnel.remote).toBe(LMA1.ipv6);
  });
});
