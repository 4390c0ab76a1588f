/** Is the phone still there? Unicast questions that only it can answer, and its answers (RFC 5213 §6.13). */
import { MAG_MAC, linkLocalOf, isLinkLocal, type Ipv6 } from '../../protocol/address.ts';
import { DecodeError } from '../../protocol/codec.ts';
import { ARP_REPLY, ARP_REQUEST } from '../../protocol/neighbour/arp.ts';
import type { Conversation } from './conversation.ts';
import { arpFrame, neighbourFrame, readFrame, stationOf, type Received } from './frame.ts';

/** Frames to send: ARP for the phone's address from its default router, NS for one or two of its IPv6 addresses. */
export function presenceProbes(c: Conversation): Uint8Array[] {
  const { ipv4, linkLocal } = c.session;
  const packet = ipv4 && { operation: ARP_REQUEST, senderMac: MAG_MAC, senderAddress: ipv4.router, targetMac: '00:00:00:00:00:00', targetAddress: ipv4.address };
  return [
    ...(packet ? [arpFrame(c.mac, packet)] : []),
    // Also without home network prefixes: a phone that waits for its first session, or took no address yet, has a link-local one.
    ...addressesToProbe(c).map((target) =>
      neighbourFrame(c.mac, linkLocal, target, { kind: 'neighbourSolicitation', target, options: [{ kind: 'sourceLinkLayerAddress', address: MAG_MAC }] }),
    ),
  ];
}

/** The newest link-local address, or the one that its MAC makes if none was heard; and the newest global one. */
function addressesToProbe({ addresses, mac }: Conversation): Ipv6[] {
  const global = addresses.find((a) => !isLinkLocal(a));
  return [addresses.find(isLinkLocal) ?? linkLocalOf(mac), ...(global === undefined ? [] : [global])];
}

/** Whether a frame answers a probe. Any other frame of the station shows its presence as well (`stationOf`). Never throws. */
export function answersProbe(c: Conversation, frame: Uint8Array): boolean {
  if (stationOf(frame) !== c.mac) return false;
  const received = readable(frame);
  switch (received?.kind) {
    case 'arp':
      return received.packet.operation === ARP_REPLY && received.packet.senderAddress === c.session.ipv4?.address;
    case 'neighbour':
      return received.message.kind === 'neighbourAdvertisement' && addressesToProbe(c).includes(received.message.target);
    case 'dhcp':
    case 'other':
    case undefined:
      return false;
  }
}

function readable(frame: Uint8Array): Received | undefined {
  try {
    return readFrame(frame);
  } catch (e) {
    if (e instanceof DecodeError) return undefined;
    throw e;
  }
}
