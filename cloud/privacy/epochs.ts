/** What is due when: pure. Times are Unix milliseconds. */
import type { Settings } from '../api/resources/network.ts';

export const DAY = 86_400_000;

export interface Epoch {
  readonly id: number;
  readonly began: number;
}

/** Figures without subscribers, by the minute: a year and a bit, so that a month can be held against last year's. */
const MINUTES_DAYS = 400;

export interface Due {
  readonly begin: boolean;
  /** Epochs whose names stand nowhere any more. */
  readonly destroy: readonly number[];
}

/** @param epochs the newest first. A clock that is set back begins and destroys nothing. */
export function epochsDue(epochs: readonly Epoch[], { pseudonyms, retention }: Pick<Settings, 'pseudonyms' | 'retention'>, now: number): Due {
  const keep = Math.max(retention.handovers, retention.events, retention.subscribers) * DAY;
  const current = epochs[0];
  // An epoch's last name is given when the next one begins.
  const destroy = epochs.flatMap((e, i) => (i > 0 && (epochs[i - 1] as Epoch).began + keep <= now ? [e.id] : []));
  return { begin: !current || now - current.began >= pseudonyms.rotateDays * DAY, destroy };
}

/** Streams, each with the time before which its lines go; `audit` has a purge of its own, which keeps the chain. */
export function purgesDue({ retention }: Pick<Settings, 'retention'>, now: number): readonly { readonly stream: string; readonly before: number }[] {
  return [
    { stream: 'handovers', before: now - retention.handovers * DAY },
    { stream: 'events', before: now - retention.events * DAY },
    { stream: 'minutes', before: now - MINUTES_DAYS * DAY },
    { stream: 'audit', before: now - retention.audit * DAY },
  ];
}

/** Sealed identities that nobody has heard of since. */
export const sealedBefore = ({ retention }: Pick<Settings, 'retention'>, now: number): number => now - retention.subscribers * DAY;
