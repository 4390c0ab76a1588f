/** Rows that belong together, linked through two columns; 0 ends a chain. */

/** Puts `row` into the chain that begins with `first`, if there is one; returns what it begins with now. */
export function chain(before: Uint32Array, after: Uint32Array, row: number, first: number): number {
  const second = first === 0 ? 0 : (after[first] as number);
  before[row] = first;
  after[row] = second;
  if (first === 0) return row;
  after[first] = row;
  if (second !== 0) before[second] = row;
  return first;
}

export function unchain(before: Uint32Array, after: Uint32Array, row: number): void {
  const previous = before[row] as number;
  const next = after[row] as number;
  if (previous !== 0) after[previous] = next;
  if (next !== 0) before[next] = previous;
}
