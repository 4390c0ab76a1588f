/**
 * What must outlive the agent while the data path forwards on: written at each transition, read at start. A live downlink
 * key is never given to somebody else, and an uplink key is never asked for twice.
 */
import type { Mac } from '../../protocol/mac.ts';
import type { Path } from '../../protocol/paths.ts';
import type { Now, Seconds, UnixMillis } from '../../protocol/units.ts';
import type { Assigned, Entry, Lessons } from './binding.ts';
import type { MagConfig } from './config.ts';
import type { Profile } from './profile.ts';
import { onlyOver } from './redirect.ts';

export interface RetainedBinding {
  readonly mac: Mac;
  readonly interface: string;
  readonly index: number;
  readonly downlinkKey: number;
  readonly uplinkKey: number;
  readonly identity?: string;
  readonly profile: Profile;
  /** id of the LMA */
  readonly lma: string;
  /** Another LMA assigned it, over this family. */
  readonly assignedOver?: 'ipv6' | 'ipv4';
  readonly assigned: Assigned;
  readonly path: Path;
  readonly granted: Seconds;
  /** on the wall clock, since the monotonic one may have started anew */
  readonly grantedUntil: UnixMillis;
  readonly lessons: Lessons;
  readonly dhcpServer: boolean;
  readonly keepaliveEvery?: number;
}

/** The record of an active entry; undefined if there is nothing to take up again. */
export function retain(entry: Entry, now: Now): RetainedBinding | undefined {
  if (entry.state.name !== 'active' || !entry.profile || !entry.lma || !entry.path || entry.uplinkKey === undefined) return undefined;
  return {
    mac: entry.mac,
    interface: entry.interface,
    index: entry.index,
    downlinkKey: entry.downlinkKey,
    uplinkKey: entry.uplinkKey,
    ...(entry.identity === undefined ? {} : { identity: entry.identity }),
    profile: entry.profile,
    lma: entry.lma.id,
    ...(entry.assignedLma ? { assignedOver: entry.assignedLma.ipv6 ? 'ipv6' : 'ipv4' } : {}),
    assigned: entry.assigned,
    path: entry.path,
    granted: entry.granted,
    grantedUntil: now.wall + (entry.state.grantedUntil - now.at),
    lessons: entry.lessons,
    dhcpServer: entry.dhcpServer,
    ...(entry.keepaliveEvery === undefined ? {} : { keepaliveEvery: entry.keepaliveEvery }),
  };
}

/** The entry as it was; undefined if its lifetime ended meanwhile or its LMA is gone from the configuration. */
export function revive(record: RetainedBinding, config: MagConfig, now: Now): Entry | undefined {
  const lma = config.lmas.find((l) => l.id === record.lma);
  const left = record.grantedUntil - now.wall;
  if (!lma || left <= 0) return undefined;
  const assignedLma = record.assignedOver && onlyOver(lma, record.assignedOver);
  return {
    mac: record.mac,
    interface: record.interface,
    index: record.index,
    downlinkKey: record.downlinkKey,
    uplinkKey: record.uplinkKey,
    ...(record.identity === undefined ? {} : { identity: record.identity }),
    profile: record.profile,
    lma: assignedLma ?? lma,
    ...(assignedLma ? { assignedLma } : {}),
    refusedBy: [],
    state: { name: 'active', grantedUntil: now.at + left, refreshAt: now.at },
    assigned: record.assigned,
    path: record.path,
    granted: record.granted,
    lessons: record.lessons,
    // Nothing is known of the time in between: the phone has to show itself before its binding is extended.
    lastSeen: -Infinity,
    dhcpServer: record.dhcpServer,
    ...(record.keepaliveEvery === undefined ? {} : { keepaliveEvery: record.keepaliveEvery, keepaliveAt: now.at }),
  };
}
