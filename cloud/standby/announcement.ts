/** How an address says on its link that it has moved: an ARP announcement (RFC 5227 §3), or an unsolicited neighbour advertisement (RFC 4861 §7.2.6). */
import { type Ipv6 } from '../../protocol/address.ts';
import { BROADCAST_MAC, type Mac } from '../../protocol/mac.ts';
import { decode, DecodeError, encode } from '../../protocol/codec.ts';
import { decodeFirst, encodeFrame, ETHERTYPE_ARP, ETHERTYPE_IPV6, ethernetFrame, ipv6Packet, PROTOCOL_ICMPV6 } from '../../protocol/ip.ts';
import { ARP_REPLY, ARP_REQUEST, arpPacket, isProbe } from '../../protocol/neighbour/arp.ts';
import { ALL_NODES, decodeNeighbour, encodeNeighbour, isNeighbourType } from '../../protocol/neighbour/neighbourDiscovery.ts';

const ALL_NODES_MAC: Mac = '33:33:00:00:00:01';
const NO_MAC: Mac = '00:00:00:00:00:00';

/** The whole frame that makes every neighbour send to `mac` what is for `address`. */
export function announcement(address: string, mac: Mac): Uint8Array {
  if (address.includes(':')) return encodeFrame({ destination: ALL_NODES_MAC, source: mac, etherType: ETHERTYPE_IPV6, payload: encode(ipv6Packet, advertisement(address, mac)) });
  const packet = { operation: ARP_REQUEST, senderMac: mac, senderAddress: address, targetMac: NO_MAC, targetAddress: address };
  return encodeFrame({ destination: BROADCAST_MAC, source: mac, etherType: ETHERTYPE_ARP, payload: encode(arpPacket, packet) });
}

const advertisement = (address: Ipv6, mac: Mac) =>
  encodeNeighbour(address, ALL_NODES, {
    kind: 'neighbourAdvertisement',
    flags: { router: true, solicited: false, override: true },
    target: address,
    options: [{ kind: 'targetLinkLayerAddress', address: mac }],
  });

/** Which address a frame says its sender has, if it says so. Never throws. */
export function claimIn(octets: Uint8Array): { readonly address: string; readonly mac: Mac } | undefined {
  try {
    const { etherType, payload, source } = decode(ethernetFrame, octets);
    if (etherType === ETHERTYPE_ARP) {
      const arp = decodeFirst(arpPacket, payload);
      return isProbe(arp) || ![ARP_REQUEST, ARP_REPLY].includes(arp.operation) ? undefined : { address: arp.senderAddress, mac: arp.senderMac };
    }
    if (etherType !== ETHERTYPE_IPV6) return undefined;
    const packet = decodeFirst(ipv6Packet, payload);
    if (packet.nextHeader !== PROTOCOL_ICMPV6 || !isNeighbourType(packet.payload[0])) return undefined;
    const message = decodeNeighbour(packet);
    return message.kind === 'neighbourAdvertisement' ? { address: message.target, mac: source } : undefined;
  } catch (e) {
    if (e instanceof DecodeError) return undefined;
    throw e;
  }
}
