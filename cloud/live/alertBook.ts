/**
 * Alerts from what the rules find: one begins when something has been found for a while, and ends when it has not been found for a
 * while, so that what flickers is one alert. Pure: `look` says what changed.
 */
import type { Alert } from '../api/resources/network.ts';
import type { Millis, UnixMillis } from '../../protocol/units.ts';
import type { Alarm } from './ports.ts';

export interface Patience {
  /** How long it must be found before it is an alert. */
  readonly begin: Millis;
  /** How long it must not be found before the alert is over. */
  readonly end: Millis;
}

/** As it is kept. */
export type AlertRecord = Alert & { readonly rule: string; readonly about: string };

export interface AlertBook {
  /** By rule and what it is about. */
  readonly going: Map<string, { alert: AlertRecord; lastFound: UnixMillis }>;
  readonly found: Map<string, UnixMillis>;
  /** The oldest first. */
  over: AlertRecord[];
  last: number;
}

const MOST_OVER = 500;

export const createAlertBook = (kept: readonly AlertRecord[], now: UnixMillis): AlertBook => ({
  going: new Map(kept.filter((a) => a.endedAt === undefined).map((alert) => [keyOf(alert), { alert, lastFound: now }])),
  found: new Map(),
  over: kept.filter((a) => a.endedAt !== undefined).toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0)).slice(-MOST_OVER),
  last: 0,
});

export const keyOf = ({ rule, about = '' }: { readonly rule: string; readonly about?: string | undefined }): string => `${rule} ${about}`;

export interface Changed {
  readonly changed: readonly AlertRecord[];
  /** Ids of those that are too old to be kept. */
  readonly gone: readonly string[];
}

/** What is found now, all of it. Rules that could not look (`blind`) end nothing. */
export function look(book: AlertBook, alarms: readonly Alarm[], patience: (rule: string) => Patience, blind: (rule: string) => boolean, now: UnixMillis): Changed {
  const changed: AlertRecord[] = [];
  const keys = new Set<string>();
  for (const alarm of alarms) {
    const key = keyOf(alarm);
    keys.add(key);
    const going = book.going.get(key);
    if (going) {
      going.lastFound = now;
      const alert = recordOf(alarm, going.alert);
      // A text may count what grows: it is told anew when it says something else.
      if (alert.text !== going.alert.text || alert.level !== going.alert.level) changed.push((going.alert = alert));
      continue;
    }
    const since = book.found.get(key) ?? now;
    book.found.set(key, since);
    if (now - since < patience(alarm.rule).begin) continue;
    book.found.delete(key);
    const alert = recordOf(alarm, { id: idOf(book, now), since });
    book.going.set(key, { alert, lastFound: now });
    changed.push(alert);
  }
  for (const key of book.found.keys()) if (!keys.has(key)) book.found.delete(key);
  for (const [key, { alert, lastFound }] of book.going) {
    if (keys.has(key) || blind(alert.rule) || now - lastFound < patience(alert.rule).end) continue;
    book.going.delete(key);
    const over = { ...alert, endedAt: now };
    book.over.push(over);
    changed.push(over);
  }
  const surplus = book.over.slice(0, Math.max(0, book.over.length - MOST_OVER));
  book.over = book.over.slice(surplus.length);
  return { changed, gone: surplus.map((a) => a.id) };
}

export function acknowledge(book: AlertBook, id: string, by: string): AlertRecord | undefined {
  for (const going of book.going.values()) if (going.alert.id === id) return (going.alert = { ...going.alert, acknowledgedBy: by });
  return undefined;
}

/** Sorts by age, and is not given twice. */
function idOf(book: AlertBook, now: UnixMillis): string {
  book.last = Math.max(book.last + 1, now * 1000);
  return `al-${book.last.toString(36)}`;
}

const recordOf = ({ rule, about = '', level, text, advice, home, lma }: Alarm, { id, since, acknowledgedBy }: Pick<AlertRecord, 'id' | 'since'> & { readonly acknowledgedBy?: string }): AlertRecord => ({
  id,
  rule,
  about,
  level,
  text,
  advice,
  since,
  ...(home === undefined ? {} : { home }),
  ...(lma === undefined ? {} : { lma }),
  ...(acknowledgedBy === undefined ? {} : { acknowledgedBy }),
});
