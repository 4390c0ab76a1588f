/** Who types wrong codes waits, longer each time, so that nobody finds a code by trying. */
export interface Guesses {
  /** Milliseconds that this person has to wait; 0: may try. */
  wait(by: string): number;
  wrong(by: string): void;
  right(by: string): void;
}

const FREE = 5;
const FIRST = 30_000;
const LONGEST = 900_000;
const FORGOTTEN = 3_600_000;
/** Accounts are few; what this bounds is a mistake. */
const MOST = 10_000;

export function createGuesses(now: () => number): Guesses {
  const people = new Map<string, { readonly wrong: number; readonly at: number }>();
  const known = (by: string) => {
    const found = people.get(by);
    return found && now() - found.at < FORGOTTEN ? found : { wrong: 0, at: now() };
  };
  return {
    wait(by) {
      const { wrong, at } = known(by);
      return wrong < FREE ? 0 : Math.max(0, at + Math.min(LONGEST, FIRST * 2 ** (wrong - FREE)) - now());
    },
    wrong(by) {
      const { wrong } = known(by);
      people.delete(by);
      people.set(by, { wrong: wrong + 1, at: now() });
      const [oldest] = people.keys();
      if (people.size > MOST && oldest !== undefined) people.delete(oldest);
    },
    right: (by) => void people.delete(by),
  };
}
