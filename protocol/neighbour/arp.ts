/** ARP for IPv4 over Ethernet (RFC 826); probes and announcements as RFC 5227 §1.1 names them. */
import { ANY_IPV4, type Ipv4 } from '../address.ts';
import type { Mac } from '../mac.ts';
import { constant, ipv4, mac, struct, u16, u8, type Codec } from '../codec.ts';

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

export interface ArpPacket {
  readonly operation: number;
  readonly senderMac: Mac;
  readonly senderAddress: Ipv4;
  readonly targetMac: Mac;
  readonly targetAddress: Ipv4;
}

/** Other hardware or protocol types than Ethernet and IPv4 are refused. */
export const arpPacket: Codec<ArpPacket> = struct({
  _hardwareType: constant(u16, 1),
  _protocolType: constant(u16, 0x0800),
  _hardwareLength: constant(u8, 6),
  _protocolLength: constant(u8, 4),
  operation: u16,
  senderMac: mac,
  senderAddress: ipv4,
  targetMac: mac,
  targetAddress: ipv4,
});

/** A request from no address: the sender asks whether anyone uses the target address before it takes it. */
export const isProbe = (p: ArpPacket): boolean => p.operation === ARP_REQUEST && p.senderAddress === ANY_IPV4;
/** Sender and target address the same: the sender says that it uses the address now. */
export const isAnnouncement = (p: ArpPacket): boolean => p.senderAddress === p.targetAddress;
