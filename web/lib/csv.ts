/** Comma-separated values as RFC 4180 has them, for spreadsheets that take a text for a formula when it looks like one. */
export type Cell = string | number | boolean | undefined | null;

/**
 * A text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe before it, because names come from
 * the network and spreadsheets would run them. Numbers stay numbers.
 */
export function csvCell(cell: Cell): string {
  if (cell === undefined || cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csv = (header: readonly string[], rows: readonly (readonly Cell[])[]): string => [header, ...rows].map((r) => `${r.map(csvCell).join(',')}\r\n`).join('');
