/** How long the store takes, and whether its last word was that it can be relied on. */
import type { Millis } from '../../protocol/units.ts';
import type { BindingStore } from '../lma/bindingStore.ts';

export interface Commits {
  /** Why the store is not usable now; undefined: it is. */
  fault(): string | undefined;
}

export interface CommitsOptions {
  readonly now: () => Millis;
  readonly onCommit: (duration: Millis, changes: number, failed: boolean) => void;
}

/** The same store, watched. */
export function observeCommits(store: BindingStore, { now, onCommit }: CommitsOptions): { readonly store: BindingStore; readonly commits: Commits } {
  let fault: string | undefined;
  const watched: BindingStore = {
    ...store,
    async commit(changes) {
      const begun = now();
      try {
        await store.commit(changes);
        fault = undefined;
      } catch (e) {
        fault = (e as Error).message;
        throw e;
      } finally {
        onCommit(now() - begun, changes.length, fault !== undefined);
      }
    },
  };
  return { store: watched, commits: { fault: () => fault } };
}
