/** So much at once, and the rest in its turn: for work that holds much memory while it runs. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/** @param wait asked before one waits, with how many do: what it throws refuses that one */
export function createTurns(atOnce: number, wait: (waiting: number) => void = () => undefined): Turns {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= atOnce) {
      wait(waiting.length);
      await new Promise<void>((go) => waiting.push(go));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
