/** How many bindings there are of each kind, counted a few at a time, so that a million of them hold nobody up. */
import type { Lma } from '../lma/lma.ts';

export interface Counted {
  readonly apn: string;
  readonly state: string;
  readonly bindings: number;
}

/** Entries looked at in one turn of the event loop: less than a millisecond. */
const AT_ONCE = 1024;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Entries may come and go meanwhile: what it gives is a picture with some motion in it. */
export async function census({ cache }: Pick<Lma, 'cache'>): Promise<Counted[]> {
  const counts = new Map<string, { apn: string; state: string; bindings: number }>();
  let seen = 0;
  for (const { apn, state } of cache.all()) {
    const key = `${state} ${apn}`;
    const counted = counts.get(key);
    if (counted) counted.bindings += 1;
    else counts.set(key, { apn, state, bindings: 1 });
    if (++seen % AT_ONCE === 0) await nextTurn();
  }
  return [...counts.values()];
}
