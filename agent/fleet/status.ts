/** `roamstead agent status`: what the home's owner sees. How much is shared, and never who. */
import type { Reported } from '../../runtime/fleet/messages.ts';
import type { Concern } from '../../runtime/fleet/topics.ts';
import type { AgentConfig } from '../config.ts';
import { entriesOf } from '../mag/bindingUpdateList.ts';
import type { Mag } from '../mag/mag.ts';
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

export interface AgentStatus {
  readonly identity: string;
  readonly state: 'serving' | 'paused' | 'waiting';
  readonly why: string;
  readonly sharing: { readonly guests: number; readonly octetsUp: number; readonly octetsDown: number; readonly limits: AgentConfig['host-first']; readonly cap: Sharing['cap'] };
  readonly lmas: readonly { readonly id: string; readonly reachable: boolean }[];
  readonly fleet?: FleetStatus;
}

export interface StatusOptions extends Pick<AgentStatus, 'identity' | 'lmas' | 'fleet'> {
  readonly config: AgentConfig;
  readonly sharing: Sharing;
  /** Undefined while the agent starts. */
  readonly mag: Mag | undefined;
  readonly octets: { readonly up: number; readonly down: number };
}

export function statusOf({ identity, config, sharing, mag, octets, lmas, fleet }: StatusOptions): AgentStatus {
  return {
    identity,
    ...stateOf(sharing, mag, lmas),
    sharing: {
      guests: mag ? entriesOf(mag.list).filter((e) => e.state.name === 'active').length : 0,
      octetsUp: octets.up,
      octetsDown: octets.down,
      limits: config['host-first'],
      cap: sharing.cap,
    },
    lmas,
    ...(fleet ? { fleet } : {}),
  };
}

/** The first thing that is in the way of a guest. */
function stateOf({ paused }: Sharing, mag: Mag | undefined, lmas: AgentStatus['lmas']): Pick<AgentStatus, 'state' | 'why'> {
  const waiting = (why: string) => ({ state: 'waiting', why }) as const;
  if (paused) return { state: 'paused', why: 'you paused sharing; "roamstead agent resume" ends that' };
  if (!mag) return waiting('the agent starts');
  if (mag.config.lmas.length === 0) return waiting('no LMA is known; the fleet names them when the gateway was claimed');
  if (mag.careOf.ipv4 === undefined && mag.careOf.ipv6 === undefined) return waiting('the uplink has no address');
  if (!mag.clockSynchronised && mag.config.timestamps) return waiting('nobody sets the clock: start NTP');
  const silent = lmas.length > 0 && lmas.every((l) => !l.reachable);
  return { state: 'serving', why: silent ? 'no LMA has been heard of for a while' : 'ready for guests' };
}
