/** RFC 5213 §6.9.1.1, 5844 §3.2.3.1, 5149: what a gateway sends when a phone arrives. */
import { describe, expect, it } from 'vitest';
import { find, findAll } from '../../protocol/mobility/options.ts';
import { timestampOf } from '../../protocol/units.ts';
import { localProfiles } from '../../agent/mag/profile.ts';
import { activeBench, acceptance, createBench, HOA, MAC, NAI, OTHER_MAC, profile, silent, START } from '../mag/harness.ts';

describe('initial PBU', () => {
  it('G01 a node entitled to the service gets a PBU on attachment, after it is identified', () => {
    const bench = createBench({ lma: silent });
    bench.profile = undefined;
    bench.attach();
    expect(bench.of('loadProfile').map((e) => e.station)).toEqual([{ interface: 'wlan0', mac: MAC }]);
    expect(bench.pbus()).toEqual([]);
    bench.give({ kind: 'profile', mac: MAC, question: 1, answer: { profile } });
    expect(bench.pbus()).toHaveLength(1);
  });

  it('G01 a node without a profile gets no PBU and no service, and the reason is visible', () => {
    const bench = createBench({ profile: localProfiles([], {}).load({ interface: 'wlan0', mac: MAC }) as { refused: string } });
    bench.attach();
    expect(bench.pbus()).toEqual([]);
    expect(bench.session()?.state).toBe('refused');
    expect(bench.reasons()).toEqual(['profile -> denied: no local profile for this station and no default profile on wlan0']);
  });

  it('G02 PBU has A=1 and P=1', () => {
    const { flags } = attached().lastPbu();
    expect(flags).toMatchObject({ acknowledge: true, proxy: true, homeRegistration: false });
  });

  it('G03 PBU carries the MN-ID option', () => {
    expect(find(attached().lastPbu().options, 'mnIdentifier')).toEqual({ kind: 'mnIdentifier', subtype: 1, identifier: NAI });
  });

  it('G03 a default profile names the node by its MAC', () => {
    const { nai: _, source: __, ...rest } = profile;
    const answer = localProfiles([], { wlan0: rest }).load({ interface: 'wlan0', mac: MAC });
    const bench = createBench({ lma: silent, profile: answer as { profile: typeof profile } });
    bench.attach();
    expect(find(bench.lastPbu().options, 'mnIdentifier')?.identifier).toBe('0024.d78e.21a4');
  });

  it('G04 a request with an ALL_ZERO prefix carries exactly one HNP option', () => {
    expect(findAll(attached().lastPbu().options, 'homeNetworkPrefix')).toEqual([{ kind: 'homeNetworkPrefix', prefixLength: 0, prefix: '::' }]);
  });

  it("G05 an IPv4-only node's PBU carries no HNP option", () => {
    const bench = attached({ ipv6: false });
    expect(findAll(bench.lastPbu().options, 'homeNetworkPrefix')).toEqual([]);
    expect(findAll(bench.lastPbu().options, 'ipv4HomeAddressRequest')).toHaveLength(1);
  });

  it("G06 an IPv4 node's PBU carries exactly one option 36, zero address and zero length for dynamic assignment", () => {
    expect(findAll(attached().lastPbu().options, 'ipv4HomeAddressRequest')).toEqual([{ kind: 'ipv4HomeAddressRequest', prefixLength: 0, address: '0.0.0.0' }]);
  });

  it('G06 an IPv6-only node asks for no IPv4 address', () => {
    expect(find(attached({ ipv4: false }).lastPbu().options, 'ipv4HomeAddressRequest')).toBeUndefined();
  });

  it('G06 the address that the phone names (INIT-REBOOT) or its profile is asked for', () => {
    const bench = createBench({ lma: silent });
    bench.give({ kind: 'wantBinding', station: { interface: 'wlan0', mac: MAC }, wantedIpv4: HOA });
    expect(find(bench.lastPbu().options, 'ipv4HomeAddressRequest')?.address).toBe(HOA);
    expect(find(attached({ wantedIpv4: '192.0.2.9' }).lastPbu().options, 'ipv4HomeAddressRequest')?.address).toBe('192.0.2.9');
  });

  it('G07 HI option is present, 4 when the state is not known', () => {
    expect(find(attached().lastPbu().options, 'handoffIndicator')?.indicator).toBe(4);
  });

  it('G07 HI is 1 where policy says that nobody roams here', () => {
    const bench = createBench({ lma: silent, config: { noRoaming: true } });
    bench.attach();
    expect(find(bench.lastPbu().options, 'handoffIndicator')?.indicator).toBe(1);
  });

  it('G08 HI 2 or 3 is never sent on a guess', () => {
    const bench = activeBench();
    bench.advance(5);
    bench.attach();
    bench.advance(400_000);
    bench.give({ kind: 'careOf', careOf: { ipv6: '2001:db8:cafe:9::1', mtu: 1500 } });
    bench.detach();
    expect(bench.pbus().map((p) => find(p.options, 'handoffIndicator')?.indicator)).toEqual([4, 5, 4, 4]);
  });

  it('G09 LL-ID option is present when the MAC is known', () => {
    expect(find(attached().lastPbu().options, 'mnLinkLayerIdentifier')?.identifier).toBe(MAC);
  });

  it('G10 ATT option is present and says 4 for Wi-Fi', () => {
    expect(find(attached().lastPbu().options, 'accessTechnologyType')?.technology).toBe(4);
  });

  it('G11 Link-local option is present only if no fixed link-local address is configured', () => {
    expect(find(attached().lastPbu().options, 'linkLocalAddress')).toBeUndefined();
    const bench = createBench({ lma: silent, askLinkLocal: true });
    bench.attach();
    expect(find(bench.lastPbu().options, 'linkLocalAddress')?.address).toBe('::');
  });

  it('G12 a timestamp or a per-session sequence number orders each PBU', () => {
    expect(find(attached().lastPbu().options, 'timestamp')?.timestamp).toBe(timestampOf(START));
    const bench = createBench({ lma: silent, config: { timestamps: false }, clock: false });
    bench.attach();
    bench.attach(OTHER_MAC);
    bench.advance(1000);
    expect(bench.pbus().map((p) => [p.sequence, find(p.options, 'timestamp')])).toEqual([[1, undefined], [2, undefined], [3, undefined], [4, undefined]]);
  });

  it('G12 two PBUs within one millisecond carry different timestamps', () => {
    const bench = createBench({ timers: { detachDelay: 0 } });
    bench.attach();
    bench.detach();
    bench.attach();
    const stamps = bench.pbus().map((p) => find(p.options, 'timestamp')?.timestamp as bigint);
    expect(stamps).toEqual([timestampOf(START), timestampOf(START) + 1n, timestampOf(START) + 2n]);
  });

  it('G12 timestamps follow the clock back after a large step', () => {
    const bench = activeBench();
    bench.stepWall(-60_000);
    bench.attach(OTHER_MAC);
    expect(find(bench.lastPbu().options, 'timestamp')?.timestamp).toBe(timestampOf(START - 60_000));
  });

  it('G13 the BUL entry exists from the moment the PBU is sent', () => {
    const bench = attached();
    expect(bench.entry()).toMatchObject({ mac: MAC, interface: 'wlan0', lma: { id: 'lma1@isp.example' }, state: { name: 'registering' } });
    expect(bench.entry().downlinkKey).toBe(find(bench.lastPbu().options, 'greKey')?.key);
  });

  it('G14 service selection goes only into the initial PBU, after the MN-ID', () => {
    const bench = activeBench();
    bench.advance(300_000);
    bench.detach();
    bench.attach();
    expect(bench.pbus().map((p) => p.options.findIndex((o) => o.kind === 'serviceSelection'))).toEqual([-1, -1, 1]);
  });

  it('G30 the lifetime wished is that of the configuration', () => {
    const bench = createBench({ lma: silent, timers: { lifetime: 1200 } });
    bench.attach();
    expect(bench.lastPbu().lifetime).toBe(1200);
  });
});

describe('retransmission', () => {
  it('G15 retransmissions start at 1 s and double up to 32 s', () => {
    const bench = createBench({ lma: silent });
    bench.attach();
    bench.advance(160_000);
    expect(sendTimes(bench)).toEqual([0, 1, 3, 7, 15, 31, 63, 95, 127, 159]);
  });

  it('G16 no retransmission for a node that has left', () => {
    const bench = createBench({ lma: silent });
    bench.attach();
    bench.detach();
    bench.advance(100_000);
    expect(bench.pbus().map((p) => p.lifetime)).toEqual([3600, 0]);
  });

  it('G16 a node that is silent since the detach period is asked first, and without an answer nothing is sent again, only a farewell', () => {
    const bench = createBench({ lma: silent });
    bench.phoneAnswers = false;
    bench.attach();
    bench.advance(100_000);
    expect(sendTimes(bench)).toEqual([0, 1, 3, 7, 16]);
    expect(bench.pbus().map((p) => p.lifetime)).toEqual([3600, 3600, 3600, 3600, 0]);
    expect(bench.of('checkPresence')).toHaveLength(3);
    expect(bench.reasons().slice(-2)).toEqual(['registering -> deregistering: the phone shows no sign of life', 'deregistering -> gone: no answer to the de-registration']);
  });

  it('G17 a retransmission carries the latest timestamp', () => {
    const bench = createBench({ lma: silent });
    bench.attach();
    bench.advance(7000);
    expect(bench.pbus().map((p) => find(p.options, 'timestamp')?.timestamp)).toEqual([0, 1, 3, 7].map((s) => timestampOf(START + s * 1000)));
    expect(bench.pbus().map((p) => p.sequence)).toEqual([1, 2, 3, 4]);
  });

  it('G18 no more than 3 PBUs per second and session (the RFC: per peer)', () => {
    const bench = createBench({ timers: { detachDelay: 0 } });
    for (let i = 0; i < 20; i++) {
      bench.attach();
      bench.attach(OTHER_MAC);
      bench.detach();
      bench.advance(10);
    }
    for (const mac of [MAC, OTHER_MAC]) expect(bench.pbus().filter((p) => find(p.options, 'mnLinkLayerIdentifier')?.identifier === mac).length).toBeLessThanOrEqual(3);
    bench.advance(2000);
    expect(bench.state()).toBe('gone');
    expect(bench.lastPbu().lifetime).toBe(0);
  });

  it('any of the outstanding numbers may match the PBA', () => {
    const bench = createBench({ lma: silent });
    bench.attach();
    const [first] = bench.pbus();
    bench.advance(3000);
    bench.message(acceptance(first as NonNullable<typeof first>));
    expect(bench.entry().state).toMatchObject({ name: 'active', grantedUntil: 3_600_000 });
  });
});

function attached(more: Partial<typeof profile> = {}) {
  const bench = createBench({ lma: silent, profile: { profile: { ...profile, ...more } } });
  bench.attach();
  return bench;
}

const sendTimes = (bench: ReturnType<typeof attached>): number[] => bench.pbus().map((p) => Number(((find(p.options, 'timestamp')?.timestamp as bigint) - timestampOf(START)) >> 16n));
