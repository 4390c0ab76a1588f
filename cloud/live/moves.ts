/** Who moved between which homes in the last hour: counts, and for each pair enough different subscribers to know whether it may be shown. */
import type { UnixMillis } from '../../protocol/units.ts';
import type { GatewayId } from '../../runtime/fleet/topics.ts';

export interface Moves {
  add(from: GatewayId, to: GatewayId, subscriber: string, now: UnixMillis): void;
  /** Pairs in which at least so many different subscribers moved: of fewer it could be guessed who they are (k-anonymity). */
  of(smallestGroup: number, now: UnixMillis): { readonly from: GatewayId; readonly to: GatewayId; readonly count: number }[];
  forget(subscribers: ReadonlySet<string>): void;
}

const STEP = 300_000;
const STEPS = 12;
/** Different subscribers that a pair remembers; more than any sensible smallest group. */
const MOST_PEOPLE = 100;
const MOST_PAIRS = 50_000;

interface Pair {
  readonly from: GatewayId;
  readonly to: GatewayId;
  /** By step modulo STEPS. */
  readonly counts: { step: number; count: number }[];
  /** When each was last seen here, the longest ago first. */
  readonly people: Map<string, number>;
}

export function createMoves(): Moves {
  /** The one that was used longest ago first. */
  const pairs = new Map<string, Pair>();

  return {
    add(from, to, subscriber, now) {
      const key = `${from} ${to}`;
      const pair: Pair = pairs.get(key) ?? { from, to, counts: [], people: new Map() };
      pairs.delete(key);
      pairs.set(key, pair);
      const [oldest] = pairs.keys();
      if (pairs.size > MOST_PAIRS && oldest !== undefined) pairs.delete(oldest);
      const step = Math.floor(now / STEP);
      const cell = pair.counts[step % STEPS];
      if (cell?.step === step) cell.count += 1;
      else pair.counts[step % STEPS] = { step, count: 1 };
      pair.people.delete(subscriber);
      pair.people.set(subscriber, step);
      const [first] = pair.people.keys();
      if (pair.people.size > MOST_PEOPLE && first !== undefined) pair.people.delete(first);
    },
    of(smallestGroup, now) {
      const since = Math.floor(now / STEP) - STEPS;
      return [...pairs].flatMap(([key, { from, to, counts, people }]) => {
        for (const [who, step] of people) if (step <= since) people.delete(who);
        const count = counts.reduce((sum, c) => sum + (c !== undefined && c.step > since ? c.count : 0), 0);
        if (count === 0) pairs.delete(key);
        return count > 0 && people.size >= Math.max(1, smallestGroup) ? [{ from, to, count }] : [];
      });
    },
    forget(subscribers) {
      for (const { people } of pairs.values()) for (const who of subscribers) people.delete(who);
    },
  };
}
