/** Which server is asked next: in the order of the configuration, passing over those that did not answer lately. Pure. */
import { ACCT_PORT, AUTH_PORT } from '../../protocol/radius/ports.ts';
import type { Millis } from '../../protocol/units.ts';
import type { RadiusServer } from './types.ts';

/** A server's two ports live and die apart: its accounting may be down while it authenticates. */
export type Purpose = 'authorize' | 'account';

interface Health {
  /** Of its last valid reply. */
  heard?: Millis;
  /** Since when it counts as dead; absent while it lives. */
  deadSince?: Millis;
}

export interface Servers {
  readonly all: readonly RadiusServer[];
  readonly deadTime: Millis;
  readonly health: Readonly<Record<Purpose, readonly Health[]>>;
}

export const createServers = (all: readonly RadiusServer[], deadTime: Millis): Servers => ({
  all,
  deadTime,
  health: { authorize: all.map(() => ({})), account: all.map(() => ({})) },
});

export const portOf = (server: RadiusServer, purpose: Purpose): number => (purpose === 'authorize' ? (server.authPort ?? AUTH_PORT) : (server.acctPort ?? ACCT_PORT));

/** `192.0.2.1:1812`, `[2001:db8::1]:1812` */
export const nameOf = (server: RadiusServer, purpose: Purpose): string => `${server.address.includes(':') ? `[${server.address}]` : server.address}:${portOf(server, purpose)}`;

/**
 * The index of the next server for a request that was at `tried` already. If none lives, the one whose death is longest ago
 * is tried, so that servers which came back are found again one after the other.
 */
export function choose(servers: Servers, purpose: Purpose, tried: readonly number[], at: Millis): number | undefined {
  const health = servers.health[purpose];
  const lives = ({ deadSince }: Health) => deadSince === undefined || at >= deadSince + servers.deadTime;
  const alive = health.findIndex((h, i) => lives(h) && !tried.includes(i));
  if (alive >= 0) return alive;
  if (tried.length > 0) return undefined;
  return health.reduce((oldest, h, i) => ((h.deadSince ?? 0) < (health[oldest]?.deadSince ?? 0) ? i : oldest), 0);
}

export function heard(servers: Servers, purpose: Purpose, index: number, at: Millis): void {
  const health = servers.health[purpose][index];
  if (!health) return;
  health.heard = at;
  delete health.deadSince;
}

/** It left a request without an answer since `since`. It is dead unless it answered another one meanwhile: then only packets were lost. */
export function silent(servers: Servers, purpose: Purpose, index: number, since: Millis, at: Millis): boolean {
  const health = servers.health[purpose][index];
  if (!health || (health.heard !== undefined && health.heard >= since)) return false;
  health.deadSince = at;
  return true;
}
