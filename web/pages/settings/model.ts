/** The settings as rows of numbers. Pure. */
import type { Settings } from '../../../cloud/api/resources/network.ts';

export type PathOf = 'retention.handovers' | 'retention.events' | 'retention.subscribers' | 'retention.audit' | 'pseudonyms.rotateDays' | 'positions.fuzzMetres' | 'smallestGroup';
export interface Row {
  readonly path: PathOf;
  readonly words: 'handovers' | 'events' | 'subscribers' | 'audit' | 'rotate' | 'fuzz' | 'smallest';
  readonly least: number;
  readonly most: number;
}
/** What somebody wrote and has not saved. */
export type Typed = Readonly<Partial<Record<PathOf, string>>>;

const days = (path: PathOf, words: Row['words'], most = 3650): Row => ({ path, words, least: 1, most });
export const ROWS: { readonly [P in 'retention' | 'pseudonyms' | 'positions']: readonly Row[] } = {
  retention: [days('retention.handovers', 'handovers'), days('retention.events', 'events'), days('retention.subscribers', 'subscribers'), days('retention.audit', 'audit')],
  pseudonyms: [days('pseudonyms.rotateDays', 'rotate', 365)],
  positions: [
    { path: 'positions.fuzzMetres', words: 'fuzz', least: 0, most: 5000 },
    { path: 'smallestGroup', words: 'smallest', least: 1, most: 1000 },
  ],
};

export function valueOf(settings: Settings, path: PathOf): number {
  switch (path) {
    case 'retention.handovers':
      return settings.retention.handovers;
    case 'retention.events':
      return settings.retention.events;
    case 'retention.subscribers':
      return settings.retention.subscribers;
    case 'retention.audit':
      return settings.retention.audit;
    case 'pseudonyms.rotateDays':
      return settings.pseudonyms.rotateDays;
    case 'positions.fuzzMetres':
      return settings.positions.fuzzMetres;
    case 'smallestGroup':
      return settings.smallestGroup;
  }
}

/** What has to be sent; undefined when nothing is different. */
export function changeOf(typed: Typed, settings: Settings): Readonly<Record<string, unknown>> | undefined {
  const change: Record<string, Record<string, number> | number> = {};
  for (const [path, text] of Object.entries(typed) as [PathOf, string][]) {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value === valueOf(settings, path)) continue;
    const [part = '', key] = path.split('.');
    if (key === undefined) change[part] = value;
    else change[part] = { ...(change[part] as Record<string, number> | undefined), [key]: value };
  }
  return Object.keys(change).length > 0 ? change : undefined;
}
