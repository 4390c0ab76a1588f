/** Subscribers on their way: each live handover is a dot that walks from one home to the next. Pure: time is an argument. */
import type { HandoverSummary } from '../../../cloud/api/resources/handovers.ts';
import type { Point } from './plane.ts';

export interface Walker {
  readonly from: Point;
  readonly to: Point;
  readonly success: boolean;
  readonly startedAt: number;
}
/** How far a dot is: where it is, where it was a moment ago, how fresh its arrival is. */
export interface Step {
  readonly at: Point;
  readonly tail: Point;
  readonly success: boolean;
  /** 0 while it walks; then 0 to 1 until the ring of its arrival has faded. */
  readonly arrived: number;
}

export const WALK = 900;
export const FADE = 600;
/** More at once would hide the homes. */
const MOST = 600;

export interface Walkers {
  add(handovers: readonly HandoverSummary[], place: (home: string) => Point | undefined, now: number): void;
  /** Where they are at `now`; those that have arrived and faded are forgotten. */
  step(now: number): readonly Step[];
  readonly busy: boolean;
}

export function createWalkers(): Walkers {
  let walking: Walker[] = [];
  return {
    add(handovers, place, now) {
      for (const { from, to, success } of handovers) {
        const [start, end] = [from && place(from.home), place(to.home)];
        // Who comes new starts where it appears.
        if (end) walking.push({ from: start ?? end, to: end, success, startedAt: now });
      }
      if (walking.length > MOST) walking = walking.slice(-MOST);
    },
    step(now) {
      walking = walking.filter((w) => now - w.startedAt < WALK + FADE);
      return walking.map((w) => {
        const share = Math.min(1, (now - w.startedAt) / WALK);
        return { at: along(w, eased(share)), tail: along(w, eased(Math.max(0, share - 0.14))), success: w.success, arrived: Math.max(0, (now - w.startedAt - WALK) / FADE) };
      });
    },
    get busy() {
      return walking.length > 0;
    },
  };
}

const eased = (t: number): number => (t < 0.5 ? 2 * t * t : 1 - (2 - 2 * t) ** 2 / 2);

/** A slight bow, so that who goes there and who comes back do not meet on one line. */
function along({ from, to }: Walker, t: number): Point {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const bow = 0.16 * 4 * t * (1 - t);
  return { x: from.x + dx * t - dy * bow, y: from.y + dy * t + dx * bow };
}
