/** What the live stream adds up to: a pure function of what was loaded and what came since. */
import type { Alert, LiveEvents } from '../../cloud/api/resources/network.ts';
import type { HandoverSummary } from '../../cloud/api/resources/handovers.ts';
import type { Home, PendingClaim } from '../../cloud/api/resources/homes.ts';
import type { Rollout } from '../../cloud/api/resources/rollouts.ts';

export type LiveEvent = { [K in keyof LiveEvents]: { readonly kind: K; readonly value: LiveEvents[K] } }[keyof LiveEvents];

export interface LiveState {
  readonly overview: LiveEvents['overview'] | undefined;
  readonly homes: ReadonlyMap<string, Home>;
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly rollouts: ReadonlyMap<string, Rollout>;
  readonly claims: ReadonlyMap<string, PendingClaim>;
  /** The latest handovers, newest first. */
  readonly ticker: readonly HandoverSummary[];
  /** Grows when everything has to be loaded anew. */
  readonly generation: number;
}

export const EMPTY: LiveState = { overview: undefined, homes: new Map(), alerts: new Map(), rollouts: new Map(), claims: new Map(), ticker: [], generation: 0 };
const TICKER = 200;

/** All events of one frame at once: each map is copied at most once, however many there are. */
export function apply(state: LiveState, events: readonly LiveEvent[]): LiveState {
  let { overview, ticker, generation } = state;
  const homes = lazily(state.homes);
  const alerts = lazily(state.alerts);
  const rollouts = lazily(state.rollouts);
  const claims = lazily(state.claims);
  for (const event of events) {
    switch (event.kind) {
      case 'overview':
        overview = event.value;
        break;
      case 'handovers':
        ticker = newestFirst(event.value, ticker);
        break;
      case 'home':
        homes.change().set(event.value.id, event.value);
        claims.change().delete(event.value.id);
        break;
      case 'homeRemoved':
        homes.change().delete(event.value.id);
        break;
      case 'alert':
        alerts.change().set(event.value.id, event.value);
        break;
      case 'rollout':
        rollouts.change().set(event.value.id, event.value);
        break;
      case 'claim':
        claims.change().set(event.value.gateway, event.value);
        break;
      case 'reset':
        generation++;
        break;
    }
  }
  return { overview, homes: homes.value(), alerts: alerts.value(), rollouts: rollouts.value(), claims: claims.value(), ticker, generation };
}

/** Whole lists, as far as they were loaded. */
export interface Loaded {
  readonly homes?: readonly Home[];
  readonly alerts?: readonly Alert[];
  readonly rollouts?: readonly Rollout[];
  readonly claims?: readonly PendingClaim[];
}

/** Puts loaded lists in place of what was known; what came since they were asked for is newer than they are. */
export function refilled(state: LiveState, { homes, alerts, rollouts, claims }: Loaded, since: readonly LiveEvent[]): LiveState {
  const filled = {
    ...state,
    ...(homes ? { homes: new Map(homes.map((h) => [h.id, h])) } : {}),
    ...(alerts ? { alerts: new Map(alerts.map((a) => [a.id, a])) } : {}),
    ...(rollouts ? { rollouts: new Map(rollouts.map((r) => [r.id, r])) } : {}),
    ...(claims ? { claims: new Map(claims.map((c) => [c.gateway, c])) } : {}),
  };
  return apply(filled, since.filter((event) => event.kind !== 'reset'));
}

/** Joined by id: the same handover may be told twice, the second time with more known. */
export function newestFirst(added: readonly HandoverSummary[], before: readonly HandoverSummary[]): readonly HandoverSummary[] {
  const byId = new Map(before.map((h) => [h.id, h]));
  for (const one of added) byId.set(one.id, one);
  return [...byId.values()].sort((a, b) => b.at - a.at).slice(0, TICKER);
}

function lazily<T>(map: ReadonlyMap<string, T>) {
  let own: Map<string, T> | undefined;
  return { change: () => (own ??= new Map(map)), value: () => own ?? map };
}
