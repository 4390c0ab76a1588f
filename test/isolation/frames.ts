/** Frames as a hostile guest makes them. Checksums of what nobody is to read are left out. */
import { parseIp } from '../../protocol/address.ts';
import { parseHex } from '../../protocol/mac.ts';
import { encode } from '../../protocol/codec.ts';
import { ipv6Packet } from '../../protocol/ip.ts';
import { ipPacket } from '../datapath/packets.ts';

const UDP = 17;
const TCP = 6;
const ICMPV6 = 58;
const bytes = (...parts: (Uint8Array | readonly number[])[]): Uint8Array => Uint8Array.from(parts.flatMap((p) => [...p]));
const n16 = (value: number): number[] => [value >> 8, value & 255];

export const NOTHING: Uint8Array = new Uint8Array(0);

/** IPv6 as it leaves a host that speaks to its neighbours: hop limit 255. */
export const ip6 = (from: string, to: string, next: number, payload: Uint8Array, hops = 255): Uint8Array =>
  encode(ipv6Packet, { version: 6, trafficClass: 0, flowLabel: 0, nextHeader: next, hopLimit: hops, source: from, destination: to, payload });

export const ip4 = (from: string, to: string, protocol: number, payload: Uint8Array): Uint8Array => ipPacket(from, to, protocol, payload);

const ipOf = (from: string, to: string, protocol: number, payload: Uint8Array): Uint8Array => (from.includes(':') ? ip6(from, to, protocol, payload, 64) : ip4(from, to, protocol, payload));

const datagram = (source: number, destination: number, data: Uint8Array): Uint8Array => bytes(n16(source), n16(destination), n16(8 + data.length), [0, 0], data);
export const udpPacket = (from: string, to: string, source: number, destination: number, data = NOTHING): Uint8Array => ipOf(from, to, UDP, datagram(source, destination, data));
/** A SYN with data. */
export const tcpPacket = (from: string, to: string, destination: number, data = NOTHING): Uint8Array =>
  ipOf(from, to, TCP, bytes(n16(40000), n16(destination), [0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0], data));
export const echo = (from: string, to: string, data = NOTHING): Uint8Array => ipOf(from, to, from.includes(':') ? ICMPV6 : 1, bytes([from.includes(':') ? 128 : 8, 0, 0, 0, 0, 1, 0, 1], data));

/** The first 8 octets of options, and a source route through `to` (RFC 791 §3.1). */
export function sourceRouted(from: string, via: string, to: string, data: Uint8Array): Uint8Array {
  const plain = udpPacket(from, via, 4000, 9, data);
  const whole = bytes(plain.subarray(0, 20), [131, 7, 4], parseIp(to), [0], plain.subarray(20));
  whole[0] = 0x47;
  whole.set(n16(whole.length), 2);
  whole.set([0, 0], 10);
  let sum = 0;
  for (let i = 0; i < 28; i += 2) sum += ((whole[i] as number) << 8) | (whole[i + 1] as number);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  whole.set(n16(~sum & 0xffff), 10);
  return whole;
}

/** Neighbour solicitation (135) or advertisement (136), and a redirect (137) or router advertisement (134) whose target means nothing. */
export function neighbourMessage(type: number, target: string, options: readonly number[] = []): Uint8Array {
  return bytes([type, 0, 0, 0, type === 136 ? 0x60 : 0, 0, 0, 0], parseIp(target), options);
}
interface NeighbourDetails {
  /** In an option. */
  readonly mac?: string;
  readonly hops?: number;
  /** Up to 14 octets: in a nonce (RFC 3971 §5.3.2), which nobody asked for. */
  readonly mark?: Uint8Array;
}
export const neighbour = (type: number, from: string, to: string, target: string, { mac, hops = 255, mark }: NeighbourDetails = {}): Uint8Array =>
  ip6(from, to, ICMPV6, neighbourMessage(type, target, [...(mac === undefined ? [] : [type === 136 ? 2 : 1, 1, ...parseHex(mac)]), ...(mark ? [14, 2, ...mark, ...new Uint8Array(14 - mark.length)] : [])]), hops);

/** Behind an empty hop-by-hop (0) or destination (60) header, or in the one fragment of its packet (44) (RFC 7113 §2). */
export const behind = (header: 0 | 44 | 60, from: string, to: string, message: Uint8Array): Uint8Array =>
  ip6(from, to, header, bytes(header === 44 ? [ICMPV6, 0, 0, 1, 0, 0, 0, 7] : [ICMPV6, 0, 1, 4, 0, 0, 0, 0], message));

export const arp = (operation: 1 | 2, senderMac: string, sender: string, target: string): Uint8Array =>
  bytes([0, 1, 8, 0, 6, 4, 0, operation], parseHex(senderMac), parseIp(sender), [0, 0, 0, 0, 0, 0], parseIp(target));

const macOf = (to: string): string | undefined => {
  if (to.startsWith('ff')) return `33:33:${[...parseIp(to).subarray(12)].map((o) => o.toString(16).padStart(2, '0')).join(':')}`;
  const [first, ...rest] = parseIp(to);
  if (to.includes(':') || (first as number) < 224) return undefined;
  return to === '255.255.255.255' ? BROADCAST : `01:00:5e:${[(rest[0] as number) & 127, rest[1], rest[2]].map((o) => (o as number).toString(16).padStart(2, '0')).join(':')}`;
};
export const BROADCAST = 'ff:ff:ff:ff:ff:ff';

export const frame = (from: string, to: string, etherType: number, payload: Uint8Array): Uint8Array => bytes(parseHex(to), parseHex(from), n16(etherType), payload);
export const ARP = 0x0806;
/** A packet in its frame; what is for many goes to many. */
export function packetFrame(from: string, to: string, packet: Uint8Array): Uint8Array {
  const six = (packet[0] as number) >> 4 === 6;
  const octets = six ? packet.subarray(24, 40) : packet.subarray(16, 20);
  const text = six ? Array.from({ length: 8 }, (_, i) => (((octets[2 * i] as number) << 8) | (octets[2 * i + 1] as number)).toString(16)).join(':') : octets.join('.');
  return frame(from, macOf(text) ?? to, six ? 0x86dd : 0x0800, packet);
}
/** With one or two VLAN tags. */
export const tagged = (outer: readonly [type: number, id: number][], whole: Uint8Array): Uint8Array => bytes(whole.subarray(0, 12), ...outer.map(([type, id]) => [...n16(type), ...n16(id)]), whole.subarray(12));
