/**
 * What the fleet wants of this gateway, judged: documents are checked and tried (trial.ts), and each is told what became of it. One
 * pure entity: an event and the time in, effects out.
 */
import { hashOf } from '../../runtime/fleet/canonical.ts';
import { checkDocument } from '../../runtime/fleet/documents.ts';
import type { Desired, Problem } from '../../runtime/fleet/messages.ts';
import { CONCERNS, type Concern } from '../../runtime/fleet/topics.ts';
import { earliest, type Deadline, type Millis, type Now } from '../../protocol/units.ts';
import { COLLECT, reject, reportRunning, sameRevision, type Context, type DesiredEffect, type DesiredEvent, type DesiredState, type Trial } from './desiredState.ts';
import { briefProblems } from './brief.ts';
import { desiredIn } from './incoming.ts';
import type { Documents } from './ports.ts';
import { begin, next, PROBE_EVERY, rollBack, succeed, unanswered } from './trial.ts';

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

/** What heartbeats say that it works with. What is on trial does not count yet: a rollout would take it for applied, and go on to the next homes. */
export const proved = (s: DesiredState): Documents => s.trial?.before ?? s.running;

export function deadline(s: DesiredState): Deadline | undefined {
  const due = (at: Millis | undefined, why: string): Deadline | undefined => (at === undefined ? undefined : { at, why });
  if (s.trial) return earliest(due(s.trial.until, 'proof of a document'), due(s.trial.probeAt, 'ask the LMAs'));
  return earliest(due(s.asking?.until, 'answer before a document is tried'), due(s.collectAt, 'try documents'));
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

/** After a change of what the owner allows: the same documents may be another configuration now. */
function judgeAnew(c: Context): void {
  const { s } = c;
  c.effects.push({ kind: 'apply', documents: s.running });
  if (s.trial) return undefined;
  const { limited } = s.judge(s.running);
  const other = CONCERNS.filter((concern) => {
    const r = s.kept.reported[concern];
    const runs = s.running[concern];
    return r && runs && sameRevision(r, runs) && (r.status === 'applied' || r.status === 'partial') && JSON.stringify(r.problems) !== JSON.stringify(briefProblems(limited[concern] ?? []));
  });
  reportRunning(c, other.filter((concern) => !s.unproved.includes(concern)), {});
}
