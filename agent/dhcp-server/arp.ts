/** Which ARP of the phone is answered: whoever it looks for in its home subnet is behind this gateway (RFC 5844 §3.2.4). */
import { MAG_MAC, sameSubnet } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import { ARP_REPLY, ARP_REQUEST, isAnnouncement, isProbe, type ArpPacket } from '../../protocol/neighbour/arp.ts';
import type { DiscardReason } from './events.ts';
import type { Session } from './session.ts';

export type ArpDecision =
  | { readonly kind: 'answer'; readonly packet: ArpPacket }
  /** There is no session yet: a phone that just roamed asks for its router first of all. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'silence' }
  | { readonly kind: 'discard'; readonly reason: DiscardReason };

export function decideArp(packet: ArpPacket, mac: Mac, session: Session): ArpDecision {
  if (packet.senderMac !== mac) return { kind: 'discard', reason: 'arp-sender' };
  if (packet.operation !== ARP_REQUEST) return { kind: 'silence' };
  if (session.state === 'none' || session.state === 'pending') return isProbe(packet) || isAnnouncement(packet) ? { kind: 'silence' } : { kind: 'hold' };
  if (session.state === 'refused' || !session.ipv4) return { kind: 'discard', reason: 'arp-no-session' };
  const { address, prefixLength, router } = session.ipv4;
  const { senderAddress, targetAddress } = packet;
  // RFC 5227 §2.1.1: an answer to the probe or announcement of its own address would make the phone decline it.
  if (targetAddress === address) return { kind: 'silence' };
  // The router's address is ours, and so defended also against a probe (RFC 5227 §2.4).
  if (targetAddress === router && (isProbe(packet) || senderAddress === address || senderAddress === router)) return answer(packet);
  if (isProbe(packet)) return { kind: 'silence' };
  if (senderAddress !== address) return { kind: 'discard', reason: 'arp-sender' };
  return sameSubnet(targetAddress, address, prefixLength) ? answer(packet) : { kind: 'discard', reason: 'arp-off-subnet' };
}

const answer = (request: ArpPacket): ArpDecision => ({
  kind: 'answer',
  packet: { operation: ARP_REPLY, senderMac: MAG_MAC, senderAddress: request.targetAddress, targetMac: request.senderMac, targetAddress: request.senderAddress },
});
