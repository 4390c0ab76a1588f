/** What was refused: counted all of it, and told once a minute at most for the same of one client, so that nobody floods the audit log. */
import { networkOf } from '../api/client.ts';
import type { Refusal } from './ports.ts';
import { createThrottle } from './throttle.ts';

export interface Refusals {
  readonly counts: ReadonlyMap<string, number>;
  add(refusal: Omit<Refusal, 'at' | 'times'>): void;
}

const SILENT = 60_000;
/** Clients that are remembered; an attacker with many names is told of more often. */
const MOST = 10_000;
/** Of one name a minute: who shows no certificate, or one that many have, may come from any number of addresses. */
const OF_ONE = 60;

export function createRefusals(now: () => number, tell: (refusal: Refusal) => void): Refusals {
  const counts = new Map<string, number>();
  const perName = createThrottle(OF_ONE, SILENT, now);
  const told = new Map<string, { at: number; times: number }>();
  return {
    counts,
    add(refusal) {
      counts.set(refusal.reason, (counts.get(refusal.reason) ?? 0) + 1);
      const key = JSON.stringify([refusal.who, networkOf(refusal.address), refusal.action, refusal.reason]);
      const before = told.get(key);
      const at = now();
      if (before && at - before.at < SILENT) {
        before.times += 1;
        return;
      }
      told.delete(key);
      told.set(key, { at, times: 0 });
      const [oldest] = told.keys();
      if (told.size > MOST && oldest !== undefined) told.delete(oldest);
      if (!perName.take(refusal.who)) return;
      tell({ ...refusal, target: refusal.target.slice(0, 200), at, times: 1 + (before?.times ?? 0) });
    },
  };
}
