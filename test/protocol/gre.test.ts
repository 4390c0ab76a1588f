/** Tunnel packets (RFC 2784, 2890, 5844 §4, 5845): vectors in both directions, refusals. */
import { describe, expect, it } from 'vitest';
import { decode, encode, EncodeError } from '../../protocol/codec.ts';
import { dataPacket, grePacket, tlvPacket, type DataPacket, type GrePacket } from '../../protocol/gre.ts';
import { ipv4Packet, udpDatagram } from '../../protocol/ip.ts';
import { hexOf, octetsOf, vectors } from '../vectors/index.ts';
import { octetsNamed, reasonOf } from './codecs.ts';

const data = vectors.filter((v) => v.transport === 'data');
const UPLINK_KEY = 0x0b000007;
const MAG6 = { source: '2001:db8:cafe:1025::15', destination: '2001:db8:cafe:1024::101' };
const MAG4 = { source: '198.51.100.15', destination: '203.0.113.101' };

describe('vectors', () => {
  it.each(data.map((v) => [v.name, v.hex] as const))('%s comes back octet for octet', (_, hex) => {
    expect(hexOf(encode(dataPacket, decode(dataPacket, octetsOf(hex))))).toBe(hex);
  });

  it.each([
    ['data-gre6-ipv4-up', { outer: MAG6, gre: { key: UPLINK_KEY, checksummed: false } }, 4],
    ['data-gre6-ipv6-up', { outer: MAG6, gre: { key: UPLINK_KEY } }, 6],
    ['data-gre4-ipv6-up', { outer: MAG4, gre: { key: UPLINK_KEY } }, 6],
    ['data-ip6ip6-up', { outer: MAG6 }, 6],
    ['data-ip4ip4-up', { outer: MAG4 }, 4],
    ['data-udp-ipv4-up', { outer: MAG4, udp: { sourcePort: 5437, destinationPort: 5437 } }, 4],
    ['data-udp-ipv6-up', { outer: MAG4, udp: { sourcePort: 5437, destinationPort: 5437 } }, 6],
    ['data-udp-tlv-gre-ipv4-up', { outer: MAG4, udp: { sourcePort: 5437 }, tlv: true, gre: { key: UPLINK_KEY } }, 4],
  ] as const)('%s is read as what was put in', (name, expected, family) => {
    const packet = decode(dataPacket, octetsNamed(name));
    expect(packet).toMatchObject(expected);
    expect((packet.inner[0] as number) >> 4).toBe(family);
    expect({ gre: 'gre' in packet, udp: 'udp' in packet, tlv: 'tlv' in packet }).toEqual({ gre: 'gre' in expected, udp: 'udp' in expected, tlv: 'tlv' in expected });
  });

  it('each vector of the file is in the table above', () => {
    expect(data).toHaveLength(8);
  });
});

describe('GRE', () => {
  const base: GrePacket = { protocolType: 0x0800, checksummed: false, payload: Uint8Array.of(1, 2, 3) };

  it.each([
    ['no field', base, '00000800010203'],
    ['key', { ...base, key: 1 }, '2000080000000001010203'],
    ['key zero is a key', { ...base, key: 0 }, '2000080000000000010203'],
    ['sequence', { ...base, sequence: 0xffffffff }, '10000800ffffffff010203'],
    ['checksum over header and payload', { ...base, checksummed: true }, '8000080073fd0000010203'],
    ['all three', { ...base, checksummed: true, key: 1, sequence: 2 }, 'b000080043fa00000000000100000002010203'],
  ] as const)('%s', (_, value, hex) => {
    expect(hexOf(encode(grePacket, value))).toBe(hex);
    expect(decode(grePacket, octetsOf(hex))).toEqual(value);
  });

  it.each([
    ['no octets', '', 'truncated'],
    ['a key that is not there', '20000800000000', 'truncated'],
    ['the routing bit of RFC 1701', '40000800010203', 'value'],
    ['bit 4', '08000800010203', 'value'],
    ['bit 5', '04000800010203', 'value'],
    ['version 1 (PPTP)', '20010800000000010102', 'value'],
    ['a wrong checksum', '8000080073fe0000010203', 'checksum'],
    ['a checksum that is not there', '80000800', 'truncated'],
  ])('refuses %s', (_, hex, reason) => {
    const got = reasonOf(() => decode(grePacket, octetsOf(hex)));
    // Without its octets a checksum is wrong before it is missing.
    expect(reason === 'truncated' && hex.startsWith('8') ? ['truncated', 'checksum'] : [reason]).toContain(got);
  });

  it('reserved bits 6 to 12 are ignored (RFC 2784 §2.3)', () => {
    expect(decode(grePacket, octetsOf('03f80800010203'))).toEqual(base);
  });
});

describe('the TLV header', () => {
  it.each([
    ['a length below what follows', '002f0002010203', 'length'],
    ['a length above what follows', '002f0004010203', 'length'],
    ['another type', '102f0003010203', 'unknown-type'],
    ['half a header', '002f', 'truncated'],
  ])('refuses %s', (_, hex, reason) => {
    expect(reasonOf(() => decode(tlvPacket, octetsOf(hex)))).toBe(reason);
  });

  it('ignores its four reserved bits', () => {
    expect(decode(tlvPacket, octetsOf('0f2f0003010203'))).toEqual({ nextHeader: 47, payload: Uint8Array.of(1, 2, 3) });
  });
});

describe('a whole data packet', () => {
  const good = decode(dataPacket, octetsNamed('data-udp-tlv-gre-ipv4-up'));
  const over4 = (protocol: number, payload: Uint8Array) => encode(ipv4Packet, { ...(good.outer as Extract<DataPacket['outer'], { version: 4 }>), protocol, payload });
  const inUdp = (payload: Uint8Array, port = 5437) => over4(17, encode(udpDatagram(MAG4.source, MAG4.destination), { sourcePort: 40000, destinationPort: port, payload }));

  it.each([
    ['no octets', new Uint8Array(0), 'truncated'],
    ['a packet that is no tunnel', over4(6, good.inner), 'unknown-type'],
    ['UDP to another port', inUdp(good.inner, 53), 'unknown-type'],
    ['UDP with nothing in it', inUdp(new Uint8Array(0)), 'value'],
    ['UDP with a first nibble of 5', inUdp(Uint8Array.of(0x50, 0)), 'value'],
    ['an inner packet of another family than said', over4(41, good.inner), 'value'],
    ['GRE with an Ethernet frame in it', over4(47, encode(grePacket, { protocolType: 0x6558, checksummed: false, payload: good.inner })), 'unknown-type'],
    ['GRE with nothing in it', over4(47, octetsOf('00000800')), 'value'],
    ['a TLV whose length disagrees (RFC 5845 §7.2)', inUdp(Uint8Array.from([0, 4, 0, 1, ...good.inner])), 'length'],
    ['a TLV with TCP in it', inUdp(encode(tlvPacket, { nextHeader: 6, payload: good.inner })), 'unknown-type'],
    ['a fragment', encode(ipv4Packet, { ...decode(ipv4Packet, octetsNamed('data-ip4ip4-up')), moreFragments: true }), 'value'],
  ])('refuses %s', (_, octets, reason) => {
    expect(reasonOf(() => decode(dataPacket, octets))).toBe(reason);
  });

  it('a translated source port passes', () => {
    expect(decode(dataPacket, inUdp(good.inner)).udp).toEqual({ sourcePort: 40000, destinationPort: 5437 });
  });

  const v6 = decode(dataPacket, octetsNamed('data-gre6-ipv4-up'));
  it.each([
    ['UDP over IPv6', { ...v6, udp: { sourcePort: 5437, destinationPort: 5437 } }],
    ['a TLV header without UDP', { outer: good.outer, tlv: true as const, inner: good.inner }],
    ['GRE in UDP without a TLV header', { outer: good.outer, udp: { sourcePort: 5437, destinationPort: 5437 }, gre: { checksummed: false }, inner: good.inner }],
    ['an inner packet of no family', { ...v6, inner: Uint8Array.of(0x10) }],
    ['no inner packet', { ...v6, inner: new Uint8Array(0) }],
  ])('cannot encode %s', (_, value) => {
    expect(() => encode(dataPacket, value)).toThrow(EncodeError);
  });
});
