/** The live stream (`/api/v1/events`) in the browser: kept open, resumed by EventSource itself, applied once per frame. */
import { computed, signal } from '@preact/signals';
import type { LiveEvents } from '../../cloud/api/resources/network.ts';
import { EMPTY, apply, refilled, type LiveEvent, type Loaded } from './liveState.ts';

export type Connection = 'live' | 'connecting' | 'lost';

const KINDS: { readonly [K in keyof LiveEvents]: true } = { overview: true, handovers: true, home: true, homeRemoved: true, alert: true, rollout: true, claim: true, reset: true };
/** A browser gives up on a stream that was refused; milliseconds until a new one is tried. */
const AGAIN = 5000;
/** Without a frame (a hidden tab) events are applied after so many milliseconds. */
const HIDDEN = 1000;

const state = signal(EMPTY);
export const connection = signal<Connection>('connecting');

export const live = {
  overview: computed(() => state.value.overview),
  homes: computed(() => state.value.homes),
  alerts: computed(() => state.value.alerts),
  rollouts: computed(() => state.value.rollouts),
  claims: computed(() => state.value.claims),
  ticker: computed(() => state.value.ticker),
  /** Grows when everything has to be loaded anew; `useResource` listens to it. */
  generation: computed(() => state.value.generation),
};

type Listener = (events: readonly LiveEvent[]) => void;
const listeners = new Set<Listener>();
/** Called once per frame with all events since the last one. @returns how to stop */
export function onLive(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

let waiting: LiveEvent[] = [];
let asked = false;

function flush(): void {
  asked = false;
  const events = waiting;
  waiting = [];
  state.value = apply(state.value, events);
  for (const listener of listeners) listener(events);
}

function take(event: LiveEvent): void {
  waiting.push(event);
  if (asked) return;
  asked = true;
  if (document.hidden) setTimeout(flush, HIDDEN);
  else requestAnimationFrame(flush);
}

/** Puts a list where the stream's changes go. */
export function seed(loaded: Loaded): void {
  state.value = refilled(state.value, loaded, []);
}

/** The same with lists that are still being loaded: what comes meanwhile is newer. */
export async function fill(loading: Promise<Loaded>): Promise<void> {
  const since: LiveEvent[] = [];
  const stop = onLive((events) => since.push(...events));
  try {
    const loaded = await loading;
    state.value = refilled(state.value, loaded, since);
  } finally {
    stop();
  }
}

/** Opens the stream. @returns how to close it */
export function connect(): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  const open = (): void => {
    source = new EventSource('/api/v1/events');
    source.addEventListener('open', () => {
      connection.value = 'live';
    });
    source.addEventListener('error', () => {
      connection.value = 'lost';
      if (source?.readyState !== EventSource.CLOSED || closed) return;
      // What was missed until the next one opens is unknown.
      timer = setTimeout(() => {
        open();
        take({ kind: 'reset', value: {} });
      }, AGAIN);
    });
    for (const kind of Object.keys(KINDS)) {
      source.addEventListener(kind, (message: MessageEvent<string>) => {
        const value = parse(message.data);
        if (value !== undefined) take({ kind, value } as LiveEvent);
      });
    }
  };
  open();
  return () => {
    closed = true;
    clearTimeout(timer);
    source?.close();
    state.value = EMPTY;
    connection.value = 'connecting';
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
