/**
 * The kernel around the programs: pseudo-devices, routing tables and rules, sysctls, attachments. Everything here is desired
 * state: doing it twice changes nothing, so it also takes up what an earlier run left.
 *
 * MAG, per address space: packets from the access interfaces all go to the pseudo-device (table `up`); packets from it, and the
 * router's own, find the phones in table `down`; what finds none there goes back to the pseudo-device, which drops it. LMA: the pools
 * are routed to the pseudo-device. On both, the peer device sends fragments of what was too large (table `small`).
 */
import type { Netlink } from '../netlink/socket.ts';
import { addLink, deleteLink, getLink, listLinks, setLink } from '../netlink/link.ts';
import type { Link } from '../netlink/link.ts';
import { attachProgram, detachProgram, listPrograms } from '../netlink/program.ts';
import type { Direction } from '../netlink/program.ts';
import { deleteRoute, listRoutes, replaceRoute } from '../netlink/route.ts';
import type { Route } from '../netlink/route.ts';
import { addRule, deleteRule, listRules } from '../netlink/rule.ts';
import type { Rule } from '../netlink/rule.ts';
import { PathError } from '../../protocol/paths.ts';
import { readSysctl, withoutArp, withoutOffload, writeSysctl } from './device.ts';
import { MAX_SPACES, MINIMUM_MTU, PSEUDO_MAC } from './layout.ts';

export interface Pool {
  /** `10.1.0.0/16`, `2001:db8:1::/48` */
  readonly prefix: string;
  readonly space?: number;
}

/** Filters of other programs run before or after this one's, by their priority. */
export const PRIORITY = 5213;
/** The first of three routing tables per address space, and of the rules' priorities. */
const TABLES = 5213;
const RULES = 1000;
/** Rules of this priority to our tables are somebody else's (cloud/egress). */
export const EGRESS_RULES = RULES + 2;
/** A metric behind all others. */
export const LAST = 0xffff_fffe;
export const DEFAULTS = { 4: '0.0.0.0/0', 6: '::/0' } as const;
export const FAMILIES = [4, 6] as const;
/**
 * Whoever is named here does not exist: the programs decide where packets go. But with a next hop the kernel keeps one neighbour entry for
 * the pseudo-device, and without it one for each address, which fills the table that the machine's own neighbours are in.
 */
const NEXT_HOPS = { 4: { gateway: '192.0.0.8', onlink: true }, 6: { gateway: 'fe80::8', onlink: true } } as const;
const LOOPBACK = 1;
const ETHERNET: ReadonlySet<number> = new Set([1, 772]);

export const pseudoName = (space: number): string => `pmip${space}`;
export const peerName = (space: number): string => `pmip${space}p`;
export const tableOf = (space: number, which: 'up' | 'down' | 'small'): number => TABLES + space * 3 + { up: 0, down: 1, small: 2 }[which];

/** One of the tables of any address space. */
export const isSpaceTable = (table: number | undefined): boolean => ours(table, MAX_SPACES);

export interface Pseudo {
  readonly space: number;
  readonly index: number;
  readonly peer: number;
}

/** @throws PathError when there is no such interface */
export function linkNamed(nl: Netlink, name: string): Link {
  const link = getLink(nl, name);
  if (!link) throw new PathError(`There is no interface ${name}: check the name, or attach it once it is there`);
  return link;
}

/** The pseudo-device of an address space, made if it is not there. @throws NativeError */
export function makePseudo(nl: Netlink, space: number, mtu: number): Pseudo {
  const name = pseudoName(space);
  const peer = peerName(space);
  if (!getLink(nl, name)) addLink(nl, { kind: 'veth', name, mac: PSEUDO_MAC, peer: { name: peer, mac: PSEUDO_MAC } });
  for (const device of [name, peer]) {
    withoutArp(device);
    // No address of its own, so that it neither asks nor announces anything.
    writeSysctl(`ipv6/conf/${device}/addr_gen_mode`, 1);
    writeSysctl(`ipv6/conf/${device}/accept_ra`, 0);
    // The larger of this and `all` counts; with strict checks for all, loose ones are the best there is.
    writeSysctl(`ipv4/conf/${device}/rp_filter`, readSysctl('ipv4/conf/all/rp_filter') === '0' ? 0 : 2);
    writeSysctl(`ipv4/conf/${device}/send_redirects`, 0);
  }
  writeSysctl(`ipv4/conf/${peer}/accept_local`, 1);
  withoutOffload(name);
  const pseudo = { space, index: linkNamed(nl, name).index, peer: linkNamed(nl, peer).index };
  setLink(nl, pseudo.peer, { mtu, up: true });
  setLink(nl, pseudo.index, { mtu, up: true });
  return pseudo;
}

export const removePseudo = (nl: Netlink, space: number): void => {
  const link = getLink(nl, pseudoName(space));
  if (link) deleteLink(nl, link.index);
};

/** A router ignores router advertisements unless told: a WAN that learns its address from them goes on doing so. */
export function keepLearning(wan: string): void {
  if (readSysctl(`ipv6/conf/${wan}/accept_ra`) === '1') writeSysctl(`ipv6/conf/${wan}/accept_ra`, 2);
}

export function forward(): void {
  writeSysctl('ipv4/ip_forward', 1);
  writeSysctl('ipv6/conf/all/forwarding', 1);
  writeSysctl('ipv4/conf/all/send_redirects', 0); // either this or the device's would send them
}

const both = (rule: Omit<Rule, 'family'>): Rule[] => FAMILIES.map((family) => ({ ...rule, family }));

const small = (space: number): Rule => ({ family: 4, priority: RULES, table: tableOf(space, 'small'), iif: peerName(space) });

export function magRules(space: number, access: readonly string[]): Rule[] {
  return [
    small(space),
    ...both({ priority: RULES, table: tableOf(space, 'down'), iif: 'lo' }),
    ...both({ priority: RULES, table: tableOf(space, 'down'), iif: pseudoName(space) }),
    ...[pseudoName(space), ...access].flatMap((iif) => both({ priority: RULES + 1, table: tableOf(space, 'up'), iif })),
  ];
}

/** Space 0 is the main table; every other one has its own, to which the operator adds the way to the internet. */
export const lmaRules = (space: number): Rule[] => [
  small(space),
  ...(space === 0 ? [] : both({ priority: RULES, table: tableOf(space, 'up'), iif: pseudoName(space) })),
];

const fragments = ({ space, index }: Pseudo): Route => ({ destination: DEFAULTS[4], device: index, ...NEXT_HOPS[4], table: tableOf(space, 'small'), mtu: MINIMUM_MTU });

export const magRoutes = (pseudo: Pseudo): Route[] => [
  fragments(pseudo),
  ...FAMILIES.flatMap((family): Route[] => {
    const route = { destination: DEFAULTS[family], table: tableOf(pseudo.space, 'up') };
    // Should the pseudo-device go, guests are not to leave by the home's own route.
    return [{ ...route, device: pseudo.index, ...NEXT_HOPS[family] }, { ...route, type: 'unreachable', metric: LAST }];
  }),
];

export const lmaRoutes = (pseudo: Pseudo, pools: readonly Pool[]): Route[] => [
  fragments(pseudo),
  ...pools
    .filter((p) => (p.space ?? 0) === pseudo.space)
    .map((p): Route => ({ destination: p.prefix, device: pseudo.index, ...NEXT_HOPS[p.prefix.includes(':') ? 6 : 4], ...(pseudo.space === 0 ? {} : { table: tableOf(pseudo.space, 'up') }) })),
];

const ruleKey = (r: Rule) => JSON.stringify([r.family, r.table, r.iif]);

/** Exactly these rules point to our tables. @throws NativeError */
export function setRules(nl: Netlink, wanted: readonly Rule[], spaces: number): void {
  const keys = new Set(wanted.map(ruleKey));
  for (const rule of listRules(nl)) if (ours(rule.table, spaces) && rule.priority !== EGRESS_RULES && !keys.has(ruleKey(rule))) deleteRule(nl, rule);
  for (const rule of wanted) addRule(nl, rule);
}

const ours = (table: number | undefined, spaces: number) => table !== undefined && table >= TABLES && table < TABLES + spaces * 3;

export function setRoutes(nl: Netlink, wanted: readonly Route[]): void {
  // Where no address was ever set, the kernel takes no next hop; this sets 127.0.0.1.
  setLink(nl, LOOPBACK, { up: true });
  for (const route of wanted) replaceRoute(nl, route);
}

export function removeRoutes(nl: Netlink, spaces: number): void {
  for (const route of listRoutes(nl)) if (ours(route.table, spaces)) deleteRoute(nl, route);
}

export const hasEthernetHeader = (link: Link): boolean => ETHERNET.has(link.hardware);

export const attach = (nl: Netlink, index: number, direction: Direction, program: { readonly fd: number; readonly name: string }): void =>
  attachProgram(nl, index, direction, program.fd, program.name, PRIORITY);

export const detach = (nl: Netlink, index: number, direction: Direction): void => detachProgram(nl, index, direction, PRIORITY);

/** The number of the program that an earlier run attached to the pseudo-device. */
export function attachedBefore(nl: Netlink): number | undefined {
  const link = getLink(nl, pseudoName(0));
  return link && listPrograms(nl, link.index, 'egress').find((p) => p.priority === PRIORITY)?.programId;
}

const portsOf = (nl: Netlink, bridge: Link): Link[] => listLinks(nl).filter((l) => l.master === bridge.index);

/** What an earlier run with the BPF programs left, before another data path takes over. Free when there is nothing. @throws NativeError */
export function removeBpfSurroundings(nl: Netlink, devices: readonly string[]): void {
  const names = new Set(listLinks(nl).map((l) => l.name));
  const pseudos = Array.from({ length: MAX_SPACES }, (_, space) => space).filter((space) => names.has(pseudoName(space)));
  if (pseudos.length === 0) return;
  for (const name of devices) {
    const link = getLink(nl, name);
    if (link) for (const { index } of [link, ...portsOf(nl, link)]) detach(nl, index, 'ingress');
  }
  setRules(nl, [], MAX_SPACES);
  removeRoutes(nl, MAX_SPACES);
  for (const space of pseudos) removePseudo(nl, space);
}
