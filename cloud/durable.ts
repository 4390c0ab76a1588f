/**
 * Answers leave once the bindings they speak of are durable. Changes of one turn of the event loop go to the store together
 * (group commit); what was sent after them waits with them, in order.
 */
import type { Send } from '../protocol/entity.ts';
import type { BindingStore, StoreChange } from './lma/bindingStore.ts';

export interface Durable {
  change(change: StoreChange): void;
  /** At once if nothing changed since the last commit began. */
  send(effect: Send): void;
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

interface Commit {
  readonly batch: readonly StoreChange[];
  /** What speaks of it. */
  readonly waiting: readonly Send[];
  /** A commit before it failed: what comes after may lie behind a torn record, wherever the store says it is. */
  doubtful?: Error;
  result?: Error | 'stored';
}

/** One is on its way to the disk while the next one is made; more would only be smaller. */
const IN_FLIGHT = 2;

/** The same over any store, and any clock: a world is simulated with it. */
export function createGroupCommit({ commit, defer, transmit, onError }: GroupCommitOptions): Durable {
  let changes: StoreChange[] = [];
  let held: Send[] = [];
  /** The oldest first; each counts when those before it have ended, in whatever order the store tells. */
  const begun: Commit[] = [];
  let deferred = false;
  let idle: (() => void)[] = [];
  /** What the store refused, the last of each key: goes with the next commit, lest an ended binding come back at the next start. */
  const unstored = new Map<string, StoreChange>();
  /** Commits in a row. */
  let failures = 0;

  function begin(): void {
    if (changes.length === 0 || deferred || begun.length === IN_FLIGHT) return;
    // What failed is sorted out before anything new is tried.
    if (begun.length > 0 && (failures > 0 || unstored.size > 0)) return;
    const one: Commit = { batch: [...unstored.values(), ...changes], waiting: held };
    changes = [];
    held = [];
    begun.push(one);
    commit(one.batch, (error) => {
      one.result = error ?? 'stored';
      settle();
    });
  }

  function settle(): void {
    for (let one = begun[0]; one?.result !== undefined; one = begun[0]) {
      begun.shift();
      const error = one.result === 'stored' ? one.doubtful : one.result;
      if (error) refused(one, error);
      else {
        unstored.clear();
        failures = 0;
        one.waiting.forEach(pass);
      }
    }
    begin();
    if (begun.length === 0 && changes.length === 0) for (const resolve of idle.splice(0)) resolve();
  }

  function refused({ batch }: Commit, error: Error): void {
    for (const change of batch) unstored.set(change.key, change);
    for (const later of begun) later.doubtful = error;
    failures += 1;
    // The 1st, 2nd, 4th, 8th: a log on the disk that is full must not grow with every request.
    if ((failures & (failures - 1)) === 0) onError(new Error(`${batch.length} bindings could not be stored, so their gateways get no answer and will ask again: ${error.message}`));
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
      if (deferred) return;
      deferred = true;
      defer(() => {
        deferred = false;
        begin();
      });
    },
    send(effect) {
      if (changes.length > 0) held.push(effect);
      else transmit(effect);
    },
    settled: () => (begun.length > 0 || changes.length > 0 ? new Promise((resolve) => idle.push(resolve)) : Promise.resolve()),
  };
}
