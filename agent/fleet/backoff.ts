/** Full jitter: a fleet whose broker comes back does not come back as one. */
import type { Millis } from '../../protocol/units.ts';

const FIRST: Millis = 2000;
const LONGEST: Millis = 300_000;
/** Below, a broker that refuses at once would be asked without a pause. */
const SHORTEST: Millis = 500;

/** @param attempt how many failed in a row @param random from 0 to below 1 */
export const backoff = (attempt: number, random: number): Millis => Math.max(SHORTEST, random * Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 30)));

/** `period`, more or less a tenth. */
export const jittered = (period: Millis, random: number): Millis => period * (0.9 + 0.2 * random);
