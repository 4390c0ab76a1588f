/** A session that goes on elsewhere (RFC 5213 §5.3.4): at another MAG, or at the same one under another address. */
import type { Accepted } from './acceptance.ts';
import type { Addresses } from './addresses.ts';
import { samePrefixes, type Binding, type BindingCacheEntry, type Located } from './bindingCache.ts';
import { isSameMag } from './bindingLookup.ts';
import type { Request } from './request.ts';
import { handoverTrigger, revoke } from './revocation.ts';
import { tell, type Step } from './state.ts';

/** A new MAG that asks for one family only serves only that one: the other is released (RFC 5844 §3.1.2.4). */
export function familiesKept(entry: BindingCacheEntry, request: Request): Addresses {
  if (isSameMag(entry, request)) return { prefixes: entry.prefixes, homeAddress: entry.homeAddress };
  return { prefixes: request.asksIpv6 ? entry.prefixes : [], homeAddress: request.ipv4Requests.length > 0 ? entry.homeAddress : undefined };
}

/** Nothing but its lifetime changes: there is nothing to report. */
export const isPlainRefresh = ({ request, technology }: Accepted, entry: BindingCacheEntry, addresses: Addresses): boolean =>
  entry.state === 'ACTIVE' &&
  isSameMag(entry, request) &&
  entry.proxyCoa === request.proxyCoa &&
  entry.endpoint.transport === request.from.transport &&
  entry.linkLayerId === request.linkLayerId &&
  entry.technology === technology &&
  sameAddresses(addresses, entry);

/** Says what became of the session, and tells the old MAG, unless it said farewell itself. */
export function reportMove(step: Step, before: Binding, entry: BindingCacheEntry, { request }: Accepted): void {
  const detail = { handoff: request.handoff ?? 0, before: before.mag ?? before.proxyCoa };
  if (!isSameMag(before, request)) {
    step.lma.statistics['handoff-count'] += 1;
    tell(step, entry, before.state, 'ACTIVE', `handover from ${before.mag ?? before.proxyCoa}`, detail);
    if (before.state === 'ACTIVE' && step.lma.config.variables.revocation) revoke(step, entry, before, handoverTrigger(before.technology, entry.technology), 'handover');
  } else if (before.proxyCoa !== entry.proxyCoa || before.endpoint.transport !== request.from.transport) tell(step, entry, before.state, 'ACTIVE', `its gateway moved from ${before.proxyCoa}`, detail);
  else if (before.linkLayerId !== entry.linkLayerId) tell(step, entry, before.state, 'ACTIVE', `taken over from ${before.linkLayerId ?? 'an unknown interface'}`, detail);
  else if (before.state === 'RELEASED') tell(step, entry, 'RELEASED', 'ACTIVE', 'taken up again', detail);
  else if (!sameAddresses(before, entry)) tell(step, entry, 'ACTIVE', 'ACTIVE', 'its addresses changed', detail);
}

const sameAddresses = (a: Pick<Located, 'prefixes' | 'homeAddress'>, b: Pick<Located, 'prefixes' | 'homeAddress'>): boolean =>
  samePrefixes(a.prefixes, b.prefixes) && a.homeAddress?.address === b.homeAddress?.address;
