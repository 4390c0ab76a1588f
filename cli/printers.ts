/** How results look to people: the MAG's bindings as the seed prints them, the rest as tables. */
import type { ShownBinding } from '../agent/show.ts';
import { printable } from '../runtime/log.ts';

const RULE = '-----';

export const printers: Readonly<Record<string, (result: unknown) => string>> = {
  'show mag binding': (result) => magBindings(result as readonly ShownBinding[]),
  'show mag globals': (result) => fields(result as Record<string, unknown>),
  'show mag stats': (result) => fields(result as Record<string, unknown>),
  'show lma-service session': (result) => table(result as readonly Record<string, unknown>[]),
  'show lma statistics': (result) => fields(result as Record<string, unknown>),
  'clear mag denied': () => 'done\n',
};

/** "Sample Output for the show ipv6 mobile pmipv6 mag binding Command" of the seed, line for line. */
export function magBindings(all: readonly ShownBinding[]): string {
  const lines = [`Total number of bindings: ${all.length}`, RULE];
  for (const b of all) {
    lines.push(
      `[Binding][MN]: Domain: ${b.domain}, Nai: ${b.mnnai}`,
      `  [Binding][MN]: State: ${b.state.toUpperCase()}${b.reason === undefined ? '' : ` (${b.reason})`}`,
      `  [Binding][MN]: Interface: ${b.phyintf}`,
      `  [Binding][MN]: Hoa: ${b.hoa ?? '0.0.0.0'}, att: ${b.att}, llid: ${b.llid}`,
      `  [Binding][MN]: HNP: ${b.hnps.length === 0 ? '0' : b.hnps.join(', ')}`,
      `  [Binding][MN][LMA]: Id: ${b['peer-id'] ?? '-'}`,
      `  [Binding][MN][LMA]: lifetime: ${b.lifetime}`,
      `  [Binding][MN][GREKEY]: Upstream: ${b['up-stream-grekey'] ?? 0}, Downstream: ${b['down-stream-grekey']}`,
    );
  }
  return lines.map((line) => `${printable(line)}\n`).join('');
}

/** `name  value`, nested ones indented. */
export function fields(record: Readonly<Record<string, unknown>>, indent = ''): string {
  const width = Math.max(0, ...Object.keys(record).map((k) => k.length));
  return Object.entries(record)
    .map(([k, value]) => (isRecord(value) ? `${indent}${k}\n${fields(value, `${indent}  `)}` : `${indent}${k.padEnd(width)}  ${Array.isArray(value) ? value.map(cell).join(', ') : cell(value)}\n`))
    .join('');
}

/** One row an entry, one column a field. */
export function table(all: readonly Readonly<Record<string, unknown>>[]): string {
  const first = all[0];
  if (!first) return 'none\n';
  const columns = [...new Set(all.flatMap((row) => Object.keys(row)))];
  const widths = columns.map((c) => Math.max(c.length, ...all.map((row) => cell(row[c]).length)));
  const line = (cells: readonly string[]): string => `${cells.map((text, i) => text.padEnd(widths[i] as number)).join('  ').trimEnd()}\n`;
  return line(columns) + all.map((row) => line(columns.map((c) => cell(row[c])))).join('');
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What came from the network must not move the terminal's cursor. */
function cell(value: unknown): string {
  if (value === undefined || value === null) return '-';
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
