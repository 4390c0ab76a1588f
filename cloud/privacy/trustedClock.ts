/** Whether the clock is to be believed when it says that history is old. Pure; times are Unix milliseconds. */
import { DAY } from './epochs.ts';

export interface TrustedClock {
  /** When it was looked at last. */
  readonly last: number;
  /** It went ahead by more than a day then, all at once. */
  readonly doubtedSince?: number;
}

/**
 * Purged is purged, also when a server's clock was only wrong: one that is far ahead of the last look has to go on like that for a
 * while. One that was set back purges nothing that it should not.
 */
export function looked({ last, doubtedSince }: TrustedClock, now: number, patience: number): TrustedClock {
  const since = now < last ? undefined : now - last > DAY ? now : doubtedSince;
  return since === undefined || now - since >= patience ? { last: now } : { last: now, doubtedSince: since };
}
