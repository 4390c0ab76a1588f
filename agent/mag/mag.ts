/**
 * The Mobile Access Gateway (RFC 5213 §6) as one pure entity: an event and the time in, effects out. What happens in each
 * case stands in the file named after it; this one only tells who is concerned.
 */
import { ANY_IPV6, isUnicastIp } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import { discard, type Received } from '../../protocol/entity.ts';
import { BINDING_ERROR, describeStatus, isAccepted, STATUS } from '../../protocol/mobility/codes.ts';
import type { BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';
import type { Millis, Now } from '../../protocol/units.ts';
import { validate } from './acknowledgement.ts';
import { attach, onStationList, onWantBinding } from './attachment.ts';
import { requestOf, type Entry } from './binding.ts';
import { entriesOf, insert } from './bindingUpdateList.ts';
import { configure } from './configure.ts';
import { detach } from './departure.ts';
import { endDeregistration, releaseIpv4 } from './deregistration.ts';
import type { MagEffect, MagEvent } from './events.ts';
import { announce as announceRestart, meet, onHeartbeat, onUnrecognizedHeartbeat, probe, refreshSoon } from './heartbeat.ts';
import { onGroupAcknowledgement } from './group.ts';
import { onNotification } from './notification.ts';
import { giveUp, onOwnRevocationAnswer } from './ownRevocation.ts';
import { disconnect, onProfile, onProfileChanged } from './profileAnswer.ts';
import { accept, deny } from './registration.ts';
import { refuse } from './refusal.ts';
import { revive, type RetainedBinding } from './retained.ts';
import { onRevocation } from './revocation.ts';
import { settle } from './schedule.ts';
import { onSeen, retryDenied } from './sighting.ts';
import { announce, type Context, type Mag } from './state.ts';
import { onCareOf, onClock } from './uplink.ts';

export { deadline } from './schedule.ts';
export { createMag, type Mag } from './state.ts';

/** Binding Errors leave no faster than this (RFC 6275 §9.3.3). */
const BINDING_ERROR_INTERVAL: Millis = 100;

export function step(mag: Mag, event: MagEvent, now: Now): readonly MagEffect[] {
  const c: Context = { mag, now, effects: [], touched: new Set(concerned(mag, event)) };
  switch (event.kind) {
    case 'message':
      onMessage(c, event);
      break;
    case 'unknownMessage':
      onUnknownMessage(c, event.from);
      break;
    case 'stationAttached':
      attach(c, event.station, event.at, event.lastSeen);
      break;
    case 'stationDetached':
      mag.stillTold.delete(event.mac); // its link went down: it will ask for addresses itself
      withEntry(c, event.mac, (e) => detach(c, e, event.interface, event.reason));
      break;
    case 'stationList':
      onStationList(c, event.interface, event.macs);
      break;
    case 'profile':
      withEntry(c, event.mac, (e) => onProfile(c, e, event.question, event.answer));
      break;
    case 'profileChanged':
      withEntry(c, event.mac, (e) => onProfileChanged(c, e, event.answer));
      break;
    case 'disconnect':
      withEntry(c, event.mac, (e) => disconnect(c, e, event.reason));
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
      announceRestart(c);
      break;
    case 'clock':
      onClock(c, event.synchronised);
      break;
    case 'restore':
      for (const record of event.bindings) restore(c, record);
      break;
    case 'giveUp':
      giveUp(c, event);
      break;
    case 'retryDenied':
      retryDenied(c);
      break;
    case 'configure':
      configure(c, event);
      break;
    case 'probeLmas':
      probe(c);
      break;
    case 'refreshAll':
      refreshSoon(c, entriesOf(mag.list));
      break;
    case 'timer':
      break;
  }
  settle(c);
  return c.effects;
}

/** Whose deadline an event may change: one phone's, or everybody's. Of messages it is known when they were read. */
function concerned(mag: Mag, event: MagEvent): Iterable<Mac> {
  if ('mac' in event) return [event.mac];
  if ('station' in event) return [event.station.mac];
  switch (event.kind) {
    case 'stationList':
    case 'careOf':
    case 'clock':
    case 'giveUp':
    case 'retryDenied':
    case 'configure':
    case 'refreshAll':
      return mag.list.byMac.keys();
    case 'restore':
      return event.bindings.map((b) => b.mac);
    case 'message':
    case 'unknownMessage':
    case 'probeLmas':
    case 'timer':
      return [];
  }
}

function withEntry(c: Context, mac: string, work: (e: Entry) => unknown): void {
  const entry = c.mag.list.byMac.get(mac);
  if (entry) work(entry);
}

/** What was retained is taken up as it was, unless it ended meanwhile or a phone that is already here holds its numbers. */
function restore(c: Context, record: RetainedBinding): void {
  const { list, config } = c.mag;
  const taken = list.byMac.has(record.mac) || list.keys.has(record.downlinkKey);
  const entry = taken ? undefined : revive(record, config, c.now);
  if (entry && !list.indexes.has(entry.index)) {
    if (entry.lma) meet(c, entry.lma);
    return announce(c, insert(list, entry));
  }
  if (!list.indexes.has(record.index)) c.effects.push({ kind: 'removePath', index: record.index });
  if (!list.byMac.has(record.mac)) c.effects.push({ kind: 'forget', mac: record.mac });
}

function onMessage(c: Context, received: Received): void {
  const { message } = received;
  switch (message.kind) {
    case 'bindingAcknowledgement':
      return onAcknowledgement(c, received, message);
    case 'bindingRevocationIndication':
      return onRevocation(c, received, message);
    case 'heartbeat':
      return onHeartbeat(c, received, message);
    case 'bindingRevocationAcknowledgement':
      return onOwnRevocationAnswer(c, received, message);
    case 'updateNotification':
      return onNotification(c, received, message);
    case 'bindingError':
      if (message.status === BINDING_ERROR.UNRECOGNIZED_MH_TYPE && onUnrecognizedHeartbeat(c, received)) return undefined;
      return void c.effects.push(discard('a binding error that is about nothing'));
    case 'bindingUpdate':
    case 'updateNotificationAcknowledgement':
      return void c.effects.push(discard(`${message.kind} is not for a MAG`));
  }
}

function onAcknowledgement(c: Context, received: Received, pba: BindingAcknowledgement): void {
  if (!pba.flags.proxy) return void c.effects.push(discard('a binding acknowledgement without P comes from no LMA'));
  if (onGroupAcknowledgement(c, received, pba)) return;
  const found = matching(c, pba);
  if (!found || (received.from.remote !== found.entry.lma?.ipv6 && received.from.remote !== found.entry.lma?.ipv4)) return void c.effects.push(discard('PBA answers no outstanding PBU'));
  const { entry, sent, request } = found;
  c.touched.add(entry.mac);
  const verdict = validate(pba, entry, sent);
  if (verdict.kind === 'ignore') return void c.effects.push(discard(verdict.reason));
  if (verdict.kind === 'altered') {
    c.effects.push(discard(verdict.reason));
    return deny(c, entry, verdict.reason, { until: 'administrator' });
  }
  if (entry.probe?.purpose !== 'revocation') delete entry.probe;
  if (entry.state.name === 'deregistering') return endDeregistration(c, entry, `de-registered: ${describeStatus(pba.status)}`);
  if (isAccepted(pba.status)) return accept(c, entry, sent, request.kind, pba);
  refuse(c, entry, request, sent, pba);
}

/**
 * By sequence number. Where timestamps order the PBUs no number comes twice, so whatever else differs was altered. In the
 * sequence number scheme sessions have numbers of their own, so the node and the handoff indicator belong to the match; and
 * status 135 carries the LMA's number instead of ours.
 */
function matching(c: Context, pba: BindingAcknowledgement) {
  const { timestamps } = c.mag.config;
  const node = `${find(pba.options, 'mnIdentifier')?.identifier} ${find(pba.options, 'mnLinkLayerIdentifier')?.identifier}`;
  const handoff = find(pba.options, 'handoffIndicator')?.indicator;
  for (const entry of entriesOf(c.mag.list)) {
    const request = requestOf(entry.state);
    if (!request || (!timestamps && node !== `${entry.profile?.nai} ${entry.mac}`)) continue;
    const anyNumber = !timestamps && pba.status === STATUS.SEQUENCE_NUMBER_OUT_OF_WINDOW;
    const sent = request.outstanding.findLast((o) => (anyNumber || o.sequence === pba.sequence) && (timestamps || o.handoff === handoff));
    if (sent) return { entry, request, sent };
  }
  return undefined;
}

function onUnknownMessage(c: Context, from: Received['from']): void {
  if (!isUnicastIp(from.remote) || c.now.at - c.mag.lastBindingError < BINDING_ERROR_INTERVAL) return void c.effects.push(discard('unknown Mobility Header type'));
  c.mag.lastBindingError = c.now.at;
  c.effects.push({ kind: 'send', to: from, message: { kind: 'bindingError', status: BINDING_ERROR.UNRECOGNIZED_MH_TYPE, homeAddress: ANY_IPV6, options: [] } });
}
