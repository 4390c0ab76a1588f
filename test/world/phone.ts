/** A phone: it attaches where it is told, answers when it is awake, and knows the addresses that DHCP and RA gave it. */
import { inPrefix, linkLocalOf, type Ipv4, type Ipv6 } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import { decode, DecodeError } from '../../protocol/codec.ts';
import { decodeFirst, ETHERTYPE_ARP, ETHERTYPE_IPV6, ethernetFrame, ipv6Packet } from '../../protocol/ip.ts';
import { ARP_REQUEST, arpPacket } from '../../protocol/neighbour/arp.ts';
import { decodeNeighbour } from '../../protocol/neighbour/neighbourDiscovery.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Device } from './home.ts';
import { deadline, startPhoneDhcp, step, type PhoneDhcp } from '../../lab/simulated/phoneDhcp.ts';
import { arpReply, neighbourAdvertisement, routerSolicitation, arpRequest, neighbourSolicitation } from '../../lab/simulated/phoneFrames.ts';

export interface Phone {
  readonly number: number;
  readonly mac: Mac;
  readonly nai: string;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  /** Repeats neither DHCP nor RS after a roam. */
  readonly quiet: boolean;
  /** The home that it is associated with, by number. */
  home: number | undefined;
  /** And on which of its access interfaces */
  device: Device;
  /** When it came there, or gave its address back there */
  settledSince: Millis;
  /** When it was last heard at each home, or came there */
  readonly lastAt: Map<number, Millis>;
  /** Hears and says nothing until then; in the past, when it woke last. */
  asleepUntil: Millis;
  /** When it fell asleep last */
  asleepSince: Millis;
  /** As `asleepUntil`, of a sleep through every question of its home */
  lostUntil: Millis;
  readonly dhcp: PhoneDhcp;
  /** Home network prefixes with a lifetime, from RAs. */
  prefixes: readonly Ipv6[];
}

/** A subscriber's second phone, or its first under another MAC, has the same NAI. */
export function createPhone(number: number, subscriber: number): Phone {
  const mac = `02:00:00:00:01:${number.toString(16).padStart(2, '0')}`;
  return {
    number,
    mac,
    nai: `phone${subscriber}@world`,
    ipv4: subscriber % 3 !== 1,
    ipv6: subscriber % 3 !== 2,
    quiet: subscriber % 4 === 3,
    home: undefined,
    device: 'wlan0',
    settledSince: 0,
    lastAt: new Map(),
    asleepUntil: 0,
    asleepSince: 0,
    lostUntil: -Infinity,
    dhcp: startPhoneDhcp(mac),
    prefixes: [],
  };
}

export const addressOf = (phone: Phone): Ipv4 | undefined => phone.dhcp.lease?.address;

/** What it says when its link comes up. A quiet one goes on as before, once it has addresses. */
export function linkUp(phone: Phone, at: Millis): Uint8Array[] {
  const content = phone.quiet && (!phone.ipv4 || addressOf(phone) !== undefined) && (!phone.ipv6 || phone.prefixes.length > 0);
  if (content) return [];
  return [...(phone.ipv4 ? step(phone.dhcp, { kind: 'linkUp' }, at) : []), ...(phone.ipv6 ? [routerSolicitation(phone.mac)] : [])];
}

/** Any of the small frames that an idle phone sends. */
export function chatter(phone: Phone): Uint8Array {
  const { lease } = phone.dhcp;
  if (phone.ipv6 && phone.prefixes.length === 0) return routerSolicitation(phone.mac); // RFC 7559: until there is an answer
  if (lease) return arpRequest(phone.mac, lease.address, lease.router ?? lease.server);
  return neighbourSolicitation(phone.mac, linkLocalOf(phone.mac), 'fe80::200:5eff:fe00:5213');
}

/** What it answers to a frame of its gateway. */
export function hear(phone: Phone, frame: Uint8Array, at: Millis): Uint8Array[] {
  try {
    const { etherType, payload } = decode(ethernetFrame, frame);
    if (etherType === ETHERTYPE_ARP) {
      const packet = decode(arpPacket, payload);
      return packet.operation === ARP_REQUEST && packet.targetAddress === addressOf(phone) ? [arpReply(phone.mac, packet.targetAddress, packet.senderAddress)] : [];
    }
    if (etherType === ETHERTYPE_IPV6) return hearNeighbour(phone, payload);
    return phone.ipv4 ? step(phone.dhcp, { kind: 'frame', frame }, at) : [];
  } catch (e) {
    if (e instanceof DecodeError) return [];
    throw e;
  }
}

function hearNeighbour(phone: Phone, payload: Uint8Array): Uint8Array[] {
  const message = decodeNeighbour(decodeFirst(ipv6Packet, payload));
  if (message.kind === 'neighbourSolicitation') {
    const own = message.target === linkLocalOf(phone.mac) || phone.prefixes.some((p) => inPrefix(message.target, { address: p, length: 64 }));
    return own ? [neighbourAdvertisement(phone.mac, message.target)] : [];
  }
  if (message.kind !== 'routerAdvertisement' || !phone.ipv6) return [];
  const known = new Set(phone.prefixes);
  for (const option of message.options) {
    if (option.kind !== 'prefixInformation') continue;
    if (option.preferredLifetime > 0) known.add(option.prefix.address);
    else known.delete(option.prefix.address);
  }
  phone.prefixes = [...known];
  return [];
}

export const nextAt = (phone: Phone): Millis => (phone.home === undefined || !phone.ipv4 ? Infinity : (deadline(phone.dhcp)?.at ?? Infinity));
