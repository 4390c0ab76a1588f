/** The two clocks of a process (protocol/units.ts `Now`), and whether the wall clock can be trusted. */
import { available, native } from '../linux/native.ts';
import type { Millis, Now } from '../protocol/units.ts';

/** `at` is CLOCK_MONOTONIC, the base of the data path's own time stamps. */
export const now = (): Now => ({ at: Number(process.hrtime.bigint()) / 1e6, wall: performance.timeOrigin + performance.now() + wallDrift() });

let lastDrift = { at: -Infinity, drift: 0 };
/** performance.now() never steps; what NTP changed since the start is read from the real clock once a second. */
function wallDrift(): Millis {
  const at = performance.now();
  if (at - lastDrift.at > 1000) {
    const drift = Date.now() - (performance.timeOrigin + at);
    lastDrift = { at, drift: Math.abs(drift) < 1.5 ? 0 : drift };
  }
  return lastDrift.drift;
}

const TIME_ERROR = 5;
const STA_UNSYNC = 0x40;
/** A clock before this is certainly wrong: the router has no battery and no NTP yet. */
const BUILT: Millis = Date.UTC(2026, 0, 1);

/** adjtimex(2): the kernel is told by whoever disciplines the clock. Without the addon only nonsense is noticed. */
export function clockSynchronised(): boolean {
  if (Date.now() < BUILT) return false;
  if (available() !== true) return true;
  const state = native().adjtimex();
  return typeof state === 'number' || (state.state !== TIME_ERROR && (state.status & STA_UNSYNC) === 0);
}
