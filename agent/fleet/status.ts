/** `roamstead agent status`: what the home's owner sees. How much is shared, and never who. */
import type { Reported } from '../../runtime/fleet/messages.ts';
import type { Concern } from '../../runtime/fleet/topics.ts';
import type { AgentConfig } from '../config.ts';
import type { Complaint } from '../lastProblems.ts';
import { entriesOf } from '../mag/bindingUpdateList.ts';
import type { Mag } from '../mag/mag.ts';
import type { Reach, Reached } from './reach.ts';
import type { Sharing } from './sharing.ts';

export interface FleetStatus {
  readonly gateway: string;
  readonly state: 'unclaimed' | 'offline' | 'connected';
  readonly why: string;
  /** Unix milliseconds */
  readonly since: number;
  /** As shown, K7QF-2M9D; while nobody has claimed it. */
  readonly code?: string;
  readonly qr?: string;
  readonly home?: string;
  readonly group?: string;
  readonly certificateExpires?: number;
  readonly session: number;
  readonly documents: readonly { readonly concern: Concern; readonly running: number | null; readonly reported?: Reported }[];
}

/** What `why` says, for programs that say it in other words; `silent`: no LMA answers. */
export type Cause = 'ready' | 'silent' | 'paused' | 'starting' | 'noLma' | 'noUplink' | 'noClock';

export interface LmaStatus extends Reached {
  /** Unix milliseconds: answers since, or answered last. */
  readonly since?: number;
  /** Milliseconds, of the last heartbeat. */
  readonly roundTrip?: number;
}

export interface AgentStatus {
  readonly version: string;
  readonly identity: string;
  readonly state: 'serving' | 'paused' | 'waiting';
  readonly cause: Cause;
  readonly why: string;
  readonly sharing: { readonly guests: number; readonly octetsUp: number; readonly octetsDown: number; readonly limits: AgentConfig['host-first']; readonly cap: Sharing['cap'] };
  readonly lmas: readonly LmaStatus[];
  /** The last ones, the latest first. */
  readonly problems: readonly Complaint[];
  readonly fleet?: FleetStatus;
}

export interface StatusOptions extends Pick<AgentStatus, 'version' | 'identity' | 'problems' | 'fleet'> {
  readonly config: Pick<AgentConfig, 'host-first'>;
  /** The data path keeps to rates; else those of `config` are in force nowhere. */
  readonly polices: boolean;
  readonly sharing: Sharing;
  /** Undefined while the agent starts. */
  readonly mag: Mag | undefined;
  readonly octets: { readonly up: number; readonly down: number };
  readonly reach: Pick<Reach, 'all' | 'since'>;
}

export function statusOf({ version, identity, config, polices, sharing, mag, octets, reach, problems, fleet }: StatusOptions): AgentStatus {
  const lmas = reach.all().map((l) => lmaStatus(l, reach.since(l.id), mag?.anchors.get(l.id)?.pulse.roundTrip));
  return {
    version,
    identity,
    ...stateOf(sharing, mag, lmas),
    sharing: {
      guests: mag ? guestsAt(mag) : 0,
      octetsUp: octets.up,
      octetsDown: octets.down,
      limits: limitsInForce(config, polices),
      cap: sharing.cap,
    },
    lmas,
    problems,
    ...(fleet ? { fleet } : {}),
  };
}

/** Rates are kept by who polices, the number of guests by every gateway. */
export function limitsInForce({ 'host-first': limits }: Pick<AgentConfig, 'host-first'>, polices: boolean): AgentConfig['host-first'] {
  const { 'maximum-guests': most } = limits;
  return polices ? limits : most === undefined ? {} : { 'maximum-guests': most };
}

/** How many are served. */
export const guestsAt = (mag: Mag): number => entriesOf(mag.list).filter((e) => e.state.name === 'active').length;

const lmaStatus = (reached: Reached, since: number | undefined, roundTrip: number | undefined): LmaStatus => ({
  ...reached,
  ...(since === undefined ? {} : { since }),
  ...(roundTrip === undefined ? {} : { roundTrip: Math.round(roundTrip * 10) / 10 }),
});

/** The first thing that is in the way of a guest. */
function stateOf({ paused }: Sharing, mag: Mag | undefined, lmas: readonly LmaStatus[]): Pick<AgentStatus, 'state' | 'cause' | 'why'> {
  const waiting = (cause: Cause, why: string) => ({ state: 'waiting', cause, why }) as const;
  if (paused) return { state: 'paused', cause: 'paused', why: 'you paused sharing; "roamstead agent resume" ends that' };
  if (!mag) return waiting('starting', 'the agent starts');
  if (mag.config.lmas.length === 0) return waiting('noLma', 'no LMA is known; the fleet names them when the gateway was claimed');
  if (mag.careOf.ipv4 === undefined && mag.careOf.ipv6 === undefined) return waiting('noUplink', 'the uplink has no address');
  if (!mag.clockSynchronised && mag.config.timestamps) return waiting('noClock', 'nobody sets the clock: start NTP');
  if (lmas.some((l) => l.reachable)) return { state: 'serving', cause: 'ready', why: 'ready for guests' };
  return { state: 'serving', cause: 'silent', why: lmas.some((l) => l.since !== undefined) ? 'no LMA has been heard of for a while' : 'no LMA has been heard of yet' };
}
