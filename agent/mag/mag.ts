/**
 * The Mobile Access Gateway (RFC 5213 §6) as one pure entity: an event and the time in, effects out. What happens in each
 * case stands in the file named after it; this one only tells who is concerned.
 */
import { discard, type Received } from '../../protocol/entity.ts';
import { BINDING_ERROR, describeStatus, isAccepted, STATUS } from '../../protocol/mobility/codes.ts';
import type { BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';
import { ANY_IPV6, isUnicastIp } from '../../protocol/address.ts';
import { earliest, type Deadline, type Millis, type Now } from '../../protocol/units.ts';
import { validate } from './acknowledgement.ts';
import { requestOf, type Entry } from './binding.ts';
import { addEntry, entriesOf, insert } from './bindingUpdateList.ts';
import { deregister, releaseIpv4 } from './deregistration.ts';
import type { MagEffect, MagEvent } from './events.ts';
import { isPresent, probeAgain, startProbe } from './presence.ts';
import type { ProfileAnswer, StationFacts } from './profile.ts';
import { accept, deny, keepalive, refresh, register, retransmit, sendAgain } from './registration.ts';
import { refuse } from './refusal.ts';
import { revive } from './retained.ts';
import { movedAway, onRevocation, stillAttached } from './revocation.ts';
import { announce, become, closePath, drop, openPath, type Context, type Mag } from './state.ts';
import { tunnelMtu } from './transport.ts';

export { createMag, type Mag } from './state.ts';

/** Binding Errors leave no faster than this (RFC 6275 §9.3.3). */
const BINDING_ERROR_INTERVAL: Millis = 100;

export function step(mag: Mag, event: MagEvent, now: Now): readonly MagEffect[] {
  const c: Context = { mag, now, effects: [] };
  switch (event.kind) {
    case 'message':
      onMessage(c, event);
      break;
    case 'unknownMessage':
      onUnknownMessage(c, event.from);
      break;
    case 'stationAttached':
      attach(c, event.station, event.at);
      break;
    case 'stationDetached':
      withEntry(c, event.mac, (e) => e.interface === event.interface && e.state.name !== 'deregistering' && deregister(c, e, event.reason));
      break;
    case 'stationList':
      onStationList(c, event.interface, event.macs);
      break;
    case 'profile':
      withEntry(c, event.mac, (e) => onProfile(c, e, event.answer));
      break;
    case 'seen':
      withEntry(c, event.mac, (e) => onSeen(c, e, event.at));
      break;
    case 'wantBinding':
      onWantBinding(c, event.station, event.wantedIpv4);
      break;
    case 'releaseIpv4':
    case 'declineIpv4':
      withEntry(c, event.mac, (e) => releaseIpv4(c, e, event.kind === 'declineIpv4'));
      break;
    case 'careOf':
      onCareOf(c, event.careOf);
      break;
    case 'clock':
      onClock(c, event.synchronised);
      break;
    case 'restore':
      for (const record of event.bindings) {
        const entry = revive(record, mag.config, now);
        if (entry) announce(c, insert(mag.list, entry));
        else c.effects.push({ kind: 'removePath', index: record.index }, { kind: 'forget', mac: record.mac });
      }
      break;
    case 'retryDenied':
      mag.refused.clear();
      for (const e of entriesOf(mag.list)) if (e.state.name === 'denied') startAnew(c, e, 'an administrator asked for another try');
      break;
    case 'timer':
      break;
  }
  for (const entry of entriesOf(mag.list)) onTime(c, entry);
  return c.effects;
}

/** The earliest instant at which any binding wants a `timer`, and why. */
export function deadline(mag: Mag): Deadline | undefined {
  let first: Deadline | undefined;
  for (const e of entriesOf(mag.list)) first = earliest(first, entryDeadline(e));
  return first;
}

function entryDeadline(e: Entry): Deadline | undefined {
  const due = (at: Millis | undefined, why: string): Deadline | undefined => (at === undefined || at === Infinity ? undefined : { at, why });
  const keep = due(e.keepaliveAt, 'keepalive of a NAT mapping');
  if (e.probe) return earliest(keep, due(e.probe.nextAt, 'answer to a presence probe'), e.state.name === 'active' ? due(e.state.grantedUntil, 'end of the granted lifetime') : undefined);
  switch (e.state.name) {
    case 'registering':
      return due(e.state.request.retransmitAt, 'retransmit PBU');
    case 'active':
      return earliest(keep, e.state.request ? due(e.state.request.retransmitAt, 'retransmit PBU') : due(e.state.refreshAt, 'refresh PBU'), due(e.state.grantedUntil, 'end of the granted lifetime'));
    case 'deregistering':
      return due(e.state.giveUpAt, 'de-registration unanswered');
    case 'waiting':
    case 'denied':
      return due(e.state.retryAt, 'try again');
    case 'profile':
      return undefined;
  }
}

function onTime(c: Context, e: Entry): void {
  const { at } = c.now;
  if (e.keepaliveAt !== undefined && e.keepaliveAt <= at) keepalive(c, e);
  if (e.state.name === 'active' && e.state.grantedUntil <= at) return onExpiry(c, e);
  if (e.probe) {
    if (e.probe.nextAt <= at && !probeAgain(c, e)) onAbsent(c, e);
    return;
  }
  switch (e.state.name) {
    case 'registering':
      return e.state.request.retransmitAt <= at ? retransmit(c, e, e.state.request) : undefined;
    case 'active':
      if (e.state.request) return e.state.request.retransmitAt <= at ? retransmit(c, e, e.state.request) : undefined;
      return e.state.refreshAt <= at ? refresh(c, e) : undefined;
    case 'deregistering':
      return e.state.giveUpAt <= at ? drop(c, e, 'no answer to the de-registration') : undefined;
    case 'waiting':
    case 'denied':
      if (e.state.retryAt === undefined || e.state.retryAt > at) return undefined;
      return isPresent(c, e) ? startAnew(c, e, 'the pause is over') : startProbe(c, e, 'retry');
    case 'profile':
      return undefined;
  }
}

function withEntry(c: Context, mac: string, work: (e: Entry) => unknown): void {
  const entry = c.mag.list.byMac.get(mac);
  if (entry) work(entry);
}

/** RFC 5213 §6.9.1.1(1): identify the node first, then register it. */
function attach(c: Context, station: StationFacts, at: Millis): void {
  const { mag } = c;
  const known = mag.list.byMac.get(station.mac);
  // An entry that is on its way out gives way: its late PBA matches nothing any more.
  if (known && (known.state.name === 'deregistering' || (known.state.name === 'denied' && known.state.until === 'attach'))) drop(c, known, 'the phone attached again');
  const entry = known && mag.list.byMac.get(station.mac) === known ? known : addEntry(mag.list, station.mac, station.interface, at, mag.config.random32);
  entry.lastSeen = Math.max(entry.lastSeen, at);
  entry.stages = { associated: at };
  if (station.identity !== undefined) entry.identity = station.identity;
  if (station.clientId !== undefined) entry.clientId = station.clientId;
  const moved = entry.interface !== station.interface;
  entry.interface = station.interface;
  const refused = mag.refused.get(station.mac);
  if (refused) return become(c, entry, refused, `still denied: ${refused.reason}`);
  switch (entry.state.name) {
    case 'active':
      // The phone may have been at another home meanwhile, and nobody would have told us: take the session (back).
      delete entry.probe;
      if (moved && entry.path) openPath(c, entry, entry.path.tunnel);
      return register(c, entry, 'move', 'the phone attached again');
    case 'profile':
      return void c.effects.push({ kind: 'loadProfile', station });
    case 'registering':
    case 'waiting':
    case 'denied':
    case 'deregistering':
      return undefined;
  }
}

function onProfile(c: Context, entry: Entry, answer: ProfileAnswer): void {
  if (entry.state.name !== 'profile') return;
  if ('refused' in answer) return deny(c, entry, answer.refused);
  entry.profile = answer.profile;
  if (answer.profile.wantedIpv4 && !entry.wantedIpv4) entry.wantedIpv4 = answer.profile.wantedIpv4;
  register(c, entry, 'initial', `profile found (${answer.profile.source})`);
}

function onWantBinding(c: Context, station: StationFacts, wantedIpv4: string | undefined): void {
  const entry = c.mag.list.byMac.get(station.mac);
  if (!entry) {
    attach(c, station, c.now.at);
    withEntry(c, station.mac, (e) => wantedIpv4 && Object.assign(e, { wantedIpv4 }));
    return;
  }
  onSeen(c, entry, c.now.at);
  if (entry.ipv4Released && entry.state.name === 'active') {
    delete entry.ipv4Released;
    if (wantedIpv4) entry.wantedIpv4 = wantedIpv4;
    register(c, entry, 'move', 'the phone wants an IPv4 address again');
  }
}

/** The list is the authority after a gap: who is not on it has left, who is new on it has come. */
function onStationList(c: Context, accessInterface: string, macs: readonly string[]): void {
  const present = new Set(macs);
  for (const e of entriesOf(c.mag.list)) {
    if (e.interface === accessInterface && !present.has(e.mac) && e.state.name !== 'deregistering') deregister(c, e, 'not on the station list any more');
  }
  for (const mac of macs) if (!c.mag.list.byMac.has(mac)) attach(c, { interface: accessInterface, mac }, c.now.at);
}

function onSeen(c: Context, e: Entry, at: Millis): void {
  e.lastSeen = Math.max(e.lastSeen, at);
  const { probe, state } = e;
  if (!probe || at < probe.since) return;
  delete e.probe;
  switch (probe.purpose) {
    case 'refresh':
      return register(c, e, 'refresh', 'the phone is here');
    case 'retransmission': {
      const request = requestOf(state);
      return request ? sendAgain(c, e, request) : undefined;
    }
    case 'retry':
      return startAnew(c, e, 'the pause is over');
    case 'refresh refused':
      return register(c, e, 'move', 'the phone is here although the LMA refused the refresh');
    case 'revocation':
      return stillAttached(c, e);
  }
}

/** Nobody answered: the phone left without a word. What other homes do with its session is none of our business. */
function onAbsent(c: Context, e: Entry): void {
  const purpose = e.probe?.purpose;
  delete e.probe;
  if (purpose === 'revocation' || purpose === 'refresh refused') movedAway(c, e);
  else drop(c, e, 'the phone shows no sign of life');
}

/** The lifetime ended unrenewed: no service, but the phone is here, so we ask on. */
function onExpiry(c: Context, e: Entry): void {
  const request = requestOf(e.state);
  closePath(c, e);
  delete e.probe;
  if (request) become(c, e, { name: 'registering', request: { ...request, kind: 'initial' } }, 'the granted lifetime ended without an answer');
  else startAnew(c, e, 'the granted lifetime ended');
}

function startAnew(c: Context, e: Entry, reason: string): void {
  if (!e.profile) {
    e.state = { name: 'profile' };
    return void c.effects.push({ kind: 'loadProfile', station: { interface: e.interface, mac: e.mac, ...(e.identity === undefined ? {} : { identity: e.identity }) } });
  }
  e.refusedBy = [];
  e.lessons = {};
  register(c, e, 'initial', reason);
}

/** The home has a new address: every binding is registered anew from it, phones notice nothing. */
function onCareOf(c: Context, careOf: Mag['careOf']): void {
  const before = c.mag.careOf;
  c.mag.careOf = careOf;
  const moved = before.ipv4 !== careOf.ipv4 || before.ipv6 !== careOf.ipv6 || before.mtu !== careOf.mtu;
  for (const e of entriesOf(c.mag.list)) {
    if (e.state.name === 'waiting' && e.state.for === 'care-of address') register(c, e, 'initial', 'the uplink is there');
    else if (!moved) continue;
    else if (e.state.name === 'registering') {
      register(c, e, e.state.request.kind, 'the uplink changed');
    } else if (e.state.name === 'active' && usesOther(e, careOf)) {
      register(c, e, 'move', 'the home has a new address');
    }
  }
}

const usesOther = (e: Entry, careOf: Mag['careOf']): boolean =>
  e.path === undefined ||
  (e.path.tunnel.local !== careOf.ipv6 && e.path.tunnel.local !== careOf.ipv4) ||
  e.path.tunnel.mtu !== tunnelMtu(e.path.tunnel.transport, careOf.mtu);

function onClock(c: Context, synchronised: boolean): void {
  c.mag.clockSynchronised = synchronised;
  if (!synchronised) return;
  for (const e of entriesOf(c.mag.list)) {
    if (e.state.name === 'waiting' && e.state.for === 'clock') register(c, e, 'initial', 'the clock is synchronised');
  }
}

function onMessage(c: Context, received: Received): void {
  const { message } = received;
  switch (message.kind) {
    case 'bindingAcknowledgement':
      return onAcknowledgement(c, received, message);
    case 'bindingRevocationIndication':
      return onRevocation(c, received, message);
    case 'heartbeat':
      if (message.flags.response) return;
      return void c.effects.push({
        kind: 'send',
        to: received.from,
        ...(received.peer === undefined ? {} : { peer: received.peer }),
        message: { kind: 'heartbeat', flags: { unsolicited: false, response: true }, sequence: message.sequence, options: [{ kind: 'restartCounter', counter: c.mag.config.restartCounter }] },
      });
    case 'updateNotification':
    case 'bindingError':
    case 'bindingUpdate':
    case 'bindingRevocationAcknowledgement':
    case 'updateNotificationAcknowledgement':
      return void c.effects.push(discard(`${message.kind} is not for a MAG`));
  }
}

function onAcknowledgement(c: Context, received: Received, pba: BindingAcknowledgement): void {
  if (!pba.flags.proxy) return void c.effects.push(discard('a binding acknowledgement without P comes from no LMA'));
  const found = matching(c, pba);
  if (!found || (received.from.remote !== found.entry.lma?.ipv6 && received.from.remote !== found.entry.lma?.ipv4)) return void c.effects.push(discard('PBA answers no outstanding PBU'));
  const { entry, sent, request } = found;
  const verdict = validate(pba, entry, sent);
  if (verdict.kind === 'ignore') return void c.effects.push(discard(verdict.reason));
  if (verdict.kind === 'altered') {
    c.effects.push(discard(verdict.reason));
    return deny(c, entry, verdict.reason, { until: 'administrator' });
  }
  delete entry.probe;
  if (entry.state.name === 'deregistering') return drop(c, entry, `de-registered: ${describeStatus(pba.status)}`);
  if (isAccepted(pba.status)) return accept(c, entry, sent, request.kind, pba);
  refuse(c, entry, request, sent, pba);
}

/** By sequence number; status 135 carries the LMA's number instead of ours, so the node's identity tells. */
function matching(c: Context, pba: BindingAcknowledgement) {
  const mn = find(pba.options, 'mnIdentifier')?.identifier;
  const ll = find(pba.options, 'mnLinkLayerIdentifier')?.identifier;
  for (const entry of entriesOf(c.mag.list)) {
    const request = requestOf(entry.state);
    if (!request) continue;
    const last = request.outstanding[request.outstanding.length - 1];
    const sent = pba.status === STATUS.SEQUENCE_NUMBER_OUT_OF_WINDOW ? (mn === entry.profile?.nai && ll === entry.mac ? last : undefined) : request.outstanding.find((o) => o.sequence === pba.sequence);
    if (sent) return { entry, request, sent };
  }
  return undefined;
}

function onUnknownMessage(c: Context, from: Received['from']): void {
  if (!isUnicastIp(from.remote) || c.now.at - c.mag.lastBindingError < BINDING_ERROR_INTERVAL) return void c.effects.push(discard('unknown Mobility Header type'));
  c.mag.lastBindingError = c.now.at;
  c.effects.push({ kind: 'send', to: from, message: { kind: 'bindingError', status: BINDING_ERROR.UNRECOGNIZED_MH_TYPE, homeAddress: ANY_IPV6, options: [] } });
}
