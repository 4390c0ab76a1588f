/** Every decoder of the access link and the tunnel with octets to damage: one list for the unit properties and the fuzz runs. */
import { decode, encode } from '../../protocol/codec.ts';
import { decodeDhcp, encodeDhcp } from '../../protocol/dhcp/message.ts';
import { dataPacket, grePacket, tlvPacket } from '../../protocol/gre.ts';
import { decodeFirst, ethernetFrame, ipv4Packet, ipv6Packet, udpDatagram } from '../../protocol/ip.ts';
import { arpPacket } from '../../protocol/neighbour/arp.ts';
import { decodeNeighbour, encodeNeighbour } from '../../protocol/neighbour/neighbourDiscovery.ts';
import { octetsOf, vectors } from '../vectors/index.ts';
import { icmpv6Of, octetsNamed, type Decoder } from './codecs.ts';
import { neighbourFrames } from './neighbourFrames.ts';

const octetsWhere = (pick: (v: (typeof vectors)[number]) => boolean) => vectors.filter((v) => v.expect === 'ok' && pick(v)).map((v) => octetsOf(v.hex));
const raw = octetsWhere((v) => v.link === 'raw');
const isVersion6 = (octets: Uint8Array) => (octets[0] as number) >> 4 === 6;

/** The UDP payload of a DHCP frame. */
export function dhcpPayloadOf(frame: Uint8Array): Uint8Array {
  const packet = decode(ipv4Packet, decode(ethernetFrame, frame).payload);
  return decode(udpDatagram(packet.source, packet.destination), packet.payload).payload;
}

/** The IPv6 packet of a frame. */
export const packetOf = (frame: Uint8Array) => decode(ipv6Packet, decode(ethernetFrame, frame).payload);

const toAll = udpDatagram('192.0.2.254', '255.255.255.255');
const PHONE = 'fe80::224:d7ff:fe8e:21a4';
const GATEWAY = 'fe80::200:5eff:fe00:5213';

export const accessDecoders: readonly Decoder[] = [
  { name: 'ethernetFrame', decode: (o) => decode(ethernetFrame, o), encode: (v) => encode(ethernetFrame, v), seeds: octetsWhere((v) => v.link === 'eth') },
  { name: 'ipv4Packet', decode: (o) => decode(ipv4Packet, o), encode: (v) => encode(ipv4Packet, v), seeds: raw.filter((o) => !isVersion6(o)) },
  { name: 'ipv6Packet', decode: (o) => decode(ipv6Packet, o), encode: (v) => encode(ipv6Packet, v), seeds: raw.filter(isVersion6) },
  { name: 'udpDatagram', decode: (o) => decode(toAll, o), encode: (v) => encode(toAll, v), seeds: [decode(ipv4Packet, decode(ethernetFrame, octetsNamed('dhcp-offer')).payload).payload] },
  { name: 'dataPacket', decode: (o) => decode(dataPacket, o), encode: (v) => encode(dataPacket, v), seeds: octetsWhere((v) => v.transport === 'data') },
  { name: 'grePacket', decode: (o) => decode(grePacket, o), encode: (v) => encode(grePacket, v), seeds: [octetsOf('b000080043fa00000000000100000002010203')] },
  { name: 'tlvPacket', decode: (o) => decode(tlvPacket, o), encode: (v) => encode(tlvPacket, v), seeds: [octetsOf('002f0003010203')] },
  { name: 'DHCP', decode: decodeDhcp, encode: encodeDhcp, seeds: octetsWhere((v) => v.name.startsWith('dhcp-')).map(dhcpPayloadOf) },
  { name: 'ARP', decode: (o) => decodeFirst(arpPacket, o), encode: (v) => encode(arpPacket, v), seeds: octetsWhere((v) => v.name.startsWith('arp-')).map((o) => o.subarray(14)) },
  {
    name: 'neighbour discovery',
    // With its checksum made right, so that it is not always the checksum that refuses.
    decode: (o) => decodeNeighbour(icmpv6Of(o, PHONE, GATEWAY)),
    encode: (m) => encodeNeighbour(PHONE, GATEWAY, m).payload,
    seeds: Object.values(neighbourFrames).map((f) => packetOf(f).payload),
  },
];
