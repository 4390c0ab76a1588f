/**
 * Answers leave once the bindings they speak of are durable. Changes of one turn of the event loop go to the store together
 * (group commit), one commit at a time; what was sent after them waits with them, in order. Two at a time would be a third faster,
 * but the store's threads may carry out the second first, and a kill in between leaves an address with two holders.
 */
import type { Send } from '../protocol/entity.ts';
import type { BindingStore, StoreChange } from './lma/bindingStore.ts';

export interface Durable {
  change(change: StoreChange): void;
  /** At once if nothing changed since the last commit began. */
  send(effect: Send): void;
  /** Changes and answers that wait for a commit that runs or is to come. */
  waiting(): number;
  /** Resolves when nothing waits any more. */
  settled(): Promise<void>;
}

export interface GroupCommitOptions {
  /** Calls `done` once, with why if it may not have happened. */
  readonly commit: (changes: readonly StoreChange[], done: (error?: Error) => void) => void;
  /** Runs this when the turn is over whose changes belong together. */
  readonly defer: (run: () => void) => void;
  readonly transmit: (effect: Send) => void;
  readonly onError: (error: Error) => void;
}

export function createDurable(store: BindingStore, transmit: (effect: Send) => void, onError: (error: Error) => void): Durable {
  const commit: GroupCommitOptions['commit'] = (changes, done) => {
    store.commit(changes).then(() => done(), done);
  };
  return createGroupCommit({ commit, defer: queueMicrotask, transmit, onError });
}

/** The same over any store, and any clock: a world is simulated with it. */
export function createGroupCommit({ commit, defer, transmit, onError }: GroupCommitOptions): Durable {
  let changes: StoreChange[] = [];
  let held: Send[] = [];
  let running = false;
  let idle: (() => void)[] = [];
  /** What the store refused, the last of each key: goes with the next commit, lest an ended binding come back at the next start. */
  let unstored = new Map<string, StoreChange>();
  /** Commits in a row. */
  let failures = 0;

  function next(): void {
    if (changes.length === 0) {
      running = false;
      for (const resolve of idle.splice(0)) resolve();
      return;
    }
    const batch = [...unstored.values(), ...changes];
    const waiting = held;
    changes = [];
    held = [];
    commit(batch, (error) => {
      if (error) {
        unstored = new Map(batch.map((c) => [c.key, c]));
        failures += 1;
        // The 1st, 2nd, 4th, 8th: a log on the disk that is full must not grow with every request.
        if ((failures & (failures - 1)) === 0) onError(new Error(`${batch.length} bindings could not be stored, so their gateways get no answer and will ask again: ${error.message}`));
      } else {
        unstored = new Map();
        failures = 0;
        waiting.forEach(pass);
      }
      next();
    });
  }

  /** One message that cannot be sent keeps no other back. */
  function pass(effect: Send): void {
    try {
      transmit(effect);
    } catch (e) {
      onError(e as Error);
    }
  }

  return {
    change(change) {
      changes.push(change);
      if (running) return;
      running = true;
      defer(next);
    },
    send(effect) {
      if (changes.length > 0) held.push(effect);
      else transmit(effect);
    },
    waiting: () => changes.length + held.length,
    settled: () => (running ? new Promise((resolve) => idle.push(resolve)) : Promise.resolve()),
  };
}
