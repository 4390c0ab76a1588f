/** Configuration: its documents, and how a change of one reaches the homes. As JSON: times are Unix milliseconds. */
import type { Problem } from '../../../runtime/fleet/messages.ts';
import type { Concern, GatewayId } from '../../../runtime/fleet/topics.ts';
import type { HandoverFigures } from './handovers.ts';
import type { HomeConfiguration } from './homes.ts';

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
