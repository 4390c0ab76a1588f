/**
 * What keeps a NAT's mapping of UDP 5437 open and tells the LMA of a changed one: a tunnel packet whose inner packet holds nothing
 * (next header 59). The LMA's program learns from it and consumes it. No RFC has it: RFC 5844 §4 assumes no NAT.
 */
import { ANY_IPV4, ANY_IPV6 } from '../../protocol/address.ts';
import { encode } from '../../protocol/codec.ts';
import { grePacket, tlvPacket } from '../../protocol/gre.ts';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, PROTOCOL_GRE, ipv4Of, ipv4Packet, ipv6Packet } from '../../protocol/ip.ts';
import type { Path } from '../../protocol/paths.ts';

const NO_NEXT_HEADER = 59;
const EMPTY = new Uint8Array(0);

/** The payload of a UDP datagram from port 5437 to port 5437, for a MAG's path. */
export function keepalive({ ipv4, prefixes, tunnel }: Path): Uint8Array {
  const inner = ipv4
    ? encode(ipv4Packet, ipv4Of(ipv4, ANY_IPV4, NO_NEXT_HEADER, EMPTY))
    : encode(ipv6Packet, { version: 6, trafficClass: 0, flowLabel: 0, nextHeader: NO_NEXT_HEADER, hopLimit: 1, source: prefixes[0]?.address ?? ANY_IPV6, destination: ANY_IPV6, payload: EMPTY });
  const gre = encode(grePacket, { protocolType: ipv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6, checksummed: false, key: tunnel.sendKey, payload: inner });
  return encode(tlvPacket, { nextHeader: PROTOCOL_GRE, payload: gre });
}
