/**
 * Heartbeats with the gateways (RFC 5847 §3). Asked are those that hold sessions here. One that lost its state holds none of
 * them any more: their packets are dropped, and their addresses wait for their nodes until the lifetime ends. One that does not
 * answer keeps what it has: a home without uplink is no home without phones.
 */
import { transition, type Received } from '../../protocol/entity.ts';
import { announceRestart, answerHeartbeat, ask, hear, refuse, type Heartbeat } from '../../protocol/heartbeat.ts';
import type { Millis } from '../../protocol/units.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import { hasSessions, peerAt, sessionsAt, type KnownPeer, type Peer } from './peers.ts';
import { save } from './session.ts';
import { drop, send, tell, type Step } from './state.ts';

/** After the first session of a gateway: soon, so that its restart counter is known when it matters. */
const FIRST: Millis = 1000;
/** Restarts are announced to as many gateways at once, so often. */
const ANNOUNCED_AT_ONCE = 200;
const ANNOUNCE_EVERY: Millis = 20;

/** A gateway registered a session, or has one from before a restart. */
export function meet(step: Step, entry: Pick<BindingCacheEntry, 'mag' | 'endpoint' | 'proxyCoa'>): void {
  const { lma, now } = step;
  if (!lma.config.variables.heartbeat.enabled) return;
  const { peer, moved } = peerAt(lma, entry);
  if (moved) step.effects.push({ kind: 'peer', peer: known(peer) });
  if (!peer.beating && peer.pulse.state !== 'unsupported') schedule(step, peer, now.at + FIRST);
}

const known = ({ id, mag, endpoint }: Peer): KnownPeer => ({ id, mag, endpoint });
const timerOf = (peer: Peer): string => `heartbeat ${peer.id}`;

function schedule(step: Step, peer: Peer, at: Millis): void {
  peer.beating = true;
  step.lma.deadlines.set(timerOf(peer), at, 'send a heartbeat', { kind: 'heartbeat', peer });
}

/** Only to peers with bindings (§3); the next session of this one begins it anew. */
export function beat(step: Step, peer: Peer): void {
  const { lma, now } = step;
  peer.beating = false;
  if (!hasSessions(lma, peer)) {
    peer.pulse.askedAt = undefined;
    // An address comes back as somebody else's.
    if (peer.mag === undefined) lma.peers.delete(peer.id);
    return undefined;
  }
  const { message, nextAt, lost } = ask(peer.pulse, lma.config.variables.heartbeat, now);
  send(step, peer.endpoint, peer.mag, message);
  schedule(step, peer, nextAt);
  if (lost) report(step, peer, 'reachable', 'unreachable', `${peer.pulse.missed} heartbeats without an answer`);
}

export function onHeartbeat(step: Step, received: Received, message: Heartbeat): void {
  const { lma, now } = step;
  if (!message.flags.response) return send(step, received.from, received.peer, answerHeartbeat(message, lma.config.restartCounter));
  const peer = lma.peers.get(received.peer ?? received.from.remote);
  const before = peer?.pulse.state ?? 'unknown';
  const heard = peer && hear(peer.pulse, message, now);
  if (!peer || !heard) return drop(step, 'unexpected-heartbeat-response');
  if (!message.flags.unsolicited && peer.beating) schedule(step, peer, now.at + lma.config.variables.heartbeat.interval);
  if (heard.found && before === 'unreachable') report(step, peer, before, 'reachable', 'it answers again');
  if (!heard.restarted) return;
  report(step, peer, before, 'reachable', `it lost its state: restart counter ${peer.pulse.restartCounter}`);
  // Unasked it says so before its first PBU. Asked, what it registered since it last answered may be of its new life.
  const until = message.flags.unsolicited ? Infinity : (heard.before?.wall ?? -Infinity);
  for (const entry of sessionsAt(lma, peer)) if (entry.receivedAt < until) invalidate(step, entry);
}

/** Not given back: its node may still be there, and will be registered by whoever sees it next. */
function invalidate(step: Step, entry: BindingCacheEntry): void {
  entry.state = 'RELEASED';
  entry.deleteAt = undefined;
  tell(step, entry, 'ACTIVE', 'RELEASED', 'its gateway lost its state');
  step.settled.push(entry);
  save(step, entry);
}

/** Binding Error 2 (§3.4). False: it is about something else. */
export function onUnrecognizedHeartbeat(step: Step, received: Received): boolean {
  const peer = step.lma.peers.get(received.peer ?? received.from.remote);
  if (!peer || !refuse(peer.pulse)) return false;
  peer.beating = false;
  step.lma.deadlines.drop(timerOf(peer));
  report(step, peer, 'unknown', 'unsupported', 'it knows no heartbeat');
  return true;
}

/** This anchor lost its state: whoever held sessions here is told (§3.2), a few at a time. */
export function announce(step: Step, peers: readonly KnownPeer[]): void {
  const { lma, now } = step;
  for (const { endpoint, mag } of peers.slice(0, ANNOUNCED_AT_ONCE)) send(step, endpoint, mag, announceRestart(lma.config.restartCounter));
  const rest = peers.slice(ANNOUNCED_AT_ONCE);
  if (rest.length > 0) lma.deadlines.set('announce', now.at + ANNOUNCE_EVERY, 'announce a restart', { kind: 'announce', peers: rest });
}

const report = (step: Step, peer: Peer, from: string, to: string, reason: string): void =>
  void step.effects.push(transition(step.now, { entity: 'lma', subject: peer.id, from, to, reason, detail: { address: peer.endpoint.remote } }));
