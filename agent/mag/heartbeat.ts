/**
 * Heartbeats with the LMAs (RFC 5847 §3): asked are those that hold bindings of ours. One that lost its state gets every session
 * anew, a few milliseconds apart; one that does not answer loses nothing, since what it forwards it forwards without us.
 */
import { transition, type Received } from '../../protocol/entity.ts';
import { announceRestart, answerHeartbeat, ask, createPulse, DEFAULT_HEARTBEAT, hear, refuse, type Heartbeat, type HeartbeatVariables, type Pulse } from '../../protocol/heartbeat.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Entry } from './binding.ts';
import { entriesOf } from './bindingUpdateList.ts';
import type { LmaPeer } from './config.ts';
import type { Context, Mag } from './state.ts';
import { endpointTo } from './transport.ts';

/** An LMA that holds sessions, or did. */
export interface Anchor {
  /** Its addresses may be others later. */
  lma: LmaPeer;
  readonly pulse: Pulse;
  /** A heartbeat is due some time. */
  beating: boolean;
}

/** After the first session: soon, so that the LMA's restart counter is known when it matters. */
const FIRST: Millis = 1000;
/** Between two sessions that are registered anew: 200 a second. */
const APART: Millis = 5;
/** The shortest pause before a request is repeated, whatever an LMA asks for. */
const SHORTEST: Millis = 500;

/** A session with this LMA stands. */
export function meet(c: Context, lma: LmaPeer): void {
  if (!c.mag.config.heartbeat?.enabled) return;
  const anchor = anchorOf(c, lma);
  if (!anchor.beating && anchor.pulse.state !== 'unsupported') schedule(c, anchor, c.now.at + FIRST);
}

function anchorOf({ mag }: Context, lma: LmaPeer): Anchor {
  const anchor: Anchor = mag.anchors.get(lma.id) ?? { lma, pulse: createPulse(mag.config.random32()), beating: false };
  mag.anchors.set(lma.id, anchor);
  return anchor;
}

/**
 * Does any of the LMAs answer? Asked before and after a change of the configuration, and by whoever watches a gateway without
 * sessions; apart from that, only those with sessions are (§3).
 */
export function probe(c: Context): void {
  const variables = c.mag.config.heartbeat ?? DEFAULT_HEARTBEAT;
  for (const lma of c.mag.config.lmas) {
    const to = endpointTo(lma, c.mag.careOf);
    if (!to) continue;
    const anchor = anchorOf(c, lma);
    if (anchor.pulse.state === 'unsupported') anchor.pulse.state = 'unknown';
    const { message, lost } = ask(anchor.pulse, variables, c.now);
    c.effects.push({ kind: 'send', to, peer: lma.id, message });
    if (lost) report(c, anchor, 'reachable', 'unreachable', `${anchor.pulse.missed} heartbeats without an answer`);
  }
}

/** After another configuration: of LMAs with other addresses, and other intervals. */
export function rearrange(c: Context): void {
  const { anchors, config, list, peerDeadlines } = c.mag;
  for (const anchor of anchors.values()) {
    anchor.lma = config.lmas.find((l) => l.id === anchor.lma.id) ?? anchor.lma;
    anchor.beating = false;
    peerDeadlines.drop(`heartbeat ${anchor.lma.id}`);
  }
  for (const e of entriesOf(list)) if (e.state.name === 'active' && e.lma) meet(c, e.lma);
}

function schedule(c: Context, anchor: Anchor, at: Millis): void {
  anchor.beating = true;
  c.mag.peerDeadlines.set(`heartbeat ${anchor.lma.id}`, at, 'send a heartbeat', { kind: 'heartbeat', anchor });
}

/** The LMA's own wishes come first (RFC 8127 §5.2). */
export function variablesFor({ config, heartbeatTimers }: Mag, { lma }: Anchor): HeartbeatVariables | undefined {
  const told = heartbeatTimers.get(lma.id);
  if (!config.heartbeat || !told) return config.heartbeat;
  return { enabled: config.heartbeat.enabled, interval: told.interval, timeout: Math.max(told.retransmissionDelay, SHORTEST), missingAllowed: told.maxRetransmissions };
}

export const sessionsWith = (mag: Mag, lma: LmaPeer) => entriesOf(mag.list).filter((e) => e.lma?.id === lma.id && e.state.name === 'active');

/** Only to peers with bindings (§3); the next session with this one begins it anew. */
export function beat(c: Context, anchor: Anchor): void {
  const { lma, pulse } = anchor;
  const variables = variablesFor(c.mag, anchor);
  anchor.beating = false;
  if (!variables || sessionsWith(c.mag, lma).length === 0) return void (pulse.askedAt = undefined);
  const to = endpointTo(lma, c.mag.careOf);
  // Without an uplink nothing is asked, so nothing is missing.
  if (!to) return schedule(c, anchor, c.now.at + variables.interval);
  const { message, nextAt, lost } = ask(pulse, variables, c.now);
  c.effects.push({ kind: 'send', to, peer: lma.id, message });
  schedule(c, anchor, nextAt);
  if (lost) report(c, anchor, 'reachable', 'unreachable', `${pulse.missed} heartbeats without an answer`);
}

export function onHeartbeat(c: Context, received: Received, message: Heartbeat): void {
  const { from, peer } = received;
  if (!message.flags.response) return void c.effects.push({ kind: 'send', to: from, ...(peer === undefined ? {} : { peer }), message: answerHeartbeat(message, c.mag.config.restartCounter) });
  const anchor = anchorAt(c.mag, from.remote);
  const before = anchor?.pulse.state ?? 'unknown';
  const heard = anchor && hear(anchor.pulse, message, c.now);
  if (!anchor || !heard) return void c.effects.push({ kind: 'discard', reason: 'a heartbeat response that nobody asked for' });
  const variables = variablesFor(c.mag, anchor);
  if (anchor.beating && variables && !message.flags.unsolicited) schedule(c, anchor, c.now.at + variables.interval);
  if (heard.found && before === 'unreachable') report(c, anchor, before, 'reachable', 'it answers again');
  if (heard.restarted) registerAllAnew(c, anchor, before);
}

/** Each session as a refresh (HI 5) that is due soon: sent once the phone has shown that it is here. */
function registerAllAnew(c: Context, anchor: Anchor, before: string): void {
  const sessions = sessionsWith(c.mag, anchor.lma);
  report(c, anchor, before, 'reachable', `it lost its state (restart counter ${anchor.pulse.restartCounter}): ${sessions.length} sessions are registered anew`);
  refreshSoon(c, sessions);
}

/** Those that are active, one after the other. */
export function refreshSoon(c: Context, sessions: readonly Entry[]): void {
  sessions.forEach((e, i) => {
    if (e.state.name !== 'active') return;
    e.state = { name: 'active', grantedUntil: e.state.grantedUntil, refreshAt: c.now.at + i * APART };
    c.touched.add(e.mac);
  });
}

/** Binding Error 2 (§3.4). False: it is about something else. */
export function onUnrecognizedHeartbeat(c: Context, received: Received): boolean {
  const anchor = anchorAt(c.mag, received.from.remote);
  if (!anchor || !refuse(anchor.pulse)) return false;
  anchor.beating = false;
  c.mag.peerDeadlines.drop(`heartbeat ${anchor.lma.id}`);
  report(c, anchor, 'unknown', 'unsupported', 'it knows no heartbeat');
  return true;
}

/** This gateway lost its state: before its first PBU every LMA is told that what it holds of ours is stale (§3.2). */
export function announce(c: Context): void {
  if (!c.mag.config.restarted || c.mag.announced) return;
  for (const lma of c.mag.config.lmas) {
    const to = endpointTo(lma, c.mag.careOf);
    if (!to) continue;
    c.mag.announced = true;
    c.effects.push({ kind: 'send', to, peer: lma.id, message: announceRestart(c.mag.config.restartCounter) });
  }
}

const anchorAt = ({ anchors }: Mag, address: string): Anchor | undefined => [...anchors.values()].find(({ lma }) => lma.ipv6 === address || lma.ipv4 === address);

const report = (c: Context, { lma }: Anchor, from: string, to: string, reason: string): void => void c.effects.push(transition(c.now, { entity: 'mag', subject: lma.id, from, to, reason }));
