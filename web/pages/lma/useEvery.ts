import { useEffect } from 'preact/hooks';

const EVERY = 10_000;

/** Loads anew from time to time, as long as somebody looks. */
export function useEvery(reload: () => Promise<void>): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) void reload();
    }, EVERY);
    return () => clearInterval(timer);
  }, [reload]);
}
