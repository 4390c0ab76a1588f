/**
 * Subscribers' identities wherever people look. A pseudonym is a keyed hash, so that nobody who reads a log can test a guess;
 * the key is the process's own and changes with each start unless one is given.
 */
import { createHmac, randomBytes } from 'node:crypto';

export type Identities = 'raw' | 'pseudonymous';
/** What to show for an NAI or a MAC. */
export type Shown = (identity: string) => string;

/** `mn-1f3a90c2`. 32 bits tell the subscribers of a home or a page apart, and no more is wanted. */
export function shownAs(identities: Identities, key: Uint8Array = randomBytes(32)): Shown {
  if (identities === 'raw') return (identity) => identity;
  return (identity) => `mn-${createHmac('sha256', key).update(identity).digest('hex').slice(0, 8)}`;
}
