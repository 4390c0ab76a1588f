/** Subscriber packets for the data path's tests. */
import { checksum, pseudoHeaderSum } from '../../protocol/checksum.ts';
import { encode } from '../../protocol/codec.ts';
import { ipv4Of, ipv4Packet, ipv6Packet, udpDatagram } from '../../protocol/ip.ts';

const TCP = 6;

/** An IP packet of either family, by its addresses. */
export const ipPacket = (from: string, to: string, protocol: number, payload: Uint8Array, { tos = 0, dontFragment = true } = {}): Uint8Array =>
  from.includes(':')
    ? encode(ipv6Packet, { version: 6, trafficClass: tos, flowLabel: 0, nextHeader: protocol, hopLimit: 64, source: from, destination: to, payload })
    : encode(ipv4Packet, { ...ipv4Of(from, to, protocol, payload), trafficClass: tos, dontFragment });

export const udp = (from: string, to: string, size: number, how: { readonly tos?: number; readonly dontFragment?: boolean } = {}): Uint8Array =>
  ipPacket(from, to, 17, encode(udpDatagram(from, to), { sourcePort: 4000, destinationPort: 5000, payload: new Uint8Array(size) }), how);

/** A SYN with these options; its checksum is right. */
export function syn(from: string, to: string, options: readonly number[], flags = 0x02): Uint8Array {
  const padding = (4 - (options.length % 4)) % 4;
  const segment = Uint8Array.from([0x30, 0x39, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, ((20 + options.length + padding) / 4) << 4, flags, 0xff, 0xff, 0, 0, 0, 0, ...options, ...Array<number>(padding).fill(0)]);
  const sum = tcpChecksum(from, to, segment);
  segment.set([sum >> 8, sum & 255], 16);
  return ipPacket(from, to, TCP, segment);
}

const tcpChecksum = (from: string, to: string, segment: Uint8Array): number => checksum(segment, pseudoHeaderSum(from, to, TCP, segment.length));

/** 0 when the TCP checksum inside this packet is right. */
export function tcpFault(ip: Uint8Array, from: string, to: string): number {
  return tcpChecksum(from, to, ip.subarray(from.includes(':') ? 40 : 20));
}
