/** So many in a period, for each key. */
export interface Throttle {
  /** Counts one more. @returns false when it is too many */
  take(key: string): boolean;
}

/** Keys that are remembered: with more the oldest begin anew. */
const MOST = 10_000;

export function createThrottle(limit: number, period: number, now: () => number): Throttle {
  const windows = new Map<string, { readonly until: number; taken: number }>();
  return {
    take(key) {
      const at = now();
      let window = windows.get(key);
      if (!window || window.until <= at) {
        windows.delete(key);
        window = { until: at + period, taken: 0 };
        windows.set(key, window);
        const [oldest] = windows.keys();
        if (windows.size > MOST && oldest !== undefined) windows.delete(oldest);
      }
      window.taken += 1;
      return window.taken <= limit;
    },
  };
}
