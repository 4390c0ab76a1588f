/**
 * What guests may send where the kernel forwards by itself, as rules of nftables: what access.h and onlink.h say with BPF, under the same
 * reasons. ARP, VLAN tags and other protocols than IP do not come here, nor does anybody on the router take them from guests.
 */
import { isLinkLocal, MAG_MAC, parseIp } from '../../protocol/address.ts';
import { parseHex } from '../../protocol/mac.ts';
import type { Path } from '../../protocol/paths.ts';
import { arrivesOn, countedBy, deviceName, equals, isEthernet, isIn, isNotIn, isOfFamily, jump, load, loadDevice, mask, newChain, newCounter, newElements, newInnerChain, newRule, newSet, newTable, verdict } from '../netlink/nftables.ts';
import type { Change, Expression } from '../netlink/nftables.ts';
import type { AccessInterface } from './attachedPaths.ts';
import type { DropReason } from './layout.ts';

export const TABLE = 'roamstead';
const CHAIN = 'guests';
/** IPv6 that no router forwards, or that is for the gateway. */
const HERE = 'here6';
/** With raw, before connection tracking. */
const PRIORITY = -300;
/** Whose an address is, by address, MAC and access interface, and which addresses are somebody's. */
export const SETS = { phones4: { id: 1, parts: ['ipv4', 'mac', 'device'] }, phones6: { id: 2, parts: ['ipv6', 'mac', 'device'] }, addresses4: { id: 3, parts: ['ipv4'] }, addresses6: { id: 4, parts: ['ipv6'] }, gateways6: { id: 5, parts: ['ipv6'] } } as const;
export type SetName = keyof typeof SETS;
/** As nft numbers them; octets in a key. */
const TYPES = { ipv4: { number: 7, size: 4 }, ipv6: { number: 8, size: 16 }, mac: { number: 9, size: 8 }, device: { number: 41, size: 16 } } as const;

export const REASONS = ['unknownSource', 'stationSpoof', 'malformed', 'notOffered', 'multicast', 'rogue', 'hidden'] as const satisfies readonly DropReason[];
type Reason = (typeof REASONS)[number];

/** The elements of each set that a path adds. */
export function elementsOf({ ipv4, prefixes, access }: Path): Record<SetName, readonly Uint8Array[]> {
  const whose = (address: string) => Buffer.concat([parseIp(address), parseHex(access?.mac ?? ''), new Uint8Array(TYPES.mac.size - 6), deviceName(access?.interface ?? '')]);
  const [four, six] = access ? [ipv4 === undefined ? [] : [ipv4], prefixes.map((p) => p.address)] : [[], []];
  return { phones4: four.map(whose), phones6: six.map(whose), addresses4: four.map(parseIp), addresses6: six.map(parseIp), gateways6: [] };
}

/** A field of a header: where it is, and the registers that it takes. */
const network = (offset: number, length: number, at = 0): Expression => load('network', offset, length, at);
const sourceMac = (at: number): Expression => load('link', 6, 6, at);
const octets = (...values: number[]): Uint8Array => Uint8Array.from(values);
const is = (field: Expression, value: Uint8Array): Expression[] => [field, equals(value)];
const isMasked = (field: Expression, bits: Uint8Array, value: Uint8Array): Expression[] => [field, mask(bits), equals(value)];
const port = (which: 'source' | 'destination', number: number): Expression[] => is(load('transport', which === 'source' ? 0 : 2, 2), octets(number >> 8, number & 255));
const refuse = (reason: Reason): Expression[] => [countedBy(reason), verdict('drop')];
const ACCEPT = [verdict('accept')];
/** The MAC that every gateway has (RFC 6543). */
const FROM_GATEWAY = [...is(sourceMac(0), parseHex(MAG_MAC)), ...refuse('stationSpoof')];

const [DHCP_SERVER, DHCPV6_SERVER, DNS] = [67, 547, 53];
const [TCP, UDP, ICMPV6, HOP_BY_HOP] = [6, 17, 58, 0];
const ND_HOPS = 255;

const source4 = network(12, 4);
const to4 = (address: string): Expression[] => is(network(16, 4), parseIp(address));
const within4 = (bits: string, prefix: string): Expression[] => isMasked(network(16, 4), parseIp(bits), parseIp(prefix));
const protocol4 = (number: number): Expression[] => is(network(9, 1), octets(number));
/** Without options, and whole: what is not at its usual place is not looked for. */
const plain4 = [...is(network(0, 1), octets(0x45)), ...isMasked(network(6, 2), octets(0x3f, 0xff), octets(0, 0))];
/** Multicast and broadcast. Not all above 224.0.0.0: what is reserved there is for the tunnel and whom it ends at, as any address. */
const MANY_4 = [within4('240.0.0.0', '224.0.0.0'), to4('255.255.255.255')];

function rules4(gateways: readonly string[], dns: boolean): Expression[][] {
  return [
    FROM_GATEWAY,
    [source4, isIn('addresses4'), source4, sourceMac(1), loadDevice(3), isNotIn('phones4'), ...refuse('stationSpoof')],
    ...MANY_4.flatMap((many) => [
      [...many, ...protocol4(UDP), ...plain4, ...port('source', DHCP_SERVER), ...refuse('rogue')],
      [...many, ...protocol4(UDP), ...plain4, ...port('destination', DHCP_SERVER), ...ACCEPT],
      [...many, ...protocol4(UDP), ...plain4, ...refuse('multicast')],
      [...many, ...protocol4(UDP), ...refuse('hidden')],
      [...many, ...refuse('multicast')],
    ]),
    [...within4('255.255.0.0', '169.254.0.0'), ...refuse('notOffered')],
    [source4, sourceMac(1), loadDevice(3), isNotIn('phones4'), ...refuse('unknownSource')],
    [...within4('255.0.0.0', '127.0.0.0'), ...refuse('notOffered')],
    ...gateways.flatMap((g) => [
      [...to4(g), ...protocol4(UDP), ...plain4, ...port('source', DHCP_SERVER), ...refuse('rogue')],
      [...to4(g), ...protocol4(UDP), ...plain4, ...port('destination', DHCP_SERVER), ...ACCEPT],
      ...(dns ? [UDP, TCP].map((protocol) => [...to4(g), ...protocol4(protocol), ...plain4, ...port('destination', DNS), ...ACCEPT]) : []),
      [...to4(g), ...protocol4(UDP), ...plain4, ...refuse('notOffered')],
      [...to4(g), ...protocol4(UDP), ...refuse('hidden')],
      [...to4(g), ...refuse('notOffered')],
    ]),
  ];
}

const LINK_LOCAL = { bits: parseIp('ffc0::'), prefix: parseIp('fe80::') } as const;
const FIRST_HALF = mask(parseIp('ffff:ffff:ffff:ffff::'));
const source6 = network(8, 16);
const to6 = (address: string): Expression[] => is(network(24, 16), parseIp(address));
const next6 = (number: number): Expression[] => is(network(6, 1), octets(number));
/** With its hop limit and its type at their usual places. */
const neighbour = (type: number): Expression[] => [...next6(ICMPV6), ...is(network(7, 1), octets(ND_HOPS)), ...is(network(40, 1), octets(type))];
const icmp6 = (type: number): Expression[] => [...next6(ICMPV6), ...is(network(40, 1), octets(type))];
const TARGET = network(48, 16);
/** The address is a subscriber's, and its first half with the MAC is none's here. */
const isAnothers = (address: Expression, mac: Expression): Expression[] => [address, FIRST_HALF, isIn('addresses6'), address, FIRST_HALF, mac, loadDevice(6), isNotIn('phones6')];
const MANY_6 = isMasked(network(24, 1), octets(0xff), octets(0xff));
const EXTENSIONS = [HOP_BY_HOP, 43, 44, 51, 60, 135, 139, 140];
const [SOLICIT_ROUTER, ADVERTISE_ROUTER, SOLICIT, ADVERTISE, REDIRECT] = [133, 134, 135, 136, 137];
const GROUP_REPORTS = [130, 131, 132, 143];

/** The first option's address, of a router solicitation and of the other two. */
const soughtBy = network(50, 6, 4);
const toldBy = network(66, 6, 4);

const here6: readonly (readonly Expression[])[] = [
  ...[ADVERTISE_ROUTER, REDIRECT].map((type) => [...icmp6(type), ...refuse('rogue')]),
  [...icmp6(ADVERTISE), TARGET, isIn('gateways6'), ...refuse('stationSpoof')],
  [...icmp6(ADVERTISE), ...isAnothers(TARGET, sourceMac(4)), ...refuse('stationSpoof')],
  [...icmp6(ADVERTISE), ...isAnothers(TARGET, toldBy), ...refuse('stationSpoof')],
  [...icmp6(SOLICIT), ...isAnothers(source6, toldBy), ...refuse('stationSpoof')],
  [...icmp6(SOLICIT_ROUTER), ...isAnothers(source6, soughtBy), ...refuse('stationSpoof')],
  ...[SOLICIT_ROUTER, SOLICIT, ADVERTISE].flatMap((type) => [
    [...neighbour(type), ...ACCEPT],
    [...icmp6(type), ...refuse('malformed')],
  ]),
  ...GROUP_REPORTS.map((type) => [...next6(HOP_BY_HOP), ...is(network(40, 2), octets(ICMPV6, 0)), ...is(network(48, 1), octets(type)), ...refuse('multicast')]),
  ...EXTENSIONS.map((number) => [...next6(number), ...refuse('hidden')]),
  [...next6(UDP), ...port('source', DHCPV6_SERVER), ...refuse('rogue')],
  [...MANY_6, ...refuse('multicast')],
  refuse('notOffered'),
];

function rules6(gateways: readonly string[], dns: boolean): Expression[][] {
  const [near, far] = [gateways.filter(isLinkLocal), gateways.filter((g) => !isLinkLocal(g))];
  const asked = (all: readonly string[]) => (dns ? all.flatMap((g) => [UDP, TCP].map((protocol) => [...to6(g), ...next6(protocol), ...port('destination', DNS), ...ACCEPT])) : []);
  return [
    FROM_GATEWAY,
    ...near.map((g) => [...is(source6, parseIp(g)), ...refuse('stationSpoof')]),
    [...isAnothers(source6, sourceMac(4)), ...refuse('stationSpoof')],
    ...asked(near),
    [...MANY_6, jump(HERE)],
    [...isMasked(network(24, 16), LINK_LOCAL.bits, LINK_LOCAL.prefix), jump(HERE)],
    [source6, FIRST_HALF, sourceMac(4), loadDevice(6), isNotIn('phones6'), ...refuse('unknownSource')],
    ...asked(far),
    ...far.map((g) => [...to6(g), jump(HERE)]),
  ];
}

const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);
const rulesOf = ({ interface: device, gateways = [], dns = false }: AccessInterface): Expression[][] =>
  ([4, 6] as const).flatMap((family) => {
    const own = gateways.filter((g) => familyOf(g) === family);
    return (family === 4 ? rules4 : rules6)(own, dns).map((rule) => [...arrivesOn(device), ...isEthernet(), ...isOfFamily(family), ...rule]);
  });

/** All of the table, in a table that is not there. */
export function wholeTable(paths: readonly Path[], access: readonly AccessInterface[]): Change[] {
  const elements = paths.map(elementsOf);
  const gateways = [...new Set(access.flatMap((a) => a.gateways ?? []).filter((g) => familyOf(g) === 6))].map(parseIp);
  const rule = (chain: string) => (expressions: readonly Expression[]) => newRule(TABLE, chain, expressions);
  return [
    newTable(TABLE),
    ...REASONS.map((reason) => newCounter(TABLE, reason)),
    ...(Object.keys(SETS) as SetName[]).flatMap((name) => {
      const { id, parts } = SETS[name];
      const size = parts.reduce((sum, part) => sum + TYPES[part].size, 0);
      const keys = name === 'gateways6' ? gateways : elements.flatMap((e) => e[name]);
      return [newSet(TABLE, name, id, parts.map((part) => TYPES[part].number), size), ...(keys.length > 0 ? [newElements(TABLE, name, keys)] : [])];
    }),
    newInnerChain(TABLE, HERE),
    newChain(TABLE, CHAIN, 'prerouting', PRIORITY),
    ...here6.map(rule(HERE)),
    ...access.flatMap(rulesOf).map(rule(CHAIN)),
  ];
}
