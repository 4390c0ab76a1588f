/** RFC 5213 §6.9.1.2(12-15), 5844 §3.2.3.2, §4: what an accepting PBA sets up, from which LMA, over which transport. */
import { describe, expect, it } from 'vitest';
import { STATUS } from '../../protocol/mobility/codes.ts';
import { find, findAll } from '../../protocol/mobility/options.ts';
import { settingsOptions, type PhoneSettings } from '../../protocol/vendor.ts';
import { acceptance, activeBench, createBench, HOA, HOME, LMA1, LMA2, MAC, PREFIX, profile, refusing, ROUTER, silent, type Answer } from '../mag/harness.ts';

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

  it('the path is of the address space of its access interface', () => {
    const bench = createBench({ config: { spaces: { wlan0: 3 } } });
    bench.attach();
    bench.attach('02:00:00:00:00:07', 'wlan1');
    expect(bench.of('setPath').map((e) => [e.path.access?.interface, e.path.space])).toEqual([['wlan0', 3], ['wlan1', 0]]);
  });

  it('what the APN says of resolvers and MTU comes before the profile, and follows each PBA', () => {
    const told = (settings: PhoneSettings) => (pbu: Parameters<typeof acceptance>[0]) => acceptance(pbu, { options: settingsOptions(settings) });
    const bench = createBench({ lma: told({ dns4: ['198.51.100.250', '198.51.100.251'], mtu: 1400 }) });
    bench.attach();
    expect(bench.session()).toMatchObject({ dns4: ['198.51.100.250', '198.51.100.251'], dns6: ['2001:db8::53'], mtu: 1400 });
    expect(bench.of('setPath').at(-1)?.path.tunnel.mtu).toBe(1400);
    expect(bench.of('retain').at(-1)?.binding.assigned).toMatchObject({ dns4: ['198.51.100.250', '198.51.100.251'], mtu: 1400 });
    bench.lma = told({ dns6: ['2001:db8::99'], mtu: 9000 });
    bench.advance(300_000);
    expect(bench.session()).toMatchObject({ dns4: ['192.0.2.53'], dns6: ['2001:db8::99'], mtu: 1452 });
    expect(bench.of('setPath').at(-1)?.path.tunnel.mtu).toBe(1452);
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
