/** Events and effects of the MAG as lines that people read: in `debug`, and in the transcripts of the tests. */
import { formatPrefix } from '../../protocol/address.ts';
import { describeTransition, type Endpoint } from '../../protocol/entity.ts';
import { hexKey, summaryOf } from '../../protocol/mobility/print.ts';
import type { Path } from '../../protocol/paths.ts';
import type { Veil } from '../../protocol/print.ts';
import type { MagEffect, MagEvent } from '../mag/events.ts';
import type { GiveUpScope } from '../mag/ownRevocation.ts';

export function describeEvent(event: MagEvent, veil: Veil): string {
  switch (event.kind) {
    case 'message':
      return `<- ${summaryOf(event.message)} from ${event.from.remote}`;
    case 'unknownMessage':
      return `<- unknown message from ${event.from.remote}`;
    case 'stationAttached':
      return `${veil(event.station.mac)} attached on ${event.station.interface}`;
    case 'stationDetached':
      return `${veil(event.mac)} detached from ${event.interface}: ${event.reason}`;
    case 'stationList':
      return `stations of ${event.interface}: ${event.macs.map(veil).join(' ') || 'none'}`;
    case 'profile':
      return 'refused' in event.answer ? `no profile for ${veil(event.mac)}: ${event.answer.refused}` : `profile of ${veil(event.mac)}: ${veil(event.answer.profile.nai)}`;
    case 'profileChanged':
      return 'refused' in event.answer ? `no profile for ${veil(event.mac)} any more: ${event.answer.refused}` : `profile of ${veil(event.mac)} is now: ${veil(event.answer.profile.nai)}`;
    case 'disconnect':
      return `${veil(event.mac)} is to be disconnected: ${event.reason}`;
    case 'seen':
      return `a frame of ${veil(event.mac)}`;
    case 'wantBinding':
      return `${veil(event.station.mac)} asks for ${event.wantedIpv4 ?? 'addresses'}`;
    case 'releaseIpv4':
      return `${veil(event.mac)} releases its IPv4 address`;
    case 'declineIpv4':
      return `${veil(event.mac)} declines its IPv4 address`;
    case 'careOf':
      return `the home's addresses: ${[event.careOf.ipv6, event.careOf.ipv4].filter(Boolean).join(' ') || 'none'}, mtu ${event.careOf.mtu}`;
    case 'clock':
      return `the clock is ${event.synchronised ? '' : 'not '}synchronised`;
    case 'restore':
      return `restored: ${event.bindings.map((b) => veil(b.mac)).join(' ')}`;
    case 'giveUp':
      return `${event.reason}: ${scopeInWords(event.scope, veil)} to be given up`;
    case 'retryDenied':
      return 'an administrator lifts every refusal';
    case 'configure':
      return `another configuration: LMAs ${event.lmas.map((l) => l.id).join(' ') || 'none'}`;
    case 'probeLmas':
      return 'every LMA is to be asked for a heartbeat';
    case 'refreshAll':
      return 'every session is to be registered anew';
    case 'timer':
      return 'timer';
  }
}

function scopeInWords(scope: GiveUpScope, veil: Veil): string {
  switch (scope.kind) {
    case 'all':
      return 'every binding is';
    case 'lma':
      return `those with ${scope.lma} are`;
    case 'nai':
      return `that of ${veil(scope.nai)} is`;
    case 'realm':
      return `those of ${scope.realm} are`;
  }
}

/** One line; undefined for what only repeats another line. */
export function describeEffect(effect: MagEffect, veil: Veil): string | undefined {
  switch (effect.kind) {
    case 'send':
      return `-> ${summaryOf(effect.message)} to ${describeEndpoint(effect.to)}`;
    case 'transition':
      return describeTransition({ ...effect, subject: veil(effect.subject) });
    case 'discard':
      return `discarded: ${effect.reason}`;
    case 'setPath':
      return describePath(effect.path);
    case 'removePath':
      return `no path ${effect.index}`;
    case 'checkPresence':
      return `is ${veil(effect.mac)} here?`;
    case 'session': {
      const { session } = effect;
      const given = [session.ipv4 && `${session.ipv4.address}/${session.ipv4.prefixLength} router ${session.ipv4.router}`, ...session.prefixes.map(formatPrefix)].filter(Boolean).join(' ');
      return `phone may have: ${given || session.state}`;
    }
    case 'deauthenticate':
      return `deauthenticate ${veil(effect.mac)}: ${effect.reason}`;
    case 'keepalive':
      return `keepalive of path ${effect.path.index}`;
    case 'gaveUp':
      return `${effect.report.bindings} bindings given up, ${effect.report.unanswered} without an answer`;
    case 'loadProfile':
    case 'retain':
    case 'forget':
      return undefined;
  }
}

/** `path 0: 192.0.2.1 by gre6 2001:db8::15 -> 2001:db8::101, keys 0x00000005 up 0x00000006 down, mtu 1452` */
export function describePath({ index, ipv4, prefixes, tunnel: t }: Path): string {
  const inner = [ipv4, ...prefixes.map(formatPrefix)].filter(Boolean).join(' ');
  return `path ${index}: ${inner} by ${t.transport} ${t.local} -> ${t.remote}, keys ${hexKey(t.sendKey)} up ${hexKey(t.receiveKey)} down, mtu ${t.mtu}`;
}

const describeEndpoint = (e: Endpoint): string => (e.transport === 'ipv6' ? e.remote : `${e.remote} port ${e.remotePort}`);
