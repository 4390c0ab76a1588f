/** The one clock of a world: what is to happen, in order of time, and of arrangement where times are equal. */
import type { Millis } from '../../protocol/units.ts';

interface Arranged {
  readonly at: Millis;
  readonly run: () => void;
}

export interface Schedule {
  readonly now: () => Millis;
  after(delay: Millis, run: () => void): void;
  /** When the next thing happens; Infinity = never. */
  next(): Millis;
  /** Moves the clock to the next thing and does it. */
  turn(): void;
  /** Moves the clock on. @throws if something was to happen before */
  moveTo(at: Millis): void;
}

export function createSchedule(): Schedule {
  let at: Millis = 0;
  /** Latest first, so that the next one is taken from the end. */
  const arranged: Arranged[] = [];
  const next = (): Millis => arranged[arranged.length - 1]?.at ?? Infinity;
  const moveTo = (target: Millis): void => {
    if (next() < target) throw new Error(`the clock would jump over what happens at ${next()}`);
    at = Math.max(at, target);
  };
  return {
    now: () => at,
    after(delay, run) {
      const due = at + Math.max(0, delay);
      let low = 0;
      let high = arranged.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((arranged[middle] as Arranged).at > due) low = middle + 1;
        else high = middle;
      }
      arranged.splice(low, 0, { at: due, run });
    },
    next,
    turn() {
      const first = arranged.pop();
      if (!first) return;
      at = Math.max(at, first.at);
      first.run();
    },
    moveTo,
  };
}
