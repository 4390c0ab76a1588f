/** How often something happened of late, by name, in steps of a tenth of that time. */
import type { Millis, UnixMillis } from '../../protocol/units.ts';

export interface RecentCounts {
  add(name: string, now: UnixMillis): void;
  of(now: UnixMillis): ReadonlyMap<string, number>;
}

const STEPS = 10;

export function createRecentCounts(span: Millis): RecentCounts {
  const length = span / STEPS;
  const steps: { readonly step: number; readonly counts: Map<string, number> }[] = [];
  return {
    add(name, now) {
      const step = Math.floor(now / length);
      const last = steps.at(-1);
      const current = last?.step === step ? last : { step, counts: new Map<string, number>() };
      if (current !== last) steps.push(current);
      if (steps.length > STEPS + 1) steps.shift();
      current.counts.set(name, (current.counts.get(name) ?? 0) + 1);
    },
    of(now) {
      const sum = new Map<string, number>();
      for (const { step, counts } of steps) if (step > Math.floor(now / length) - STEPS) for (const [name, n] of counts) sum.set(name, (sum.get(name) ?? 0) + n);
      return sum;
    },
  };
}
