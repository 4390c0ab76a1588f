/** A phone, its sessions, and what a conversation's effects say, for the tests of this folder and of test/rfc. */
import { expect } from 'vitest';
import { startConversation, step, type AccessEffect, type Conversation, type Session } from '../../agent/dhcp-server/index.ts';
import { MAG_LINK_LOCAL, MAG_MAC, type Ipv4, type Ipv6 } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import { decode } from '../../protocol/codec.ts';
import { BOOTREQUEST, bootpOf, decodeDhcp, type DhcpMessage } from '../../protocol/dhcp/message.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, decodeFirst, ethernetFrame, ipv4Packet, ipv6Packet, udpDatagram } from '../../protocol/ip.ts';
import { arpPacket, type ArpPacket } from '../../protocol/neighbour/arp.ts';
import { decodeNeighbour, type NeighbourMessage } from '../../protocol/neighbour/neighbourDiscovery.ts';
import type { NeighbourOption } from '../../protocol/neighbour/options.ts';
import type { Millis } from '../../protocol/units.ts';
import { dhcpFromPhone } from '../../lab/simulated/phoneFrames.ts';

export const PHONE: Mac = '00:24:d7:8e:21:a4';
export const PHONE_LL: Ipv6 = 'fe80::224:d7ff:fe8e:21a4';
export const HOA: Ipv4 = '192.0.2.1';
export const ROUTER: Ipv4 = '192.0.2.254';
export const HNP = { address: '2001:db8:f00d:1::', length: 64 };
export const GLOBAL: Ipv6 = '2001:db8:f00d:1:224:d7ff:fe8e:21a4';
export const LIFETIME = 3600;

export const active: Session = {
  state: 'active',
  ipv4: { address: HOA, prefixLength: 24, router: ROUTER, leaseSeconds: LIFETIME },
  prefixes: [HNP],
  prefixLifetime: LIFETIME,
  linkLocal: MAG_LINK_LOCAL,
  mtu: 1452,
  dns4: ['198.51.100.250', '198.51.100.251'],
  dns6: ['2001:db8:53::1'],
  dhcpMode: 'server',
};
const { ipv4: _, ...withoutIpv4 } = active;
export const ipv6Only: Session = withoutIpv4;
export const ipv4Only: Session = { ...active, prefixes: [] };
export const pending: Session = { ...withoutIpv4, state: 'pending', prefixes: [] };
export const refused: Session = { ...pending, state: 'refused' };
export const ended: Session = { ...pending, state: 'none' };

export const at = (ms: Millis) => ({ at: ms, wall: 1_767_225_600_000 + ms });

/** A conversation that has got this session; what that made it send is not of interest. */
export function talking(session: Session = active): Conversation {
  const c = startConversation(PHONE);
  step(c, { kind: 'session', session }, at(0));
  return c;
}

export const hear = (c: Conversation, frame: Uint8Array, ms: Millis = 0): AccessEffect[] => step(c, { kind: 'frame', frame }, at(ms));
export const told = (c: Conversation, session: Session, ms: Millis = 0): AccessEffect[] => step(c, { kind: 'session', session }, at(ms));
export const timer = (c: Conversation, ms: Millis): AccessEffect[] => step(c, { kind: 'timer' }, at(ms));

export interface Fields extends Partial<Omit<DhcpMessage, 'options'>> {
  readonly options?: Partial<DhcpMessage['options']>;
}

/** A DHCP frame of the phone; `ciaddr` is its IP source, and with `server` it goes there alone. */
export function dhcp(messageType: DhcpMessage['options']['messageType'], { options, ...fixed }: Fields = {}, server?: Ipv4): Uint8Array {
  const message: DhcpMessage = { ...bootpOf(BOOTREQUEST, 0x3903f326, PHONE), ...fixed, options: { messageType, ...options } };
  return dhcpFromPhone(message, PHONE, fixed.ciaddr, server);
}

interface Said {
  readonly name: string;
  /** IP addresses of the packet, or nothing for ARP. */
  readonly source?: string;
  readonly destination?: string;
  readonly dhcp?: DhcpMessage;
  readonly arp?: ArpPacket;
  readonly neighbour?: NeighbourMessage;
}

/** What a frame of the conversation says, read apart from the code that made it but for the codecs. */
function read(name: string, octets: Uint8Array): Said {
  const frame = decode(ethernetFrame, octets);
  // To this phone alone, from the one MAC: so it is for every frame that a gateway sends.
  expect({ destination: frame.destination, source: frame.source }).toEqual({ destination: PHONE, source: MAG_MAC });
  if (frame.etherType === ETHERTYPE_ARP) return { name, arp: decodeFirst(arpPacket, frame.payload) };
  if (frame.etherType === ETHERTYPE_IPV4) {
    const { source, destination, payload } = decodeFirst(ipv4Packet, frame.payload);
    const datagram = decode(udpDatagram(source, destination), payload);
    expect([datagram.sourcePort, datagram.destinationPort]).toEqual([67, 68]);
    return { name, source, destination, dhcp: decodeDhcp(datagram.payload) };
  }
  const packet = decodeFirst(ipv6Packet, frame.payload);
  return { name, source: packet.source, destination: packet.destination, neighbour: decodeNeighbour(packet) };
}

export const said = (effects: readonly AccessEffect[]): Said[] => effects.flatMap((e) => (e.kind === 'sendFrame' ? [read(e.name, e.frame)] : []));

/** The one frame among the effects. */
export function only(effects: readonly AccessEffect[]): Said {
  const all = said(effects);
  expect(all).toHaveLength(1);
  return all[0] as Said;
}

/** Effects in one word each, for tables: frame names, `discard <reason>`, or the kind. */
export const summary = (effects: readonly AccessEffect[]): string[] =>
  effects.map((e) => (e.kind === 'sendFrame' ? e.name : e.kind === 'discard' ? `discard ${e.reason}` : e.kind));

export function dhcpIn(effects: readonly AccessEffect[]): DhcpMessage {
  const { dhcp: message } = only(effects);
  if (!message) throw new Error('no DHCP among the effects');
  return message;
}

export function advertisementIn(said: Said | undefined): Extract<NeighbourMessage, { kind: 'routerAdvertisement' }> {
  if (said?.neighbour?.kind !== 'routerAdvertisement') throw new Error('no router advertisement');
  return said.neighbour;
}

export const optionsOf = <K extends NeighbourOption['kind']>(m: NeighbourMessage, kind: K): Extract<NeighbourOption, { kind: K }>[] =>
  m.options.filter((o): o is Extract<NeighbourOption, { kind: K }> => o.kind === kind);

export { MAG_LINK_LOCAL, MAG_MAC };
