/** `show ipv6 mobile pmipv6 {mag|lma} heartbeat`: what heartbeats tell of one peer, the same at both ends. */
import type { Pulse } from '../protocol/heartbeat.ts';
import type { Now } from '../protocol/units.ts';

export interface ShownPeer {
  readonly 'peer-id': string;
  readonly address: string;
  readonly state: Pulse['state'];
  /** Sessions between it and this node. */
  readonly bindings: number;
  /** milliseconds */
  readonly 'round-trip'?: number;
  readonly 'restart-counter'?: number;
  /** seconds since */
  readonly 'last-heard'?: number;
  readonly sent: number;
  readonly received: number;
  /** in a row, now */
  readonly missed: number;
}

export interface ShownHeartbeat {
  readonly enabled: boolean;
  /** seconds */
  readonly interval: number;
  readonly 'restart-counter': number;
  readonly peers: readonly ShownPeer[];
}

export function shownPeer(id: string, address: string, bindings: number, pulse: Pulse, now: Now): ShownPeer {
  return {
    'peer-id': id,
    address,
    state: pulse.state,
    bindings,
    ...(pulse.roundTrip === undefined ? {} : { 'round-trip': Math.round(pulse.roundTrip * 10) / 10 }),
    ...(pulse.restartCounter === undefined ? {} : { 'restart-counter': pulse.restartCounter }),
    ...(pulse.heard === undefined ? {} : { 'last-heard': Math.round((now.at - pulse.heard.at) / 1000) }),
    sent: pulse.sent,
    received: pulse.received,
    missed: pulse.missed,
  };
}
