/** The core's counters as people and Prometheus read them: the registries' numbers by their names, and nothing twice. */
import { REVOCATION_STATUS, TRIGGER } from '../../protocol/mobility/codes.ts';
import type { Statistics } from '../lma/statistics.ts';

export type Counted = number | Readonly<Record<string, number>>;

const named =
  (names: Readonly<Record<string, number>>) =>
  (code: string): string =>
    Object.entries(names).find(([, n]) => String(n) === code)?.[0].toLowerCase().replaceAll('_', '-') ?? code;

const NAMES: Readonly<Record<string, (code: string) => string>> = { pbri: named(TRIGGER), pbra: named(REVOCATION_STATUS) };

/** Without `dropped`, which is among the process's discards. */
export function namedStatistics(statistics: Statistics): Record<string, Counted> {
  const { dropped: _, ...all } = statistics;
  return Object.fromEntries(
    Object.entries<Counted>(all).map(([key, value]) => {
      const name = NAMES[key];
      return [key, typeof value === 'number' || !name ? value : Object.fromEntries(Object.entries(value).map(([code, n]) => [name(code), n]))];
    }),
  );
}

/** Of several services. */
export function sumOf(all: readonly Record<string, Counted>[]): Record<string, Counted> {
  const total: Record<string, Counted> = {};
  for (const [key, value] of all.flatMap((s) => Object.entries(s))) {
    const before = total[key];
    if (typeof value === 'number') total[key] = value + (typeof before === 'number' ? before : 0);
    else total[key] = merged(typeof before === 'object' ? before : {}, value);
  }
  return total;
}

function merged(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...a };
  for (const [name, n] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + n;
  return sum;
}
