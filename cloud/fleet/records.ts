/** What the fleet's parts keep in the store. Keys of gateways are here and on the wire, and nowhere else. */
import type { Problem, Revision, ReportedStatus } from '../../runtime/fleet/messages.ts';
import type { Concern, GatewayId } from '../../runtime/fleet/topics.ts';
import type { CommandRecord } from '../api/resources/homes.ts';
import type { Rollout, RolloutPlan, Scope } from '../api/resources/rollouts.ts';
import type { AttemptFigures } from '../live/ports.ts';
import type { Stored } from './ports.ts';

/** A revision that was published, and the hash of its document without the key. */
export interface Given extends Revision {
  readonly content: string;
}

/** Collection `gateways`: made by a claim, removed by hand. */
export interface GatewayRecord extends Stored {
  readonly id: GatewayId;
  readonly name: string;
  readonly group: string;
  /** The MAG Identifier. */
  readonly identity: string;
  readonly createdAt: number;
  readonly notes?: string;
  /** As it is, not as it is shown. */
  readonly position?: { readonly latitude: number; readonly longitude: number };
  readonly certificate?: { readonly serial: string; readonly expires: number };
  readonly revoked?: { readonly at: number; readonly by: string; readonly reason: string };
  /** Shared with the LMAs (RFC 4285), in hex. */
  readonly key: string;
  /** What is published, by concern. */
  readonly desired: Readonly<Partial<Record<Concern, Revision>>>;
  /** What of it the gateway may work with, the newest first (published.ts). */
  readonly given?: Readonly<Partial<Record<Concern, readonly Given[]>>>;
  /** As of some minute: what is newer is told by the gateway itself after a restart. */
  readonly agent?: string;
  readonly lastSeen?: number;
}

/** Collection `groups`. */
export interface GroupRecord extends Stored {
  readonly name: string;
}

/** Collection `documents`: each version of each scope and concern; the one with the highest number counts. */
export interface VersionRecord extends Stored {
  readonly scope: Scope;
  readonly concern: Concern;
  readonly number: number;
  /** `null`: the scope says nothing any more. */
  readonly document: unknown;
  readonly by: string;
  readonly at: number;
  readonly rollout?: string;
}

export interface RolloutHome {
  readonly home: GatewayId;
  /** 0: it is in none yet. */
  readonly wave: number;
  readonly online: boolean;
  /** About what it is desired now: the new document, or, once that is taken back, the one before. */
  readonly status: ReportedStatus | 'pending' | 'waiting';
  /** What it made of the new document, if that was why it is taken back. */
  readonly failed?: ReportedStatus;
  readonly problems?: readonly Problem[];
  readonly at?: number;
}

/** Collection `rollouts`. */
export interface RolloutRecord extends Stored {
  readonly by: string;
  readonly plan: RolloutPlan;
  readonly status: Rollout['status'];
  readonly reason: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** The last that was sent. */
  readonly wave: number;
  readonly waveAt: number;
  /** When the wave has been watched, or the rollback has had its time. */
  readonly until: number;
  /** When the figures are looked at next. */
  readonly lookAt: number;
  /** Of a paused one: milliseconds that the wave has still to be watched. */
  readonly left?: number;
  readonly homes: readonly RolloutHome[];
  readonly before?: AttemptFigures;
  readonly since?: AttemptFigures;
}

/** Collection `commands`. */
export type StoredCommand = CommandRecord & { readonly arguments?: Readonly<Record<string, unknown>> };
