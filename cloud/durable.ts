/**
 * Answers leave once the bindings they speak of are durable. Changes of one turn of the event loop go to the store together
 * (group commit), one commit at a time; what was sent after them waits with them, in order.
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

export function createDurable(store: BindingStore, transmit: (effect: Send) => void, onError: (error: Error) => void): Durable {
  let changes: StoreChange[] = [];
  let held: Send[] = [];
  let running: Promise<void> | undefined;
  /** What the store refused, the last of each key: goes with the next commit, lest an ended binding come back at the next start. */
  let unstored = new Map<string, StoreChange>();

  async function run(): Promise<void> {
    await Promise.resolve(); // the rest of this turn belongs to the same commit
    while (changes.length > 0) {
      const batch = [...unstored.values(), ...changes];
      const waiting = held;
      changes = [];
      held = [];
      try {
        await store.commit(batch);
        unstored = new Map();
      } catch (e) {
        unstored = new Map(batch.map((c) => [c.key, c]));
        onError(new Error(`${batch.length} bindings could not be stored, so their gateways get no answer and will ask again: ${(e as Error).message}`));
        continue;
      }
      waiting.forEach(pass);
    }
    running = undefined;
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
      running ??= run();
    },
    send(effect) {
      if (changes.length > 0) held.push(effect);
      else transmit(effect);
    },
    settled: () => running ?? Promise.resolve(),
  };
}
