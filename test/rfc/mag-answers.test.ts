/** RFC 5213 §6.9.1.2, 5844 §3.2.3.2, 5845 §4.3: what a gateway makes of the answer. */
import { describe, expect, it } from 'vitest';
import { STATUS } from '../../protocol/mobility/codes.ts';
import { find, findAll, type MobilityOption } from '../../protocol/mobility/options.ts';
import { timestampOf } from '../../protocol/units.ts';
import { acceptance, activeBench, createBench, HOA, HOME, LMA1, LMA2, MAC, OTHER_MAC, PREFIX, profile, refusal, refusing, ROUTER, silent, START, type Answer } from '../mag/harness.ts';

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
    expect(silentPhone.pbus()).toHaveLength(before);
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

describe('acceptance', () => {
  it("G27 acceptance creates the tunnel and the node's route into it", () => {
    const bench = attached();
    bench.message(acceptance(bench.lastPbu()));
    expect(bench.of('setPath').map((e) => e.path)).toEqual([
      {
        index: 0,
        space: 0,
        ipv4: HOA,
        prefixes: [PREFIX],
        tunnel: { transport: 'gre6', local: HOME.ipv6, remote: LMA1.ipv6, sendKey: 0x0b000007, receiveKey: bench.entry().downlinkKey, mtu: 1452 },
        access: { interface: 'wlan0', mac: MAC },
      },
    ]);
  });

  it.each([
    ['IPv4 only', { ipv6: false }, HOA, []],
    ['IPv6 only', { ipv4: false }, undefined, [PREFIX]],
    ['dual stack', {}, HOA, [PREFIX]],
  ] as const)('G27 %s: the path and the phone get the families that were asked for, and a refresh names them', (_, families, ipv4, prefixes) => {
    const bench = createBench({ profile: { profile: { ...profile, ...families } } });
    bench.attach();
    expect([bench.of('setPath')[0]?.path.ipv4, bench.of('setPath')[0]?.path.prefixes]).toEqual([ipv4, prefixes]);
    expect([bench.session()?.ipv4?.address, bench.session()?.prefixes]).toEqual([ipv4, prefixes]);
    bench.advance(300_000);
    expect(find(bench.lastPbu().options, 'ipv4HomeAddressRequest')?.address).toBe(ipv4);
    expect(findAll(bench.lastPbu().options, 'homeNetworkPrefix').map((o) => o.prefix)).toEqual(prefixes.map((p) => p.address));
  });

  it('G28 a phone whose IPv4 address is another one now is sent away once, because nothing else makes it ask DHCP', () => {
    const bench = activeBench();
    bench.lma = (pbu) => acceptance(pbu, { options: [{ kind: 'ipv4HomeAddressReply', status: 0, prefixLength: 24, address: '192.0.2.9' }] });
    bench.advance(300_000);
    expect(bench.of('deauthenticate').map((e) => [e.mac, e.reason])).toEqual([[MAC, 'its IPv4 address changed']]);
    expect(bench.session()?.ipv4?.address).toBe('192.0.2.9');
    bench.advance(300_000);
    expect(bench.of('deauthenticate')).toHaveLength(1);
  });

  it('G28 acceptance updates the BUL entry and advertises the prefixes', () => {
    const bench = attached();
    bench.message(acceptance(bench.lastPbu(), { lifetime: 1800 }));
    expect(bench.entry()).toMatchObject({ assigned: { prefixes: [PREFIX], ipv4: { address: HOA, prefixLength: 24, router: ROUTER } }, granted: 1800, uplinkKey: 0x0b000007 });
    expect(bench.session()).toEqual({
      state: 'active',
      ipv4: { address: HOA, prefixLength: 24, router: ROUTER, leaseSeconds: 1800 },
      prefixes: [PREFIX],
      prefixLifetime: 1800,
      linkLocal: 'fe80::200:5eff:fe00:5213',
      mtu: 1452,
      dns4: ['192.0.2.53'],
      dns6: ['2001:db8::53'],
      dhcpMode: 'server',
    });
  });

  it('G29 a NON_ZERO Link-local option in the PBA is configured on the access link', () => {
    const bench = createBench({ lma: (pbu) => acceptance(pbu, { options: [{ kind: 'linkLocalAddress', address: 'fe80::7' }] }), askLinkLocal: true });
    bench.attach();
    expect(bench.session()?.linkLocal).toBe('fe80::7');
    bench.advance(300_000);
    expect(find(bench.lastPbu().options, 'linkLocalAddress')?.address).toBe('fe80::7');
  });

  it('G30 the remaining lifetime counts from the time the PBU was sent', () => {
    const bench = attached();
    const [first] = bench.pbus();
    bench.advance(2500);
    bench.message(acceptance(first as NonNullable<typeof first>, { lifetime: 600 }));
    expect(bench.entry().state).toMatchObject({ grantedUntil: 600_000, refreshAt: 300_000 });
  });

  it('G30 a lifetime above the one asked for is cut to it', () => {
    const bench = attached();
    bench.message(acceptance(bench.lastPbu(), { lifetime: 40_000 }));
    expect(bench.entry()).toMatchObject({ granted: 3600, state: { grantedUntil: 3_600_000 } });
  });

  it.each([
    ['is missing', { without: ['ipv4HomeAddressReply'] }],
    ['has status 128', { options: [{ kind: 'ipv4HomeAddressReply', status: 128, prefixLength: 24, address: HOA }] }],
    ['has no router beside it', { without: ['ipv4DefaultRouter'] }],
  ] as const)('G33 no IPv4 service if option 37 %s; IPv6 lives', (_, answer: Answer) => {
    const bench = attached();
    bench.message(acceptance(bench.lastPbu(), answer));
    expect(bench.session()).toMatchObject({ state: 'active', prefixes: [PREFIX] });
    expect(bench.session()?.ipv4).toBeUndefined();
    expect(bench.of('setPath').at(-1)?.path.ipv4).toBeUndefined();
  });

  it('an acceptance without a GRE key, a lifetime or any address gives no service', () => {
    for (const answer of [{ without: ['greKey'] }, { lifetime: 0 }, { without: ['homeNetworkPrefix', 'ipv4HomeAddressReply'] }] as const) {
      const bench = attached();
      bench.message(acceptance(bench.lastPbu(), answer));
      expect(bench.state()).toBe('denied');
      expect(bench.of('setPath')).toEqual([]);
    }
  });

  it('D01 S=1 makes the MAG a DHCP server, S=0 or no option a relay, unless the configuration assumes a server', () => {
    const modes = [{}, { options: [{ kind: 'ipv4DhcpSupportMode', flags: { server: false } }] }, { without: ['ipv4DhcpSupportMode'] }] as const satisfies readonly Answer[];
    const told = (assumeDhcpServer: boolean) =>
      modes.map((answer) => {
        const bench = createBench({ lma: (pbu) => acceptance(pbu, answer), config: { assumeDhcpServer } });
        bench.attach();
        return bench.session()?.dhcpMode;
      });
    expect(told(false)).toEqual(['server', 'relay', 'relay']);
    expect(told(true)).toEqual(['server', 'relay', 'server']);
  });
});

describe('two LMAs', () => {
  const both = { lmas: [LMA1, LMA2] };

  it.each([STATUS.NOT_LMA_FOR_THIS_MOBILE_NODE, STATUS.MAG_NOT_AUTHORIZED_FOR_PROXY_REG])("after status %i the profile's next LMA is asked", (status) => {
    const bench = createBench({ config: both, lma: refusing(status) });
    bench.attach();
    expect(bench.of('send').map((s) => [s.to.remote, s.peer])).toEqual([[LMA1.ipv6, LMA1.id], [LMA2.ipv6, LMA2.id]]);
    expect(bench.of('setPath').at(-1)?.path.tunnel.remote).toBe(LMA2.ipv6);
    bench.advance(300_000);
    expect(bench.of('send').at(-1)?.to.remote).toBe(LMA2.ipv6);
  });

  it('when every LMA of the profile refused, an administrator has to act', () => {
    const bench = createBench({ config: both, lma: refusing(153, 154) });
    bench.attach();
    bench.advance(100_000);
    expect(bench.pbus()).toHaveLength(2);
    expect(bench.entry().state).toMatchObject({ name: 'denied', until: 'administrator' });
  });

  it('the profile names the order, and a PBA of another LMA answers nothing', () => {
    const bench = createBench({ config: both, lma: silent, profile: { profile: { ...profile, lmas: [LMA2.id] } } });
    bench.attach();
    bench.message(acceptance(bench.lastPbu()), { remote: LMA1.ipv6 as string });
    expect(bench.state()).toBe('registering');
    bench.message(acceptance(bench.lastPbu()), { remote: LMA2.ipv6 as string });
    expect(bench.state()).toBe('active');
  });
});

describe('transports', () => {
  it('over IPv4 a PBU goes to UDP port 5436, and GRE carries the packets', () => {
    const bench = createBench({ careOf: { ipv4: '198.51.100.15', mtu: 1500 } });
    bench.attach();
    expect(bench.of('send')[0]?.to).toEqual({ transport: 'udp', local: '198.51.100.15', remote: LMA1.ipv4, remotePort: 5436 });
    expect(bench.of('setPath')[0]?.path.tunnel).toMatchObject({ transport: 'gre4', local: '198.51.100.15', remote: LMA1.ipv4, mtu: 1472 });
  });

  it('behind a NAT UDP carries them, its mapping is kept open, and 129 leads to one try without it', () => {
    const bench = createBench({ careOf: { ipv4: '192.168.1.2', mtu: 1492 } });
    bench.attach();
    expect(bench.lastPbu().flags).toMatchObject({ forceUdp: true, tlv: true });
    expect(bench.of('setPath')[0]?.path.tunnel).toMatchObject({ transport: 'udp4', remotePort: 5437, mtu: 1452 });
    bench.advance(50_000);
    expect(bench.of('keepalive')).toHaveLength(3);
    const other = createBench({ careOf: { ipv4: '192.168.1.2', mtu: 1492 }, lma: refusing(129) });
    other.attach();
    expect(other.pbus().map((p) => p.flags.forceUdp)).toEqual([true, false]);
    expect(other.of('setPath')[0]?.path.tunnel.transport).toBe('gre4');
  });
});

function attached() {
  const bench = createBench({ lma: silent });
  bench.attach();
  return bench;
}
