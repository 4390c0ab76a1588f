/** What an LMA counts, flat: counters by reason or status stand one by one, by their path. */
export interface Counter {
  readonly name: string;
  readonly value: number | string;
}

export function countersOf(statistics: Readonly<Record<string, unknown>>, prefix = ''): readonly Counter[] {
  return Object.entries(statistics).flatMap(([key, value]): readonly Counter[] => {
    const name = prefix === '' ? key : `${prefix} ${key}`;
    if (typeof value === 'number' || typeof value === 'string') return [{ name, value }];
    return typeof value === 'object' && value !== null ? countersOf(value as Readonly<Record<string, unknown>>, name) : [];
  });
}
