/** The network as a whole: what is now, what calls for somebody, who did what. As JSON: times are Unix milliseconds. */
import type { GatewayId } from '../../../runtime/fleet/topics.ts';
import type { HandoverFigures, HandoverSummary } from './handovers.ts';
import type { Home, HomeStatus, PendingClaim } from './homes.ts';
import type { Rollout } from './rollouts.ts';

export interface Overview {
  readonly homes: { readonly online: number; readonly total: number };
  readonly subscribers: number;
  readonly handovers: HandoverFigures;
  readonly alerts: readonly Alert[];
  readonly ticker: readonly HandoverSummary[];
  /** Of the last hour, a minute each, the oldest first. */
  readonly history: readonly { readonly at: number; readonly handovers: number; readonly success: number; readonly p50: number; readonly p99: number; readonly subscribers: number; readonly online: number }[];
  /** Parts that the figures come from and that do not answer now, in words. */
  readonly missing: readonly string[];
}

export interface Lma {
  readonly name: string;
  readonly reachable: boolean;
  readonly reason?: string;
  readonly bindings: number;
  readonly pools: readonly { readonly name: string; readonly service: string; readonly family: 'ipv4' | 'ipv6'; readonly size: number; readonly used: number }[];
  readonly gateways: number;
  readonly role?: string;
  readonly statistics: Readonly<Record<string, unknown>>;
}

export interface Topology {
  readonly homes: readonly { readonly id: GatewayId; readonly name: string; readonly status: HomeStatus; readonly subscribers: number; readonly position?: Home['position'] }[];
  readonly lmas: readonly { readonly name: string; readonly reachable: boolean; readonly bindings: number }[];
  readonly tunnels: readonly { readonly home: GatewayId; readonly lma: string; readonly subscribers: number }[];
  /** Roams between homes of the last hour. Pairs with fewer than the configured number of subscribers are left out. */
  readonly moves: readonly { readonly from: GatewayId; readonly to: GatewayId; readonly count: number }[];
  /** Homes within earshot of each other. */
  readonly neighbours: readonly { readonly from: GatewayId; readonly to: GatewayId }[];
}

export interface Alert {
  readonly id: string;
  readonly level: 'warn' | 'error';
  readonly text: string;
  /** What to do. */
  readonly advice: string;
  readonly since: number;
  readonly endedAt?: number;
  readonly home?: GatewayId;
  readonly lma?: string;
  readonly acknowledgedBy?: string;
}

export interface AuditEntry {
  readonly number: number;
  readonly at: number;
  readonly by: string;
  readonly action: string;
  readonly target: string;
  readonly reason?: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Of this entry, over the entry before: SHA-256 in hex. */
  readonly hash: string;
}

export interface Settings {
  /** Days. */
  readonly retention: { readonly handovers: number; readonly events: number; readonly subscribers: number; readonly audit: number };
  readonly pseudonyms: { readonly rotateDays: number; readonly epochBegan: number };
  readonly positions: { readonly fuzzMetres: number };
  /** A pair of homes appears in the graph from so many subscribers on. */
  readonly smallestGroup: number;
}

/** `GET /api/v1/events`, server-sent: `event:` is the key, `data:` the value, `id:` for `Last-Event-ID`. */
export interface LiveEvents {
  readonly overview: Pick<Overview, 'homes' | 'subscribers' | 'handovers'>;
  readonly handovers: readonly HandoverSummary[];
  readonly home: Home;
  readonly homeRemoved: { readonly id: GatewayId };
  readonly alert: Alert;
  readonly rollout: Rollout;
  readonly claim: PendingClaim;
  /** What was missed cannot be told any more: load everything anew. */
  readonly reset: Record<string, never>;
}
