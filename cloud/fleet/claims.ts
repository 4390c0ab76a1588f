/** Claims: a gateway shows a code, a person types it, and the gateway has a certificate of its own, a home and a group. */
import type { GatewayId } from '../../runtime/fleet/topics.ts';
import type { PendingClaim } from '../api/resources.ts';

export interface Approval {
  /** As it was typed: case, spaces and hyphens do not matter; O is 0, I and L are 1. */
  readonly code: string;
  readonly name: string;
  readonly group: string;
  readonly by: string;
}

export interface Claims {
  pending(): readonly PendingClaim[];
  /** @returns the gateway, which is told and has its record. @throws Refused in words: a wrong code (404), too many of them (429), a claim that is refused (409) */
  approve(approval: Approval): Promise<GatewayId>;
  /** Nobody wants this one. */
  dismiss(gateway: GatewayId, by: string): Promise<void>;
  /** Forgets what is too old. Call it about once a minute. */
  tick(): Promise<void>;
  close(): Promise<void>;
}
