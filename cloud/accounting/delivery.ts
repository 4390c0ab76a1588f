/**
 * What the RADIUS server has not confirmed yet: sent in the order in which it happened, several at once but one at a time of each
 * session, and kept while no server answers. `on` and `off` are about all sessions, so nothing overtakes them. Pure.
 */
import type { Deadline, Millis, Now } from '../../protocol/units.ts';
import { createQueue, type Queue } from './queue.ts';
import type { RecordEvent } from './record.ts';

export interface DeliveryOptions {
  /** Records that may wait. */
  readonly most: number;
  /** How long after nobody answered it is tried again. */
  readonly retry: Millis;
}

/** What is remembered of a record; the record itself is on disk. */
export interface Waiting {
  readonly seq: number;
  readonly event: RecordEvent;
  readonly session?: string;
}

export type DeliveryEvent =
  | { readonly kind: 'spooled'; readonly waiting: Waiting }
  | { readonly kind: 'answered'; readonly seq: number; readonly taken: boolean }
  | { readonly kind: 'timer' };

export type DeliveryEffect =
  | { readonly kind: 'send'; readonly seq: number }
  /** It need not be kept any more. `superseded`: a later record of the session says more. `lost`: nobody will know. */
  | { readonly kind: 'done'; readonly seq: number; readonly how: 'delivered' | 'superseded' | 'lost' }
  | { readonly kind: 'warn'; readonly waiting: number }
  | { readonly kind: 'recovered' };

interface Refused {
  readonly tries: number;
  /** How often others were answered between two of its tries: then it is the record that the server does not like. */
  readonly strikes: number;
  /** `taken` when it was last tried. */
  readonly taken: number;
}

export interface Delivery {
  readonly options: DeliveryOptions;
  /** By sequence number. */
  readonly waiting: Map<number, Waiting>;
  readonly order: Queue;
  readonly flying: Set<number>;
  /** Sessions of what flies. */
  readonly busy: Set<string>;
  /** Those that may go without a loss, oldest first: totals are cumulative. */
  readonly superseded: Queue;
  /** The last of each session that a later one would supersede. */
  readonly latest: Map<string, number>;
  /** What was not answered, and is still there. */
  readonly refused: Map<number, Refused>;
  /** Records that were answered, ever. */
  taken: number;
  /** Nobody answers until somebody does: then one at a time is tried. */
  silent: { readonly until: Millis } | undefined;
  warned: boolean;
}

/** Sent at once, while servers answer. */
const FLYING = 32;
/** How far behind the oldest it is looked for something to send. */
const LOOK = 1024;
/** Tries of a record alone, before others are tried instead of it. */
const ALONE = 3;
/** A server that took others in the meantime will never take this one. */
const STRIKES = 3;
/** Of the room: when it is warned, and when that may be said again. */
const FULL = 0.8;
const EASY = 0.5;

export const createDelivery = (options: DeliveryOptions): Delivery => ({ options, waiting: new Map(), order: createQueue(), flying: new Set(), busy: new Set(), superseded: createQueue(), latest: new Map(), refused: new Map(), taken: 0, silent: undefined, warned: false });

export const deadline = (d: Delivery): Deadline | undefined => (d.silent && d.flying.size === 0 && d.waiting.size > 0 ? { at: d.silent.until, why: 'accounting servers are tried again' } : undefined);

export function step(d: Delivery, event: DeliveryEvent, now: Now): DeliveryEffect[] {
  switch (event.kind) {
    case 'spooled':
      return [...makeRoom(d), ...enter(d, event.waiting), ...next(d, now)];
    case 'answered':
      return [...answered(d, event.seq, event.taken, now), ...next(d, now)];
    case 'timer':
      return next(d, now);
  }
}

const isPassing = (event: RecordEvent): boolean => event === 'interim' || event === 'move' || event === 'change';
const isBarrier = (event: RecordEvent): boolean => event === 'on' || event === 'off';

function enter(d: Delivery, w: Waiting): DeliveryEffect[] {
  d.waiting.set(w.seq, w);
  d.order.add(w.seq);
  if (w.session !== undefined) {
    const before = d.latest.get(w.session);
    if (before !== undefined) d.superseded.add(before);
    if (isPassing(w.event)) d.latest.set(w.session, w.seq);
    else d.latest.delete(w.session);
  }
  if (d.warned || d.waiting.size < d.options.most * FULL) return [];
  d.warned = true;
  return [{ kind: 'warn', waiting: d.waiting.size }];
}

function makeRoom(d: Delivery): DeliveryEffect[] {
  if (d.waiting.size < d.options.most) return [];
  for (const seq of d.superseded.all()) if (!d.flying.has(seq)) return drop(d, seq, 'superseded');
  for (const seq of d.order.all()) if (!d.flying.has(seq)) return drop(d, seq, 'lost');
  return [];
}

function drop(d: Delivery, seq: number, how: 'delivered' | 'superseded' | 'lost'): DeliveryEffect[] {
  const w = d.waiting.get(seq);
  d.waiting.delete(seq);
  d.order.drop(seq);
  d.superseded.drop(seq);
  d.refused.delete(seq);
  if (w?.session !== undefined && d.latest.get(w.session) === seq) d.latest.delete(w.session);
  if (d.waiting.size <= d.options.most * EASY) d.warned = false;
  return [{ kind: 'done', seq, how }];
}

function answered(d: Delivery, seq: number, taken: boolean, now: Now): DeliveryEffect[] {
  const w = d.waiting.get(seq);
  d.flying.delete(seq);
  if (w?.session !== undefined) d.busy.delete(w.session);
  if (!taken) {
    if (w && strike(d, seq) >= STRIKES) return drop(d, seq, 'lost');
    d.silent = { until: now.at + d.options.retry };
    return [];
  }
  const back: DeliveryEffect[] = d.silent ? [{ kind: 'recovered' }] : [];
  d.silent = undefined;
  d.taken += 1;
  return [...back, ...drop(d, seq, 'delivered')];
}

function strike(d: Delivery, seq: number): number {
  const before = d.refused.get(seq);
  const strikes = (before?.strikes ?? 0) + (before && d.taken > before.taken ? 1 : 0);
  d.refused.set(seq, { tries: (before?.tries ?? 0) + 1, strikes, taken: d.taken });
  return strikes;
}

/** While nobody answers: the oldest; where that was tried often enough, the oldest that was tried least, which no other of its session is before. */
function probe(d: Delivery): number | undefined {
  const sessions = new Set<string>();
  let [best, least]: [number | undefined, number] = [undefined, Infinity];
  let looked = 0;
  for (const seq of d.order.all()) {
    const w = d.waiting.get(seq);
    looked += 1;
    if (!w || looked > LOOK || (isBarrier(w.event) && best !== undefined)) break;
    if (w.session !== undefined && sessions.has(w.session)) continue;
    if (w.session !== undefined) sessions.add(w.session);
    const tries = d.refused.get(seq)?.tries ?? 0;
    if (tries < ALONE && best === undefined) return seq;
    if (tries < least) [best, least] = [seq, tries];
    if (tries === 0 || isBarrier(w.event)) break;
  }
  return best;
}

function next(d: Delivery, now: Now): DeliveryEffect[] {
  if (d.silent && (d.flying.size > 0 || now.at < d.silent.until)) return [];
  const only = d.silent && probe(d);
  const room = d.silent ? 1 : FLYING;
  const effects: DeliveryEffect[] = [];
  let looked = 0;
  for (const seq of d.order.all()) {
    const w = d.waiting.get(seq);
    looked += 1;
    if (!w || d.flying.size >= room || looked > LOOK) break;
    if (only !== undefined && seq !== only) continue;
    if (d.flying.has(w.seq)) {
      if (isBarrier(w.event)) break;
      continue;
    }
    if (isBarrier(w.event) && d.flying.size > 0) break;
    // Whatever is of this session before it is flying, or waits itself for what flies.
    if (w.session !== undefined && d.busy.has(w.session)) continue;
    d.flying.add(w.seq);
    if (w.session !== undefined) d.busy.add(w.session);
    effects.push({ kind: 'send', seq: w.seq });
    if (isBarrier(w.event)) break;
  }
  return effects;
}
