/**
 * Router advertisements, one phone's prefixes to one phone (RFC 5213 §6.9.2, RFC 4861 §6.2): what stands in them, when the
 * next is due, and how many solicitations are answered.
 */
import { MAG_MAC, type Prefix } from '../../protocol/address.ts';
import { ALL_NODES, type NeighbourMessage } from '../../protocol/neighbour/neighbourDiscovery.ts';
import type { NeighbourOption } from '../../protocol/neighbour/options.ts';
import { seconds, type Millis, type Seconds } from '../../protocol/units.ts';
import type { Session } from './session.ts';

/** RFC 4861 §6.2.1 AdvDefaultLifetime and MaxRtrAdvInterval, and §10 MIN_DELAY_BETWEEN_RAS. */
const ROUTER_LIFETIME: Seconds = 1800;
const LONGEST_INTERVAL: Seconds = 600;
const SHORTEST_INTERVAL: Seconds = 3;
/** Advertisements per valid lifetime; the preferred lifetime is half of that, so a lost one does no harm. */
const PER_LIFETIME = 6;
const HOP_LIMIT = 64;

export const RA_DESTINATION = ALL_NODES;

/** Preferred lifetime: half the valid one (protocol rule 7.4). */
const preferred = (valid: Seconds): Seconds => Math.floor(valid / 2);

/**
 * @param left seconds that the granted lifetime still has
 * @param gone prefixes that were advertised and are the phone's no more: deprecated at once (RFC 4862 §5.5.3 lets a host
 *   keep the address for its open connections, not begin new ones from it)
 */
export function routerAdvertisement(session: Session, left: Seconds, gone: readonly Prefix[]): NeighbourMessage {
  const live = session.prefixes.length > 0;
  const routerLifetime = live ? Math.min(ROUTER_LIFETIME, left) : 0;
  const options: NeighbourOption[] = [
    { kind: 'sourceLinkLayerAddress', address: MAG_MAC },
    { kind: 'mtu', mtu: session.mtu },
    ...session.prefixes.map((prefix) => prefixOption(prefix, left)),
    ...gone.map((prefix) => prefixOption(prefix, 0)),
    ...(live && session.dns6.length > 0 ? [{ kind: 'recursiveDnsServer' as const, lifetime: routerLifetime, addresses: [...session.dns6] }] : []),
  ];
  return { ...advertisement(routerLifetime), options };
}

/** The end of a session: no default router, no prefix to begin anything from. */
export const withdrawal = (gone: readonly Prefix[]): NeighbourMessage => ({
  ...advertisement(0),
  options: [{ kind: 'sourceLinkLayerAddress', address: MAG_MAC }, ...gone.map((prefix) => prefixOption(prefix, 0))],
});

const advertisement = (routerLifetime: Seconds) => ({
  kind: 'routerAdvertisement' as const,
  curHopLimit: HOP_LIMIT,
  flags: { managed: false, otherConfiguration: false },
  routerLifetime,
  reachableTime: 0,
  retransTimer: 0,
});

const prefixOption = (prefix: Prefix, validLifetime: Seconds): NeighbourOption => ({
  kind: 'prefixInformation',
  flags: { onLink: true, autonomous: true },
  validLifetime,
  preferredLifetime: preferred(validLifetime),
  prefix,
});

/** Between unsolicited advertisements. Not spread by chance as RFC 4861 §6.2.4 has it for multicast: each goes to one phone. */
export const interval = (session: Session): Millis => seconds(Math.max(SHORTEST_INTERVAL, Math.min(LONGEST_INTERVAL, Math.floor(session.prefixLifetime / PER_LIFETIME))));

/** One answer a second, and up to this many at once: a phone sends three solicitations 4 s apart, again after each roam. */
const BURST = 4;
const SPACING: Millis = 1000;

/** When the allowance will be whole again after one more answer, or undefined if there is none left. */
export function spend(wholeAt: Millis, now: Millis): Millis | undefined {
  const from = Math.max(wholeAt, now);
  return from - now > (BURST - 1) * SPACING ? undefined : from + SPACING;
}
