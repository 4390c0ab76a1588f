/** `roamstead agent status`, as far as the fleet goes. */
import type { Reported } from '../../runtime/fleet/messages.ts';
import type { Concern } from '../../runtime/fleet/topics.ts';

export interface FleetStatus {
  readonly gateway: string;
  readonly state: 'unclaimed' | 'offline' | 'connected';
  readonly why: string;
  /** Unix milliseconds */
  readonly since: number;
  /** XXXX-XXXX, while nobody has claimed it. */
  readonly code?: string;
  readonly home?: string;
  readonly group?: string;
  readonly certificateExpires?: number;
  readonly session: number;
  readonly documents: readonly { readonly concern: Concern; readonly running: number | null; readonly reported?: Reported }[];
}
