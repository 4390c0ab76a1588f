/** What is known of documents while they are tried, and what becomes known of them. */
import type { Problem, Reported, ReportedStatus, Revision } from '../../runtime/fleet/messages.ts';
import type { Concern } from '../../runtime/fleet/topics.ts';
import type { Millis, Now } from '../../protocol/units.ts';
import { briefProblems } from './brief.ts';
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

export interface Trial {
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
  /** The same, and it is to be on the disk before what follows: a document that kills its agent is not to be tried by each new one. */
  | { readonly kind: 'remember' }
  /** Not even a document. */
  | { readonly kind: 'drop'; readonly reason: string };

export interface Context {
  readonly s: DesiredState;
  readonly now: Now;
  readonly effects: DesiredEffect[];
}

/** What comes within it is tried together: after a connection all documents come at once. */
export const COLLECT: Millis = 300;

/** LMAs first: profiles name them. */
export const ORDER: readonly Concern[] = ['lmas', 'profiles', 'timers', 'limits'];

export const sameRevision = (a: Revision, b: Revision): boolean => a.rev === b.rev && a.hash === b.hash;

/** Those that are neither running nor judged. */
export const pending = ({ wanted, running, kept }: DesiredState): Concern[] =>
  ORDER.filter((concern) => {
    const w = wanted[concern];
    if (!w) return false;
    const [runs, judged] = [running[concern], kept.reported[concern]];
    return !(judged && sameRevision(judged, w)) && !(runs && sameRevision(runs, w));
  });

export const keptOf = (s: DesiredState, concern: Concern): Kept => {
  const { rev, hash, document } = s.wanted[concern] as Kept;
  return { rev, hash, document };
};

export const without = <T extends object>(record: T, concern: Concern): T => Object.fromEntries(Object.entries(record).filter(([name]) => name !== concern)) as T;

/** @param more problems beside those that the gateway has with it */
export function reportRunning(c: Context, concerns: readonly Concern[], more: Readonly<Partial<Record<Concern, readonly Problem[]>>>): void {
  const { s } = c;
  const { limited } = s.judge(s.running);
  for (const concern of concerns) {
    const problems = [...(limited[concern] ?? []), ...(more[concern] ?? [])];
    const runs = s.running[concern];
    if (runs) judged(c, concern, runs, problems.length > 0 ? 'partial' : 'applied', problems);
  }
}

export const reject = (c: Context, concern: Concern, about: Revision, problems: readonly Problem[]): void => judged(c, concern, about, 'rejected', problems);

export function judged(c: Context, concern: Concern, about: Revision, status: ReportedStatus, problems: readonly Problem[]): void {
  const { s } = c;
  const running = s.running[concern];
  const reported: Reported = { rev: about.rev, hash: about.hash, status, problems: briefProblems(problems), running: running ? { rev: running.rev, hash: running.hash } : null, at: c.now.wall };
  s.kept.reported = { ...s.kept.reported, [concern]: reported };
  s.kept.tried = without(s.kept.tried, concern);
  c.effects.push({ kind: 'keep' }, { kind: 'report', concern, reported });
}
