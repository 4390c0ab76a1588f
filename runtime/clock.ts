/** The two clocks of a process (protocol/units.ts `Now`), and whether the wall clock can be trusted. */
import { available, native } from '../linux/native.ts';
import type { Millis, Now, UnixMillis } from '../protocol/units.ts';

export interface ClockSources {
  /** Nanoseconds on CLOCK_MONOTONIC. */
  readonly monotonic: () => bigint;
  /** Milliseconds since 1970 with fractions, on a clock that never steps. */
  readonly steady: () => UnixMillis;
  /** Whole milliseconds since 1970, as the system has them; steps whenever somebody sets the clock. */
  readonly system: () => UnixMillis;
}

/** Further apart than whole milliseconds explain: the clock was set. */
const STEP: Millis = 1.5;

export function createClock({ monotonic, steady, system }: ClockSources): () => Now {
  let drift: Millis = 0;
  return () => {
    const fine = steady();
    const whole = system();
    if (Math.abs(whole + 0.5 - (fine + drift)) > STEP) drift = whole + 0.5 - fine;
    return { at: Number(monotonic()) / 1e6, wall: fine + drift };
  };
}

/** `at` is CLOCK_MONOTONIC, the base of the data path's own time stamps; `wall` is finer than the system's milliseconds and follows its steps at once. */
export const now = createClock({ monotonic: () => process.hrtime.bigint(), steady: () => performance.timeOrigin + performance.now(), system: () => Date.now() });

/** More than any slewing explains between two calls: somebody set the clock. */
const SET: Millis = 1000;

/** True when the wall clock was set since the last call. */
export function watchClock(): (at: Now) => boolean {
  let offset: Millis | undefined;
  return ({ at, wall }) => {
    const before = offset;
    offset = wall - at;
    return before !== undefined && Math.abs(offset - before) > SET;
  };
}

const TIME_ERROR = 5;
const STA_UNSYNC = 0x40;
/** A clock before this is certainly wrong: the router has no battery and no NTP yet. */
const BUILT: UnixMillis = Date.UTC(2026, 0, 1);

/** adjtimex(2): the kernel is told by whoever disciplines the clock. Where it cannot be asked, only nonsense is noticed. */
export function clockSynchronised(): boolean {
  if (Date.now() < BUILT) return false;
  if (available() !== true) return true;
  const state = native().adjtimex();
  return typeof state === 'number' || (state.state !== TIME_ERROR && (state.status & STA_UNSYNC) === 0);
}
