/** How often somebody may ask: token buckets, and growing delays for sign-ins that fail. Time is an argument. */
import type { Millis, UnixMillis } from '../../protocol/units.ts';

export interface Limit {
  /** Requests at once. */
  readonly burst: number;
  readonly perSecond: number;
}

/** @returns milliseconds until the next request may come; 0: this one may */
export type RateLimit = (key: string, now: UnixMillis) => Millis;

/** Keys that are remembered; the one that asked longest ago goes first. */
const MOST_KEYS = 10_000;

export function createRateLimit({ burst, perSecond }: Limit): RateLimit {
  const buckets = createRemembered<{ tokens: number; at: UnixMillis }>();
  return (key, now) => {
    const bucket = buckets.get(key) ?? { tokens: burst, at: now };
    // A clock that was set back must lock nobody out.
    const passed = Math.max(0, now - bucket.at);
    const tokens = Math.min(burst, bucket.tokens + (passed * perSecond) / 1000);
    buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * 1000) / perSecond);
  };
}

interface Failures {
  readonly count: number;
  readonly at: UnixMillis;
}

/** After `free` failures each further one doubles the wait, from one second on. */
interface Patience {
  readonly free: number;
  readonly longest: Millis;
}
/** Nobody can lock a person out for long by guessing at the name from elsewhere: what is slow for all is short. */
const PATIENCE = { pair: { free: 4, longest: 900_000 }, address: { free: 20, longest: 900_000 }, name: { free: 50, longest: 30_000 } } as const satisfies Readonly<Record<string, Patience>>;
const FORGOTTEN: Millis = 3_600_000;

export interface LoginGuard {
  /** @returns milliseconds to wait; 0: try, which counts as a failure until `succeeded` */
  attempt(name: string, address: string, now: UnixMillis): Millis;
  succeeded(name: string, address: string): void;
}

export function createLoginGuard(): LoginGuard {
  const failures = createRemembered<Failures>();
  const keysOf = (name: string, address: string) => {
    const user = name.toLowerCase();
    return [[`${user}\n${address}`, PATIENCE.pair], [`address ${address}`, PATIENCE.address], [`name ${user}`, PATIENCE.name]] as const;
  };
  const known = (key: string, now: UnixMillis): Failures | undefined => {
    const found = failures.get(key);
    return found && Math.abs(now - found.at) < FORGOTTEN ? found : undefined;
  };
  return {
    attempt(name, address, now) {
      const keys = keysOf(name, address);
      const wait = Math.max(...keys.map(([key, patience]) => waitOf(known(key, now), patience, now)));
      if (wait > 0) return wait;
      for (const [key] of keys) failures.set(key, { count: (known(key, now)?.count ?? 0) + 1, at: now });
      return 0;
    },
    succeeded(name, address) {
      for (const [key] of keysOf(name, address)) {
        const found = failures.get(key);
        if (key.startsWith('address ') && found) failures.set(key, { ...found, count: Math.max(0, found.count - 1) });
        else failures.delete(key);
      }
    },
  };
}

function waitOf(failures: Failures | undefined, { free, longest }: Patience, now: UnixMillis): Millis {
  if (!failures || failures.count < free) return 0;
  const delay = Math.min(longest, 1000 * 2 ** (failures.count - free));
  return Math.max(0, Math.min(delay, failures.at + delay - now));
}

interface Remembered<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
}

function createRemembered<T>(): Remembered<T> {
  const entries = new Map<string, T>();
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      const oldest = entries.keys().next();
      if (entries.size > MOST_KEYS && !oldest.done) entries.delete(oldest.value);
    },
    delete: (key) => void entries.delete(key),
  };
}
