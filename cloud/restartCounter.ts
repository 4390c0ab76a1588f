/** Did this anchor lose its state (RFC 5847 §3.2)? The counter is kept with the bindings, so it grows when, and only when, they are gone. */
import { nextRestartCounter } from '../runtime/restartCounter.ts';
import type { BindingStore } from './lma/bindingStore.ts';

export interface AnchorRestart {
  readonly counter: number;
  /** Whoever held sessions here has to register them again. */
  readonly lostState: boolean;
}

export async function anchorRestartCounter(store: BindingStore, folder: string, onError: (error: Error) => void): Promise<AnchorRestart> {
  const kept = await store.restartCounter();
  return kept === undefined ? anchorLostState(store, folder, onError) : { counter: kept, lostState: false };
}

/** The next counter, kept from now on. `before`: what peers were told last. */
export async function anchorLostState(store: BindingStore, folder: string, onError: (error: Error) => void, before = 0): Promise<AnchorRestart> {
  const counter = Math.max(nextRestartCounter(folder, onError), before + 1);
  await store.keepRestartCounter(counter);
  return { counter, lostState: true };
}
