/** Octets of all guests since the agent's start, also of sessions that are over by now. */
import type { Paths } from '../../protocol/paths.ts';

export interface Meter<P extends Paths> {
  /** The data path; what it forgets is added up first. */
  readonly paths: P;
  /** @param indexes of the paths that are there */
  readonly octets: (indexes: Iterable<number>) => { readonly up: number; readonly down: number };
}

export function createMeter<P extends Paths>(paths: P): Meter<P> {
  /** What paths of the last run had passed before. */
  const before = new Map<number, { readonly up: bigint; readonly down: bigint }>(paths.list().map(({ index }) => [index, read(index)]));
  let up = 0n;
  let down = 0n;

  function read(index: number): { readonly up: bigint; readonly down: bigint } {
    const counters = paths.counters(index);
    return { up: counters?.upOctets ?? 0n, down: counters?.downOctets ?? 0n };
  }
  function since(index: number): { readonly up: bigint; readonly down: bigint } {
    const [now, then] = [read(index), before.get(index)];
    return { up: now.up - (then?.up ?? 0n), down: now.down - (then?.down ?? 0n) };
  }

  return {
    paths: {
      ...paths,
      remove(index: number) {
        const last = since(index);
        up += last.up;
        down += last.down;
        before.delete(index);
        paths.remove(index);
      },
    },
    octets(indexes) {
      const all = Array.from(indexes, since);
      return { up: Number(all.reduce((sum, a) => sum + a.up, up)), down: Number(all.reduce((sum, a) => sum + a.down, down)) };
    },
  };
}
