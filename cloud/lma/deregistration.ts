/** A PBU with lifetime 0 (RFC 5213 §5.3.5, RFC 5844 §3.1.2.5): the whole session, or one family of it. */
import { STATUS } from '../../protocol/mobility/codes.ts';
import type { Accepted } from './acceptance.ts';
import { acceptingPba } from './acknowledgement.ts';
import { giveBack, type Addresses } from './addresses.ts';
import { keepAtRest } from './atRest.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import { isSameMag } from './bindingLookup.ts';
import { answer } from './answer.ts';
import type { Request } from './request.ts';
import { save } from './session.ts';
import { drop, tell, type Step } from './state.ts';
import { syncPath } from './tunnels.ts';

export function deregister(step: Step, { request }: Accepted, entry: BindingCacheEntry): void {
  // The old MAG's late farewell must not end what the new one has (§5.3.5 (1)).
  if (!isSameMag(entry, request)) return drop(step, 'de-registration-of-another-mag');
  const { prefixes, homeAddress } = entry;
  entry.timestamp = request.timestamp ?? 0n;
  entry.sequence = request.message.sequence;
  entry.receivedAt = step.now.wall;
  entry.endpoint = request.from;
  const kept = keptBy(entry, request);
  if (kept) {
    if (request.addressConflict) keepAtRest(step, entry);
    giveBack(step.lma, step.lma.policy.apn(entry.apn), entry, kept, step.now.at, request.addressConflict);
    step.lma.cache.change(entry, kept);
    if (entry.state === 'ACTIVE') tell(step, entry, entry.state, entry.state, kept.homeAddress ? 'IPv6 de-registered' : 'IPv4 de-registered');
  }
  if (!kept || (entry.prefixes.length === 0 && !entry.homeAddress)) release(step, entry, 'de-registered');
  else syncPath(step, entry);
  save(step, entry);
  answer(step, request, acceptingPba(request, { status: STATUS.ACCEPTED, lifetime: 0, prefixes, homeAddress }));
}

/** Kept for MinDelayBeforeBCEDelete with its traffic dropped, unless this step takes it up again; a repetition does not restart that clock. */
export function release(step: Step, entry: BindingCacheEntry, reason: string): void {
  if (entry.state === 'RELEASED') return;
  entry.state = 'RELEASED';
  entry.deleteAt = step.now.at + step.lma.config.variables.minDelayBeforeBceDelete;
  tell(step, entry, 'ACTIVE', 'RELEASED', reason);
  step.settled.push(entry);
}

/** Selective de-registration: what stays, or undefined if all of it goes. An address in conflict goes at once. */
function keptBy(entry: BindingCacheEntry, request: Request): Addresses | undefined {
  const both = entry.prefixes.length > 0 && entry.homeAddress !== undefined;
  const namesIpv4 = request.ipv4Requests.length > 0;
  if (namesIpv4 && (request.addressConflict || (both && !request.asksIpv6))) return { prefixes: entry.prefixes, homeAddress: undefined };
  if (both && request.asksIpv6 && !namesIpv4) return { prefixes: [], homeAddress: entry.homeAddress };
  return undefined;
}
