/** Gateways of the fleet, and those that wait to be claimed. As JSON: times are Unix milliseconds. */
import type { Birth, Problem, ReportedStatus, Revision } from '../../../runtime/fleet/messages.ts';
import type { Concern, GatewayId } from '../../../runtime/fleet/topics.ts';
import type { Binding } from './subscribers.ts';

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
