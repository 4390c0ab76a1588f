/**
 * What RADIUS last said of each station, so that a phone that comes back does not wait for it. Bounded, and profiles have their
 * own room: whoever makes MACs up evicts refusals alone. Pure.
 */
import type { Millis } from '../../protocol/units.ts';
import type { StationFacts } from '../mag/profile.ts';
import { clientNai } from './accessRequest.ts';
import type { Grant } from './grant.ts';

export interface Granted {
  readonly kind: 'granted';
  readonly grant: Grant;
  readonly at: Millis;
}

/** `unusable`: an Access-Accept that is no profile. `unanswered`: with what was known before, as long as it may be used. */
export type Verdict =
  | Granted
  | { readonly kind: 'rejected' | 'unusable'; readonly reason: string; readonly at: Millis }
  | { readonly kind: 'unanswered'; readonly reason: string; readonly at: Millis; readonly known?: Granted };

export interface CacheOptions {
  /** For so long a profile is used at once. */
  readonly age: Millis;
  /** The same while nobody answers. */
  readonly ageWithoutRadius: Millis;
  /** For so long a refusal stands, and the want of an answer. */
  readonly rejectAge: Millis;
  readonly size: number;
}

export interface Cache {
  put(station: StationFacts, verdict: Verdict): void;
  /** What may be said without asking. `silent`: nobody has answered lately. */
  recall(station: StationFacts, at: Millis, silent: boolean): Verdict | undefined;
  /** The profile that outlives a server. */
  known(station: StationFacts, at: Millis): Granted | undefined;
  forget(station: StationFacts): void;
}

/** An identity that EAP proved is another key than the same text in an option that anybody can send. */
export const keyOf = ({ interface: accessInterface, mac, identity, clientId }: StationFacts): string => JSON.stringify([accessInterface, mac, identity, clientNai(clientId)]);

export function createCache({ age, ageWithoutRadius, rejectAge, size }: CacheOptions): Cache {
  const grants = new Map<string, Granted>();
  const refusals = new Map<string, Exclude<Verdict, Granted>>();

  /** The last used stand last. */
  function keep<T>(map: Map<string, T>, key: string, value: T): void {
    map.delete(key);
    map.set(key, value);
    const [oldest] = map.keys();
    if (map.size > size && oldest !== undefined) map.delete(oldest);
  }
  function usable(key: string, at: Millis, longest: Millis): Granted | undefined {
    const granted = grants.get(key);
    const until = granted && granted.at + Math.min(longest, (granted.grant.sessionTimeout?.after ?? Infinity) * 1000);
    if (!granted || until === undefined || at >= until) return undefined;
    keep(grants, key, granted);
    return granted;
  }

  return {
    put(station, verdict) {
      const key = keyOf(station);
      if (verdict.kind === 'granted') {
        refusals.delete(key);
        return keep(grants, key, verdict);
      }
      if (verdict.kind !== 'unanswered') grants.delete(key);
      keep(refusals, key, verdict);
    },
    recall(station, at, silent) {
      const key = keyOf(station);
      const granted = usable(key, at, silent ? Math.max(age, ageWithoutRadius) : age);
      const refusal = refusals.get(key);
      return granted ?? (refusal && at - refusal.at < rejectAge ? refusal : undefined);
    },
    known: (station, at) => usable(keyOf(station), at, ageWithoutRadius),
    forget(station) {
      grants.delete(keyOf(station));
      refusals.delete(keyOf(station));
    },
  };
}
