/**
 * Work that can wait until this turn of the event loop is over: what nobody waits for must not delay a handover. Writing a line
 * of the log wakes whoever reads it, and on a router with one core that reader then runs first.
 */

export interface Afterwards<T> {
  /** Hands the item over at the end of the turn, or before the process exits. */
  add(item: T): void;
  /** Hands over now what waits. */
  flush(): void;
}

/** `take` gets the items in the order in which they were added. */
export function afterwards<T>(take: (item: T) => void): Afterwards<T> {
  let waiting: T[] = [];
  let scheduled: NodeJS.Immediate | undefined;

  function flush(): void {
    if (scheduled) clearImmediate(scheduled);
    scheduled = undefined;
    process.off('exit', flush);
    const items = waiting;
    waiting = [];
    for (const item of items) take(item);
  }

  return {
    add(item) {
      waiting.push(item);
      if (scheduled) return;
      scheduled = setImmediate(flush);
      process.once('exit', flush);
    },
    flush,
  };
}
