/**
 * What the fleet wants of this gateway, tried and judged: documents are checked, applied together, and proved by an LMA that
 * answers. Without an answer what went before is applied again, where that had one. One pure entity: an event and the time in,
 * effects out.
 */
import { hashOf } from '../../runtime/fleet/canonical.ts';
import { checkDocument } from '../../runtime/fleet/documents.ts';
import type { Desired, Problem, Reported, ReportedStatus, Revision } from '../../runtime/fleet/messages.ts';
import { CONCERNS, type Concern } from '../../runtime/fleet/topics.ts';
import { earliest, type Deadline, type Millis, type Now } from '../../protocol/units.ts';
import { desiredIn } from './incoming.ts';
import type { Documents, FleetState, Kept } from './ports.ts';

/** What the gateway makes of documents, all of them together. */
export interface Judgement {
  /** Why a concern's document cannot be; the others may be tried without it. */
  readonly refused: Readonly<Partial<Record<Concern, readonly Problem[]>>>;
  /** What of it is not as it says. */
  readonly limited: Readonly<Partial<Record<Concern, readonly Problem[]>>>;
  /** There is an LMA that could answer. */
  readonly anchored: boolean;
}

interface Trial {
  readonly concerns: readonly Concern[];
  /** What is tried, and what worked before it. */
  readonly tried: Documents;
  readonly before: Documents;
  readonly beganAt: Millis;
  readonly until: Millis;
  probeAt: Millis;
}

export interface DesiredState {
  readonly judge: (documents: Documents) => Judgement;
  /** Kept on disk: good, reported, tried. */
  readonly kept: Pick<FleetState, 'good' | 'reported' | 'tried'>;
  running: Documents;
  readonly wanted: Partial<Record<Concern, Kept & { readonly proveWithin?: number }>>;
  /** Each of these alone, because together they failed. */
  alone: Concern[];
  collectAt: Millis | undefined;
  /** Does the LMA answer with what runs now? Asked before something else is tried. */
  asking: { readonly until: Millis; readonly concerns: readonly Concern[] } | undefined;
  trial: Trial | undefined;
  /** Kept without an answer, because none came before them either. */
  unproved: readonly Concern[];
  answeredAt: Millis;
}

export type DesiredEvent =
  /** As it came: anything. */
  | { readonly kind: 'desired'; readonly concern: Concern; readonly value: unknown }
  /** An LMA of those that the gateway works with answered. */
  | { readonly kind: 'answered' }
  /** What was to be applied could not. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** What the home's owner allows is another now. */
  | { readonly kind: 'judgeAnew' }
  | { readonly kind: 'timer' };

export type DesiredEffect =
  | { readonly kind: 'apply'; readonly documents: Documents }
  | { readonly kind: 'probe' }
  | { readonly kind: 'report'; readonly concern: Concern; readonly reported: Reported }
  /** Something of `kept` is another now. */
  | { readonly kind: 'keep' }
  /** Not even a document. */
  | { readonly kind: 'drop'; readonly reason: string };

/** What comes within it is tried together: after a connection all documents come at once. */
const COLLECT: Millis = 300;
const PROVE_WITHIN: Millis = 30_000;
/** Of the question whether an LMA answers before the change. */
const ASK_WITHIN: Millis = 5000;
const PROBE_EVERY: Millis = 2000;
/** An answer as young as this still counts. */
const FRESH: Millis = 10_000;
const MOST_TRIES = 2;

/** LMAs first: profiles name them. */
const ORDER: readonly Concern[] = ['lmas', 'profiles', 'timers', 'limits'];

export const createDesired = (kept: DesiredState['kept'], judge: DesiredState['judge']): DesiredState => ({
  judge,
  kept,
  running: kept.good,
  wanted: {},
  alone: [],
  collectAt: undefined,
  asking: undefined,
  trial: undefined,
  unproved: [],
  answeredAt: -Infinity,
});

export function deadline(s: DesiredState): Deadline | undefined {
  const due = (at: Millis | undefined, why: string): Deadline | undefined => (at === undefined ? undefined : { at, why });
  if (s.trial) return earliest(due(s.trial.until, 'proof of a document'), due(s.trial.probeAt, 'ask the LMAs'));
  return earliest(due(s.asking?.until, 'answer before a document is tried'), due(s.collectAt, 'try documents'));
}

interface Context {
  readonly s: DesiredState;
  readonly now: Now;
  readonly effects: DesiredEffect[];
}

export function step(s: DesiredState, event: DesiredEvent, now: Now): readonly DesiredEffect[] {
  const c: Context = { s, now, effects: [] };
  switch (event.kind) {
    case 'desired':
      onDesired(c, event.concern, event.value);
      break;
    case 'answered':
      onAnswered(c);
      break;
    case 'failed':
      if (s.trial) rollBack(c, s.trial, event.reason);
      break;
    case 'judgeAnew':
      judgeAnew(c);
      break;
    case 'timer':
      onTime(c);
      break;
  }
  return c.effects;
}

function onDesired(c: Context, concern: Concern, value: unknown): void {
  const { s } = c;
  const desired = desiredIn(value);
  if (!desired) return void c.effects.push({ kind: 'drop', reason: `desired/${concern}: it has no rev, hash and document` });
  const { rev, hash } = desired;
  const last = s.kept.reported[concern];
  const known = [s.wanted[concern], s.running[concern], last].flatMap((r) => r ?? []);
  const newest = Math.max(-1, ...known.map((r) => r.rev));
  const again = last !== undefined && sameRevision(last, desired);
  // It comes again with each connection. What became of it is known, unless the agent ended before that.
  if (again) c.effects.push({ kind: 'report', concern, reported: last });
  else if (rev < newest) return reject(c, concern, desired, [{ path: '', reason: `revision ${rev} is older than ${newest}, which was here` }]);
  else if (known.some((r) => r.rev === rev && r.hash !== hash)) return reject(c, concern, desired, [{ path: '', reason: `it is another document than the revision ${rev} that was here` }]);
  const problems = problemsOf(concern, desired);
  if (problems.length > 0) {
    delete s.wanted[concern];
    return again ? undefined : reject(c, concern, desired, problems);
  }
  s.wanted[concern] = { rev, hash, document: desired.document, ...(desired.proveWithin === undefined ? {} : { proveWithin: desired.proveWithin }) };
  s.collectAt ??= c.now.at + COLLECT;
}

function problemsOf(concern: Concern, { hash, document }: Desired): readonly Problem[] {
  const checked = checkDocument(concern, document);
  if (!checked.ok) return checked.problems;
  return hashOf(document) === hash ? [] : [{ path: '', reason: 'its hash is that of another document' }];
}

const sameRevision = (a: Revision, b: Revision): boolean => a.rev === b.rev && a.hash === b.hash;

/** Those that are neither running nor judged. */
const pending = ({ wanted, running, kept }: DesiredState): Concern[] =>
  ORDER.filter((concern) => {
    const w = wanted[concern];
    if (!w) return false;
    const [runs, judged] = [running[concern], kept.reported[concern]];
    return !(judged && sameRevision(judged, w)) && !(runs && sameRevision(runs, w));
  });

function onTime(c: Context): void {
  const { s } = c;
  const { at } = c.now;
  if (s.trial) {
    if (at >= s.trial.until) return unanswered(c, s.trial);
    if (at >= s.trial.probeAt) probeAgain(c, s.trial);
    return undefined;
  }
  if (s.asking && at >= s.asking.until) begin(c, s.asking.concerns);
  else if (!s.asking && s.collectAt !== undefined && at >= s.collectAt) next(c);
}

function probeAgain(c: Context, trial: Trial): void {
  trial.probeAt = c.now.at + PROBE_EVERY;
  c.effects.push({ kind: 'probe' });
}

/** All that waits, or the next of those that are tried alone. */
function next(c: Context): void {
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

function begin(c: Context, asked: readonly Concern[]): void {
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
  c.effects.push({ kind: 'keep' }, { kind: 'apply', documents }, { kind: 'probe' });
}

/** Each alone: one of them is to blame, and the others are not to wait for it. */
function apart(c: Context, concerns: readonly Concern[]): void {
  c.s.alone = [...concerns];
  next(c);
}

const keptOf = (s: DesiredState, concern: Concern): Kept => {
  const { rev, hash, document } = s.wanted[concern] as Kept;
  return { rev, hash, document };
};

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

function onAnswered(c: Context): void {
  const { s } = c;
  s.answeredAt = c.now.at;
  if (s.trial) succeed(c, s.trial);
  else if (s.asking) begin(c, s.asking.concerns);
  const proved = s.unproved;
  if (proved.length === 0) return;
  s.unproved = [];
  reportRunning(c, proved, {});
}

function succeed(c: Context, trial: Trial): void {
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

const without = <T extends object>(record: T, concern: Concern): T => Object.fromEntries(Object.entries(record).filter(([name]) => name !== concern)) as T;

function unanswered(c: Context, trial: Trial): void {
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

function rollBack(c: Context, trial: Trial, reason: string): void {
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

/** After a change of what the owner allows: the same documents may be another configuration now. */
function judgeAnew(c: Context): void {
  const { s } = c;
  c.effects.push({ kind: 'apply', documents: s.running });
  if (s.trial) return undefined;
  const { limited } = s.judge(s.running);
  const other = CONCERNS.filter((concern) => {
    const r = s.kept.reported[concern];
    const runs = s.running[concern];
    return r && runs && sameRevision(r, runs) && (r.status === 'applied' || r.status === 'partial') && JSON.stringify(r.problems) !== JSON.stringify(limited[concern] ?? []);
  });
  reportRunning(c, other.filter((concern) => !s.unproved.includes(concern)), {});
}

/** @param more problems beside those that the gateway has with it */
function reportRunning(c: Context, concerns: readonly Concern[], more: Readonly<Partial<Record<Concern, readonly Problem[]>>>): void {
  const { s } = c;
  const { limited } = s.judge(s.running);
  for (const concern of concerns) {
    const problems = [...(limited[concern] ?? []), ...(more[concern] ?? [])];
    const runs = s.running[concern];
    if (runs) judged(c, concern, runs, problems.length > 0 ? 'partial' : 'applied', problems);
  }
}

const reject = (c: Context, concern: Concern, about: Revision, problems: readonly Problem[]): void => judged(c, concern, about, 'rejected', problems);

function judged(c: Context, concern: Concern, about: Revision, status: ReportedStatus, problems: readonly Problem[]): void {
  const { s } = c;
  const running = s.running[concern];
  const reported: Reported = { rev: about.rev, hash: about.hash, status, problems, running: running ? { rev: running.rev, hash: running.hash } : null, at: c.now.wall };
  s.kept.reported = { ...s.kept.reported, [concern]: reported };
  s.kept.tried = without(s.kept.tried, concern);
  c.effects.push({ kind: 'keep' }, { kind: 'report', concern, reported });
}
