/**
 * What the HTTP API gives and takes, as JSON: types only, shared with the dashboard. Times are Unix milliseconds. Subscribers and
 * stations are pseudonyms (`mn-…`) everywhere but in the answer to a reveal.
 */
import type { Birth, Problem, ReportedStatus, Revision } from '../../runtime/fleet/messages.ts';
import type { Concern, GatewayId } from '../../runtime/fleet/topics.ts';

export type Role = 'viewer' | 'operator' | 'owner';
/** What went wrong and what to do; `path` names the field of the request. */
export interface ApiError {
  readonly error: string;
  readonly path?: string;
}
/** Every list that may be long. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  /** For `?after=` of the next page. */
  readonly next?: string;
}

// --- who is asking
export interface SetUpState {
  readonly needed: boolean;
}
/** `null` from `GET /session` when nobody is signed in: that is no error. */
export interface SessionInfo {
  readonly user: string;
  readonly role: Role;
  /** To be sent as `x-roamstead-csrf` with everything that changes something. */
  readonly csrf: string;
  readonly version: string;
}
/** One sign-in of somebody. */
export interface Session {
  readonly id: string;
  readonly user: string;
  readonly createdAt: number;
  readonly lastSeen: number;
  readonly expiresAt: number;
  /** Where it was last used from. */
  readonly ip: string;
  /** The browser, in its own words. */
  readonly agent: string;
  /** The one that asks. */
  readonly current: boolean;
}
export interface User {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly lastSeen?: number;
  readonly sessions: number;
}
export interface Token {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Who made it; it goes on when they have left. */
  readonly by?: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsed?: number;
  /** Only in the answer to its creation. */
  readonly secret?: string;
}

// --- Now
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
export interface HandoverFigures {
  readonly perMinute: number;
  /** 0 to 1, of the last five minutes; 1 when there was none. */
  readonly success: number;
  /** Milliseconds from associated to paths switched. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

// --- homes
export type HomeStatus = 'online' | 'degraded' | 'offline' | 'paused' | 'revoked';
export interface Home {
  readonly id: GatewayId;
  readonly name: string;
  readonly group: string;
  readonly status: HomeStatus;
  /** Why, in words; what to do. */
  readonly reasons: readonly string[];
  readonly identity: string;
  readonly agent?: string;
  readonly lastSeen?: number;
  readonly since?: number;
  readonly subscribers: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly configuration: Readonly<Record<Concern, HomeConfiguration>>;
  readonly certificateExpires?: number;
  /** As it is shown: moved by up to some hundred metres, the same way each time. */
  readonly position?: { readonly latitude: number; readonly longitude: number };
  readonly notes?: string;
}
export interface HomeConfiguration {
  readonly desired?: Revision;
  readonly running?: Revision;
  /** `pending`: nothing was reported about the desired revision yet. `none`: nothing is desired. */
  readonly status: ReportedStatus | 'pending' | 'none';
  readonly problems: readonly Problem[];
}
export interface HomeDetails extends Home {
  readonly can: Birth['can'];
  readonly sharing?: { readonly paused: boolean; readonly maximumGuests?: number; readonly upRate?: number; readonly downRate?: number };
  readonly lmas: readonly { readonly id: string; readonly reachable: boolean }[];
  readonly bindings: readonly Binding[];
  /** What is desired against what runs, where both are known: `before` is what runs. */
  readonly difference: Readonly<Partial<Record<Concern, readonly { readonly path: string; readonly before: unknown; readonly after: unknown }[]>>>;
  /** Each value with where it comes from. `built in`: where neither a document nor the gateway's own file says otherwise. */
  readonly effective: Readonly<Record<Concern, readonly { readonly path: string; readonly value: unknown; readonly source: 'fleet' | 'group' | 'home' | 'built in' }[]>>;
  /** Octets. */
  readonly memory?: number;
  /** Milliseconds since the agent's start. */
  readonly uptime?: number;
}
export interface HomeEvent {
  readonly number: number;
  readonly at: number;
  readonly home: GatewayId;
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}
export interface CommandRecord {
  readonly id: string;
  readonly home: GatewayId;
  readonly name: string;
  readonly by: string;
  readonly at: number;
  readonly expires: number;
  readonly status: 'sent' | 'done' | 'failed' | 'expired';
  readonly result?: unknown;
}
export interface PendingClaim {
  readonly gateway: GatewayId;
  readonly agent: string;
  readonly identity: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
}
export interface Group {
  readonly id: string;
  readonly name: string;
  readonly homes: number;
}

// --- configuration
export type Scope = { readonly kind: 'fleet' } | { readonly kind: 'group'; readonly id: string } | { readonly kind: 'home'; readonly id: GatewayId };
export interface DocumentVersion {
  readonly scope: Scope;
  readonly concern: Concern;
  readonly document: unknown;
  readonly by: string;
  readonly at: number;
}
export interface Preview {
  readonly homes: readonly { readonly home: GatewayId; readonly name: string; readonly changes: readonly { readonly path: string; readonly before: unknown; readonly after: unknown }[] }[];
  /** Of the document; with any, nothing can be rolled out. */
  readonly problems: readonly Problem[];
  readonly unchanged: number;
}
export type RolloutStatus = 'canary' | 'ramp' | 'paused' | 'done' | 'rolling back' | 'rolled back';
export interface Rollout {
  readonly id: string;
  readonly scope: Scope;
  readonly concern: Concern;
  readonly status: RolloutStatus;
  /** Why it stands where it stands. */
  readonly reason: string;
  readonly by: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly total: number;
  readonly sent: number;
  readonly applied: number;
  readonly failed: number;
  /** Binding success and handover time of the changed homes, before and since. */
  readonly before?: HandoverFigures;
  readonly since?: HandoverFigures;
  /** `wave` counts from 1; 0: not sent yet. */
  readonly homes: readonly { readonly home: GatewayId; readonly name: string; readonly wave: number; readonly status: HomeConfiguration['status'] | 'waiting'; readonly at?: number }[];
}
export interface RolloutPlan {
  readonly scope: Scope;
  readonly concern: Concern;
  readonly document: unknown;
  /** Homes of the first wave; each further wave is `ramp` times as large. */
  readonly canary: number;
  readonly ramp: number;
  /** Seconds that a wave is watched before the next one. */
  readonly watch: number;
  /** Success that may be lost (0 to 1), and times by which the median may grow, until it stops and rolls back. */
  readonly tolerance: { readonly success: number; readonly time: number };
}

// --- subscribers and handovers
export interface Subscriber {
  /** `mn-…` */
  readonly id: string;
  readonly home?: GatewayId;
  readonly homeName?: string;
  readonly lma: string;
  readonly since: number;
  readonly lastHandover?: number;
  readonly handovers: number;
  readonly state: 'active' | 'released';
  readonly addresses: readonly string[];
  readonly bytesUp: number;
  readonly bytesDown: number;
}
export interface Binding {
  readonly subscriber: string;
  readonly home?: GatewayId;
  readonly lma: string;
  readonly service: string;
  readonly apn?: string;
  readonly state: string;
  readonly addresses: readonly string[];
  readonly careOf: string;
  readonly transport: string;
  readonly lifetime: number;
  readonly since?: number;
}
export interface HandoverSummary {
  /** The trace: the same at both ends. */
  readonly id: string;
  readonly at: number;
  readonly subscriber: string;
  readonly kind: 'attach' | 'handover' | 'move';
  /** `home` is a gateway's id, or what the LMA calls one that the fleet does not know. */
  readonly from?: { readonly home: string; readonly name: string };
  readonly to: { readonly home: string; readonly name: string };
  readonly success: boolean;
  readonly reason: string;
  /** Milliseconds from associated to paths switched, as far as both ends told. */
  readonly duration?: number;
}
export interface HandoverStage {
  readonly name: 'associated' | 'profile' | 'pbuSent' | 'pbuReceived' | 'lmaPathsSwitched' | 'pbaSent' | 'pbaReceived' | 'pathsSwitched' | 'firstPacket';
  readonly end: 'home' | 'lma';
  /** Milliseconds after the first stage. */
  readonly at: number;
}
export interface DecodedMessage {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly name: string;
  /** One line a field, nested by indentation. */
  readonly fields: readonly string[];
}
export interface Handover extends HandoverSummary {
  /** Its name, if it told its part. */
  readonly lma?: string;
  readonly stages: readonly HandoverStage[];
  readonly packetsLost?: number;
  readonly packetsHeld?: number;
  readonly messages: readonly DecodedMessage[];
  /** Whether `…/pcap` has anything. */
  readonly capture: boolean;
  /** What is not known and why, in words. */
  readonly missing: readonly string[];
}
export interface Revealed {
  readonly nai: string;
  readonly mac?: string;
  /** Of the audit log. */
  readonly audit: number;
}

// --- the rest
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
