/** RFC 5846 §6.3, §9.2: a gateway gives up its sessions, all at once before it goes down, or those that an operator clears. */
import { describe, expect, it } from 'vitest';
import type { GiveUpReport, GiveUpScope } from '../../agent/mag/ownRevocation.ts';
import { REVOCATION_STATUS as RS, TRIGGER } from '../../protocol/mobility/codes.ts';
import type { BindingRevocationIndication } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';
import { acceptance, activeBench, createBench, HOME, LMA1, LMA2, MAC, OTHER_MAC, profile, silent, type Bench, type BenchOptions } from '../mag/harness.ts';

/** Two phones, of two realms; with `lmas` the second at the second LMA. */
function two(options: BenchOptions = {}): Bench {
  const bench = activeBench({ ...options, profile: { profile: { ...profile, lmas: [LMA1.id] } }, config: { lmas: [LMA1, LMA2], ...options.config } });
  bench.lma = (pbu) => acceptance(pbu, { options: [{ kind: 'homeNetworkPrefix', prefixLength: 64, prefix: '2001:db8:f00d:2::' }, { kind: 'ipv4HomeAddressReply', status: 0, prefixLength: 24, address: '192.0.2.2' }] });
  bench.profile = { profile: { ...profile, nai: 'mn1@other.example', lmas: [LMA1.id] } };
  bench.attach(OTHER_MAC);
  expect(bench.state(OTHER_MAC)).toBe('active');
  bench.clear();
  return bench;
}
const clear = (bench: Bench, scope: GiveUpScope): void => void bench.give({ kind: 'giveUp', scope, reason: 'by the test', id: 7 });
const brisOf = (bench: Bench): BindingRevocationIndication[] => bench.of('send').flatMap((s) => (s.message.kind === 'bindingRevocationIndication' ? [s.message] : []));
const reportOf = (bench: Bench): GiveUpReport | undefined => bench.of('gaveUp')[0]?.report;
const answer = (bench: Bench, status: number, sequence = brisOf(bench)[0]?.sequence ?? 0): void => void bench.message({ kind: 'bindingRevocationAcknowledgement', status, sequence, flags: { proxy: true, ipv4Only: false, global: true }, options: [] });

describe('all of them', () => {
  it("R12 a MAG's bulk BRI carries its identity in the MN-ID option", () => {
    const bench = two();
    clear(bench, { kind: 'all' });
    expect(bench.of('send')).toMatchObject([{
      to: { local: HOME.ipv6, remote: LMA1.ipv6 },
      peer: LMA1.id,
      message: { kind: 'bindingRevocationIndication', trigger: TRIGGER.PER_PEER_POLICY, flags: { proxy: true, ipv4Only: false, global: true }, options: [{ kind: 'mnIdentifier', subtype: 1, identifier: 'home1@isp.example' }, { kind: 'timestamp' }] },
    }]);
  });

  it('with the answer they go, without another word; their phones are sent away', () => {
    const bench = two();
    clear(bench, { kind: 'all' });
    expect([bench.state(MAC), reportOf(bench)]).toEqual(['active', undefined]);
    answer(bench, RS.SUCCESS);
    expect([bench.state(MAC), bench.state(OTHER_MAC), bench.pbus().length]).toEqual(['gone', 'gone', 0]);
    expect(bench.of('deauthenticate').map((d) => d.mac)).toEqual([MAC, OTHER_MAC]);
    expect(bench.of('removePath')).toHaveLength(2);
    expect(bench.of('forget').map((f) => f.mac)).toEqual([MAC, OTHER_MAC]);
    expect(reportOf(bench)).toEqual({ bindings: 2, unanswered: 0 });
  });

  it('R05 retransmissions double from 1 s up to 2 s, at most BRIMaxRetriesNumber; then they go all the same', () => {
    const bench = two({ timers: { briMaxRetriesNumber: 3 } });
    clear(bench, { kind: 'all' });
    const at = [0, 1000, 3000, 5000].map((ms, i, all) => {
      bench.advance(ms - (all[i - 1] ?? 0));
      return brisOf(bench).length;
    });
    expect(at).toEqual([1, 2, 3, 4]);
    expect(new Set(brisOf(bench).map((b) => JSON.stringify(b, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v)))).size).toBe(1);
    bench.advance(1999);
    expect(reportOf(bench)).toBeUndefined();
    bench.advance(1);
    expect([reportOf(bench), brisOf(bench).length, bench.state(MAC)]).toEqual([{ bindings: 2, unanswered: 2 }, 4, 'gone']);
  });

  it('R06 a BRA with an unknown sequence number, or from elsewhere, is discarded', () => {
    const bench = two();
    clear(bench, { kind: 'all' });
    answer(bench, RS.SUCCESS, 999);
    bench.message({ kind: 'bindingRevocationAcknowledgement', status: 0, sequence: brisOf(bench)[0]!.sequence, flags: { proxy: true, ipv4Only: false, global: true }, options: [] }, { remote: LMA2.ipv6! });
    expect(bench.discards()).toEqual(Array.from({ length: 2 }, () => 'a revocation acknowledgement that nobody asked for'));
    expect(bench.state(MAC)).toBe('active');
  });

  it.each([RS.GLOBAL_REVOCATION_NOT_AUTHORIZED, RS.FUNCTION_NOT_SUPPORTED])('an LMA that does not let it (%i) gets a de-registration of each instead', (status) => {
    const bench = two();
    clear(bench, { kind: 'all' });
    answer(bench, status);
    expect(bench.pbus().map((p) => p.lifetime)).toEqual([0, 0]);
    expect([brisOf(bench).length, reportOf(bench)]).toEqual([1, { bindings: 2, unanswered: 0 }]);
  });

  it('a session that was registered after the BRI left is de-registered', () => {
    const bench = two();
    clear(bench, { kind: 'all' });
    bench.advance(100);
    bench.attach(MAC); // e.g. between two access points
    bench.advance(2000);
    bench.give({ kind: 'stationDetached', interface: 'wlan0', mac: MAC, reason: 'left' });
    bench.attach(MAC);
    answer(bench, RS.SUCCESS);
    expect(bench.pbus().filter((p) => p.lifetime === 0).map((p) => find(p.options, 'mnLinkLayerIdentifier')?.identifier)).toEqual([MAC]);
  });

  it('without an uplink they go at once', () => {
    const bench = two();
    bench.give({ kind: 'careOf', careOf: { mtu: 1500 } });
    bench.clear();
    clear(bench, { kind: 'all' });
    expect([brisOf(bench), reportOf(bench), bench.state(MAC)]).toEqual([[], { bindings: 2, unanswered: 2 }, 'gone']);
  });

  it('phones without a session are sent away as well, and nobody is told', () => {
    const bench = createBench({ lma: silent, careOf: { mtu: 1500 } });
    bench.attach();
    bench.clear();
    clear(bench, { kind: 'all' });
    expect([bench.of('send'), reportOf(bench), bench.state()]).toEqual([[], { bindings: 1, unanswered: 0 }, 'gone']);
  });

  it('each LMA that holds some hears of its own, and nobody else', () => {
    const bench = two();
    clear(bench, { kind: 'lma', lma: LMA2.id });
    expect([bench.of('send'), reportOf(bench)]).toEqual([[], { bindings: 0, unanswered: 0 }]);
    bench.clear();
    clear(bench, { kind: 'lma', lma: LMA1.id });
    expect(brisOf(bench)).toHaveLength(1);
  });
});

describe('some of them', () => {
  it.each([
    ['one subscriber', { kind: 'nai', nai: 'mn1@other.example' }],
    ['a realm', { kind: 'realm', realm: '@OTHER.example' }],
  ] as const)('of %s each is de-registered, and its phone sent away', (_, scope) => {
    const bench = two();
    clear(bench, scope);
    expect(bench.pbus().map((p) => [p.lifetime, find(p.options, 'mnIdentifier')?.identifier])).toEqual([[0, 'mn1@other.example']]);
    expect(bench.of('deauthenticate').map((d) => d.mac)).toEqual([OTHER_MAC]);
    expect([bench.state(MAC), reportOf(bench)]).toEqual(['active', { bindings: 1, unanswered: 0 }]);
  });
});
