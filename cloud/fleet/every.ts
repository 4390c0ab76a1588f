/** The clock of parts that have a `tick`. */
import type { Millis } from '../../protocol/units.ts';

/** Calls again so long after the last call has ended. @returns what ends it, once the call that runs has */
export function every(pause: Millis, call: () => Promise<unknown>, onError: (error: Error) => void): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    try {
      await call();
    } catch (e) {
      onError(e as Error);
    }
    if (!stopped) arm();
  };
  const arm = (): void => {
    timer = setTimeout(() => {
      running = run();
    }, pause);
  };
  arm();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
