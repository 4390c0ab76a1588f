/** What became of a stream of numbered packets at its receiver. Pure. */

/** A packet older than this many sequence numbers counts as a duplicate. */
const WINDOW = 8192;
/** Arrival times kept, to find the first arrival after an instant. */
const KEPT = 20_000;

export interface Tracker {
  received: number;
  duplicates: number;
  highest: number;
  longestGapMs: number;
  /** When the longest gap ended. */
  longestGapAt: number;
  readonly arrivals: number[];
  readonly seen: Uint32Array;
}

export const tracker = (): Tracker => ({ received: 0, duplicates: 0, highest: 0, longestGapMs: 0, longestGapAt: 0, arrivals: [], seen: new Uint32Array(WINDOW) });

/** @param seq from 1 @param at in ms */
export function track(t: Tracker, seq: number, at: number): void {
  const slot = seq % WINDOW;
  if (seq <= t.highest - WINDOW || t.seen[slot] === seq) {
    t.duplicates++;
    return;
  }
  t.seen[slot] = seq;
  t.received++;
  t.highest = Math.max(t.highest, seq);
  const last = t.arrivals.at(-1);
  if (last !== undefined && at - last > t.longestGapMs) {
    t.longestGapMs = at - last;
    t.longestGapAt = at;
  }
  t.arrivals.push(at);
  if (t.arrivals.length > 2 * KEPT) t.arrivals.splice(0, KEPT);
}

/** Index of the first arrival at or after `at`. */
function indexAfter(t: Tracker, at: number): number {
  let low = 0;
  let high = t.arrivals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((t.arrivals[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first arrival at or after `at`, or undefined. */
export const firstAfter = (t: Tracker, at: number): number | undefined => t.arrivals[indexAfter(t, at)];

/** The longest time without an arrival that ended at or after `at`; it may have begun before. Undefined: nothing arrived since. */
export function longestGapSince(t: Tracker, at: number): number | undefined {
  const from = indexAfter(t, at);
  const since = t.arrivals.slice(Math.max(0, from - 1));
  return from === t.arrivals.length ? undefined : Math.max(0, ...since.slice(1).map((arrival, i) => arrival - (since[i] as number)));
}
