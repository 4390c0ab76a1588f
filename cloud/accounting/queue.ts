/**
 * Numbers in the order in which they came, any of which may go at any time. A Map or Set alone would do but for time: after a hundred
 * thousand went from its front, each look at the first one passes all the empty places. Pure.
 */
export interface Queue {
  add(n: number): void;
  drop(n: number): void;
  /** Oldest first. */
  all(): Iterable<number>;
}

/** Places in front that are empty before they are cut off. */
const EMPTY = 1024;

export function createQueue(): Queue {
  const there = new Set<number>();
  let places: number[] = [];
  let front = 0;

  function advance(): void {
    while (front < places.length && !there.has(places[front] as number)) front += 1;
    if (front < EMPTY || front * 2 < places.length) return;
    places = places.slice(front);
    front = 0;
  }

  return {
    add(n) {
      there.add(n);
      places.push(n);
    },
    drop(n) {
      there.delete(n);
      advance();
    },
    *all() {
      const now = places;
      for (let i = front; i < now.length; i++) if (there.has(now[i] as number)) yield now[i] as number;
    },
  };
}
