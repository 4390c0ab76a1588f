/** Ethernet, IPv4, IPv6 and UDP: vectors in both directions, checksums, lengths that lie. */
import { describe, expect, it } from 'vitest';
import { decode, encode, EncodeError } from '../../protocol/codec.ts';
import { decodeFirst, encodeFrame, ethernetFrame, ipv4Of, ipv4Packet, ipv6Packet, isFragment, udpDatagram, type Ipv4Packet } from '../../protocol/ip.ts';
import { hexOf, octetsOf, vectors } from '../vectors/index.ts';
import { octetsNamed, reasonOf } from './codecs.ts';

const access = vectors.filter((v) => v.transport === 'access');
const raw = vectors.filter((v) => v.link === 'raw' && v.expect === 'ok');
const isVersion6 = (octets: Uint8Array) => (octets[0] as number) >> 4 === 6;
const changed = (octets: Uint8Array, at: number, value: number) => Uint8Array.from(octets, (b, i) => (i === at ? value : b));

const offer = decode(ethernetFrame, octetsNamed('dhcp-offer')).payload;
const datagram = udpDatagram('192.0.2.254', '255.255.255.255');

describe('vectors', () => {
  it.each(access.map((v) => [v.name, v.hex] as const))('the frame of %s comes back octet for octet', (_, hex) => {
    expect(hexOf(encodeFrame(decode(ethernetFrame, octetsOf(hex))))).toBe(hex);
  });

  it.each(access.filter((v) => v.name.startsWith('dhcp')).map((v) => [v.name, v.hex] as const))('the IPv4 packet and datagram of %s come back', (_, hex) => {
    const { payload } = decode(ethernetFrame, octetsOf(hex));
    const packet = decode(ipv4Packet, payload);
    const udp = udpDatagram(packet.source, packet.destination);
    expect(hexOf(encode(ipv4Packet, { ...packet, payload: encode(udp, decode(udp, packet.payload)) }))).toBe(hexOf(payload));
  });

  it.each(raw.map((v) => [v.name, v.hex] as const))('the outer packet of %s comes back octet for octet', (_, hex) => {
    const octets = octetsOf(hex);
    expect(hexOf(isVersion6(octets) ? encode(ipv6Packet, decode(ipv6Packet, octets)) : encode(ipv4Packet, decode(ipv4Packet, octets)))).toBe(hex);
  });

  it('an offer is read as what it is', () => {
    const packet = decode(ipv4Packet, offer);
    expect(packet).toMatchObject({ source: '192.0.2.254', destination: '255.255.255.255', ttl: 64, protocol: 17, identification: 1, dontFragment: true });
    expect(decode(datagram, packet.payload)).toMatchObject({ sourcePort: 67, destinationPort: 68 });
  });
});

describe('what a packet of ours looks like', () => {
  const packet = ipv4Of('192.0.2.1', '192.0.2.2', 17, Uint8Array.of(1, 2, 3));

  it('it decodes to itself, and padding behind it is nobody\'s', () => {
    const octets = encode(ipv4Packet, packet);
    expect(decodeFirst(ipv4Packet, Uint8Array.from([...octets, 0, 0, 0]))).toEqual(packet);
    expect(reasonOf(() => decode(ipv4Packet, Uint8Array.from([...octets, 0])))).toBe('trailing');
  });

  it('short frames are padded to 60 octets, long ones are not', () => {
    const frame = (length: number) => ({ destination: 'ff:ff:ff:ff:ff:ff', source: '00:24:d7:8e:21:a4', etherType: 0x800, payload: new Uint8Array(length) });
    expect([0, 46, 47, 1500].map((n) => encodeFrame(frame(n)).length)).toEqual([60, 60, 61, 1514]);
  });

  it('options are carried, and only in words of four octets', () => {
    const withOptions: Ipv4Packet = { ...packet, options: Uint8Array.of(0x94, 4, 0, 0) };
    expect(decode(ipv4Packet, encode(ipv4Packet, withOptions))).toEqual(withOptions);
    expect(() => encode(ipv4Packet, { ...packet, options: Uint8Array.of(1) })).toThrow(EncodeError);
    expect(() => encode(ipv4Packet, { ...packet, options: new Uint8Array(44) })).toThrow(EncodeError);
  });

  it('fragments are told apart', () => {
    expect([packet, { ...packet, moreFragments: true }, { ...packet, fragmentOffset: 5 }].map(isFragment)).toEqual([false, true, true]);
  });

  it('a UDP checksum that comes out as zero is sent as all ones (RFC 768)', () => {
    const udp = udpDatagram('0.0.0.0', '0.0.0.0');
    // 17 + 10 + 10 + payload = 0xffff
    const octets = encode(udp, { sourcePort: 0, destinationPort: 0, payload: Uint8Array.of(0xff, 0xda) });
    expect(hexOf(octets.subarray(6, 8))).toBe('ffff');
    expect(decode(udp, octets).payload).toEqual(Uint8Array.of(0xff, 0xda));
  });
});

describe('refusals', () => {
  const v6 = octetsNamed('data-gre6-ipv4-up');
  const inUdp = decode(ipv4Packet, offer).payload;
  it.each([
    ['no octets as IPv4', () => decode(ipv4Packet, new Uint8Array(0)), 'truncated'],
    ['IPv6 as IPv4', () => decode(ipv4Packet, v6), 'value'],
    ['IPv4 as IPv6', () => decode(ipv6Packet, offer), 'value'],
    ['a header of four words', () => decode(ipv4Packet, changed(offer, 0, 0x44)), 'length'],
    ['a total length below the header', () => decode(ipv4Packet, changed(changed(offer, 2, 0), 3, 19)), 'length'],
    ['a header that runs past the packet', () => decode(ipv4Packet, changed(offer.subarray(0, 40), 0, 0x4f)), 'truncated'],
    ['a total length past the octets', () => decode(ipv4Packet, offer.subarray(0, offer.length - 1)), 'truncated'],
    ['a flipped bit in the header', () => decode(ipv4Packet, changed(offer, 8, 63)), 'checksum'],
    ['a flipped bit in the datagram', () => decode(datagram, changed(inUdp, 30, 9)), 'checksum'],
    ['a UDP length of 7', () => decode(datagram, changed(changed(inUdp, 4, 0), 5, 7)), 'length'],
    ['a UDP length past the octets', () => decode(datagram, inUdp.subarray(0, 100)), 'truncated'],
    ['octets behind the datagram', () => decode(datagram, Uint8Array.from([...inUdp, 0])), 'trailing'],
    ['a payload length past the octets', () => decode(ipv6Packet, v6.subarray(0, v6.length - 1)), 'truncated'],
    ['a frame without its header', () => decode(ethernetFrame, v6.subarray(0, 13)), 'truncated'],
  ])('%s', (_, make, reason) => {
    expect(reasonOf(make)).toBe(reason);
  });

  it('no checksum at all: passes over IPv4, refused over IPv6 (RFC 8200 §8.1)', () => {
    const without = changed(changed(inUdp, 6, 0), 7, 0);
    expect(decode(datagram, without).sourcePort).toBe(67);
    expect(reasonOf(() => decode(udpDatagram('::1', '::2'), without))).toBe('checksum');
  });

  it('a checksum left to hardware passes when the caller says so', () => {
    const half = changed(inUdp, 6, 0x12);
    expect(reasonOf(() => decode(datagram, half))).toBe('checksum');
    expect(decode(udpDatagram('192.0.2.254', '255.255.255.255', false), half).destinationPort).toBe(68);
  });
});
