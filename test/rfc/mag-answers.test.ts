/** RFC 5213 §6.9.1.2, 5844 §3.2.3.2, 5845 §4.3: what a gateway makes of the answer. */
import { describe, expect, it } from 'vitest';
import { STATUS } from '../../protocol/mobility/codes.ts';
import { find, findAll, type MobilityOption } from '../../protocol/mobility/options.ts';
import { timestampOf } from '../../protocol/units.ts';
import { acceptance, activeBench, createBench, HOA, HOME, OTHER_MAC, PREFIX, profile, refusal, refusing, silent, START, type Answer } from '../mag/harness.ts';

describe('matching and validation', () => {
  it('G19 a PBA that matches no outstanding PBU is ignored', () => {
    const bench = attached();
    bench.message(acceptance(bench.lastPbu(), { sequence: 99 }));
    bench.message(acceptance(bench.lastPbu()), { remote: '2001:db8::bad' });
    expect(bench.state()).toBe('registering');
    expect(bench.discards()).toEqual(['PBA answers no outstanding PBU', 'PBA answers no outstanding PBU']);
  });

  it('G19 the late PBA of a phone that came back in between does not end or start anything', () => {
    const bench = attached();
    const first = bench.lastPbu();
    bench.advance(50);
    bench.detach();
    const goodbye = bench.lastPbu();
    bench.advance(50);
    bench.attach();
    bench.message(acceptance(goodbye));
    bench.message(acceptance(first));
    expect(bench.state()).toBe('registering');
    bench.message(acceptance(bench.lastPbu()));
    expect(bench.state()).toBe('active');
  });

  it('G19 an acknowledgement with P=0 comes from no LMA', () => {
    const bench = attached();
    const pba = acceptance(bench.lastPbu());
    bench.message({ ...pba, flags: { ...pba.flags, proxy: false } });
    expect(bench.state()).toBe('registering');
    expect(bench.discards()).toEqual(['a binding acknowledgement without P comes from no LMA']);
  });

  const altered: readonly (readonly [string, MobilityOption])[] = [
    ['HI', { kind: 'handoffIndicator', indicator: 3 }],
    ['ATT', { kind: 'accessTechnologyType', technology: 3 }],
    ['LL-ID', { kind: 'mnLinkLayerIdentifier', identifier: OTHER_MAC }],
    ['MN-ID', { kind: 'mnIdentifier', subtype: 1, identifier: 'mallory@example.com' }],
  ];
  it.each(altered)('G20 a PBA with a changed %s is ignored and the PBU is not repeated', (_, option) => {
    const bench = attached();
    bench.message(acceptance(bench.lastPbu(), { options: [option] }));
    bench.advance(100_000);
    expect(bench.pbus()).toHaveLength(1);
    expect(bench.of('setPath')).toEqual([]);
    expect(bench.entry().state).toMatchObject({ name: 'denied', until: 'administrator' });
    bench.give({ kind: 'retryDenied' });
    expect(bench.pbus()).toHaveLength(2);
  });

  it.each([STATUS.MISSING_MN_IDENTIFIER_OPTION, STATUS.MISSING_HANDOFF_INDICATOR_OPTION, STATUS.MISSING_ACCESS_TECH_TYPE_OPTION])('G20 status %i may lack the option that it misses', (status) => {
    const bench = attached();
    const empty: Answer = { options: [{ kind: 'mnIdentifier', subtype: 1, identifier: '' }, { kind: 'timestamp', timestamp: timestampOf(START) }] };
    bench.message({ ...refusal(bench.lastPbu(), status), options: empty.options as MobilityOption[] });
    expect(bench.entry().state).toMatchObject({ name: 'denied', status });
  });

  it('a PBA with another timestamp, or without one, is no answer', () => {
    const bench = attached();
    bench.message(acceptance(bench.lastPbu(), { options: [{ kind: 'timestamp', timestamp: 1n }] }));
    bench.message(acceptance(bench.lastPbu(), { without: ['timestamp'] }));
    expect(bench.state()).toBe('registering');
    expect(bench.discards()).toEqual(['PBA timestamp is not the one sent', 'PBA timestamp option does not answer ours']);
  });
});

describe('refusals', () => {
  it('G21 status 152 denies service until an administrator acts', () => {
    const bench = createBench({ lma: refusing(STATUS.PROXY_REG_NOT_ENABLED) });
    bench.attach();
    bench.advance(200_000);
    bench.detach();
    bench.advance(1);
    bench.attach();
    expect(bench.pbus()).toHaveLength(1);
    expect(bench.session()?.state).toBe('refused');
    bench.give({ kind: 'retryDenied' });
    expect(bench.state()).toBe('active');
  });

  it('G22 status 157 leads to a new registration with a new timestamp', () => {
    const bench = attached();
    bench.advance(20);
    bench.message(refusal(bench.lastPbu(), STATUS.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED));
    expect(bench.pbus().map((p) => find(p.options, 'timestamp')?.timestamp)).toEqual([timestampOf(START), timestampOf(START + 20)]);
  });

  it('G23 status 157 to a de-registration, or for a node that left, leads to nothing', () => {
    const left = activeBench();
    left.lma = (pbu) => refusal(pbu, STATUS.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED);
    left.detach();
    left.advance(5000);
    expect(left.pbus().map((p) => p.lifetime)).toEqual([0]);
    expect(left.state()).toBe('gone');

    const silentPhone = attached();
    silentPhone.phoneAnswers = false;
    silentPhone.advance(14_000);
    const before = silentPhone.pbus().length;
    silentPhone.message(refusal(silentPhone.lastPbu(), STATUS.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED));
    silentPhone.advance(20_000);
    expect(silentPhone.pbus().slice(before).map((p) => p.lifetime)).toEqual([0]);
    expect(silentPhone.state()).toBe('gone');
  });

  it('G24 status 156 leads to a new try only after clock synchronisation, and never sets the clock from the PBA', () => {
    const bench = createBench({ lma: silent });
    bench.attach();
    bench.give({ kind: 'clock', synchronised: false });
    bench.message(refusal(bench.lastPbu(), STATUS.TIMESTAMP_MISMATCH, { options: [{ kind: 'timestamp', timestamp: timestampOf(START + 5000) }] }));
    expect(bench.reasons().at(-1)).toMatch(/^registering -> waiting for clock: the LMA refused: 156/);
    bench.advance(100_000);
    expect(bench.pbus()).toHaveLength(1);
    bench.give({ kind: 'clock', synchronised: true });
    expect(find(bench.lastPbu().options, 'timestamp')?.timestamp).toBe(timestampOf(START + 100_000));
  });

  it('G24 with a clock that says it is right, one retransmission and then one try in 32 s', () => {
    const bench = createBench({ lma: (pbu) => refusal(pbu, STATUS.TIMESTAMP_MISMATCH) });
    bench.attach();
    bench.advance(100_000);
    for (let i = 0; i < 10; i++) bench.give({ kind: 'clock', synchronised: true });
    expect(bench.pbus().map((p) => Number(((find(p.options, 'timestamp')?.timestamp as bigint) - timestampOf(START)) >> 16n))).toEqual([0, 1, 33, 34, 66, 67, 99, 100]);
    expect(bench.reasons().at(-1)).toMatch(/-> waiting for clock: /);
  });

  it('G24 one PBU that was slow on its way does not end a live session', () => {
    const bench = activeBench();
    bench.lma = refusing(STATUS.TIMESTAMP_MISMATCH);
    bench.advance(300_000);
    expect(bench.state()).toBe('active');
    bench.advance(1000);
    expect(bench.pbus()).toHaveLength(2);
    expect(bench.of('removePath')).toEqual([]);
  });

  it('G25 after status 155 the same prefixes are not asked for again', () => {
    const bench = activeBench();
    bench.lma = refusing(STATUS.NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX);
    bench.advance(300_000);
    expect(bench.pbus().map((p) => find(p.options, 'homeNetworkPrefix')?.prefix)).toEqual([PREFIX.address, '::']);
    expect(bench.pbus().map((p) => find(p.options, 'ipv4HomeAddressRequest')?.address)).toEqual([HOA, HOA]);
    expect(bench.state()).toBe('active');
  });

  it('G26 any status >= 128 stops the prefix advertisement and the forwarding', () => {
    for (let status = 128; status < 256; status++) {
      if (status === STATUS.CANNOT_MEET_QOS_SERVICE_REQUEST) continue; // the one exception, RFC 7222 §5
      const bench = activeBench();
      bench.lma = (pbu) => refusal(pbu, status);
      bench.give({ kind: 'careOf', careOf: { ...HOME, ipv6: '2001:db8:cafe:9::1' } });
      bench.advance(status === STATUS.TIMESTAMP_MISMATCH ? 1000 : 0);
      if (status === STATUS.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED) continue; // answered at once with a better PBU
      expect([status, bench.of('removePath').length, bench.session()?.prefixes, bench.session()?.ipv4]).toEqual([status, 1, [], undefined]);
    }
  });

  it('G31 after status 170 no option 36 is sent, after 172 no HNP option, until an administrator acts', () => {
    for (const [status, kind] of [[170, 'ipv4HomeAddressRequest'], [172, 'homeNetworkPrefix']] as const) {
      const bench = createBench({ lma: refusing(status) });
      bench.attach();
      bench.advance(300_000);
      bench.detach();
      bench.advance(1000);
      bench.attach();
      expect(bench.pbus().map((p) => findAll(p.options, kind).length)).toEqual([1, 0, 0, 0, 0]);
      bench.give({ kind: 'retryDenied' });
      expect(findAll(bench.lastPbu().options, kind)).toHaveLength(1);
    }
  });

  it('G32 after status 171 that address is not asked for again', () => {
    const bench = createBench({ lma: refusing(STATUS.NOT_AUTHORIZED_FOR_IPV4_HOME_ADDRESS), profile: { profile: { ...profile, wantedIpv4: '192.0.2.9' } } });
    bench.attach();
    expect(bench.pbus().map((p) => find(p.options, 'ipv4HomeAddressRequest')?.address)).toEqual(['192.0.2.9', '0.0.0.0']);
  });
});

function attached() {
  const bench = createBench({ lma: silent });
  bench.attach();
  return bench;
}
