/** Paths that the data path refuses are not forgotten: they are counted, told, shown, and tried again until it takes them. Each remembers when it was set. */
import { PathError, type Path, type Paths } from '../protocol/paths.ts';
import type { Millis, Now } from '../protocol/units.ts';

export interface WantedPaths {
  /** What is refused for now has a `fault`. */
  set(path: Path): void;
  remove(index: number): void;
  /** The start after a crash: takes up what is there, and what cannot be had is tried again. Returns what it had to remove. */
  reconcile(all: readonly Path[]): { readonly removed: number };
  /** Why the path is not there; undefined = it is, or nobody wants it. */
  fault(index: number): string | undefined;
  /** When the path was last set or moved; undefined: not by this agent, or refused. */
  setAt(index: number): Millis | undefined;
  stop(): void;
}

const RETRY: Millis = 5000;

/** Whatever is no `PathError` is thrown on. */
export function wantedPaths(paths: Paths, now: () => Now, onError: (error: Error) => void): WantedPaths {
  const set = new Map<number, Millis>();
  const refused = new Map<number, { readonly path: Path; readonly reason: string }>();
  let timer: NodeJS.Timeout | undefined;

  function attempt(path: Path): boolean {
    const before = refused.get(path.index);
    set.delete(path.index);
    try {
      paths.set(path);
      set.set(path.index, now().at);
      refused.delete(path.index);
      return true;
    } catch (e) {
      if (!(e instanceof PathError)) throw e;
      refused.set(path.index, { path, reason: e.message });
      if (before?.reason !== e.message) onError(e);
      timer ??= setTimeout(again, RETRY).unref();
      return false;
    }
  }

  function again(): void {
    timer = undefined;
    for (const { path } of Array.from(refused.values())) attempt(path);
  }

  return {
    set: (path) => void attempt(path),
    remove(index) {
      refused.delete(index);
      set.delete(index);
      paths.remove(index);
    },
    reconcile(all) {
      try {
        return paths.reconcile(all);
      } catch (e) {
        if (!(e instanceof PathError)) throw e;
        return paths.reconcile(all.filter(attempt));
      }
    },
    fault: (index) => refused.get(index)?.reason,
    setAt: (index) => set.get(index),
    stop: () => clearTimeout(timer),
  };
}
