/**
 * Is the phone still here (RFC 5213 §6.13, §6.9.4(2))? An old home is told nothing when a phone roams, and its blind refresh
 * would steal the session back: before each refresh or retransmission there is a young frame or an answer to a question.
 *
 * `discover-mn-detach poll interval I timeout T retries R`: a phone with a session is asked once it has been silent for I, R
 * times in all, each time with T to answer. Any frame ends it, and the next question waits until I after that frame. The
 * data path's own word of the last frame is looked at before anything is sent, so a phone with traffic is never asked. One
 * that stays silent counts as gone after I + R x T: 16 s with the defaults, 3700 s with the seed's `3600 timeout 10 retries
 * 10`. Nobody is thrown out by one lost question unless R is 1.
 */
import type { Millis } from '../../protocol/units.ts';
import type { Entry, ProbePurpose } from './binding.ts';
import type { Context } from './state.ts';

/** Said by somebody who knows that the phone moved: only a frame from now on proves the contrary. */
const DOUBTS: ReadonlySet<ProbePurpose> = new Set(['refresh refused', 'revocation']);
/** Two quick questions while the LMA waits for our answer. */
const DOUBT_ATTEMPTS = 2;
/** The oldest frame that proves to somebody else that the phone is here, however seldom it is polled. */
const PROOF: Millis = 10_000;

/** Since when a frame is such a proof. */
export const proofSince = (c: Context): Millis => c.now.at - Math.min(PROOF, c.mag.config.timers.detachPeriod);

/** True if the phone was seen so lately that nobody needs to ask, and nobody has said since that it left. */
export const isPresent = (c: Context, entry: Entry): boolean => !entry.departure && entry.lastSeen >= proofSince(c);

/** Is somebody better informed than we are, who says that the phone is elsewhere? */
export const isDoubted = (entry: Entry): boolean => entry.probe !== undefined && DOUBTS.has(entry.probe.purpose);

/** When a silent phone is asked next. */
export const pollAt = (c: Context['mag'], entry: Entry): Millis => entry.lastSeen + c.config.timers.detachPeriod;

/** Starts asking the phone; what follows is decided by `seen` or by silence. */
export function startProbe(c: Context, entry: Entry, purpose: ProbePurpose): void {
  const afresh = purpose === 'overtaken' || DOUBTS.has(purpose);
  ask(c, entry, purpose, afresh ? c.now.at : Math.max(proofSince(c), entry.departure?.since ?? -Infinity), 1);
}

/** The poll interval is over: any frame counts that we have not heard of yet. */
export const startPoll = (c: Context, entry: Entry): void => ask(c, entry, 'presence', entry.lastSeen + 1, 1);

/** The next question, or false: every one went unanswered. */
export function probeAgain(c: Context, entry: Entry): boolean {
  const { probe } = entry;
  if (!probe) return true;
  if (probe.attempt >= (isDoubted(entry) ? DOUBT_ATTEMPTS : c.mag.config.timers.detachRetries)) return false;
  ask(c, entry, probe.purpose, probe.since, probe.attempt + 1);
  return true;
}

function ask(c: Context, entry: Entry, purpose: ProbePurpose, since: Millis, attempt: number): void {
  const { detachTimeout, doubtTimeout } = c.mag.config.timers;
  entry.probe = { purpose, since, attempt, nextAt: c.now.at + (DOUBTS.has(purpose) ? doubtTimeout / DOUBT_ATTEMPTS : detachTimeout) };
  c.touched.add(entry.mac);
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
