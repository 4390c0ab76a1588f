/** What differs between two JSON values, path by path. */
export interface Difference {
  /** Keys joined by dots; empty when the values themselves differ. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before: unknown;
  readonly after: unknown;
}

/** In the order of the keys; lists are compared as wholes, because a place in a list is no name. */
export function differences(before: unknown, after: unknown, path = ''): readonly Difference[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => differences(before[key], after[key], path === '' ? key : `${path}.${key}`));
  }
  if (same(before, after)) return [];
  // What is new or gone as a whole is told value by value.
  if (before === undefined && isObject(after) && Object.keys(after).length > 0) return differences({}, after, path);
  if (after === undefined && isObject(before) && Object.keys(before).length > 0) return differences(before, {}, path);
  return [{ path, kind: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed', before, after }];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => same(one, b[i]));
  if (isObject(a) && isObject(b)) return Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((key) => same(a[key], b[key]));
  return a === b;
}
