/** What a table does without a browser: filter, sort, and which rows are in the window. */
export type Value = string | number | boolean | undefined;

export interface Sort {
  readonly key: string;
  readonly down: boolean;
}
/** As it stands in the address: `name`, `-name`. */
export const sortText = (sort: Sort | undefined): string | undefined => sort && (sort.down ? `-${sort.key}` : sort.key);
export function sortOf(text: string | undefined): Sort | undefined {
  if (!text) return undefined;
  return text.startsWith('-') ? { key: text.slice(1), down: true } : { key: text, down: false };
}

/** Rows in which every word of the filter appears in some value, in any case. */
export function filterRows<T>(rows: readonly T[], values: (row: T) => readonly Value[], filter: string): readonly T[] {
  const words = filter.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = values(row).join('\n').toLocaleLowerCase();
    return words.every((w) => text.includes(w));
  });
}

/** Texts in the order of the language with numbers in them by value; what is not known comes last, whichever way it is sorted. */
export function sortRows<T>(rows: readonly T[], value: (row: T) => Value, down: boolean, locale: string): readonly T[] {
  const { compare } = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });
  const sign = down ? -1 : 1;
  const keyed = rows.map((row) => ({ row, key: value(row) }));
  keyed.sort(({ key: a }, { key: b }) => {
    if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
    return sign * (typeof a === 'string' || typeof b === 'string' ? compare(String(a), String(b)) : Number(a) - Number(b));
  });
  return keyed.map((k) => k.row);
}

export interface Window {
  /** First row drawn. */
  readonly from: number;
  /** The one after the last row drawn. */
  readonly to: number;
}
/** @param scroll pixels scrolled @param height pixels seen @param row pixels of one row @param spare rows drawn beyond each edge */
export function windowOf(count: number, scroll: number, height: number, row: number, spare = 8): Window {
  const first = Math.min(Math.max(0, Math.floor(scroll / row)), Math.max(0, count - 1));
  const seen = Math.ceil(height / row) + 1;
  return { from: Math.max(0, first - spare), to: Math.min(count, first + seen + spare) };
}

/** The scroll position that shows this row, moving as little as possible. */
export function scrollTo(index: number, scroll: number, height: number, row: number): number {
  const top = index * row;
  if (top < scroll) return top;
  return top + row > scroll + height ? top + row - height : scroll;
}

/** Which row a key leads to; undefined for a key that is none of a table's. */
export function rowForKey(key: string, at: number, count: number, page: number): number | undefined {
  const to: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: count - 1 };
  const wanted = Object.hasOwn(to, key) ? to[key] : undefined;
  return wanted === undefined || count === 0 ? undefined : Math.min(count - 1, Math.max(0, wanted));
}
