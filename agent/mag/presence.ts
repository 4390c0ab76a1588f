/**
 * Is the phone still here (RFC 5213 §6.13, §6.9.4(2))? An old home is told nothing when a phone roams, and its blind refresh
 * would steal the session back: before each refresh or retransmission there is a recent frame or an answer to a probe, else
 * the entry is removed and nothing is sent.
 */
import type { Millis } from '../../protocol/units.ts';
import type { Entry, ProbePurpose } from './binding.ts';
import type { Context } from './state.ts';

/** Said by somebody who knows that the phone moved: only a frame from now on proves the contrary. */
const DOUBTS: ReadonlySet<ProbePurpose> = new Set(['refresh refused', 'revocation']);
/** Two quick questions while the LMA waits for our answer. */
const DOUBT_ATTEMPTS = 2;

/** True if the phone has been seen within the detach period, so that nobody needs to ask. */
export const isPresent = (c: Context, entry: Entry): boolean => c.now.at - entry.lastSeen <= c.mag.config.timers.detachPeriod;

/** Starts asking the phone; what follows is decided by `seen` or by silence. */
export function startProbe(c: Context, entry: Entry, purpose: ProbePurpose): void {
  const afresh = purpose === 'overtaken' || DOUBTS.has(purpose);
  const since = afresh ? c.now.at : c.now.at - c.mag.config.timers.detachPeriod;
  ask(c, entry, purpose, since, 1);
}

/** The next question, or false: every one went unanswered. */
export function probeAgain(c: Context, entry: Entry): boolean {
  const { probe } = entry;
  const { detachRetries } = c.mag.config.timers;
  if (!probe) return true;
  if (probe.attempt >= (DOUBTS.has(probe.purpose) ? DOUBT_ATTEMPTS : 1 + detachRetries)) return false;
  ask(c, entry, probe.purpose, probe.since, probe.attempt + 1);
  return true;
}

function ask(c: Context, entry: Entry, purpose: ProbePurpose, since: Millis, attempt: number): void {
  const { detachTimeout, doubtTimeout } = c.mag.config.timers;
  const wait = DOUBTS.has(purpose) ? doubtTimeout / DOUBT_ATTEMPTS : detachTimeout;
  entry.probe = { purpose, since, attempt, nextAt: c.now.at + wait };
  const lease = entry.assigned.ipv4;
  c.effects.push({
    kind: 'checkPresence',
    interface: entry.interface,
    mac: entry.mac,
    ...(lease ? { ipv4: { address: lease.address, router: lease.router } } : {}),
    prefixes: entry.assigned.prefixes,
    since,
  });
}
