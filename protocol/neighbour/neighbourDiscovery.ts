/**
 * Router and neighbour solicitations and advertisements in their IPv6 packets (RFC 4861 §4), with the checks of §6.1 and
 * §7.1 that a receiver makes before it believes one.
 */
import { ANY_IPV6, isLinkLocal, isMulticastIpv6, parseIpv6, formatIpv6, type Ipv6 } from '../address.ts';
import { checksum, pseudoHeaderSum } from '../checksum.ts';
import { DecodeError, Reader, Writer, flags, ipv6, reserved, struct, u16, u32, u8, type Codec, type ValueOf } from '../codec.ts';
import { PROTOCOL_ICMPV6, type Ipv6Packet } from '../ip.ts';
import { readOptions, writeOptions, type NeighbourOption } from './options.ts';

export const ALL_NODES: Ipv6 = 'ff02::1';
export const ALL_ROUTERS: Ipv6 = 'ff02::2';
/** What a router would have decremented, so nobody off the link can send it. */
const HOP_LIMIT = 255;

interface Row<T> {
  readonly type: number;
  readonly body: Codec<T>;
}
const row = <T>(type: number, body: Codec<T>): Row<T> => ({ type, body });

/** RFC 4861 §4.1 to §4.4. */
export const neighbourMessages = {
  routerSolicitation: row(133, struct({ _: reserved(4) })),
  routerAdvertisement: row(
    134,
    struct({ curHopLimit: u8, flags: flags(u8, { managed: 0x80, otherConfiguration: 0x40 }), routerLifetime: u16, reachableTime: u32, retransTimer: u32 }),
  ),
  neighbourSolicitation: row(135, struct({ _: reserved(4), target: ipv6 })),
  neighbourAdvertisement: row(136, struct({ flags: flags(u8, { router: 0x80, solicited: 0x40, override: 0x20 }), _: reserved(3), target: ipv6 })),
} as const;

type Rows = typeof neighbourMessages;
export type NeighbourMessageKind = keyof Rows;
type MessageNamed<K extends NeighbourMessageKind> = { readonly kind: K } & ValueOf<Rows[K]['body']> & { readonly options: readonly NeighbourOption[] };
export type NeighbourMessage = { [K in NeighbourMessageKind]: MessageNamed<K> }[NeighbourMessageKind];

const byType = new Map((Object.entries(neighbourMessages) as [NeighbourMessageKind, Row<unknown>][]).map(([kind, r]) => [r.type, { kind, body: r.body }]));

export const isNeighbourType = (type: number | undefined): boolean => type !== undefined && byType.has(type);

/** The message in an ICMPv6 packet. @throws DecodeError also for what §6.1 and §7.1 forbid; `unknown-type` for other ICMPv6 */
export function decodeNeighbour(packet: Ipv6Packet): NeighbourMessage {
  if (packet.nextHeader !== PROTOCOL_ICMPV6) throw new DecodeError('unknown-type', `next header ${packet.nextHeader} is not ICMPv6`);
  const r = new Reader(packet.payload);
  const type = r.uint(1);
  const known = byType.get(type);
  if (!known) throw new DecodeError('unknown-type', `ICMPv6 type ${type}`);
  if (packet.hopLimit !== HOP_LIMIT) throw new DecodeError('value', `hop limit ${packet.hopLimit}: it came through a router`);
  if (r.uint(1) !== 0) throw new DecodeError('value', 'ICMPv6 code is not 0');
  r.advance(2);
  const pseudo = pseudoHeaderSum(packet.source, packet.destination, PROTOCOL_ICMPV6, packet.payload.length);
  if (checksum(packet.payload, pseudo) !== 0) throw new DecodeError('checksum', 'ICMPv6 checksum is wrong');
  const message = { kind: known.kind, ...(known.body.read(r) as object), options: readOptions(r) } as NeighbourMessage;
  const fault = faultOf(message, packet);
  if (fault) throw new DecodeError('value', fault);
  return message;
}

/** The packet around a message of ours. */
export function encodeNeighbour(source: Ipv6, destination: Ipv6, message: NeighbourMessage): Ipv6Packet {
  const { type, body }: Row<unknown> = neighbourMessages[message.kind];
  const w = new Writer();
  w.uint(type, 1);
  w.zeros(3);
  body.write(w, message);
  writeOptions(w, message.options);
  w.patch(2, checksum(w.finish(), pseudoHeaderSum(source, destination, PROTOCOL_ICMPV6, w.length)), 2);
  return { version: 6, trafficClass: 0, flowLabel: 0, nextHeader: PROTOCOL_ICMPV6, hopLimit: HOP_LIMIT, source, destination, payload: w.finish() };
}

/** RFC 4291 §2.7.1: ff02::1:ff and the last 24 bits. */
export function solicitedNode(address: Ipv6): Ipv6 {
  const o = parseIpv6('ff02::1:ff00:0');
  o.set(parseIpv6(address).subarray(13), 13);
  return formatIpv6(o);
}

/** What is wrong between a message and the addresses of its packet, in words. */
function faultOf(m: NeighbourMessage, { source, destination }: Ipv6Packet): string | undefined {
  const fromNobody = source === ANY_IPV6;
  const namesSource = m.options.some((o) => o.kind === 'sourceLinkLayerAddress');
  switch (m.kind) {
    case 'routerSolicitation':
      return fromNobody && namesSource ? 'a link-layer address of nobody' : undefined;
    case 'routerAdvertisement':
      return isLinkLocal(source) ? undefined : `a router advertisement from ${source}, which is not link-local`;
    case 'neighbourSolicitation':
      if (isMulticastIpv6(m.target)) return 'a multicast target';
      if (fromNobody && destination !== solicitedNode(m.target)) return 'a solicitation from nobody goes to the solicited-node address';
      return fromNobody && namesSource ? 'a link-layer address of nobody' : undefined;
    case 'neighbourAdvertisement':
      if (isMulticastIpv6(m.target)) return 'a multicast target';
      return isMulticastIpv6(destination) && m.flags.solicited ? 'a solicited advertisement to a multicast address' : undefined;
  }
}
