/** What is believed of a gateway's own times, and how much it may tell: it is in a stranger's house. */
import type { UnixMillis } from '../../protocol/units.ts';
import { createThrottle, type Throttle } from '../broker/throttle.ts';

const DAY = 86_400_000;
/** Clocks differ a little. */
const AHEAD = 60_000;
/** Events of one gateway in five minutes: three times what it keeps for a broker that was away (agent/fleet/events.ts). */
const EVENTS = 3000;
const PERIOD = 300_000;

/** When something happened, as a gateway says it. Of another day, or to come: its clock is wrong or it lies, and the time that it came counts, which sorts, is purged and can be shown. */
export const timeTold = (at: number, now: UnixMillis): UnixMillis => (at > now - DAY && at <= now + AHEAD ? Math.round(at) : now);

/** By gateway: what one tells is kept and counted, and must neither fill the disk nor push out what the others tell. */
export const createTellingLimit = (now: () => UnixMillis): Throttle => createThrottle(EVENTS, PERIOD, now);
