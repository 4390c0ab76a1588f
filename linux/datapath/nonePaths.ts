/** The port `Paths` where nothing is to be forwarded (`datapath: none`): signalling goes on, and no packet passes. */
import type { Path, Paths } from '../../protocol/paths.ts';

export function nonePaths(): Paths {
  const held = new Map<number, Path>();
  return {
    set: (path) => void held.set(path.index, path),
    remove: (index) => void held.delete(index),
    reconcile(all) {
      const wanted = new Set(all.map((p) => p.index));
      const gone = [...held.keys()].filter((index) => !wanted.has(index));
      for (const index of gone) held.delete(index);
      for (const path of all) held.set(path.index, path);
      return { removed: gone.length };
    },
    holds: (index) => held.has(index),
    list: () => [...held.values()],
    counters: (index) => (held.has(index) ? { upOctets: 0n, upPackets: 0n, downOctets: 0n, downPackets: 0n } : undefined),
    policed: () => undefined,
    lastSeen: () => undefined,
    firstDown: () => undefined,
    drops: () => ({}),
  };
}
