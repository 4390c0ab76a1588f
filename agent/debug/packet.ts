/** Any packet of the data path in one line: Ethernet, IP, what a tunnel carries, ports. */
import { DecodeError, decode } from '../../protocol/codec.ts';
import { DATA_PORT, dataPacket } from '../../protocol/gre.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, PROTOCOL_GRE, PROTOCOL_ICMPV6, PROTOCOL_UDP, decodeFirst, ethernetFrame, ipv4Packet, ipv6Packet, isFragment } from '../../protocol/ip.ts';
import { hexKey } from '../../protocol/mobility/print.ts';
import type { Veil } from '../../protocol/print.ts';
import { readAccessFrame, arpLine, neighbourLine, veilAddress, veilMac } from './frames.ts';

const PROTOCOL_ICMP = 1;
const PROTOCOL_TCP = 6;
const MOBILITY_HEADER = 135;
const NAMES: Readonly<Record<number, string>> = { [PROTOCOL_ICMP]: 'ICMP', [PROTOCOL_TCP]: 'TCP', [PROTOCOL_UDP]: 'UDP', [PROTOCOL_GRE]: 'GRE', [PROTOCOL_ICMPV6]: 'ICMPv6', [MOBILITY_HEADER]: 'MH' };

/** With an Ethernet header, or beginning with IP as on PPP. Never throws. */
export function packetLine(direction: 'in' | 'out', device: string, octets: Uint8Array, ethernet: boolean, veil: Veil): string {
  try {
    if (!ethernet) return `${ipInWords(octets, veil)}, ${octets.length} octets`;
    const { source, destination, etherType, payload } = decode(ethernetFrame, octets);
    const hop = `${veilMac(source, veil)} > ${veilMac(destination, veil)}`;
    const access = readAccessFrame(octets);
    if (access?.kind === 'arp') return arpLine(direction, device, access.packet, veil);
    if (access?.kind === 'neighbour') return neighbourLine(direction, device, access.packet, access.message, veil);
    const known = etherType === ETHERTYPE_IPV4 || etherType === ETHERTYPE_IPV6;
    const what = known ? ipInWords(payload, veil) : etherType === ETHERTYPE_ARP ? 'ARP' : `type 0x${etherType.toString(16).padStart(4, '0')}`;
    return `${hop} ${what}, ${octets.length} octets`;
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return `malformed (${e.reason}: ${e.message}), ${octets.length} octets`;
  }
}

/** @throws DecodeError */
function ipInWords(octets: Uint8Array, veil: Veil): string {
  if ((octets[0] ?? 0) >> 4 === 6) {
    const p = decodeFirst(ipv6Packet, octets);
    return `IPv6 ${veilAddress(p.source, veil)} > ${veilAddress(p.destination, veil)} hop limit ${p.hopLimit} ${above(octets, p.nextHeader, p.payload, veil)}`;
  }
  const p = decodeFirst(ipv4Packet, octets);
  if (isFragment(p)) return `IPv4 ${p.source} > ${p.destination} ttl ${p.ttl} ${nameOf(p.protocol)} fragment at ${p.fragmentOffset * 8}${p.moreFragments ? ', more follow' : ''}`;
  return `IPv4 ${p.source} > ${p.destination} ttl ${p.ttl} ${above(octets, p.protocol, p.payload, veil)}`;
}

function above(packet: Uint8Array, protocol: number, payload: Uint8Array, veil: Veil): string {
  const ported = protocol === PROTOCOL_UDP || protocol === PROTOCOL_TCP;
  const [from, to] = ported && payload.length >= 4 ? [word(payload, 0), word(payload, 2)] : [0, 0];
  if (protocol === PROTOCOL_GRE || (protocol === PROTOCOL_UDP && (from === DATA_PORT || to === DATA_PORT))) return tunnelled(packet, veil) ?? nameOf(protocol);
  return ported ? `${nameOf(protocol)} ${from} > ${to}` : nameOf(protocol);
}

/** Undefined: a tunnel, but none of ours. */
function tunnelled(packet: Uint8Array, veil: Veil): string | undefined {
  try {
    const { gre, udp, inner } = decodeFirst(dataPacket, packet);
    return `${udp ? `UDP ${udp.sourcePort} > ${udp.destinationPort} ` : ''}${gre ? `GRE${gre.key === undefined ? '' : ` key ${hexKey(gre.key)}`} ` : ''}carries ${ipInWords(inner, veil)}`;
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return undefined;
  }
}

const word = (octets: Uint8Array, at: number): number => ((octets[at] as number) << 8) | (octets[at + 1] as number);
const nameOf = (protocol: number): string => NAMES[protocol] ?? `protocol ${protocol}`;
