/**
 * Units as types. Inside the product time is milliseconds and lifetimes are seconds; the wire's own units (4 s, 1/65536 s)
 * are converted here and nowhere else. The brands are optional: a plain number fits, another unit does not.
 */

/** Milliseconds: on a monotonic clock, or a duration. */
export type Millis = number & { readonly unit?: 'ms' };
/** Milliseconds since 1970-01-01T00:00Z. */
export type UnixMillis = number & { readonly unit?: 'unix-ms' };
export type Seconds = number & { readonly unit?: 's' };
/** 48.16 fixed point seconds since 1970-01-01T00:00Z, as one 64-bit number (RFC 5213 §8.8). */
export type Timestamp = bigint & { readonly unit?: '1/65536 s' };

/** One instant on two clocks: `at` never steps and drives every deadline, `wall` may step and only fills timestamps and logs. */
export interface Now {
  readonly at: Millis;
  readonly wall: UnixMillis;
}

/** The next instant at which an entity wants `step` called, and why. */
export interface Deadline {
  readonly at: Millis;
  readonly why: string;
}

/** When that was, by the wall clock of now: a router without a battery has a wrong one when it starts. */
export const wallAt = (then: Millis, { at, wall }: Now): UnixMillis => Math.round(wall - (at - then));

export const seconds = (s: Seconds): Millis => s * 1000;

/** RFC 6275 §6.1.7: lifetimes are 16-bit counts of 4 s. */
export const LIFETIME_UNIT: Seconds = 4;
export const MAX_LIFETIME: Seconds = 65535 * LIFETIME_UNIT;

/** Rounded down; a wish of 1 to 3 s stays alive as one unit, because 0 means delete. */
export function lifetimeToUnits(s: Seconds): number {
  if (s <= 0) return 0;
  return Math.min(65535, Math.max(1, Math.floor(s / LIFETIME_UNIT)));
}

export const lifetimeFromUnits = (units: number): Seconds => units * LIFETIME_UNIT;

export function timestampOf(wall: UnixMillis): Timestamp {
  const whole = Math.floor(wall / 1000);
  return (BigInt(whole) << 16n) | BigInt(Math.min(65535, Math.floor(((wall - whole * 1000) * 65536) / 1000)));
}

/** To the nearest microsecond or so; timestamps past the year 285616 lose precision. */
export const timestampToWall = (t: Timestamp): UnixMillis => Number(t >> 16n) * 1000 + (Number(t & 0xffffn) * 1000) / 65536;

export function earliest(...deadlines: readonly (Deadline | undefined)[]): Deadline | undefined {
  let first: Deadline | undefined;
  for (const d of deadlines) if (d && (!first || d.at < first.at)) first = d;
  return first;
}
