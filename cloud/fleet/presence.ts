/** One gateway as it is heard: births, deaths and heartbeats of many connections, some of which are old. Pure. */
import type { Birth, Heartbeat, Reported } from '../../runtime/fleet/messages.ts';
import type { Concern } from '../../runtime/fleet/topics.ts';

export interface Presence {
  readonly online: boolean;
  /** When it came or went. */
  readonly since?: number;
  readonly lastSeen?: number;
  /** Why it is not there. */
  readonly gone?: 'lost' | 'disconnected' | 'silent';
  /** Of the last connection that was heard of, which counts them. */
  readonly session: number;
  /** That connection has ended, by word of the broker or the gateway. */
  readonly ended: boolean;
  readonly birth?: Birth;
  readonly heartbeat?: Heartbeat;
  /** By how much the gateway's clock is ahead of ours, milliseconds. */
  readonly ahead: number;
  /** Of the agent's earlier lives. */
  readonly bytes: { readonly up: number; readonly down: number };
  readonly reported: Readonly<Partial<Record<Concern, Reported>>>;
}

export const UNHEARD: Presence = { online: false, session: 0, ended: false, ahead: 0, bytes: { up: 0, down: 0 }, reported: {} };

const there = (before: Presence, now: number): Pick<Presence, 'online' | 'since' | 'lastSeen' | 'ended'> => ({ online: true, ended: false, lastSeen: now, since: before.online ? (before.since ?? now) : now });

/** A counter that is behind the last one is an agent's that lost its disk, if it was born later. */
export function born(before: Presence, birth: Birth, now: number): Presence {
  if (birth.session < before.session && birth.at <= (before.birth?.at ?? 0)) return before;
  const { gone: _, ...rest } = before;
  return { ...rest, ...there(before, now), session: birth.session, birth };
}

/** A will may come long after the next connection was made: it is then about one that nobody misses. */
export function died(before: Presence, death: { readonly state: 'lost' | 'disconnected'; readonly session: number }, now: number): Presence {
  if (death.session < before.session || (before.ended && death.session === before.session)) return before;
  return { ...before, online: false, gone: death.state, session: death.session, ended: true, since: before.online ? now : (before.since ?? now) };
}

export function beat(before: Presence, heartbeat: Heartbeat, now: number): Presence {
  if (heartbeat.session < before.session || (before.ended && heartbeat.session === before.session)) return before;
  const { gone: _, ...rest } = before;
  const last = before.heartbeat;
  // Its counters begin at nothing with the agent.
  const anew = last !== undefined && (heartbeat.uptime < last.uptime || heartbeat.counters.bytesUp < last.counters.bytesUp || heartbeat.counters.bytesDown < last.counters.bytesDown);
  const bytes = anew ? { up: before.bytes.up + last.counters.bytesUp, down: before.bytes.down + last.counters.bytesDown } : before.bytes;
  return { ...rest, ...there(before, now), session: heartbeat.session, heartbeat, ahead: heartbeat.at - now, bytes };
}

/** Nothing was heard for too long, and no will came. */
export const silenced = (before: Presence, now: number): Presence => (before.online ? { ...before, online: false, gone: 'silent', since: now } : before);

export const spoken = (before: Presence, concern: Concern, reported: Reported): Presence => ({ ...before, reported: { ...before.reported, [concern]: reported } });
