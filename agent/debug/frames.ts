/** Frames of the access link and packets of the data path in a line each, with the identities veiled that they carry. */
import { MAG_MAC, formatIpv6, formatPrefix, parseIpv6 } from '../../protocol/address.ts';
import { formatHex, isUnicastMac, type Mac } from '../../protocol/mac.ts';
import { decode, DecodeError } from '../../protocol/codec.ts';
import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT, decodeDhcp, type DhcpMessage } from '../../protocol/dhcp/message.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, PROTOCOL_ICMPV6, PROTOCOL_UDP, decodeFirst, ethernetFrame, ipv4Packet, ipv6Packet, isFragment, udpDatagram, type EthernetFrame, type Ipv6Packet } from '../../protocol/ip.ts';
import { arpPacket, type ArpPacket } from '../../protocol/neighbour/arp.ts';
import { decodeNeighbour, isNeighbourType, type NeighbourMessage } from '../../protocol/neighbour/neighbourDiscovery.ts';
import type { Veil } from '../../protocol/print.ts';

/** What `debug` has a topic for. */
export type AccessFrame =
  | { readonly kind: 'dhcp'; readonly message: DhcpMessage }
  | { readonly kind: 'arp'; readonly packet: ArpPacket }
  | { readonly kind: 'neighbour'; readonly packet: Ipv6Packet; readonly message: NeighbourMessage }
  | { readonly kind: 'malformed'; readonly reason: string };

/** Either direction; undefined for everything else. Never throws. */
export function readAccessFrame(octets: Uint8Array): AccessFrame | undefined {
  try {
    return decoded(decode(ethernetFrame, octets));
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return { kind: 'malformed', reason: `${e.reason}: ${e.message}` };
  }
}

function decoded({ etherType, payload }: EthernetFrame): AccessFrame | undefined {
  if (etherType === ETHERTYPE_ARP) return { kind: 'arp', packet: decodeFirst(arpPacket, payload) };
  if (etherType === ETHERTYPE_IPV6) {
    const packet = decodeFirst(ipv6Packet, payload);
    return packet.nextHeader === PROTOCOL_ICMPV6 && isNeighbourType(packet.payload[0]) ? { kind: 'neighbour', packet, message: decodeNeighbour(packet) } : undefined;
  }
  if (etherType !== ETHERTYPE_IPV4) return undefined;
  const packet = decodeFirst(ipv4Packet, payload);
  if (packet.protocol !== PROTOCOL_UDP || isFragment(packet)) return undefined;
  // The sender may have left the checksum to its hardware, and whoever answers has checked it.
  const { sourcePort, destinationPort, payload: inner } = decodeFirst(udpDatagram(packet.source, packet.destination, false), packet.payload);
  const ports = [sourcePort, destinationPort];
  return ports.includes(DHCP_SERVER_PORT) && ports.includes(DHCP_CLIENT_PORT) ? { kind: 'dhcp', message: decodeDhcp(inner) } : undefined;
}

/** The gateways' common MAC and group addresses name nobody. */
export const veilMac = (mac: Mac, veil: Veil): string => (isUnicastMac(mac) && mac !== MAG_MAC && mac !== '00:00:00:00:00:00' ? veil(mac) : mac);

/** An IPv6 address made of a MAC (RFC 4291 appendix A) tells it to everybody. */
export function veilAddress(address: string, veil: Veil): string {
  if (!address.includes(':')) return address;
  const o = parseIpv6(address);
  if (o[11] !== 0xff || o[12] !== 0xfe) return address;
  const mac = formatHex(Uint8Array.of((o[8] as number) ^ 2, o[9] as number, o[10] as number, o[13] as number, o[14] as number, o[15] as number));
  const veiled = veilMac(mac, veil);
  return veiled === mac ? address : `${formatIpv6(o.fill(0, 8))}${veiled}`;
}

/** As IOS prints it: `rcvd req src 192.0.2.1 0024.d78e.21a4, dst 192.0.2.254 GigabitEthernet0/1`. */
export function arpLine(direction: 'in' | 'out', device: string, p: ArpPacket, veil: Veil): string {
  const what = p.operation === 1 ? 'req' : p.operation === 2 ? 'rep' : `operation ${p.operation}`;
  return `IP ARP: ${direction === 'in' ? 'rcvd' : 'sent'} ${what} src ${p.senderAddress} ${veilMac(p.senderMac, veil)}, dst ${p.targetAddress} ${veilMac(p.targetMac, veil)} ${device}`;
}

const NEIGHBOUR_NAMES = { routerSolicitation: 'RS', routerAdvertisement: 'RA', neighbourSolicitation: 'NS', neighbourAdvertisement: 'NA' } as const;

export function neighbourLine(direction: 'in' | 'out', device: string, { source, destination }: Ipv6Packet, m: NeighbourMessage, veil: Veil): string {
  const target = 'target' in m ? ` for ${veilAddress(m.target, veil)}` : '';
  const prefixes = m.options.flatMap((o) => (o.kind === 'prefixInformation' ? [` ${formatPrefix(o.prefix)}`] : []));
  return `ICMPv6-ND: ${direction === 'in' ? 'received' : 'sent'} ${NEIGHBOUR_NAMES[m.kind]}${target}${prefixes.join('')} from ${veilAddress(source, veil)} to ${veilAddress(destination, veil)} on ${device}`;
}
