/** Work in the background, some of it at once and the rest in its turn. */

export interface Turns {
  /** What waits under this name already is not queued twice. */
  take(name: string, work: () => Promise<void>): void;
}

export function createTurns(atOnce: number): Turns {
  const waiting = new Map<string, () => Promise<void>>();
  let running = 0;
  function next(): void {
    const [first] = waiting;
    if (!first || running >= atOnce) return;
    waiting.delete(first[0]);
    running++;
    void first[1]().finally(() => {
      running--;
      next();
    });
  }
  return {
    take(name, work) {
      waiting.set(name, work);
      next();
    },
  };
}
