/**
 * Which session a PBU is about (RFC 5213 §5.4.1, RFC 5844 §3.1.2.7). Branch A: it names a prefix or, without one, a home
 * address. Branch B: it names none, but the link-layer identifier is known. Branch C: neither.
 */
import { formatPrefix } from '../../protocol/address.ts';
import { HANDOFF, STATUS } from '../../protocol/mobility/codes.ts';
import type { BindingCache, BindingCacheEntry } from './bindingCache.ts';
import { deregisters, handoffOf, nodeKey, type Identified, type Request } from './request.ts';

export type Found =
  | { readonly kind: 'new' }
  | { readonly kind: 'update'; readonly entry: BindingCacheEntry }
  /** Another session of the node exists, and nobody knows whether it is this one: ask or wait (RFC 5213 §5.4.1.2(4)). */
  | { readonly kind: 'wait'; readonly entry: BindingCacheEntry }
  | { readonly kind: 'refuse'; readonly status: number; readonly entry: BindingCacheEntry | undefined };

const NEW: Found = { kind: 'new' };

/** `space` is the address space in which a named IPv4 home address is looked for. */
export function lookUp(cache: BindingCache, request: Identified, space: number): Found {
  const own = cache.ofInterface(request.mnId, request.technology, request.linkLayerId);
  const found = request.prefixes.length > 0 || request.homeAddress !== undefined ? byAddress(cache, request, space, own) : byNode(cache, request, own);
  return found.kind === 'update' ? unlessStolen(found.entry, request) : found;
}

/** Branch A (§5.4.1.1). */
function byAddress(cache: BindingCache, request: Identified, space: number, own: BindingCacheEntry | undefined): Found {
  const byPrefix = request.prefixes.length > 0;
  const taken = byPrefix ? STATUS.NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX : STATUS.NOT_AUTHORIZED_FOR_IPV4_HOME_ADDRESS;
  const differs = byPrefix ? STATUS.BCE_PBU_PREFIX_SET_DO_NOT_MATCH : STATUS.NOT_AUTHORIZED_FOR_IPV4_HOME_ADDRESS;
  const entry = byPrefix ? request.prefixes.map((p) => cache.ofPrefix(p)).find((e) => e !== undefined) : cache.ofHomeAddress(space, request.homeAddress as string);
  // An interface has one session: naming other addresses than its own does not make a second one (product rule).
  if (!entry) return own ? { kind: 'refuse', status: differs, entry: own } : NEW;
  if (nodeKey(entry.mnId) !== nodeKey(request.mnId)) return { kind: 'refuse', status: taken, entry: undefined };
  if (byPrefix && !samePrefixes(entry, request)) return { kind: 'refuse', status: differs, entry };
  if (byPrefix && request.homeAddress !== undefined && entry.homeAddress && entry.homeAddress.address !== request.homeAddress) return { kind: 'refuse', status: STATUS.NOT_AUTHORIZED_FOR_IPV4_HOME_ADDRESS, entry };
  return isSameSession(entry, request) ? { kind: 'update', entry } : NEW;
}

/** The four conditions of §5.4.1.1(5). */
function isSameSession(entry: BindingCacheEntry, request: Request): boolean {
  const sameTechnology = entry.technology === request.technology;
  const handoff = handoffOf(request);
  return (
    (request.linkLayerId !== undefined && request.linkLayerId === entry.linkLayerId && sameTechnology) ||
    handoff === HANDOFF.BETWEEN_INTERFACES ||
    (request.linkLayerId === undefined && entry.linkLayerId === undefined && sameTechnology && handoff === HANDOFF.BETWEEN_MAGS) ||
    (entry.proxyCoa === request.proxyCoa && sameTechnology)
  );
}

function samePrefixes(entry: BindingCacheEntry, request: Request): boolean {
  const named = new Set(request.prefixes.map(formatPrefix));
  return named.size === entry.prefixes.length && entry.prefixes.every((p) => named.has(formatPrefix(p)));
}

/** Branches B and C (§5.4.1.2, §5.4.1.3). */
function byNode(cache: BindingCache, request: Identified, own: BindingCacheEntry | undefined): Found {
  if (own) return { kind: 'update', entry: own };
  const only = cache.onlyOf(request.mnId);
  if (!only) return NEW;
  const handoff = handoffOf(request);
  const known = request.linkLayerId !== undefined;
  if (handoff === HANDOFF.BETWEEN_INTERFACES || (handoff === HANDOFF.BETWEEN_MAGS && !known)) return { kind: 'update', entry: only };
  if (handoff !== HANDOFF.UNKNOWN) return NEW;
  // Its de-registration has come already; or this is the same MAG repeating itself, with nothing to tell two phones apart by.
  if (only.state === 'RELEASED' || (!known && only.linkLayerId === undefined && isSameMag(only, request) && only.technology === request.technology)) return { kind: 'update', entry: only };
  return { kind: 'wait', entry: only };
}

/**
 * The MAG that holds the session: by its authenticated identity, since homes change their addresses and two of them may
 * share one behind a NAT; by its care-of address where nothing is authenticated.
 */
export const isSameMag = (entry: Pick<BindingCacheEntry, 'mag' | 'proxyCoa'>, request: Request): boolean =>
  entry.mag !== undefined && request.peer !== undefined ? entry.mag === request.peer : entry.proxyCoa === request.proxyCoa;

/** A refresh from where the session is not: an old home that was told nothing of the roam (product rule of protocol.md 8.3). */
function unlessStolen(entry: BindingCacheEntry, request: Request): Found {
  const stolen = request.handoff === HANDOFF.NOT_CHANGED && !deregisters(request) && !isSameMag(entry, request);
  return stolen ? { kind: 'refuse', status: STATUS.REASON_UNSPECIFIED, entry } : { kind: 'update', entry };
}
