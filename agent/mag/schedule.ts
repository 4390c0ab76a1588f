/** What time brings about: the one deadline of the gateway, and what each binding does when its own has come. */
import { earliest, type Deadline, type Millis } from '../../protocol/units.ts';
import { requestOf, type Entry, type State } from './binding.ts';
import { depart, onAbsent } from './departure.ts';
import { deregisterLate, endDeregistration } from './deregistration.ts';
import { beat } from './heartbeat.ts';
import { onOwnRevocationTimer } from './ownRevocation.ts';
import { isDoubted, pollAt, probeAgain, startPoll } from './presence.ts';
import { keepalive, refresh, retransmit } from './registration.ts';
import { startAnewIfPresent } from './sighting.ts';
import { become, closePath, type Context, type Mag, type PeerDue } from './state.ts';
import { retransmission } from './timers.ts';

/** The earliest instant at which any binding wants a `timer`, and why. */
export const deadline = (mag: Mag): Deadline | undefined => earliest(mag.deadlines.next(), mag.peerDeadlines.next());

/** The end of each step: what is due is done, and whoever was touched gets the deadline that it has now. */
export function settle(c: Context): void {
  const { list, deadlines, peerDeadlines } = c.mag;
  for (let due = peerDeadlines.due(c.now.at); due; due = peerDeadlines.due(c.now.at)) onPeerTime(c, due);
  for (let mac = deadlines.due(c.now.at); mac !== undefined; mac = deadlines.due(c.now.at)) c.touched.add(mac);
  // Whom that touches in turn is appended to the set, and has its turn too.
  for (const mac of c.touched) {
    const entry = list.byMac.get(mac);
    if (entry) onTime(c, entry);
  }
  for (const mac of c.touched) {
    const entry = list.byMac.get(mac);
    const next = entry && entryDeadline(c.mag, entry);
    if (next) deadlines.set(mac, next.at, next.why, mac);
    else deadlines.drop(mac);
  }
}

/** When this binding next wants a `timer`. */
export function entryDeadline(mag: Mag, e: Entry): Deadline | undefined {
  const due = (at: Millis | undefined, why: string): Deadline | undefined => (at === undefined || at === Infinity ? undefined : { at, why });
  const keep = due(e.keepaliveAt, 'keepalive of a NAT mapping');
  const end = e.state.name === 'active' ? due(e.state.grantedUntil, 'end of the granted lifetime') : undefined;
  if (e.departure) return earliest(keep, end, due(e.departure.until, 'return of a phone that was called disconnected'));
  if (e.probe) return earliest(keep, end, due(e.probe.nextAt, 'answer to a presence probe'));
  const poll = due(pollAt(mag, e), 'presence poll of a silent phone');
  switch (e.state.name) {
    case 'registering':
      return earliest(poll, due(e.state.request.retransmitAt, 'retransmit PBU'));
    case 'active':
      return earliest(keep, end, poll, e.state.request ? due(e.state.request.retransmitAt, 'retransmit PBU') : due(e.state.refreshAt, 'refresh PBU'));
    case 'deregistering':
      return earliest(due(e.state.request.retransmitAt, 'de-registration held back'), due(e.state.giveUpAt, 'de-registration unanswered'));
    case 'waiting':
    case 'denied':
      return due(e.state.retryAt, 'try again');
    case 'profile':
      return undefined;
  }
}

function onPeerTime(c: Context, due: PeerDue): void {
  if (due.kind === 'heartbeat') beat(c, due.anchor);
  else onOwnRevocationTimer(c, due.own);
}

function onTime(c: Context, e: Entry): void {
  const { at } = c.now;
  if (e.keepaliveAt !== undefined && e.keepaliveAt <= at) keepalive(c, e);
  if (e.state.name === 'active' && e.state.grantedUntil <= at) onExpiry(c, e);
  // Nothing is said of a phone that may have left, until that is known.
  if (e.departure) return e.departure.until <= at ? depart(c, e, e.departure.reason) : undefined;
  if (e.probe) {
    if (e.probe.nextAt <= at && !probeAgain(c, e)) onAbsent(c, e);
    return;
  }
  switch (e.state.name) {
    case 'registering':
    case 'active':
      return onSession(c, e, e.state);
    case 'deregistering':
      if (e.state.request.retransmitAt <= at) return deregisterLate(c, e);
      return e.state.giveUpAt <= at ? endDeregistration(c, e, 'no answer to the de-registration') : undefined;
    case 'waiting':
    case 'denied':
      return e.state.retryAt !== undefined && e.state.retryAt <= at ? startAnewIfPresent(c, e, 'the pause is over') : undefined;
    case 'profile':
      return undefined;
  }
}

/** What is due first: a PBU, or a question to a phone that says nothing. */
function onSession(c: Context, e: Entry, state: Extract<State, { name: 'registering' | 'active' }>): void {
  const { at } = c.now;
  if (state.request && state.request.retransmitAt <= at) return retransmit(c, e, state.request);
  if (state.name === 'active' && !state.request && state.refreshAt <= at) return refresh(c, e);
  if (pollAt(c.mag, e) <= at) startPoll(c, e);
}

/** The lifetime ended unrenewed: no service. Whether the phone is here is asked before the next PBU, as before each one. */
function onExpiry(c: Context, e: Entry): void {
  const { probe } = e;
  const unanswered = requestOf(e.state);
  const out = unanswered !== undefined && unanswered.outstanding.length > 0;
  const request = out ? unanswered : { outstanding: [], interval: retransmission(c.mag, e).retransmitInitial / 2, retransmitAt: c.now.at };
  closePath(c, e);
  delete e.assignedLma; // it does not answer: the LMA that assigned it may know another one
  if (probe && !isDoubted(e)) e.probe = { ...probe, purpose: 'presence' };
  become(c, e, { name: 'registering', request: { ...request, kind: 'initial' } }, out ? 'the granted lifetime ended without an answer' : 'the granted lifetime ended');
}
