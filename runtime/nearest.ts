/** Which known word somebody may have meant. */

/** The known word with the fewest letters to change, if they are few. */
export function nearest(known: readonly string[], word: string): string | undefined {
  const near = known.map((k) => [k, distance(k, word)] as const).toSorted((a, b) => a[1] - b[1])[0];
  // With more than half of its letters changed it is another word.
  return near && near[1] <= Math.min(3, Math.max(near[0].length, word.length) / 2) ? near[0] : undefined;
}

/** For a message about a word that is not known. */
export function suggestion(known: readonly string[], word: string): string {
  const near = nearest(known, word);
  return near === undefined ? `known here: ${known.join(', ')}` : `did you mean ${near}?`;
}

/** Letters to insert, delete or replace (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length] as number;
}
