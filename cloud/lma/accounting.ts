/** What accounting is told of a session: the facts that a bill, an address log and an event stream are made of. */
import { formatPrefix, type Ipv4 } from '../../protocol/address.ts';
import type { BindingCacheEntry } from './bindingCache.ts';

export interface SessionFacts {
  /** Of its path; counters are kept under it. */
  readonly index: number;
  readonly subscriber: string;
  readonly linkLayerId?: string;
  /** Access Technology Type (RFC 5213 §8.5). */
  readonly technology: number;
  readonly apn: string;
  readonly space: number;
  readonly homeAddress?: Ipv4;
  /** `2001:db8::/64` */
  readonly prefixes: readonly string[];
  /** MAG Identifier of the home, where it has one. */
  readonly mag?: string;
  readonly proxyCoa: string;
}

/**
 * `move`: something of the facts may have changed. `release`: nothing is carried any more, and the session ends unless it is taken up
 * again. Sessions of the last run start again, too: only the shell knows that it had them before.
 */
export interface SessionEffect {
  readonly kind: 'session';
  readonly change: 'start' | 'move' | 'release' | 'end';
  readonly session: SessionFacts;
  readonly reason: string;
}

export const sessionEffect = (entry: BindingCacheEntry, from: string, to: string, reason: string): SessionEffect => ({ kind: 'session', change: changeOf(from, to), session: factsOf(entry), reason });

function changeOf(from: string, to: string): SessionEffect['change'] {
  if (to === 'NONE') return 'end';
  if (to === 'RELEASED') return 'release';
  return from === 'NONE' ? 'start' : 'move';
}

const factsOf = (entry: BindingCacheEntry): SessionFacts => ({
  index: entry.index,
  subscriber: entry.mnId.identifier,
  ...(entry.linkLayerId === undefined ? {} : { linkLayerId: entry.linkLayerId }),
  technology: entry.technology,
  apn: entry.apn,
  space: entry.space,
  ...(entry.homeAddress ? { homeAddress: entry.homeAddress.address } : {}),
  prefixes: entry.prefixes.map(formatPrefix),
  ...(entry.mag === undefined ? {} : { mag: entry.mag }),
  proxyCoa: entry.proxyCoa,
});
