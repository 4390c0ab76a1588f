/** What changes between two documents, value by value. Pure. */
import { leaves } from './merge.ts';

export interface Difference {
  readonly path: string;
  /** `null`: it was not there. */
  readonly before: unknown;
  /** `null`: it is not there any more. */
  readonly after: unknown;
}

/** In the order of the paths; a list counts as one value. */
export function diff(before: unknown, after: unknown): readonly Difference[] {
  const was = new Map(leaves(before).map(({ path, value }) => [path, value]));
  const is = new Map(leaves(after).map(({ path, value }) => [path, value]));
  const paths = [...new Set([...was.keys(), ...is.keys()])].toSorted();
  return paths.flatMap((path) => {
    const change = { path, before: was.get(path) ?? null, after: is.get(path) ?? null };
    return JSON.stringify(change.before) === JSON.stringify(change.after) ? [] : [change];
  });
}
