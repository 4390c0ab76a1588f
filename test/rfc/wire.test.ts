/** The wire's requirements of protocol.md 13, W01 to W23, at the codec and at the anchor. */
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../protocol/codec.ts';
import { pseudoHeaderSum, sum16 } from '../../protocol/checksum.ts';
import { decodeMessage, encodeMessage, SIGNALLING_PORT, UnknownMessageError, type Transport } from '../../protocol/mobility/header.ts';
import { messageTypes, type MobilityMessage } from '../../protocol/mobility/messages.ts';
import { find, mobilityOptions, type MobilityOption } from '../../protocol/mobility/options.ts';
import { timestampOf } from '../../protocol/units.ts';
import { hexOf, mobilityVectors, octetsOf, transportOf } from '../vectors/index.ts';
import { Anchor, buildPbu, EPOCH, labConfig, MAG1, NAT1, overIpv4, overIpv6, pbaOf, sendsOf } from '../lma/pbu.ts';

const udp: Transport = { kind: 'udp' };
const ipv6: Transport = { kind: 'ipv6', source: '2001:db8:cafe:1025::15', destination: '2001:db8:cafe:1024::101' };
const good = mobilityVectors.filter((v) => v.expect === 'ok');
const update = (options: readonly MobilityOption[] = [], lifetime = 3600): MobilityMessage => ({ ...buildPbu({}, { at: 0, wall: EPOCH }, 1), lifetime, options });
const initial = buildPbu({ linkLocal: '::', service: 'example.com' }, { at: 0, wall: EPOCH }, 1);
/** Everything that an anchor says in one life of a session, encoded. */
const said = (): Uint8Array[] => {
  const a = new Anchor();
  const first = a.pbu();
  const pba = pbaOf(first)!;
  const effects = [...first, ...a.pbu({ mag: overIpv6('mag2@example.com', '2001:db8::2') }), ...a.deregister(pba), ...a.pbu({ key: undefined }), ...a.take({ kind: 'unknownMessage', from: MAG1.from, mhType: 17 })];
  return sendsOf(effects).map((s) => encodeMessage(s.message, udp));
};
const reasonOf = (work: () => unknown): string => {
  try {
    work();
    return 'decoded';
  } catch (e) {
    return e instanceof DecodeError ? e.reason : 'thrown';
  }
};
const with2 = (octets: Uint8Array, at: number, ...values: number[]): Uint8Array => {
  const changed = octets.slice();
  changed.set(values, at);
  return changed;
};
const optionBytes = (o: MobilityOption): string => hexOf(encodeMessage(update([o]), udp).subarray(12));

describe('the Mobility Header', () => {
  it('W01 Payload Proto is sent as 59', () => {
    expect(new Set(said().map((o) => o[0]))).toEqual(new Set([59]));
  });

  it('W02 a header with another Payload Proto is discarded', () => {
    const octets = encodeMessage(initial, udp);
    for (const proto of [0, 6, 17, 41, 58, 60, 255]) expect(reasonOf(() => decodeMessage(with2(octets, 0, proto), udp))).toBe('payload-proto');
  });

  it('W03 every Mobility Header sent is a multiple of 8 octets and Header Len counts all but the first 8', () => {
    for (const octets of said()) {
      expect(octets.length % 8).toBe(0);
      expect(octets[1]).toBe(octets.length / 8 - 1);
    }
  });

  it.each(Object.entries(messageTypes))('W04 Header Len below the fixed size of the type is discarded (%s)', (_, row) => {
    const octets = Uint8Array.of(59, 0, row.type, 0, 0, 0, row.subtype ?? 0, 0);
    expect(reasonOf(() => decodeMessage(octets, udp))).toBe('truncated');
  });

  it('W05 a wrong checksum on IPv6 transport is silently discarded', () => {
    const octets = encodeMessage(initial, ipv6);
    expect(decodeMessage(octets, ipv6)).toEqual(initial);
    for (let at = 0; at < octets.length; at++) expect(reasonOf(() => decodeMessage(with2(octets, at, (octets[at] as number) ^ 1), ipv6))).toMatch(/checksum|length/);
  });

  it('W06 the checksum covers the pseudo-header with next header 135 and the real source and destination', () => {
    const octets = encodeMessage(initial, ipv6);
    expect(sum16(octets, pseudoHeaderSum(ipv6.source, ipv6.destination, 135, octets.length))).toBe(0xffff);
    expect(reasonOf(() => decodeMessage(octets, { ...ipv6, source: '2001:db8::1' }))).toBe('checksum');
    expect(reasonOf(() => decodeMessage(octets, { ...ipv6, destination: '2001:db8::1' }))).toBe('checksum');
  });

  it('W07 an unknown MH type is answered with Binding Error status 2 to a unicast source only', () => {
    expect(() => decodeMessage(Uint8Array.of(59, 0, 17, 0, 0, 0, 0, 0), udp)).toThrow(UnknownMessageError);
    const a = new Anchor();
    const answer = (remote: string) => sendsOf(a.take({ kind: 'unknownMessage', from: overIpv6(undefined, remote).from, mhType: 17 }));
    expect(answer(MAG1.from.remote)).toEqual([{ kind: 'send', to: MAG1.from, message: { kind: 'bindingError', status: 2, homeAddress: '::', options: [] } }]);
    expect(answer('::')).toEqual([]);
    expect(answer('ff02::1')).toEqual([]);
    expect(sendsOf(a.take({ kind: 'unknownMessage', from: overIpv4(undefined, '255.255.255.255').from, mhType: 17 }))).toEqual([]);
  });

  it('W08 Binding Errors are rate-limited', () => {
    const a = new Anchor();
    const answered = Array.from({ length: 100 }, () => sendsOf(a.take({ kind: 'unknownMessage', from: MAG1.from, mhType: 17 })).length);
    expect(answered.filter((n) => n > 0)).toHaveLength(10);
  });
});

describe('options', () => {
  it('W09 unknown options are skipped and the rest still processed', () => {
    const a = new Anchor();
    const more: MobilityOption[] = [{ kind: 'unknown', type: 222, data: Uint8Array.of(1, 2, 3) }, { kind: 'mobileNodeGroupIdentifier', subtype: 9, group: 1 }];
    expect(a.ask({ more }).status).toBe(0);
    const octets = encodeMessage(update([...more, { kind: 'greKey', key: 5 }]), udp);
    expect(find(decodeMessage(octets, udp).options, 'greKey')?.key).toBe(5);
  });

  it.each(good.map((v) => [v.name, v] as const))('W10 options are sent on their alignment, padded with Pad1 or PadN of zeros (%s)', (_, v) => {
    const message = decodeMessage(octetsOf(v.mh_hex as string), transportOf(v));
    const octets = encodeMessage(message, udp);
    const rows = new Map<number, readonly [number, number]>(Object.values(mobilityOptions).map((row) => [row.type, row.align]));
    for (let at = messageFixedEnd(message); at < octets.length; ) {
      const type = octets[at] as number;
      const length = type === 0 ? -1 : (octets[at + 1] as number);
      const align = rows.get(type);
      if (align) expect(at % align[0]).toBe(align[1] % align[0]);
      if (type === 1) expect([...octets.subarray(at + 2, at + 2 + length)].every((o) => o === 0)).toBe(true);
      at += 2 + length;
    }
  });

  it('W11 PadN content is ignored', () => {
    const octets = encodeMessage(update(), udp);
    expect(hexOf(octets.subarray(12))).toBe('01020000');
    expect(decodeMessage(with2(octets, 14, 0xde, 0xad), udp)).toEqual(decodeMessage(octets, udp));
  });

  it('W12 an option running past the header, or a fixed-length option of another length, discards the message', () => {
    const octets = encodeMessage(update([{ kind: 'timestamp', timestamp: 5n }]), udp);
    const at = octets.indexOf(27, 12);
    expect(reasonOf(() => decodeMessage(with2(octets, at + 1, 200), udp))).toBe('truncated');
    for (const length of [0, 4, 7]) expect(reasonOf(() => decodeMessage(with2(octets, at + 1, length), udp))).not.toBe('decoded');
    for (const name of ['neg-option-overrun', 'neg-timestamp-short']) {
      const v = mobilityVectors.find((one) => one.name === name)!;
      expect(reasonOf(() => decodeMessage(octetsOf(v.mh_hex as string), transportOf(v)))).not.toBe('decoded');
    }
  });

  it('W13 lifetime is counted in units of 4 seconds and 0 means delete', () => {
    const units = (seconds: number) => encodeMessage(update([], seconds), udp).subarray(10, 12);
    expect([...units(3600)]).toEqual([900 >> 8, 900 & 255]);
    expect([...units(3)]).toEqual([0, 1]);
    expect([...units(0)]).toEqual([0, 0]);
    const a = new Anchor();
    const pba = a.ask();
    a.deregister(pba);
    a.pass(10_000);
    expect(a.lma.cache.size).toBe(0);
  });

  it('W14 timestamps are 48.16 fixed point since 1970 UTC', () => {
    expect(timestampOf(EPOCH + 500)).toBe((0x6955b900n << 16n) | 0x8000n);
    expect(optionBytes({ kind: 'timestamp', timestamp: timestampOf(EPOCH + 500) })).toContain('1b0800006955b9008000');
  });

  it('W15 HNP option length is 18 with the reserved octet 0', () => {
    expect(optionBytes({ kind: 'homeNetworkPrefix', prefixLength: 64, prefix: '2001:db8:f00d:1::' })).toBe('1612004020010db8f00d00010000000000000000');
  });

  it('W16 option 36 holds the prefix length in the upper 6 of 16 bits', () => {
    expect(optionBytes({ kind: 'ipv4HomeAddressRequest', prefixLength: 24, address: '192.0.2.1' })).toContain('24066000c0000201');
  });

  it('W17 option 37 holds status, then the prefix length in the upper 6 of 8 bits', () => {
    expect(optionBytes({ kind: 'ipv4HomeAddressReply', status: 129, prefixLength: 24, address: '192.0.2.1' })).toContain('25068160c0000201');
  });

  it('W18 GRE Key option is of length 2 (no key) or 6', () => {
    expect(optionBytes({ kind: 'greKey', key: 0x0a000005 })).toContain('210600000a000005');
    expect(optionBytes({ kind: 'greKey' })).toContain('21020000');
    const octets = encodeMessage(update([{ kind: 'greKey', key: 1 }]), udp);
    for (const length of [1, 3, 4, 5]) expect(reasonOf(() => decodeMessage(with2(octets, 13, length), udp))).not.toBe('decoded');
  });
});

describe('the transports', () => {
  it('W19 over IPv4 the MH checksum is 0 and the UDP checksum is not', () => {
    expect([...encodeMessage(initial, udp).subarray(4, 6)]).toEqual([0, 0]);
    const v4 = good.filter((v) => v.transport === 'ipv4-udp');
    expect(v4.length).toBeGreaterThan(0);
    // The kernel's UDP sockets fill the UDP checksum in; the vectors show what then is on the wire.
    for (const v of v4) expect(octetsOf(v.hex).subarray(26, 28)).not.toEqual(Uint8Array.of(0, 0));
    for (const v of v4) expect(v.mh_hex?.slice(8, 12)).toBe('0000');
  });

  it('W20 over IPv4 the received MH checksum is ignored', () => {
    expect(decodeMessage(with2(encodeMessage(initial, udp), 4, 0x12, 0x34), udp)).toEqual(initial);
  });

  it('W21 a PBU over IPv4 goes to UDP port 5436', () => {
    expect(SIGNALLING_PORT).toBe(5436);
    const v = good.find((one) => one.name === 'v4-pbu-initial-dualstack')!;
    expect(octetsOf(v.hex).subarray(22, 24)).toEqual(Uint8Array.of(5436 >> 8, 5436 & 255));
  });

  it('W22 a PBA over IPv4 goes from port 5436 to the source port of the PBU', () => {
    const [sent] = sendsOf(new Anchor().pbu({ mag: NAT1 }));
    // The endpoint's local side is the socket bound to 5436 that the PBU came in on.
    expect(sent?.to).toEqual({ transport: 'udp', local: '203.0.113.101', remote: '198.51.100.15', remotePort: 40_001 });
  });

  it('W23 no Home Address option in a PBU, no Type 2 routing header in a PBA', () => {
    // Both are IPv6 extension headers before the Mobility Header: what we send begins with that header, and needs neither.
    const octets = encodeMessage(initial, ipv6);
    expect([octets[0], octets[2]]).toEqual([59, 5]);
    for (const v of good.filter((one) => one.transport === 'ipv6')) expect(octetsOf(v.hex)[6]).toBe(135);
    const pba = encodeMessage(pbaOf(new Anchor(labConfig()).pbu())!, ipv6);
    expect([pba[0], pba[2]]).toEqual([59, 6]);
  });
});

const messageFixedEnd = (m: MobilityMessage): number => (m.kind === 'bindingError' ? 24 : 12);
