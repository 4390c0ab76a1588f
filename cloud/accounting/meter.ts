/**
 * What one session has used, whatever becomes of the counters under its index. The data path begins them at nothing each time a path
 * is set that it did not hold; what stood there before is added up here first. Pure.
 */
import type { PathCounters, Paths } from '../../protocol/paths.ts';
import { isBehind, NOTHING, plus, restored, stored, type StoredCounts } from './counts.ts';

export interface Meter {
  /** Of counters that have begun anew since. */
  past: PathCounters;
  /** What the counters said last. */
  seen: PathCounters;
  /** Whether what is counted under the index is to be added: its path is set. */
  counting: boolean;
}

export interface StoredMeter {
  readonly past: StoredCounts;
  readonly seen: StoredCounts;
  readonly counting: boolean;
}

export type Counted = Pick<Paths, 'counters' | 'holds'>;

export const createMeter = (counting: boolean): Meter => ({ past: NOTHING, seen: NOTHING, counting });

/** The total now. Counters that went backwards, or are gone, lost at most what passed since they were read last. */
export function read(m: Meter, paths: Counted, index: number): PathCounters {
  if (m.counting) {
    const now = paths.counters(index);
    if (now && isBehind(now, m.seen)) m.past = plus(m.past, m.seen);
    if (now) m.seen = now;
  }
  return plus(m.past, m.seen);
}

/** If the path is gone, what was counted is kept apart from what its next one counts. @returns whether it was */
export function close(m: Meter, paths: Counted, index: number): boolean {
  if (!m.counting || paths.holds(index)) return false;
  m.past = read(m, paths, index);
  m.seen = NOTHING;
  m.counting = false;
  return true;
}

export const storedMeter = (m: Meter): StoredMeter => ({ past: stored(m.past), seen: stored(m.seen), counting: m.counting });
export const restoredMeter = (m: StoredMeter): Meter => ({ past: restored(m.past), seen: restored(m.seen), counting: m.counting });
