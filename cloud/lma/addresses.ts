/** What a session is given (protocol.md 8.1 steps 21 to 23; RFC 5213 §5.3.2, RFC 5844 §3.1.2.2): all of it or nothing. */
import { parsePrefix, type Prefix } from '../../protocol/address.ts';
import { HANDOFF, STATUS } from '../../protocol/mobility/codes.ts';
import type { Millis } from '../../protocol/units.ts';
import type { BindingRecord } from './bindingStore.ts';
import type { ApnConfig } from './config.ts';
import type { HomeAddress, Ipv4Pool, Ipv6Pool } from './pools.ts';
import type { Request } from './request.ts';
import type { Lma } from './state.ts';

export interface Addresses {
  readonly prefixes: readonly Prefix[];
  readonly homeAddress: HomeAddress | undefined;
}

export const NO_ADDRESSES: Addresses = { prefixes: [], homeAddress: undefined };

/** Keeps what `held` has, adds the families asked for; the status that refuses otherwise, and then nothing was taken. */
export function provide(lma: Lma, request: Request, apn: ApnConfig, held: Addresses, at: Millis): Addresses | number {
  const ipv6Pool = lma.ipv6Pools.get(apn.ipv6Pool ?? '');
  const ipv4Pool = lma.ipv4Pools.get(apn.ipv4Pool ?? '');
  const prefixes = held.prefixes.length > 0 || !request.asksIpv6 ? held.prefixes : takePrefixes(ipv6Pool, request, at, reclaims(lma, request, at));
  if (typeof prefixes === 'number') return prefixes;
  const homeAddress = held.homeAddress || request.ipv4Requests.length === 0 ? held.homeAddress : takeHomeAddress(ipv4Pool, request, at, reclaims(lma, request, at));
  if (typeof homeAddress !== 'number') return { prefixes, homeAddress };
  if (prefixes !== held.prefixes) for (const prefix of prefixes) ipv6Pool?.free(prefix, at);
  return homeAddress;
}

/** After this anchor lost its bindings (RFC 5847 §3.2) a refresh tells what the node has had from it: that is not a wish. */
const reclaims = (lma: Lma, request: Request, at: Millis): boolean => at < lma.reclaimUntil && request.handoff === HANDOFF.NOT_CHANGED;

function takePrefixes(pool: Ipv6Pool | undefined, request: Request, at: Millis, reclaims: boolean): Prefix[] | number {
  if (request.prefixes.length === 0) {
    const prefix = pool?.allocate(at);
    return prefix ? [prefix] : STATUS.INSUFFICIENT_RESOURCES;
  }
  const claimed: Prefix[] = [];
  for (const prefix of request.prefixes) {
    if (pool && (reclaims || pool.config.allowStaticAllocation) && pool.claim(prefix, at)) claimed.push(prefix);
    else {
      for (const one of claimed) pool?.free(one, at);
      return STATUS.NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX;
    }
  }
  return claimed;
}

function takeHomeAddress(pool: Ipv4Pool | undefined, request: Request, at: Millis, reclaims: boolean): HomeAddress | number {
  if (request.homeAddress === undefined) return pool?.allocate(at) ?? STATUS.INSUFFICIENT_RESOURCES;
  const wanted = pool && (reclaims || pool.config.allowStaticAllocation) && pool.owns(request.homeAddress) ? pool.claim(request.homeAddress, at) : undefined;
  return wanted ?? STATUS.NOT_AUTHORIZED_FOR_IPV4_HOME_ADDRESS;
}

/** The addresses of a stored binding, if they are still to be had. */
export function reclaim(lma: Lma, apn: ApnConfig, record: Pick<BindingRecord, 'prefixes' | 'homeAddress'>, at: Millis): Addresses | undefined {
  const ipv6Pool = lma.ipv6Pools.get(apn.ipv6Pool ?? '');
  const prefixes: Prefix[] = [];
  for (const prefix of record.prefixes.map(parsePrefix)) if (ipv6Pool?.claim(prefix, at)) prefixes.push(prefix);
  const homeAddress = record.homeAddress === undefined ? undefined : lma.ipv4Pools.get(apn.ipv4Pool ?? '')?.claim(record.homeAddress, at);
  const all = prefixes.length === record.prefixes.length && (record.homeAddress === undefined || homeAddress !== undefined);
  if (all) return { prefixes, homeAddress };
  giveBack(lma, apn, { prefixes, homeAddress }, NO_ADDRESSES, at);
  return undefined;
}

/** Gives back what `before` had and `after` has not. `conflict`: another device was seen using the IPv4 address. */
export function giveBack(lma: Lma, apn: ApnConfig | undefined, before: Addresses, after: Addresses, at: Millis, conflict = false): void {
  const ipv6Pool = lma.ipv6Pools.get(apn?.ipv6Pool ?? '');
  const ipv4Pool = lma.ipv4Pools.get(apn?.ipv4Pool ?? '');
  if (after.prefixes.length === 0) for (const prefix of before.prefixes) ipv6Pool?.free(prefix, at);
  if (!before.homeAddress || after.homeAddress) return;
  if (conflict) ipv4Pool?.quarantine(before.homeAddress.address, at + lma.config.variables.declineQuarantine);
  else ipv4Pool?.free(before.homeAddress.address, at);
}
