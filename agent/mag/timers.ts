/**
 * Timers that the LMA sets (RFC 8127): what its PBA says overrides the configuration, for the session it speaks of as far as
 * PBUs go, and for that LMA as far as heartbeats go.
 */
import { find, type MobilityOption } from '../../protocol/mobility/options.ts';
import { seconds, type Millis, type Seconds } from '../../protocol/units.ts';
import type { Entry } from './binding.ts';
import type { Mag } from './state.ts';

/** Of one session's PBUs. */
export interface ReregistrationTimers {
  /** So long before the binding expires it is refreshed */
  readonly start: Millis;
  readonly retransmitInitial: Millis;
  readonly retransmitMaximum: Millis;
}

/** Of the heartbeats to one LMA. */
export interface HeartbeatTimers {
  readonly interval: Millis;
  readonly retransmissionDelay: Millis;
  readonly maxRetransmissions: number;
}

export interface ControlledTimers {
  readonly reregistration?: ReregistrationTimers;
  readonly heartbeat?: HeartbeatTimers;
}

const START_UNIT: Seconds = 4;

/** What the option says; undefined if it is there with a zero where none may be: such a PBA is ignored (§5.2). */
export function readTimers(options: readonly MobilityOption[]): ControlledTimers | undefined {
  let timers: ControlledTimers = {};
  for (const p of find(options, 'lmaControlledMagParameters')?.parameters ?? []) {
    if (p.kind === 'bindingReregistration') {
      if (p.start === 0 || p.initialRetransmission === 0 || p.maximumRetransmission === 0) return undefined;
      timers = { ...timers, reregistration: { start: seconds(p.start * START_UNIT), retransmitInitial: seconds(p.initialRetransmission), retransmitMaximum: seconds(p.maximumRetransmission) } };
    } else if (p.kind === 'heartbeat') {
      // Zero between two tries is no mistake.
      if (p.interval === 0 || p.maxRetransmissions === 0) return undefined;
      timers = { ...timers, heartbeat: { interval: seconds(p.interval), retransmissionDelay: seconds(p.retransmissionDelay), maxRetransmissions: p.maxRetransmissions } };
    }
  }
  return timers;
}

/** An LMA that says nothing any more leaves the gateway its own timers. */
export function applyTimers(mag: Mag, entry: Entry, timers: ControlledTimers): void {
  if (timers.reregistration) entry.timers = timers.reregistration;
  else delete entry.timers;
  if (!entry.lma) return;
  if (timers.heartbeat) mag.heartbeatTimers.set(entry.lma.id, timers.heartbeat);
  else mag.heartbeatTimers.delete(entry.lma.id);
}

/** How a PBU of this session is repeated (RFC 5213 §6.9.4). */
export const retransmission = ({ config }: Mag, entry: Entry): Pick<ReregistrationTimers, 'retransmitInitial' | 'retransmitMaximum'> => entry.timers ?? config.timers;

/** Before expiry where nothing else is said: 8127's own default; six tries fit. */
const REFRESH_MARGIN: Millis = seconds(40);

/**
 * When a session is refreshed after its PBU left. Where the LMA says how long before the end, then; else the earliest of the
 * refresh time, half the lifetime and 40 s before its end. Never sooner than half of a lifetime too short for that.
 */
export function refreshAfter({ config }: Mag, entry: Entry, granted: Seconds): Millis {
  const lifetime = seconds(granted);
  const start = entry.timers?.start;
  if (start !== undefined) return start < lifetime ? lifetime - start : lifetime / 2;
  if (lifetime < 2 * REFRESH_MARGIN) return lifetime / 2;
  return Math.min(seconds(config.timers.refresh), lifetime / 2, lifetime - REFRESH_MARGIN);
}
