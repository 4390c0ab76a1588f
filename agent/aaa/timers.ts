/** Timers by name, each at most once. */
import type { Millis, Now } from '../../protocol/units.ts';

export interface Timers {
  /** Calls at that instant; another one of this name takes its place, undefined takes it away. */
  set(name: string, at: Millis | undefined, call: () => void): void;
  close(): void;
}

/** setTimeout counts whole milliseconds up to 2^31. */
const LONGEST: Millis = 2 ** 31 - 1;

export function createTimers(now: () => Now): Timers {
  const running = new Map<string, NodeJS.Timeout>();
  let open = true;
  function set(name: string, at: Millis | undefined, call: () => void): void {
    clearTimeout(running.get(name));
    running.delete(name);
    if (at === undefined || !open) return;
    const delay = Math.min(LONGEST, Math.max(0, Math.ceil(at - now().at)));
    running.set(name, setTimeout(() => (now().at < at ? set(name, at, call) : (running.delete(name), call())), delay));
  }
  return {
    set,
    close() {
      open = false;
      for (const timer of running.values()) clearTimeout(timer);
    },
  };
}
