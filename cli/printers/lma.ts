/** What the anchor shows: sessions page by page, and its services' counters. */
import type { ShownSession } from '../../cloud/sessions.ts';
import { cell, fields } from './table.ts';

type Fields = Readonly<Record<string, unknown>>;

const COLUMNS: readonly (readonly [name: keyof ShownSession, width: number])[] = [
  ['mnnai', 24], ['llid', 17], ['state', 8], ['apn', 12], ['hoa', 15], ['hnps', 24], ['mag', 16], ['coa', 15], ['encap', 5], ['lifetime', 8], ['liferem', 7],
  ['up-stream-grekey', 16], ['down-stream-grekey', 18], ['upOctets', 10], ['upPackets', 9], ['downOctets', 10], ['downPackets', 11],
];

type Column = readonly [name: string, width: number];

const fieldsOf = (session: ShownSession): Fields => ({ ...session });

/** Pages of one table: the first decides which columns there are and how wide, and has the heading. */
export function sessionTable(): (page: readonly ShownSession[]) => string {
  let columns: readonly Column[] | undefined;
  return (page) => {
    if (page.length === 0) return '';
    const heading = columns === undefined;
    const shown = (columns ??= columnsOf(page));
    const line = (cells: readonly string[]): string => `${cells.map((c, i) => c.padEnd(shown[i]?.[1] ?? 0)).join('  ').trimEnd()}\n`;
    return (heading ? line(shown.map(([name]) => name)) : '') + page.map(fieldsOf).map((s) => line(shown.map(([name]) => text(s[name])))).join('');
  };
}

/** The usual ones, and what else these sessions have: the service, rates. */
function columnsOf(sessions: readonly ShownSession[]): Column[] {
  const page = sessions.map(fieldsOf);
  const usual = new Set<string>(COLUMNS.map(([name]) => name));
  const others = [...new Set(page.flatMap((s) => Object.keys(s)))].filter((name) => !usual.has(name)).map((name): Column => [name, 0]);
  const first = others.filter(([name]) => name === 'lma-service');
  const last = others.filter(([name]) => name !== 'lma-service');
  return [...first, ...COLUMNS, ...last].map(([name, least]) => [name, Math.max(least, name.length, ...page.map((s) => text(s[name]).length))]);
}

const text = (value: unknown): string => (Array.isArray(value) ? value.map(cell).join(',') || '-' : cell(value));

export const serviceStatistics = (all: readonly Fields[]): string =>
  all
    .map(({ 'lma-service': name, pools, ...counters }) => {
      const full = Object.fromEntries((pools as readonly { pool: string; family: string; used: number; free: number }[]).map((p) => [p.pool, `${p.family}: ${p.used} used, ${p.free} free`]));
      return `${cell(name)}\n${fields({ ...counters, pools: full }, '  ')}`;
    })
    .join('');
