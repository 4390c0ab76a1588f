/**
 * What one end knows of another by heartbeats (RFC 5847): whether it answers, how fast, and whether it lost its state. The same
 * at MAG and LMA; whom to ask, and what follows, is theirs.
 */
import type { MessageNamed } from './mobility/messages.ts';
import { find } from './mobility/options.ts';
import type { Millis, Now } from './units.ts';

export type Heartbeat = MessageNamed<'heartbeat'>;

export interface HeartbeatVariables {
  /** Off: requests are answered, none is sent. */
  readonly enabled: boolean;
  /** HEARTBEAT_INTERVAL (§5) */
  readonly interval: Millis;
  /** How long an answer may take before it is missing and asked for again; as LCMPHeartbeatRetransmissionDelay (RFC 8127 §4.2). */
  readonly timeout: Millis;
  /** MISSING_HEARTBEATS_ALLOWED (§5) */
  readonly missingAllowed: number;
}

export const DEFAULT_HEARTBEAT: HeartbeatVariables = { enabled: true, interval: 60_000, timeout: 5_000, missingAllowed: 3 };

export interface Pulse {
  /** `unsupported`: it answered with Binding Error 2 and is never asked again (§3.4). */
  state: 'unknown' | 'reachable' | 'unreachable' | 'unsupported';
  /** Of the last request; the first is random, so that a recorded answer fits none. */
  sequence: number;
  /** When the last request left, while it has no answer. */
  askedAt: Millis | undefined;
  /** Requests without an answer, in a row. */
  missed: number;
  sent: number;
  received: number;
  roundTrip: Millis | undefined;
  restartCounter: number | undefined;
  /** The last answer. */
  heard: Now | undefined;
}

export const createPulse = (random: number): Pulse => ({ state: 'unknown', sequence: random >>> 0, askedAt: undefined, missed: 0, sent: 0, received: 0, roundTrip: undefined, restartCounter: undefined, heard: undefined });

/** A request is due. `lost`: with this one too many are missing. */
export function ask(pulse: Pulse, variables: HeartbeatVariables, now: Now): { readonly message: Heartbeat; readonly nextAt: Millis; readonly lost: boolean } {
  if (pulse.askedAt !== undefined) pulse.missed += 1;
  const lost = pulse.missed > variables.missingAllowed && pulse.state !== 'unreachable';
  if (lost) pulse.state = 'unreachable';
  pulse.sequence = (pulse.sequence + 1) >>> 0;
  pulse.askedAt = now.at;
  pulse.sent += 1;
  const wait = pulse.state === 'unreachable' ? variables.interval : Math.min(variables.timeout, variables.interval);
  return { message: { kind: 'heartbeat', flags: { unsolicited: false, response: false }, sequence: pulse.sequence, options: [] }, nextAt: now.at + wait, lost };
}

export interface Heard {
  /** The first answer, or the first after too many were missing. */
  readonly found: boolean;
  /** Its restart counter is another one than before (§3.2). */
  readonly restarted: boolean;
  /** The answer before, which its old state gave. */
  readonly before: Now | undefined;
}

/** A response; undefined: it answers nothing that was asked. */
export function hear(pulse: Pulse, response: Heartbeat, now: Now): Heard | undefined {
  const { unsolicited } = response.flags;
  const age = (pulse.sequence - response.sequence) >>> 0;
  if (!unsolicited && (pulse.askedAt === undefined || age > pulse.missed)) return undefined;
  const counter = find(response.options, 'restartCounter')?.counter;
  // Nobody asked for it, so it may be a recording: counters grow, and an older one says nothing new.
  if (unsolicited && (counter === undefined || (pulse.restartCounter !== undefined && !isLater(counter, pulse.restartCounter)))) return undefined;
  const restarted = unsolicited || (counter !== undefined && pulse.restartCounter !== undefined && counter !== pulse.restartCounter);
  const found = pulse.state !== 'reachable';
  const before = pulse.heard;
  if (!unsolicited && age === 0) pulse.roundTrip = now.at - (pulse.askedAt as Millis);
  Object.assign(pulse, { state: 'reachable', missed: 0, askedAt: undefined, heard: now, received: pulse.received + 1 });
  if (counter !== undefined) pulse.restartCounter = counter;
  return { found, restarted, before };
}

/** Binding Error 2 came. False: nothing was asked that it could be about. */
export function refuse(pulse: Pulse): boolean {
  if (pulse.askedAt === undefined) return false;
  pulse.state = 'unsupported';
  pulse.askedAt = undefined;
  return true;
}

/** Of 32-bit numbers that wrap. */
const isLater = (a: number, b: number): boolean => ((a - b) | 0) > 0;

export const answerHeartbeat = (request: Heartbeat, restartCounter: number): Heartbeat => response(request.sequence, false, restartCounter);

/** What a node sends that lost its state, to whom it remembers (§3.2); its sequence number means nothing. */
export const announceRestart = (restartCounter: number): Heartbeat => response(0, true, restartCounter);

const response = (sequence: number, unsolicited: boolean, restartCounter: number): Heartbeat => ({
  kind: 'heartbeat',
  flags: { unsolicited, response: true },
  sequence,
  options: [{ kind: 'restartCounter', counter: restartCounter }],
});
