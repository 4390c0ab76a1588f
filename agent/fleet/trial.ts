/** Documents are applied together and proved by an LMA that answers; else what went before is applied again, where that had an answer. */
import type { Millis } from '../../protocol/units.ts';
import type { Concern } from '../../runtime/fleet/topics.ts';
import { COLLECT, judged, keptOf, ORDER, pending, reject, reportRunning, sameRevision, without, type Context, type DesiredState, type Trial } from './desiredState.ts';
import type { Documents, Kept } from './ports.ts';

const PROVE_WITHIN: Millis = 30_000;
/** Of the question whether an LMA answers before the change. */
const ASK_WITHIN: Millis = 5000;
export const PROBE_EVERY: Millis = 2000;
/** An answer as young as this still counts. */
const FRESH: Millis = 10_000;
const MOST_TRIES = 2;

/** All that waits, or the next of those that are tried alone. */
export function next(c: Context): void {
  const { s } = c;
  s.collectAt = undefined;
  const waiting = pending(s);
  s.alone = s.alone.filter((concern) => waiting.includes(concern));
  const [first] = s.alone;
  s.alone = s.alone.slice(1);
  const concerns = first === undefined ? waiting : [first];
  if (concerns.length === 0) return undefined;
  const fresh = c.now.at - s.answeredAt < FRESH;
  if (fresh || !s.judge(s.running).anchored) return begin(c, concerns);
  s.asking = { until: c.now.at + ASK_WITHIN, concerns };
  c.effects.push({ kind: 'probe' });
}

export function begin(c: Context, asked: readonly Concern[]): void {
  const { s } = c;
  s.asking = undefined;
  const concerns = asked.filter((concern) => !outlived(c, concern));
  if (concerns.length === 0) return next(c);
  const documents: Documents = { ...s.running, ...Object.fromEntries(concerns.map((concern) => [concern, keptOf(s, concern)])) };
  const { refused } = s.judge(documents);
  if (concerns.some((concern) => refused[concern])) {
    if (concerns.length > 1) return apart(c, concerns);
    for (const concern of concerns) reject(c, concern, keptOf(s, concern), refused[concern] ?? []);
    return next(c);
  }
  const within = Math.max(...concerns.map((concern) => s.wanted[concern]?.proveWithin ?? PROVE_WITHIN));
  for (const concern of concerns) countTry(s, concern, 1);
  s.trial = { concerns, tried: documents, before: s.running, beganAt: c.now.at, until: c.now.at + within, probeAt: c.now.at + PROBE_EVERY };
  s.running = documents;
  c.effects.push({ kind: 'remember' }, { kind: 'apply', documents }, { kind: 'probe' });
}

/** Each alone: one of them is to blame, and the others are not to wait for it. */
function apart(c: Context, concerns: readonly Concern[]): void {
  c.s.alone = [...concerns];
  next(c);
}

function countTry(s: DesiredState, concern: Concern, more: number): void {
  const { rev } = s.wanted[concern] as Kept;
  const before = s.kept.tried[concern];
  s.kept.tried = { ...s.kept.tried, [concern]: { rev, times: (before?.rev === rev ? before.times : 0) + more } };
}

/** The agent ends as it should: that is not the fault of what it tries. */
export function leave(s: DesiredState): void {
  for (const concern of s.trial?.concerns ?? []) if (s.wanted[concern]) countTry(s, concern, -1);
}

/** True: this document was begun more than once and no agent lived to judge it. */
function outlived(c: Context, concern: Concern): boolean {
  const document = keptOf(c.s, concern);
  const before = c.s.kept.tried[concern];
  if (before?.rev !== document.rev || before.times < MOST_TRIES) return false;
  judged(c, concern, document, 'rolledback', [{ path: '', reason: `the agent ended ${before.times} times while it was tried` }]);
  return true;
}

export function succeed(c: Context, trial: Trial): void {
  const { s } = c;
  s.trial = undefined;
  s.kept.good = s.running;
  reportRunning(c, trial.concerns, {});
  again(c);
}

/** What stood in the way of a document may be gone. */
function again(c: Context): void {
  const { s } = c;
  const refusedTogether = ORDER.filter((concern) => {
    const [w, r] = [s.wanted[concern], s.kept.reported[concern]];
    return w && r?.status === 'rejected' && sameRevision(r, w) && !s.judge({ ...s.running, [concern]: keptOf(s, concern) }).refused[concern];
  });
  for (const concern of refusedTogether) s.kept.reported = without(s.kept.reported, concern);
  s.collectAt = undefined;
  if (pending(s).length > 0) s.collectAt = c.now.at + COLLECT;
}

export function unanswered(c: Context, trial: Trial): void {
  const { s } = c;
  const why = `no LMA answered within ${Math.round((trial.until - trial.beganAt) / 1000)} s`;
  // Only what had an answer before it is better than this.
  const answeredBefore = s.answeredAt >= trial.beganAt - FRESH;
  if (answeredBefore) return rollBack(c, trial, why);
  s.trial = undefined;
  s.kept.good = s.running;
  s.unproved = trial.concerns;
  const problem = { path: '', reason: `${why}, and none had before`, substitution: 'it is kept' };
  reportRunning(c, trial.concerns, Object.fromEntries(trial.concerns.map((concern) => [concern, [problem]])));
  again(c);
}

export function rollBack(c: Context, trial: Trial, reason: string): void {
  const { s } = c;
  s.trial = undefined;
  s.running = trial.before;
  c.effects.push({ kind: 'apply', documents: s.running });
  if (trial.concerns.length > 1) {
    for (const concern of trial.concerns) s.kept.tried = without(s.kept.tried, concern);
    return apart(c, trial.concerns);
  }
  for (const concern of trial.concerns) judged(c, concern, trial.tried[concern] as Kept, 'rolledback', [{ path: '', reason, substitution: 'what worked before it' }]);
  again(c);
}
