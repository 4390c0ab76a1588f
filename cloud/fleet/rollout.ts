/**
 * One document on its way to its homes, wave by wave. Pure: what is heard and the clock go in, who is to be provisioned anew comes out.
 * A home desires the new document while `changed` says so; that nobody does any more is the rollback, and `settle` makes it the scope's.
 */
import type { AttemptFigures } from '../live/ports.ts';
import type { GatewayId } from '../../runtime/fleet/topics.ts';
import type { Problem, ReportedStatus } from '../../runtime/fleet/messages.ts';
import type { RolloutHome, RolloutRecord } from './records.ts';

export interface Heard {
  readonly home: GatewayId;
  readonly online: boolean;
  /** About what it is desired now. */
  readonly status: ReportedStatus | 'pending' | 'none';
  readonly problems?: readonly Problem[];
}

export type RolloutEvent =
  | { readonly kind: 'heard'; readonly homes: readonly Heard[] }
  /** It is not of the fleet any more. */
  | { readonly kind: 'gone'; readonly home: GatewayId }
  /** The deadline is there; figures of the changed homes since the wave began. */
  | { readonly kind: 'timer'; readonly figures?: AttemptFigures }
  | { readonly kind: 'pause' | 'resume' | 'advance' | 'roll back'; readonly by: string };

export type RolloutEffect =
  /** What these homes desire has changed. */
  | { readonly kind: 'provision'; readonly homes: readonly GatewayId[] }
  /** The document is the scope's from now on. */
  | { readonly kind: 'settle' };

export interface Stepped {
  readonly state: RolloutRecord;
  readonly effects: readonly RolloutEffect[];
}

/** Between two looks at the figures. */
const LOOK = 10_000;
/** What a home that is connected may take beyond the wave's time to say what it did. */
export const ANSWER_TIME = 120_000;
/** Fewer than so many more failures than before are chance. */
const LEAST_FAILURES = 2;
/** A median of fewer says nothing. */
const LEAST_TIMED = 3;

export const isOver = ({ status }: RolloutRecord): boolean => status === 'done' || status === 'rolled back';
const isMoving = ({ status }: RolloutRecord): boolean => status === 'canary' || status === 'ramp';

/** Those who desire the new document. */
export function changed(state: RolloutRecord): readonly RolloutHome[] {
  return isMoving(state) || state.status === 'paused' ? state.homes.filter((h) => h.wave > 0) : [];
}

export function deadline(state: RolloutRecord): number | undefined {
  if (isMoving(state)) return state.lookAt;
  return state.status === 'rolling back' ? state.until : undefined;
}

/** How many homes wave 1, 2 … may change. */
export const waveSize = ({ canary, ramp }: RolloutRecord['plan'], wave: number): number => Math.min(1e9, Math.max(1, Math.floor(canary * ramp ** (wave - 1))));

/** @param homes in the order in which they are to get it */
export function begin(start: Pick<RolloutRecord, 'id' | 'by' | 'plan'> & { readonly before?: AttemptFigures }, homes: readonly { readonly home: GatewayId; readonly online: boolean }[], now: number): Stepped {
  const waiting = homes.map(({ home, online }): RolloutHome => ({ home, online, wave: 0, status: 'waiting' }));
  return nextWave({ ...start, status: 'canary', reason: '', startedAt: now, wave: 0, waveAt: now, until: now, lookAt: now, homes: waiting }, now);
}

/** An event that means nothing in this state leaves it as it is: the same object. */
export function step(state: RolloutRecord, event: RolloutEvent, now: number): Stepped {
  if (isOver(state)) return still(state);
  switch (event.kind) {
    case 'heard':
      return judge(state, hear(state, event.homes, now), now);
    case 'gone':
      return judge(state, { ...state, homes: state.homes.filter((h) => h.home !== event.home) }, now);
    case 'timer':
      return timer(state, event.figures, now);
    case 'pause':
      return isMoving(state) ? still({ ...state, status: 'paused', left: Math.max(0, state.until - now), reason: `paused by ${event.by}` }) : still(state);
    case 'resume':
      return state.status === 'paused' ? still({ ...watching(state), until: now + (state.left ?? 0), lookAt: now + Math.min(LOOK, state.left ?? 0) }) : still(state);
    case 'advance':
      return state.status === 'rolling back' ? still(state) : nextWave(state, now);
    case 'roll back':
      return state.status === 'rolling back' ? still(state) : rollBack(state, `rolled back by ${event.by}`, now);
  }
}

const still = (state: RolloutRecord): Stepped => ({ state, effects: [] });

function hear(state: RolloutRecord, heard: readonly Heard[], now: number): RolloutRecord {
  const news = new Map(heard.map((h) => [h.home, h]));
  let different = false;
  const homes = state.homes.map((before): RolloutHome => {
    const { online, status, problems } = news.get(before.home) ?? { online: before.online, status: before.status, problems: before.problems };
    // What a home says of a document that was not meant for it yet is no news.
    const is = before.wave === 0 || status === 'none' ? before.status : status;
    if (is === before.status && online === before.online) return before;
    different = true;
    return { ...before, online, status: is, ...(problems && problems.length > 0 && is !== before.status ? { problems } : {}), ...(is === before.status ? {} : { at: now }) };
  });
  return different ? { ...state, homes } : state;
}

/** After something was heard: one home that cannot work with the document is enough to take it back. */
function judge(before: RolloutRecord, state: RolloutRecord, now: number): Stepped {
  if (state === before) return still(state);
  if (state.status === 'rolling back') return unconfirmed(state).length === 0 ? still(ended(state, 'rolled back', state.reason, now)) : still(state);
  const failed = state.homes.filter((h) => h.wave > 0 && (h.status === 'rejected' || h.status === 'rolledback'));
  const [first] = failed;
  // The wave was waiting for answers only: it need not wait for the next look.
  if (!first) return still(isMoving(state) && now >= state.until && unconfirmed(state).length === 0 ? { ...state, lookAt: now } : state);
  const why = first.problems?.[0];
  const words = `${first.home} ${first.status === 'rejected' ? 'rejected it' : 'went back to what it had before'}${why ? ` (${why.path === '' ? '' : `${why.path}: `}${why.reason})` : ''}`;
  return rollBack(state, failed.length === 1 ? words : `${words}, and ${failed.length - 1} more`, now);
}

function timer(state: RolloutRecord, figures: AttemptFigures | undefined, now: number): Stepped {
  const due = deadline(state);
  if (due === undefined || now < due) return still(state);
  if (state.status === 'rolling back') return still(ended(state, 'rolled back', `${state.reason}; ${homesWord(unconfirmed(state).length)} did not confirm yet`, now));
  const looked: RolloutRecord = { ...state, lookAt: now < state.until ? Math.min(state.until, now + LOOK) : now + LOOK, ...(figures ? { since: figures } : {}) };
  const worse = figures && state.before ? worseThan(state.before, figures, state.plan.tolerance) : undefined;
  if (worse !== undefined) return rollBack(looked, worse, now);
  if (now < state.until) return still(looked);
  if (!looked.homes.some((h) => h.wave === looked.wave && h.online)) return still({ ...looked, reason: `no home of wave ${looked.wave} is connected: it goes on when one is, or when somebody advances it` });
  const silent = unconfirmed(looked);
  if (silent.length === 0) return nextWave(looked, now);
  if (now < state.until + ANSWER_TIME) return still({ ...looked, reason: `no answer yet from ${homesWord(silent.length)}` });
  return rollBack(looked, `${silent[0]?.home} did not say what it did with it${silent.length > 1 ? `, nor did ${silent.length - 1} more` : ''}`, now);
}

/** Those who are there and have not answered. */
const unconfirmed = (state: RolloutRecord): readonly RolloutHome[] => state.homes.filter((h) => h.wave > 0 && h.online && h.status === 'pending');

/** In words, where the second is worse than the first by more than the tolerance. */
export function worseThan(before: AttemptFigures, since: AttemptFigures, tolerance: RolloutRecord['plan']['tolerance']): string | undefined {
  const more = (before.success - since.success) * since.attempts;
  if (before.success - since.success > tolerance.success && more >= LEAST_FAILURES) return `of ${since.attempts} attempts ${percent(since.success)} succeed, before it were ${percent(before.success)}`;
  const timed = before.timed >= LEAST_TIMED && since.timed >= LEAST_TIMED;
  if (timed && since.p50 > before.p50 * tolerance.time) return `half of the handovers take more than ${Math.round(since.p50)} ms, before it were ${Math.round(before.p50)} ms`;
  return undefined;
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
const homesWord = (n: number): string => (n === 1 ? '1 home' : `${n} homes`);

function nextWave(state: RolloutRecord, now: number): Stepped {
  const wave = state.wave + 1;
  const chosen = new Set(state.homes.filter((h) => h.wave === 0 && h.online).slice(0, waveSize(state.plan, wave)).map((h) => h.home));
  if (chosen.size === 0) return settle(state, now);
  const homes = state.homes.map((h): RolloutHome => (chosen.has(h.home) ? { ...h, wave, status: 'pending', at: now } : h));
  const next = watching({ ...state, homes, wave, waveAt: now, until: now + state.plan.watch * 1000, lookAt: now + Math.min(LOOK, state.plan.watch * 1000) });
  return { state: next, effects: [{ kind: 'provision', homes: [...chosen] }] };
}

function watching(state: RolloutRecord): RolloutRecord {
  const { left: _, ...rest } = state;
  const size = state.homes.filter((h) => h.wave === state.wave).length;
  return { ...rest, status: state.wave === 1 ? 'canary' : 'ramp', reason: `wave ${state.wave}: ${homesWord(size)}, watched for ${state.plan.watch} s` };
}

function settle(state: RolloutRecord, now: number): Stepped {
  const late = state.homes.filter((h) => h.wave === 0 || h.status === 'pending').length;
  const reason = late === 0 ? 'all homes have it' : `all homes that are there have it; who is not there gets it when it comes: ${homesWord(late)}`;
  return { state: ended(state, 'done', reason, now), effects: [{ kind: 'settle' }] };
}

function rollBack(state: RolloutRecord, reason: string, now: number): Stepped {
  const back = state.homes.filter((h) => h.wave > 0).map((h) => h.home);
  const homes = state.homes.map((h): RolloutHome => (h.wave === 0 ? h : { ...h, status: 'pending', at: now, ...(h.status === 'rejected' || h.status === 'rolledback' ? { failed: h.status } : {}) }));
  const { left: _, ...rest } = state;
  const next: RolloutRecord = { ...rest, status: 'rolling back', reason, homes, until: now + ANSWER_TIME };
  return { state: next, effects: [{ kind: 'provision', homes: back }] };
}

function ended(state: RolloutRecord, status: 'done' | 'rolled back', reason: string, now: number): RolloutRecord {
  const { left: _, ...rest } = state;
  return { ...rest, status, reason, endedAt: now };
}
