/** Frames of the access link: what one from the phone carries, and the one way in which ours reach it. */
import { MAG_MAC, type Ipv4, type Ipv6 } from '../../protocol/address.ts';
import { isUnicastMac, type Mac } from '../../protocol/mac.ts';
import { DecodeError, decode, encode } from '../../protocol/codec.ts';
import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT, decodeDhcp, encodeDhcp, type DhcpMessage } from '../../protocol/dhcp/message.ts';
import {
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  PROTOCOL_ICMPV6,
  PROTOCOL_UDP,
  decodeFirst,
  encodeFrame,
  ethernetFrame,
  ipv4Of,
  ipv4Packet,
  ipv6Packet,
  isFragment,
  udpDatagram,
} from '../../protocol/ip.ts';
import { arpPacket, type ArpPacket } from '../../protocol/neighbour/arp.ts';
import { decodeNeighbour, encodeNeighbour, isNeighbourType, type NeighbourMessage } from '../../protocol/neighbour/neighbourDiscovery.ts';

export interface DhcpRequest {
  readonly message: DhcpMessage;
  /** Addresses of the IPv4 header. */
  readonly source: Ipv4;
  readonly destination: Ipv4;
}

export interface Neighbour {
  readonly message: NeighbourMessage;
  /** Addresses of the IPv6 header. */
  readonly source: Ipv6;
  readonly destination: Ipv6;
}

export type Received =
  | ({ readonly kind: 'dhcp' } & DhcpRequest)
  | { readonly kind: 'arp'; readonly packet: ArpPacket }
  | ({ readonly kind: 'neighbour' } & Neighbour)
  /** Nothing that this package answers. It still shows that the phone is there. */
  | { readonly kind: 'other' };

const OTHER: Received = { kind: 'other' };

/** The sender of a frame, if it can be a phone: any frame shows that its sender is present. Never throws. */
export function stationOf(frame: Uint8Array): Mac | undefined {
  if (frame.length < 14) return undefined;
  const { source } = decode(ethernetFrame, frame);
  return isUnicastMac(source) && source !== MAG_MAC && source !== '00:00:00:00:00:00' ? source : undefined;
}

/** @throws DecodeError for ARP, DHCP and neighbour discovery that are not what they say */
export function readFrame(octets: Uint8Array, checksumReady = true): Received {
  const frame = decode(ethernetFrame, octets);
  if (isUnicastMac(frame.destination) && frame.destination !== MAG_MAC) return OTHER;
  if (frame.etherType === ETHERTYPE_ARP) return { kind: 'arp', packet: decodeFirst(arpPacket, frame.payload) };
  if (frame.etherType === ETHERTYPE_IPV4) return readIpv4(frame.payload, checksumReady);
  if (frame.etherType === ETHERTYPE_IPV6) return readIpv6(frame.payload);
  return OTHER;
}

function readIpv4(payload: Uint8Array, checksumReady: boolean): Received {
  const { source, destination, ...packet } = decodeFirst(ipv4Packet, payload);
  if (packet.protocol !== PROTOCOL_UDP || isFragment({ source, destination, ...packet })) return OTHER;
  if (packet.payload.length < 4) throw new DecodeError('truncated', 'a datagram without ports');
  if ((((packet.payload[2] as number) << 8) | (packet.payload[3] as number)) !== DHCP_SERVER_PORT) return OTHER;
  const datagram = decodeFirst(udpDatagram(source, destination, checksumReady), packet.payload);
  return { kind: 'dhcp', message: decodeDhcp(datagram.payload), source, destination };
}

function readIpv6(payload: Uint8Array): Received {
  const packet = decodeFirst(ipv6Packet, payload);
  if (packet.nextHeader !== PROTOCOL_ICMPV6 || !isNeighbourType(packet.payload[0])) return OTHER;
  return { kind: 'neighbour', message: decodeNeighbour(packet), source: packet.source, destination: packet.destination };
}

/**
 * Every frame of ours goes from the MAC that all gateways share (RFC 6543) to the one phone it is for, also where its IP
 * destination is broadcast or multicast (RFC 6085): nobody else on the access link learns what it says.
 */
const toPhone = (phone: Mac, etherType: number, payload: Uint8Array): Uint8Array => encodeFrame({ destination: phone, source: MAG_MAC, etherType, payload });

export function dhcpFrame(phone: Mac, source: Ipv4, destination: Ipv4, message: DhcpMessage): Uint8Array {
  const datagram = { sourcePort: DHCP_SERVER_PORT, destinationPort: DHCP_CLIENT_PORT, payload: encodeDhcp(message) };
  const payload = encode(udpDatagram(source, destination), datagram);
  return toPhone(phone, ETHERTYPE_IPV4, encode(ipv4Packet, ipv4Of(source, destination, PROTOCOL_UDP, payload)));
}

export const arpFrame = (phone: Mac, packet: ArpPacket): Uint8Array => toPhone(phone, ETHERTYPE_ARP, encode(arpPacket, packet));

export const neighbourFrame = (phone: Mac, source: Ipv6, destination: Ipv6, message: NeighbourMessage): Uint8Array =>
  toPhone(phone, ETHERTYPE_IPV6, encode(ipv6Packet, encodeNeighbour(source, destination, message)));
