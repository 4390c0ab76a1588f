/** Whom a pseudonym names: for those with the role, with a reason, not too often, and written down before it is said. */
import type { Audit } from '../fleet/audit.ts';
import { createRateLimit } from '../api/rateLimit.ts';
import type { Role } from '../api/resources/people.ts';
import { mayAs, Refused, refuse } from '../api/route.ts';
import type { Reveal } from './parts.ts';
import type { Vault } from './pseudonyms.ts';
import type { Identity } from './sealed.ts';
import { PSEUDONYM } from './words.ts';

export interface RevealOptions {
  readonly vault: Pick<Vault, 'open'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly now: () => number;
  /** Who may. */
  readonly role: Extract<Role, 'operator' | 'owner'>;
  /** Of one person in an hour. */
  readonly perHour: number;
}

export const SHORTEST_REASON = 10;

export function createReveal({ vault, audit, now, role, perHour }: RevealOptions): Reveal {
  const limit = createRateLimit({ burst: perHour, perSecond: perHour / 3600 });
  return async (pseudonym, reason, by) => {
    if (!mayAs(by.role, role)) refuse(403, `only an ${role} may reveal whom a pseudonym names`);
    if (!PSEUDONYM.test(pseudonym)) refuse(400, 'expected a pseudonym: mn- and 16 hex digits');
    const said = reasonOf(reason);
    // Counted whether it is known or not: a list of guesses is what the limit is there for.
    const wait = limit(by.user, now());
    if (wait > 0) throw new Refused(429, `more than ${perHour} subscribers in an hour are not revealed to one person`, { retryAfter: Math.ceil(wait / 1000) });
    const identity = await vault.open(pseudonym);
    if (!identity) return refuse(404, 'whom it names is not known any more: erased, past its retention, or its key is destroyed');
    const { number } = await audit.record({ by: by.user, action: 'subscribers.reveal', target: pseudonym, reason: without(said, identity) });
    return { ...identity, audit: number };
  };
}

/** @throws Refused */
export function reasonOf(reason: string): string {
  const said = reason.trim();
  return said.length < SHORTEST_REASON ? refuse(400, `a reason has at least ${SHORTEST_REASON} characters`, 'reason') : said;
}

/** People write down in the reason whom it is about; the log names nobody. */
export const without = (text: string, { nai, mac }: Identity): string =>
  [nai, mac ?? ''].filter((word) => word !== '').reduce((all, word) => all.replace(new RegExp(escaped(word), 'gi'), '(the subscriber)'), text);

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
