/**
 * A phone's DHCP client (RFC 2131 §4.4), as pure as what it talks to: `step(client, event, at) -> frames`, `deadline(client)`.
 * It keeps its lease over a roam and asks for it again (INIT-REBOOT), renews, rebinds, releases and declines.
 */
import { BROADCAST_IPV4, type Ipv4 } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import { DecodeError, decode } from '../../protocol/codec.ts';
import { BOOTREPLY, BOOTREQUEST, DHCP_CLIENT_PORT, bootpOf, decodeDhcp, type DhcpMessage } from '../../protocol/dhcp/message.ts';
import { ETHERTYPE_IPV4, PROTOCOL_UDP, decodeFirst, ethernetFrame, ipv4Packet, udpDatagram } from '../../protocol/ip.ts';
import { earliest, type Deadline, type Millis, type Seconds } from '../../protocol/units.ts';
import { dhcpFromPhone } from './phoneFrames.ts';

export interface PhoneLease {
  readonly address: Ipv4;
  readonly server: Ipv4;
  readonly router?: Ipv4;
  readonly mtu?: number;
  readonly dns: readonly Ipv4[];
  readonly leaseSeconds: Seconds;
  readonly renewAt: Millis;
  readonly rebindAt: Millis;
  readonly expiresAt: Millis;
}

export type PhoneDhcpState = 'init' | 'selecting' | 'requesting' | 'rebooting' | 'bound' | 'renewing' | 'rebinding';

export interface PhoneDhcp {
  readonly mac: Mac;
  state: PhoneDhcpState;
  xid: number;
  lease: PhoneLease | undefined;
  /** Every lease that was acknowledged, oldest first, and how many requests were refused. */
  readonly history: PhoneLease[];
  naks: number;
  /** What was sent last, to be sent again. */
  pending: { readonly frame: Uint8Array; readonly again: Millis; readonly wait: Millis; readonly attempt: number } | undefined;
  offered: { readonly address: Ipv4; readonly server: Ipv4 } | undefined;
}

export type PhoneDhcpEvent =
  /** The link came up: INIT-REBOOT with a lease, DISCOVER without. */
  | { readonly kind: 'linkUp' }
  | { readonly kind: 'frame'; readonly frame: Uint8Array }
  | { readonly kind: 'timer' }
  | { readonly kind: 'release' }
  /** The address is in use by somebody else, says the phone's own probe. */
  | { readonly kind: 'decline' }
  | { readonly kind: 'inform' };

const FIRST_WAIT: Millis = 4000;
const LONGEST_WAIT: Millis = 64_000;
/** Unanswered INIT-REBOOTs before the client starts over. */
const REBOOT_ATTEMPTS = 3;
const WISHES = [1, 3, 6, 15, 26, 51, 54];

export const startPhoneDhcp = (mac: Mac, xid = 1): PhoneDhcp => ({ mac, state: 'init', xid, lease: undefined, history: [], naks: 0, pending: undefined, offered: undefined });

export function deadline(p: PhoneDhcp): Deadline | undefined {
  const { lease } = p;
  const next = p.state === 'bound' ? lease?.renewAt : p.state === 'renewing' ? lease?.rebindAt : p.state === 'rebinding' ? lease?.expiresAt : undefined;
  return earliest(p.pending && { at: p.pending.again, why: 'retransmission' }, next === undefined ? undefined : { at: next, why: 'lease' });
}

export function step(p: PhoneDhcp, event: PhoneDhcpEvent, at: Millis): Uint8Array[] {
  switch (event.kind) {
    case 'linkUp':
      return p.lease && p.lease.expiresAt > at ? reboot(p, p.lease, at) : discover(p, at);
    case 'frame':
      return onFrame(p, event.frame, at);
    case 'timer':
      return onTimer(p, at);
    case 'release':
      return farewell(p, 'RELEASE');
    case 'decline':
      return [...farewell(p, 'DECLINE'), ...discover(p, at)];
    case 'inform':
      return p.lease ? [dhcpFromPhone(request(p, 'INFORM', {}, p.lease.address), p.mac, p.lease.address)] : [];
  }
}

function request(p: PhoneDhcp, messageType: DhcpMessage['options']['messageType'], options: Partial<DhcpMessage['options']>, ciaddr = '0.0.0.0'): DhcpMessage {
  const asks = messageType === 'RELEASE' || messageType === 'DECLINE' ? {} : { parameterRequestList: WISHES };
  return { ...bootpOf(BOOTREQUEST, p.xid, p.mac), ciaddr, options: { messageType, clientIdentifier: `01:${p.mac}`, ...asks, ...options } };
}

function transmit(p: PhoneDhcp, state: PhoneDhcpState, frame: Uint8Array, at: Millis): Uint8Array[] {
  p.state = state;
  p.pending = { frame, again: at + FIRST_WAIT, wait: FIRST_WAIT, attempt: 1 };
  return [frame];
}

function discover(p: PhoneDhcp, at: Millis): Uint8Array[] {
  p.xid++;
  p.lease = undefined;
  return transmit(p, 'selecting', dhcpFromPhone(request(p, 'DISCOVER', {}), p.mac), at);
}

function reboot(p: PhoneDhcp, lease: PhoneLease, at: Millis): Uint8Array[] {
  p.xid++;
  return transmit(p, 'rebooting', dhcpFromPhone(request(p, 'REQUEST', { requestedAddress: lease.address }), p.mac), at);
}

/** RENEWING asks its server alone, REBINDING anybody. */
function extend(p: PhoneDhcp, lease: PhoneLease, state: 'renewing' | 'rebinding', at: Millis): Uint8Array[] {
  p.xid++;
  const server = state === 'renewing' ? lease.server : undefined;
  return transmit(p, state, dhcpFromPhone(request(p, 'REQUEST', {}, lease.address), p.mac, lease.address, server), at);
}

function farewell(p: PhoneDhcp, type: 'RELEASE' | 'DECLINE'): Uint8Array[] {
  const { lease } = p;
  if (!lease) return [];
  p.xid++;
  p.state = 'init';
  p.lease = undefined;
  p.pending = undefined;
  const serverIdentifier = lease.server;
  if (type === 'RELEASE') return [dhcpFromPhone(request(p, type, { serverIdentifier }, lease.address), p.mac, lease.address, lease.server)];
  return [dhcpFromPhone(request(p, type, { serverIdentifier, requestedAddress: lease.address }), p.mac)];
}

function onTimer(p: PhoneDhcp, at: Millis): Uint8Array[] {
  const { lease, pending } = p;
  if (lease && at >= lease.expiresAt) return discover(p, at);
  if (lease && p.state !== 'rebinding' && at >= lease.rebindAt) return extend(p, lease, 'rebinding', at);
  if (lease && p.state === 'bound' && at >= lease.renewAt) return extend(p, lease, 'renewing', at);
  if (!pending || at < pending.again) return [];
  if (p.state === 'rebooting' && pending.attempt >= REBOOT_ATTEMPTS) return discover(p, at);
  if (p.state === 'requesting' && pending.attempt >= REBOOT_ATTEMPTS) return discover(p, at);
  const wait = Math.min(LONGEST_WAIT, pending.wait * 2);
  p.pending = { frame: pending.frame, again: at + wait, wait, attempt: pending.attempt + 1 };
  return [pending.frame];
}

function onFrame(p: PhoneDhcp, frame: Uint8Array, at: Millis): Uint8Array[] {
  const reply = replyIn(p, frame);
  if (!reply) return [];
  const { messageType, serverIdentifier } = reply.options;
  if (p.state === 'selecting' && messageType === 'OFFER' && serverIdentifier !== undefined) {
    p.offered = { address: reply.yiaddr, server: serverIdentifier };
    return transmit(p, 'requesting', dhcpFromPhone(request(p, 'REQUEST', { serverIdentifier, requestedAddress: reply.yiaddr }), p.mac), at);
  }
  if (p.state === 'selecting' || p.state === 'init' || p.state === 'bound') return [];
  if (messageType === 'NAK') {
    p.naks++;
    return discover(p, at);
  }
  if (messageType === 'ACK') bind(p, reply, at);
  return [];
}

function bind(p: PhoneDhcp, { yiaddr, options }: DhcpMessage, at: Millis): void {
  const { serverIdentifier, leaseTime, renewalTime, rebindingTime, routers, interfaceMtu } = options;
  if (serverIdentifier === undefined || leaseTime === undefined) return;
  p.lease = {
    address: yiaddr,
    server: serverIdentifier,
    ...(routers?.[0] === undefined ? {} : { router: routers[0] }),
    ...(interfaceMtu === undefined ? {} : { mtu: interfaceMtu }),
    dns: options.domainNameServers ?? [],
    leaseSeconds: leaseTime,
    renewAt: at + (renewalTime ?? leaseTime / 2) * 1000,
    rebindAt: at + (rebindingTime ?? (leaseTime * 7) / 8) * 1000,
    expiresAt: at + leaseTime * 1000,
  };
  p.history.push(p.lease);
  p.state = 'bound';
  p.pending = undefined;
}

/** A DHCP reply of this client's transaction, or nothing. */
function replyIn(p: PhoneDhcp, octets: Uint8Array): DhcpMessage | undefined {
  try {
    const frame = decode(ethernetFrame, octets);
    if (frame.destination !== p.mac || frame.etherType !== ETHERTYPE_IPV4) return undefined;
    const packet = decodeFirst(ipv4Packet, frame.payload);
    if (packet.protocol !== PROTOCOL_UDP) return undefined;
    const datagram = decodeFirst(udpDatagram(packet.source, packet.destination), packet.payload);
    if (datagram.destinationPort !== DHCP_CLIENT_PORT) return undefined;
    const message = decodeDhcp(datagram.payload);
    const forUs = message.op === BOOTREPLY && message.xid === p.xid && message.chaddr === p.mac;
    return forUs && [BROADCAST_IPV4, message.yiaddr, message.ciaddr].includes(packet.destination) ? message : undefined;
  } catch (e) {
    if (e instanceof DecodeError) return undefined;
    throw e;
  }
}
