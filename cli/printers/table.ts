/** Records and lists as text, for what has no output of its own in the seed. */
import { printable } from '../../runtime/log.ts';

type Fields = Readonly<Record<string, unknown>>;
export type Records = readonly Fields[];

/** How a result looks to people, by the command at the control socket. */
export type Printers = Readonly<Record<string, (result: unknown) => string>>;

/** `name  value`, nested ones indented. */
export function fields(record: Fields, indent = ''): string {
  const width = Math.max(0, ...Object.keys(record).map((k) => k.length));
  return Object.entries(record)
    .map(([k, value]) => (isRecord(value) ? `${indent}${k}\n${fields(value, `${indent}  `)}` : `${indent}${k.padEnd(width)}  ${Array.isArray(value) ? value.map(cell).join(', ') : cell(value)}\n`))
    .join('');
}

/** One row an entry, one column a field. */
export function table(all: readonly Fields[]): string {
  const first = all[0];
  if (!first) return 'none\n';
  const columns = [...new Set(all.flatMap((row) => Object.keys(row)))];
  return columnsOf(columns, all.map((row) => columns.map((c) => row[c])));
}

/** Rows under a heading, each column as wide as it must be. */
export function columnsOf(heading: readonly string[], rows: readonly (readonly unknown[])[], rule = false): string {
  const texts = rows.map((row) => row.map(cell));
  const widths = heading.map((h, i) => Math.max(h.length, ...texts.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]): string => `${cells.map((text, i) => text.padEnd(widths[i] as number)).join('  ').trimEnd()}\n`;
  return line(heading) + (rule ? line(widths.map((w) => '-'.repeat(w))) : '') + texts.map(line).join('');
}

/** `Name.......................... value`, as AireOS prints settings. */
export const dotted = (name: string, value: unknown): string => `${name.padEnd(42, '.')} ${cell(value)}\n`;

const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What came from the network must not move the terminal's cursor. */
export function cell(value: unknown): string {
  if (value === undefined || value === null || value === '') return '-';
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
