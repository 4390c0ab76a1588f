/** Frames as a phone sends them. */
import { ANY_IPV4, ANY_IPV6, BROADCAST_IPV4, MAG_LINK_LOCAL, MAG_MAC, linkLocalOf, type Ipv4, type Ipv6 } from '../../protocol/address.ts';
import { BROADCAST_MAC, type Mac } from '../../protocol/mac.ts';
import { encode } from '../../protocol/codec.ts';
import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT, encodeDhcp, type DhcpMessage } from '../../protocol/dhcp/message.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, PROTOCOL_UDP, encodeFrame, ipv4Of, ipv4Packet, ipv6Packet, udpDatagram } from '../../protocol/ip.ts';
import { ARP_REPLY, ARP_REQUEST, arpPacket, type ArpPacket } from '../../protocol/neighbour/arp.ts';
import { ALL_ROUTERS, encodeNeighbour, solicitedNode, type NeighbourMessage } from '../../protocol/neighbour/neighbourDiscovery.ts';

/** To the gateway by unicast where the server's address is given. */
export function dhcpFromPhone(message: DhcpMessage, mac: Mac, source: Ipv4 = ANY_IPV4, server?: Ipv4): Uint8Array {
  const destination = server ?? BROADCAST_IPV4;
  const payload = encode(udpDatagram(source, destination), { sourcePort: DHCP_CLIENT_PORT, destinationPort: DHCP_SERVER_PORT, payload: encodeDhcp(message) });
  const packet = encode(ipv4Packet, ipv4Of(source, destination, PROTOCOL_UDP, payload));
  return encodeFrame({ destination: server === undefined ? BROADCAST_MAC : MAG_MAC, source: mac, etherType: ETHERTYPE_IPV4, payload: packet });
}

const arpFromPhone = (packet: ArpPacket, mac: Mac, destination: Mac): Uint8Array =>
  encodeFrame({ destination, source: mac, etherType: ETHERTYPE_ARP, payload: encode(arpPacket, packet) });

/** A request; sender 0.0.0.0 makes it a probe, sender = target an announcement. */
export const arpRequest = (mac: Mac, senderAddress: Ipv4, targetAddress: Ipv4, senderMac: Mac = mac): Uint8Array =>
  arpFromPhone({ operation: ARP_REQUEST, senderMac, senderAddress, targetMac: '00:00:00:00:00:00', targetAddress }, mac, BROADCAST_MAC);

export const arpReply = (mac: Mac, senderAddress: Ipv4, targetAddress: Ipv4): Uint8Array =>
  arpFromPhone({ operation: ARP_REPLY, senderMac: mac, senderAddress, targetMac: MAG_MAC, targetAddress }, mac, MAG_MAC);

export const neighbourFromPhone = (mac: Mac, source: Ipv6, destination: Ipv6, message: NeighbourMessage): Uint8Array =>
  encodeFrame({
    destination: destination.startsWith('ff') ? '33:33:00:00:00:01' : MAG_MAC,
    source: mac,
    etherType: ETHERTYPE_IPV6,
    payload: encode(ipv6Packet, encodeNeighbour(source, destination, message)),
  });

export const routerSolicitation = (mac: Mac, source: Ipv6 = linkLocalOf(mac)): Uint8Array =>
  neighbourFromPhone(mac, source, ALL_ROUTERS, {
    kind: 'routerSolicitation',
    options: source === ANY_IPV6 ? [] : [{ kind: 'sourceLinkLayerAddress', address: mac }],
  });

/** From `::` it is duplicate address detection. */
export const neighbourSolicitation = (mac: Mac, source: Ipv6, target: Ipv6): Uint8Array =>
  neighbourFromPhone(mac, source, solicitedNode(target), {
    kind: 'neighbourSolicitation',
    target,
    options: source === ANY_IPV6 ? [] : [{ kind: 'sourceLinkLayerAddress', address: mac }],
  });

/** The answer to a probe of the gateway. */
export const neighbourAdvertisement = (mac: Mac, target: Ipv6): Uint8Array =>
  neighbourFromPhone(mac, target, MAG_LINK_LOCAL, {
    kind: 'neighbourAdvertisement',
    flags: { router: false, solicited: true, override: true },
    target,
    options: [{ kind: 'targetLinkLayerAddress', address: mac }],
  });
