/** ARP and neighbour discovery: vectors and captured frames in both directions, the receiver's checks, properties. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskIpv6 } from '../../protocol/address.ts';
import { decode, encode, EncodeError } from '../../protocol/codec.ts';
import { decodeFirst, encodeFrame, ethernetFrame, ipv6Packet, type Ipv6Packet } from '../../protocol/ip.ts';
import { ARP_REPLY, ARP_REQUEST, arpPacket, isAnnouncement, isProbe } from '../../protocol/neighbour/arp.ts';
import { decodeNeighbour, encodeNeighbour, solicitedNode, type NeighbourMessage } from '../../protocol/neighbour/neighbourDiscovery.ts';
import type { NeighbourOption } from '../../protocol/neighbour/options.ts';
import { hexOf, octetsOf, vectors } from '../vectors/index.ts';
import { packetOf } from './accessDecoders.ts';
import { icmpv6Of, octetsNamed, reasonOf } from './codecs.ts';
import { neighbourFrames } from './neighbourFrames.ts';

const PHONE = '00:24:d7:8e:21:a4';
const MAG = '00:00:5e:00:52:13';
const PHONE_LL = 'fe80::224:d7ff:fe8e:21a4';
const MAG_LL = 'fe80::200:5eff:fe00:5213';
const NOBODY = '00:00:00:00:00:00';

describe('ARP', () => {
  const arpVectors = vectors.filter((v) => v.name.startsWith('arp-'));
  const payloadOf = (name: string) => decode(ethernetFrame, octetsNamed(name)).payload;

  it.each([
    ['arp-request-router', { operation: ARP_REQUEST, senderMac: PHONE, senderAddress: '192.0.2.1', targetMac: NOBODY, targetAddress: '192.0.2.254' }],
    ['arp-request-neighbour', { operation: ARP_REQUEST, senderMac: PHONE, senderAddress: '192.0.2.1', targetMac: NOBODY, targetAddress: '192.0.2.77' }],
    ['arp-presence-probe', { operation: ARP_REQUEST, senderMac: MAG, senderAddress: '192.0.2.254', targetMac: NOBODY, targetAddress: '192.0.2.1' }],
    ['arp-presence-answer', { operation: ARP_REPLY, senderMac: PHONE, senderAddress: '192.0.2.1', targetMac: MAG, targetAddress: '192.0.2.254' }],
  ])('%s decodes to what was put in', (name, expected) => {
    expect(decodeFirst(arpPacket, payloadOf(name))).toEqual(expected);
  });

  it.each(arpVectors.map((v) => [v.name, v.hex] as const))('%s is encoded octet for octet', (_, hex) => {
    const frame = decode(ethernetFrame, octetsOf(hex));
    expect(hexOf(encodeFrame({ ...frame, payload: encode(arpPacket, decodeFirst(arpPacket, frame.payload)) }))).toBe(hex);
  });

  const good = payloadOf('arp-request-router');
  it.each([
    ['no octets', new Uint8Array(0), 'truncated'],
    ['half a packet', good.subarray(0, 27), 'truncated'],
    ['IEEE 802 hardware', Uint8Array.from(good, (b, i) => (i === 1 ? 6 : b)), 'value'],
    ['IPv6 as protocol', Uint8Array.from(good, (b, i) => (i === 2 ? 0x86 : b)), 'value'],
    ['hardware addresses of 8 octets', Uint8Array.from(good, (b, i) => (i === 4 ? 8 : b)), 'value'],
    ['protocol addresses of 16 octets', Uint8Array.from(good, (b, i) => (i === 5 ? 16 : b)), 'value'],
  ])('refuses %s', (_, input, reason) => {
    expect(reasonOf(() => decodeFirst(arpPacket, input))).toBe(reason);
  });

  it('tells probes, announcements and requests apart (RFC 5227 §1.1)', () => {
    const request = decodeFirst(arpPacket, good);
    const probe = { ...request, senderAddress: '0.0.0.0' };
    const announcement = { ...request, targetAddress: '192.0.2.1' };
    expect([request, probe, announcement, { ...probe, operation: ARP_REPLY }].map(isProbe)).toEqual([false, true, false, false]);
    expect([request, probe, announcement].map(isAnnouncement)).toEqual([false, false, true]);
  });
});

describe('neighbour discovery', () => {
  const expected: Record<keyof typeof neighbourFrames, NeighbourMessage> = {
    dadSolicitation: { kind: 'neighbourSolicitation', target: PHONE_LL, options: [{ kind: 'unknown', type: 14, data: 'bf:e7:dc:ac:18:c1' }] },
    routerSolicitation: { kind: 'routerSolicitation', options: [{ kind: 'sourceLinkLayerAddress', address: PHONE }] },
    routerResolution: { kind: 'neighbourSolicitation', target: MAG_LL, options: [{ kind: 'sourceLinkLayerAddress', address: PHONE }] },
    routerAnswer: {
      kind: 'neighbourAdvertisement',
      flags: { router: true, solicited: true, override: true },
      target: MAG_LL,
      options: [{ kind: 'targetLinkLayerAddress', address: MAG }],
    },
    routerAdvertisement: {
      kind: 'routerAdvertisement',
      curHopLimit: 64,
      flags: { managed: false, otherConfiguration: false },
      routerLifetime: 1800,
      reachableTime: 0,
      retransTimer: 0,
      options: [
        { kind: 'sourceLinkLayerAddress', address: MAG },
        { kind: 'mtu', mtu: 1452 },
        { kind: 'prefixInformation', flags: { onLink: true, autonomous: true }, validLifetime: 3600, preferredLifetime: 1800, prefix: { address: '2001:db8:f00d:1::', length: 64 } },
        { kind: 'recursiveDnsServer', lifetime: 1800, addresses: ['2001:db8:53::1', '2001:db8:53::2'] },
      ],
    },
  };
  const names = Object.keys(neighbourFrames) as (keyof typeof neighbourFrames)[];

  it.each(names)('%s decodes to what it says', (name) => {
    expect(decodeNeighbour(packetOf(neighbourFrames[name]))).toEqual(expected[name]);
  });

  it.each(names)('%s is encoded octet for octet', (name) => {
    const frame = decode(ethernetFrame, neighbourFrames[name]);
    const { source, destination } = packetOf(neighbourFrames[name]);
    const packet = encodeNeighbour(source, destination, expected[name]);
    expect(hexOf(encodeFrame({ ...frame, payload: encode(ipv6Packet, packet) }))).toBe(hexOf(neighbourFrames[name]));
  });

  it('a solicited-node address holds the last 24 bits', () => {
    expect(solicitedNode(PHONE_LL)).toBe('ff02::1:ff8e:21a4');
    expect(solicitedNode('2001:db8::1')).toBe('ff02::1:ff00:1');
  });

  const solicitation: NeighbourMessage = { kind: 'neighbourSolicitation', target: MAG_LL, options: [] };
  const advertisement = expected.routerAnswer;
  const changed = (packet: Ipv6Packet, at: number, value: number): Ipv6Packet => ({ ...packet, payload: Uint8Array.from(packet.payload, (b, i) => (i === at ? value : b)) });
  /** A router solicitation with these octets as its options. */
  const withOptions = (hex: string) => icmpv6Of(octetsOf(`8500000000000000${hex}`));

  it.each([
    ['not ICMPv6', { ...packetOf(neighbourFrames.routerSolicitation), nextHeader: 17 }, 'unknown-type'],
    ['an echo request', changed(packetOf(neighbourFrames.routerSolicitation), 0, 128), 'unknown-type'],
    ['nothing', { ...packetOf(neighbourFrames.routerSolicitation), payload: new Uint8Array(0) }, 'truncated'],
    ['hop limit 254', { ...packetOf(neighbourFrames.routerSolicitation), hopLimit: 254 }, 'value'],
    ['code 1', changed(packetOf(neighbourFrames.routerSolicitation), 1, 1), 'value'],
    ['a flipped bit', changed(packetOf(neighbourFrames.routerSolicitation), 12, 1), 'checksum'],
    ['an option of length zero', withOptions('0100'), 'length'],
    ['an option past the end', withOptions('0102000000000000'), 'truncated'],
    ['half an option header', withOptions('01'), 'truncated'],
    ['a solicitation of a multicast target', encodeNeighbour(PHONE_LL, 'ff02::1', { ...solicitation, target: 'ff02::1' }), 'value'],
    ['an address check not sent to the solicited node', encodeNeighbour('::', 'ff02::1', solicitation), 'value'],
    ['an address check that names a link-layer address', encodeNeighbour('::', solicitedNode(MAG_LL), { ...solicitation, options: [{ kind: 'sourceLinkLayerAddress', address: PHONE }] }), 'value'],
    ['a router solicitation from nobody that names one', encodeNeighbour('::', 'ff02::2', expected.routerSolicitation), 'value'],
    ['a router advertisement from a global address', encodeNeighbour('2001:db8::1', 'ff02::1', expected.routerAdvertisement), 'value'],
    ['an advertisement of a multicast target', encodeNeighbour(MAG_LL, PHONE_LL, { ...advertisement, target: 'ff02::1' } as NeighbourMessage), 'value'],
    ['a solicited advertisement to everybody', encodeNeighbour(MAG_LL, 'ff02::1', advertisement), 'value'],
  ])('refuses %s (RFC 4861 §6.1, §7.1)', (_, packet, reason) => {
    expect(reasonOf(() => decodeNeighbour(packet))).toBe(reason);
  });

  it.each([
    ['a link-layer address of 14 octets', '0102000000000000000000000000000a', { kind: 'unknown', type: 1, data: '00:00:00:00:00:00:00:00:00:00:00:00:00:0a' }],
    ['a prefix of length 129', `030481c0${'00'.repeat(28)}`, { kind: 'unknown', type: 3 }],
    ['a prefix option of 8 octets', '0301400000000000', { kind: 'unknown', type: 3 }],
    ['an MTU option of 16 octets', `0502${'00'.repeat(14)}`, { kind: 'unknown', type: 5 }],
    ['a DNS option without a server', '1901000000000708', { kind: 'unknown', type: 25 }],
    ['a DNS option of half a server', `1902000000000708${'00'.repeat(8)}`, { kind: 'unknown', type: 25 }],
  ])('%s is skipped and kept', (_, hex, option) => {
    expect(decodeNeighbour(withOptions(hex)).options).toEqual([expect.objectContaining(option)]);
  });

  it('bits of a prefix past its length are ignored', () => {
    const m = decodeNeighbour(withOptions(`030440c000000e10000007080000000020010db8f00d0001${'ff'.repeat(8)}`));
    expect(m.options[0]).toMatchObject({ prefix: { address: '2001:db8:f00d:1::', length: 64 } });
  });

  it.each([
    ['an option that is no multiple of 8 octets', { kind: 'unknown', type: 200, data: '00' }],
    ['a prefix of length 129', { kind: 'prefixInformation', flags: { onLink: true, autonomous: true }, validLifetime: 1, preferredLifetime: 1, prefix: { address: '::', length: 129 } }],
    ['a link-layer address of 5 octets', { kind: 'sourceLinkLayerAddress', address: '00:00:00:00:00' }],
  ] as const)('cannot encode %s', (_, option) => {
    expect(() => encodeNeighbour(PHONE_LL, 'ff02::2', { kind: 'routerSolicitation', options: [option] })).toThrow(EncodeError);
  });

  const lifetime = fc.nat({ max: 0xffff_ffff });
  it('any prefix option keeps the prefix and both lifetimes', () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.integer({ min: 0, max: 128 }), lifetime, lifetime, (address, length, validLifetime, preferredLifetime) => {
        const option: NeighbourOption = { kind: 'prefixInformation', flags: { onLink: false, autonomous: true }, validLifetime, preferredLifetime, prefix: { address: maskIpv6(address, length), length } };
        expect(decodeNeighbour(encodeNeighbour(PHONE_LL, 'ff02::2', { kind: 'routerSolicitation', options: [option] })).options).toEqual([option]);
      }),
    );
  });
});
