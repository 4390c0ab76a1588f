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
  /** Nobody answers until somebody does: then one at a time is tried. */
  silent: { readonly until: Millis } | undefined;
  warned: boolean;
}

/** Sent at once, while servers answer. */
const FLYING = 32;
/** How far behind the oldest it is looked for something to send. */
const LOOK = 1024;
/** Of the room: when it is warned, and when that may be said again. */
const FULL = 0.8;
const EASY = 0.5;

export const createDelivery = (options: DeliveryOptions): Delivery => ({ options, waiting: new Map(), order: createQueue(), flying: new Set(), busy: new Set(), superseded: createQueue(), latest: new Map(), silent: undefined, warned: false });

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
  if (w?.session !== undefined && d.latest.get(w.session) === seq) d.latest.delete(w.session);
  if (d.waiting.size <= d.options.most * EASY) d.warned = false;
  return [{ kind: 'done', seq, how }];
}

function answered(d: Delivery, seq: number, taken: boolean, now: Now): DeliveryEffect[] {
  const w = d.waiting.get(seq);
  d.flying.delete(seq);
  if (w?.session !== undefined) d.busy.delete(w.session);
  if (!taken) {
    d.silent = { until: now.at + d.options.retry };
    return [];
  }
  const back: DeliveryEffect[] = d.silent ? [{ kind: 'recovered' }] : [];
  d.silent = undefined;
  return [...back, ...drop(d, seq, 'delivered')];
}

function next(d: Delivery, now: Now): DeliveryEffect[] {
  if (d.silent && (d.flying.size > 0 || now.at < d.silent.until)) return [];
  const room = d.silent ? 1 : FLYING;
  const effects: DeliveryEffect[] = [];
  let looked = 0;
  for (const seq of d.order.all()) {
    const w = d.waiting.get(seq);
    looked += 1;
    if (!w || d.flying.size >= room || looked > LOOK) break;
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
