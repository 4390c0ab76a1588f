/** Paths that the data path refuses are not forgotten: they are counted, told, shown, and tried again until it takes them. */
import { PathError, type Path, type Paths } from '../protocol/paths.ts';
import type { Millis } from '../protocol/units.ts';

export interface WantedPaths {
  /** False: refused for now; `fault` says why. */
  set(path: Path): boolean;
  remove(index: number): void;
  /** The start after a crash: takes up what is there, and what cannot be had is tried again. Returns what it had to remove. */
  reconcile(all: readonly Path[]): { readonly removed: number };
  /** Why the path is not there; undefined = it is, or nobody wants it. */
  fault(index: number): string | undefined;
  stop(): void;
}

const RETRY: Millis = 5000;

/** `onSet`: a path that was refused is there now. Whatever is no `PathError` is thrown on. */
export function wantedPaths(paths: Paths, onError: (error: Error) => void, onSet: (path: Path) => void): WantedPaths {
  const refused = new Map<number, { readonly path: Path; readonly reason: string }>();
  let timer: NodeJS.Timeout | undefined;

  function attempt(path: Path): boolean {
    const before = refused.get(path.index);
    try {
      paths.set(path);
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
    for (const { path } of Array.from(refused.values())) if (attempt(path)) onSet(path);
  }

  return {
    set: attempt,
    remove(index) {
      refused.delete(index);
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
    stop: () => clearTimeout(timer),
  };
}
