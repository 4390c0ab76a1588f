/**
 * What every PBU draws from the gateway as a whole: its number, its timestamp (RFC 5213 §5.5), and a place under
 * MAX_UPDATE_RATE. Kept beside the entries, because a phone that comes and goes gets a new entry each time.
 */
import type { Mac } from '../../protocol/mac.ts';
import { seconds, timestampOf, type Millis, type Timestamp } from '../../protocol/units.ts';
import type { Entry } from './binding.ts';
import type { Context, Mag } from './state.ts';

/** MAX_UPDATE_RATE (RFC 6275 §12), per session. */
const MAX_UPDATES_PER_SECOND = 3;

export interface Stamp {
  readonly sequence: number;
  readonly timestamp?: Timestamp;
}

/** The instant before which no PBU for this phone may leave; undefined = now. */
export function heldUntil(c: Context, mac: Mac): Millis | undefined {
  const recent = (c.mag.updates.get(mac) ?? []).filter((at) => c.now.at - at < seconds(1));
  return recent.length < MAX_UPDATES_PER_SECOND ? undefined : (recent[0] as Millis) + seconds(1);
}

/** Has a PBU for this phone left at or after `at`? Answered for the last second. */
export const updatedSince = (mag: Mag, mac: Mac, at: Millis): boolean => (mag.updates.get(mac) ?? []).some((sent) => sent >= at);

/** A timestamp of a clock that is wrong is refused, so none leaves (RFC 5213 §5.5). */
export const clockMissing = (mag: Mag): boolean => mag.config.timestamps && !mag.clockSynchronised;

/** Number and timestamp of a PBU that leaves now. */
export function stamp(c: Context, entry: Entry): Stamp {
  const { mag, now } = c;
  mag.sequence = (mag.sequence + 1) & 0xffff;
  remember(mag, entry.mac, now.at);
  if (!mag.config.timestamps) return { sequence: (mag.sequence + (entry.sequenceOffset ?? 0)) & 0xffff };
  return { sequence: mag.sequence, timestamp: nextTimestamp(c) };
}

/** Later than that of any PBU so far. */
export const nextTimestamp = ({ mag, now }: Context): Timestamp => (mag.timestamp = increasing(mag.timestamp, timestampOf(now.wall)));

/** The session's next number follows the one that the LMA last accepted from some home; other sessions keep theirs. */
export function adoptSequence(mag: Mag, entry: Entry, lastAccepted: number): void {
  entry.sequenceOffset = (lastAccepted - mag.sequence) & 0xffff;
}

/** An LMA refuses equal timestamps, and a clock that is slewed may step back a little; after a large step the clock is right. */
const increasing = (last: Timestamp, now: Timestamp): Timestamp => (now > last || last - now > ONE_SECOND ? now : last + 1n);
const ONE_SECOND: Timestamp = 1n << 16n;

/** The phones last heard of stand last, so what is too old to count stands first and goes. */
function remember(mag: Mag, mac: Mac, at: Millis): void {
  const recent = [...(mag.updates.get(mac) ?? []), at].slice(-MAX_UPDATES_PER_SECOND);
  mag.updates.delete(mac);
  mag.updates.set(mac, recent);
  for (const [other, times] of mag.updates) {
    if (at - (times[times.length - 1] as Millis) < seconds(1)) return;
    mag.updates.delete(other);
  }
}
