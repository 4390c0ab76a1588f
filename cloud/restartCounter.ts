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
  if (kept !== undefined) return { counter: kept, lostState: false };
  const counter = nextRestartCounter(folder, onError);
  await store.keepRestartCounter(counter);
  return { counter, lostState: true };
}
