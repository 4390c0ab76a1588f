/** Events and effects of a gateway as lines that a person can read: what the text scenarios are made of. */
import { formatPrefix } from '../../protocol/address.ts';
import { describeTransition, type Endpoint } from '../../protocol/entity.ts';
import { describeStatus } from '../../protocol/mobility/codes.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { find, findAll } from '../../protocol/mobility/options.ts';
import { findVendor, VENDOR } from '../../protocol/vendor.ts';
import type { MagEffect, MagEvent } from '../../agent/mag/events.ts';

export function describeEvent(event: MagEvent): string {
  switch (event.kind) {
    case 'message':
      return `<- ${describeMessage(event.message)} from ${event.from.remote}`;
    case 'unknownMessage':
      return `<- unknown message from ${event.from.remote}`;
    case 'stationAttached':
      return `${event.station.mac} attached on ${event.station.interface}`;
    case 'stationDetached':
      return `${event.mac} detached from ${event.interface}: ${event.reason}`;
    case 'stationList':
      return `stations of ${event.interface}: ${event.macs.join(' ') || 'none'}`;
    case 'profile':
      return 'refused' in event.answer ? `no profile for ${event.mac}: ${event.answer.refused}` : `profile of ${event.mac}: ${event.answer.profile.nai}`;
    case 'profileChanged':
      return 'refused' in event.answer ? `no profile for ${event.mac} any more: ${event.answer.refused}` : `profile of ${event.mac} is now: ${event.answer.profile.nai}`;
    case 'disconnect':
      return `${event.mac} is to be disconnected: ${event.reason}`;
    case 'seen':
      return `a frame of ${event.mac}`;
    case 'wantBinding':
      return `${event.station.mac} asks for ${event.wantedIpv4 ?? 'addresses'}`;
    case 'releaseIpv4':
      return `${event.mac} releases its IPv4 address`;
    case 'declineIpv4':
      return `${event.mac} declines its IPv4 address`;
    case 'careOf':
      return `the home's addresses: ${[event.careOf.ipv6, event.careOf.ipv4].filter(Boolean).join(' ') || 'none'}, mtu ${event.careOf.mtu}`;
    case 'clock':
      return `the clock is ${event.synchronised ? '' : 'not '}synchronised`;
    case 'restore':
      return `restored: ${event.bindings.map((b) => b.mac).join(' ')}`;
    case 'retryDenied':
      return 'an administrator lifts every refusal';
    case 'timer':
      return 'timer';
  }
}

/** One line; undefined for what only repeats another line. */
export function describeEffect(effect: MagEffect): string | undefined {
  switch (effect.kind) {
    case 'send':
      return `-> ${describeMessage(effect.message)} to ${describeEndpoint(effect.to)}`;
    case 'transition':
      return describeTransition(effect);
    case 'discard':
      return `discarded: ${effect.reason}`;
    case 'setPath': {
      const { tunnel } = effect.path;
      const inner = [effect.path.ipv4, ...effect.path.prefixes.map(formatPrefix)].filter(Boolean).join(' ');
      return `path ${effect.path.index}: ${inner} by ${tunnel.transport} ${tunnel.local} -> ${tunnel.remote}, keys ${hexKey(tunnel.sendKey)} up ${hexKey(tunnel.receiveKey)} down, mtu ${tunnel.mtu}`;
    }
    case 'removePath':
      return `no path ${effect.index}`;
    case 'checkPresence':
      return `is ${effect.mac} here?`;
    case 'session': {
      const { session } = effect;
      const given = [session.ipv4 && `${session.ipv4.address}/${session.ipv4.prefixLength} router ${session.ipv4.router}`, ...session.prefixes.map(formatPrefix)].filter(Boolean).join(' ');
      return `phone may have: ${given || session.state}`;
    }
    case 'deauthenticate':
      return `deauthenticate ${effect.mac}: ${effect.reason}`;
    case 'keepalive':
      return `keepalive of path ${effect.path.index}`;
    case 'loadProfile':
    case 'retain':
    case 'forget':
      return undefined;
  }
}

const describeEndpoint = (e: Endpoint): string => (e.transport === 'ipv6' ? e.remote : `${e.remote} port ${e.remotePort}`);
const hexKey = (key: number): string => `0x${key.toString(16).padStart(8, '0')}`;

function describeMessage(message: MobilityMessage): string {
  switch (message.kind) {
    case 'bindingUpdate': {
      const flags = [message.flags.forceUdp && 'F', message.flags.tlv && 'T'].filter(Boolean).join('');
      return words('PBU', `#${message.sequence}`, `HI ${find(message.options, 'handoffIndicator')?.indicator}`, `lifetime ${message.lifetime}`, flags, ...wishes(message), findVendor(message.options, VENDOR.ADDRESS_CONFLICT) && 'address conflict');
    }
    case 'bindingAcknowledgement':
      return words('PBA', `#${message.sequence}`, describeStatus(message.status), `lifetime ${message.lifetime}`, ...wishes(message));
    case 'bindingRevocationIndication':
      return words('BRI', `#${message.sequence}`, `trigger ${message.trigger}`);
    case 'bindingRevocationAcknowledgement':
      return words('BRA', `#${message.sequence}`, `status ${message.status}`);
    case 'heartbeat':
      return words('heartbeat', `#${message.sequence}`, message.flags.response && 'response');
    case 'bindingError':
      return words('BE', `status ${message.status}`);
    case 'updateNotification':
    case 'updateNotificationAcknowledgement':
      return message.kind;
  }
}

function wishes({ options }: MobilityMessage): (string | undefined)[] {
  const asked = find(options, 'ipv4HomeAddressRequest');
  const given = find(options, 'ipv4HomeAddressReply');
  const key = find(options, 'greKey');
  return [
    ...findAll(options, 'homeNetworkPrefix').map((o) => `${o.prefix}/${o.prefixLength}`),
    asked && `${asked.address}/${asked.prefixLength}`,
    given && (given.status < 128 ? `${given.address}/${given.prefixLength}` : `IPv4 status ${given.status}`),
    key?.key === undefined ? undefined : `key ${hexKey(key.key)}`,
  ];
}

const words = (...parts: readonly unknown[]): string => parts.filter((p) => typeof p === 'string' && p !== '').join(' ');
