/** Canonical JSON and its hash, by which cloud and gateway agree that they mean the same document. */
import { createHash } from 'node:crypto';

/** Keys in the order of their UTF-16 units, no spaces, properties that are undefined left out (as RFC 8785 §3.2). @throws TypeError for what JSON cannot say */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.toSorted(byKey).map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
  }
  const text = typeof value === 'number' && !Number.isFinite(value) ? undefined : JSON.stringify(value);
  if (text === undefined) throw new TypeError(`JSON has no ${typeof value === 'number' ? String(value) : typeof value}`);
  return text;
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** SHA-256 of the canonical JSON in UTF-8, in hex: `Revision.hash`. */
export const hashOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');
