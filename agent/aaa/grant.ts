/**
 * An Access-Accept as the subscriber's profile: the seed's Cisco-AVPairs and the attributes of RFC 6572. Where both say the same
 * thing, the RFC's wins: its Mobile-Node-Identifier is what a MAG has to use (§4.1). Whatever contradicts itself, or names an LMA
 * that this gateway has no key and no trust for, is refused in words. Pure.
 */
import { canonicalIp, isIpv4, isIpv6, isUnicastIp, type Ipv4, type Ipv6, type Prefix } from '../../protocol/address.ts';
import { valueOf, valuesOf, type RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { MIP6_FEATURE } from '../../protocol/radius/codes.ts';
import { splitAvPair } from '../../protocol/radius/vendorSpecific.ts';
import type { Seconds } from '../../protocol/units.ts';
import type { LmaPeer } from '../mag/config.ts';
import type { Profile } from '../mag/profile.ts';

/** What the AAA server grants; the MN-Identifier is the policy's business (identifier.ts). */
export interface Grant extends Omit<Profile, 'nai' | 'source' | 'exclusive'> {
  readonly nai?: string;
  /** Chargeable-User-Identity, hex pairs with colons. */
  readonly cui?: string;
  /** Serial number of the client's certificate, from the Cisco-AVPair `certificate-serial`. */
  readonly certificate?: string;
  /** How accounting names the user, if not as it was asked for (RFC 2865 §5.1). */
  readonly userName?: string;
  /** To be given back in accounting as it came (RFC 2865 §5.25). */
  readonly class: readonly string[];
  /** Session-Timeout; `askAgain` if Termination-Action wants a new Access-Request then, and not an end (RFC 2865 §5.29). */
  readonly sessionTimeout?: { readonly after: Seconds; readonly askAgain: boolean };
  readonly interimInterval?: Seconds;
}

export interface GrantContext {
  /** The only ones that a profile may name. */
  readonly lmas: readonly LmaPeer[];
  /** Resolvers for a profile that names none. */
  readonly dns: readonly string[];
}

/** Why an Access-Accept cannot be used. */
class Unusable extends Error {}

export function grantOf(attributes: readonly RadiusAttribute[], context: GrantContext): { readonly grant: Grant } | { readonly refused: string } {
  try {
    return { grant: read(attributes, context) };
  } catch (e) {
    if (!(e instanceof Unusable)) throw e;
    return { refused: e.message };
  }
}

type Pairs = ReadonlyMap<string, string>;

/** The pairs that count here; an unknown name is somebody else's business. */
const NAMES: ReadonlySet<string> = new Set(['mn-nai', 'mn-service', 'mn-apn', 'home-lma', 'home-lma-ipv4-address', 'home-lma-ipv6-address', 'cisco-mpc-protocol-interface', 'ip:dns-servers', 'certificate-serial']);

function pairsOf(attributes: readonly RadiusAttribute[]): Pairs {
  const pairs = new Map<string, string>();
  for (const text of valuesOf(attributes, 'ciscoAvPair')) {
    const pair = splitAvPair(text);
    if (!pair || !NAMES.has(pair.name)) continue;
    const value = pair.value.trim();
    if (value === '') throw new Unusable(`the Cisco-AVPair ${pair.name} is empty`);
    if ((pairs.get(pair.name) ?? value) !== value) throw new Unusable(`the Cisco-AVPair ${pair.name} is there twice, with different values`);
    pairs.set(pair.name, value);
  }
  return pairs;
}

function read(attributes: readonly RadiusAttribute[], { lmas, dns }: GrantContext): Grant {
  const garbled = attributes.find((a) => a.kind === 'unknown' && PROFILE_TYPES.has(a.type));
  if (garbled?.kind === 'unknown') throw new Unusable(`attribute ${garbled.type} (${PROFILE_TYPES.get(garbled.type)}) has a value that cannot be read`);
  const pairs = pairsOf(attributes);
  const protocol = pairs.get('cisco-mpc-protocol-interface') ?? 'pmipv6';
  if (protocol !== 'pmipv6') throw new Unusable(`the profile is for ${protocol} and not for pmipv6`);
  const nai = one('Mobile-Node-Identifier', valuesOf(attributes, 'mobileNodeIdentifier')) ?? pairs.get('mn-nai');
  const apn = one('Service-Selection', valuesOf(attributes, 'serviceSelection')) ?? pairs.get('mn-apn');
  const hoa = one('PMIP6-Home-IPv4-HoA', valuesOf(attributes, 'pmip6HomeIpv4HoA').map((h) => h.address));
  const prefixes = valuesOf(attributes, 'pmip6HomeHnPrefix').flatMap(wantedPrefix);
  const cui = valueOf(attributes, 'chargeableUserIdentity');
  const timeout = one('Session-Timeout', valuesOf(attributes, 'sessionTimeout'));
  const interim = valueOf(attributes, 'acctInterimInterval');
  const userName = valueOf(attributes, 'userName');
  const serial = pairs.get('certificate-serial');
  const service = serviceOf(attributes, pairs);
  return {
    ...(nai === undefined ? {} : { nai }),
    ...(apn === undefined ? {} : { apn }),
    ...service,
    lmas: lmaOf(attributes, pairs, lmas),
    ...resolvers(pairs, dns),
    ...(hoa !== undefined && service.ipv4 && isUnicastIp(hoa) ? { wantedIpv4: hoa } : {}),
    ...(prefixes.length > 0 && service.ipv6 ? { wantedPrefixes: prefixes } : {}),
    ...(cui === undefined || cui === NUL ? {} : { cui }),
    ...(serial === undefined ? {} : { certificate: serial }),
    ...(userName === undefined ? {} : { userName }),
    class: valuesOf(attributes, 'class'),
    // 0 is what servers say that set no limit.
    ...(timeout === undefined || timeout === 0 ? {} : { sessionTimeout: { after: timeout, askAgain: valueOf(attributes, 'terminationAction') === RADIUS_REQUEST } }),
    ...(interim === undefined ? {} : { interimInterval: interim }),
  };
}

/** A Chargeable-User-Identity that says nothing (RFC 4372 §2.2). */
const NUL = '00';
/** RFC 2865 §5.29 */
const RADIUS_REQUEST = 1;

/** Attributes that decide where a subscriber gets: garbage there is not passed over. */
const PROFILE_TYPES: ReadonlyMap<number, string> = new Map([
  [27, 'Session-Timeout'],
  [124, 'MIP6-Feature-Vector'],
  [145, 'Mobile-Node-Identifier'],
  [146, 'Service-Selection'],
  [147, 'PMIP6-Home-LMA-IPv6-Address'],
  [148, 'PMIP6-Visited-LMA-IPv6-Address'],
  [149, 'PMIP6-Home-LMA-IPv4-Address'],
  [150, 'PMIP6-Visited-LMA-IPv4-Address'],
  [151, 'PMIP6-Home-HN-Prefix'],
  [155, 'PMIP6-Home-IPv4-HoA'],
]);

function one<T>(name: string, values: readonly T[]): T | undefined {
  if (new Set(values).size > 1) throw new Unusable(`${name} is there twice, with different values`);
  return values[0];
}

interface Service {
  readonly ipv4: boolean;
  readonly ipv6: boolean;
}
const SERVICES: Readonly<Record<string, Service>> = { ipv4: { ipv4: true, ipv6: false }, ipv6: { ipv4: false, ipv6: true }, dual: { ipv4: true, ipv6: true } };

/** RFC 6572 §4.10: PMIP6 alone = IPv6, with IP4_HOA = both, with IP4_HOA_ONLY = IPv4; both of these at once are invalid. */
function serviceOf(attributes: readonly RadiusAttribute[], pairs: Pairs): Service {
  const features = one('MIP6-Feature-Vector', valuesOf(attributes, 'mip6FeatureVector'));
  if (features === undefined) {
    const name = pairs.get('mn-service') ?? 'dual';
    const service = Object.hasOwn(SERVICES, name) ? SERVICES[name] : undefined;
    if (!service) throw new Unusable('mn-service is none of ipv4, ipv6 and dual');
    return service;
  }
  const has = (feature: bigint): boolean => (features & feature) !== 0n;
  if (!has(MIP6_FEATURE.PMIP6_SUPPORTED)) throw new Unusable('MIP6-Feature-Vector without PMIP6_SUPPORTED: this node may not use Proxy Mobile IPv6');
  const [both, only] = [has(MIP6_FEATURE.IP4_HOA_SUPPORTED), has(MIP6_FEATURE.IP4_HOA_ONLY_SUPPORTED)];
  if (both && only) throw new Unusable('MIP6-Feature-Vector with IP4_HOA_SUPPORTED and IP4_HOA_ONLY_SUPPORTED, which exclude each other');
  return { ipv4: both || only, ipv6: !only };
}

type LmaAddresses = Pick<LmaPeer, 'ipv6' | 'ipv4'>;

/** The one LMA that name and addresses agree upon; none named = the domain's. A visited LMA only if there is no home LMA. */
function lmaOf(attributes: readonly RadiusAttribute[], pairs: Pairs, lmas: readonly LmaPeer[]): string[] {
  type Kind = 'pmip6HomeLmaIpv6Address' | 'pmip6VisitedLmaIpv6Address' | 'pmip6HomeLmaIpv4Address' | 'pmip6VisitedLmaIpv4Address';
  const address = (kind: Kind): string | undefined => one(kind, valuesOf(attributes, kind));
  const addresses = (ipv6: string | undefined, ipv4: string | undefined): LmaAddresses => ({ ...(ipv6 === undefined ? {} : { ipv6 }), ...(ipv4 === undefined ? {} : { ipv4 }) });
  const home = addresses(address('pmip6HomeLmaIpv6Address') ?? pairAddress(pairs, 'home-lma-ipv6-address', isIpv6), address('pmip6HomeLmaIpv4Address') ?? pairAddress(pairs, 'home-lma-ipv4-address', isIpv4));
  const name = pairs.get('home-lma');
  const said = name !== undefined || home.ipv6 !== undefined || home.ipv4 !== undefined ? home : addresses(address('pmip6VisitedLmaIpv6Address'), address('pmip6VisitedLmaIpv4Address'));
  const words = [name, said.ipv6, said.ipv4].filter((w) => w !== undefined);
  if (words.length === 0) return [];
  // An address of a family in which the LMA is not configured says nothing against it, unless it is another's: it is not used.
  const agrees = (l: LmaPeer, family: 'ipv6' | 'ipv4'): boolean => said[family] === undefined || l[family] === said[family] || (l[family] === undefined && lmas.every((other) => other[family] !== said[family]));
  const named = (l: LmaPeer): boolean => l.id === name || (name === undefined && (['ipv6', 'ipv4'] as const).some((f) => l[f] !== undefined && l[f] === said[f]));
  const found = lmas.find((l) => named(l) && agrees(l, 'ipv6') && agrees(l, 'ipv4'));
  if (!found) throw new Unusable(lmas.some(named) ? `the profile contradicts the configured LMA (${words.join(', ')})` : `the profile's LMA (${words.join(', ')}) is not among the configured local-mobility-anchors`);
  return [found.id];
}

function pairAddress(pairs: Pairs, name: string, isAddress: (text: string) => boolean): string | undefined {
  const text = pairs.get(name);
  if (text === undefined) return undefined;
  if (!isAddress(text)) throw new Unusable(`the Cisco-AVPair ${name} is no such address`);
  return canonicalIp(text);
}

/** `ip:dns-servers=198.51.100.250 2001:db8::53` */
function resolvers(pairs: Pairs, configured: readonly string[]): { readonly dns4: readonly Ipv4[]; readonly dns6: readonly Ipv6[] } {
  const named = pairs.get('ip:dns-servers')?.split(/[\s,]+/);
  if (named?.some((a) => !isIpv4(a) && !isIpv6(a))) throw new Unusable('the Cisco-AVPair ip:dns-servers is no list of addresses');
  const all = named?.map(canonicalIp) ?? configured;
  return { dns4: all.filter((a) => !a.includes(':')), dns6: all.filter((a) => a.includes(':')) };
}

/** `::` of 128 bits leaves the choice to the LMA (RFC 6572 §4.5); home network prefixes are /64 here. */
function wantedPrefix({ prefix, prefixLength }: { readonly prefix: Ipv6; readonly prefixLength: number }): Prefix[] {
  if (prefix === '::') return [];
  if (prefixLength !== 64) throw new Unusable(`PMIP6-Home-HN-Prefix of /${prefixLength}: home network prefixes are /64`);
  return [{ address: prefix, length: prefixLength }];
}
