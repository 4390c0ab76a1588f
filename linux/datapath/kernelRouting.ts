/**
 * Rules and tables around the kernel's tunnel interfaces. A table for each path has the way to its phone and, as default, its tunnel.
 * In the order in which they are asked, guests and tunnels first, so that nothing else of the machine answers to them:
 *
 *   1  what a guest sends to the gateway's own addresses, IPv6 link-local and multicast: the kernel's table `local`
 *      what the machine itself sends: the phones of the space (phones.ts)
 *      what comes out of a tunnel: the path's table
 *   2  what a phone's address sends on its access interface: the path's table
 *   3  everything else from an access interface: nothing
 *   4  the kernel's table `local`, which is asked first elsewhere (priority 0)
 */
import type { Path } from '../../protocol/paths.ts';
import { listRoutes, deleteRoute, replaceRoute } from '../netlink/route.ts';
import type { Route } from '../netlink/route.ts';
import { addRule, deleteRule, listRules } from '../netlink/rule.ts';
import type { Rule } from '../netlink/rule.ts';
import type { Netlink } from '../netlink/socket.ts';
import { tunnelName } from './kernelTunnels.ts';
import { askedLocalLater, LOCAL, LOCAL_TABLE } from './localRule.ts';
import { DEFAULTS, FAMILIES, LAST, isSpaceTable, tableOf } from './surroundings.ts';

const FIRST = 1;
const SUBSCRIBERS = 2;
const REST = 3;
/** The first of one table for each path. */
const PATH_TABLES = 5_213_000;
const LAST_PATH_TABLE = PATH_TABLES + 65_535;

export const pathTableOf = (index: number): number => PATH_TABLES + index;
const isPathTable = (table: number | undefined): boolean => table !== undefined && table >= PATH_TABLES && table <= LAST_PATH_TABLE;

const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);
const host = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`;
const destinations = ({ ipv4, prefixes }: Path): string[] => [...(ipv4 ? [`${ipv4}/32`] : []), ...prefixes.map((p) => `${p.address}/${p.length}`)];

export interface Routing {
  readonly rules: readonly Rule[];
  readonly routes: readonly Route[];
}

/** `access`, `tunnel`: interface indexes. */
export function routingOf(path: Path, access: number, tunnel: number): Routing {
  const table = pathTableOf(path.index);
  const all = destinations(path);
  const families = [...new Set(all.map(familyOf))];
  return {
    routes: [...all.map((destination) => ({ destination, device: access, table })), ...families.map((family) => ({ destination: DEFAULTS[family], device: tunnel, table }))],
    rules: [
      ...families.map((family) => ({ family, priority: FIRST, table, iif: tunnelName(path) })),
      ...all.map((from) => ({ family: familyOf(from), priority: SUBSCRIBERS, table, from, iif: path.access?.interface ?? '' })),
    ],
  };
}

/** For guests of an access interface. `gateways`: addresses of the gateway that they may reach. */
export function accessRules(space: number, iif: string, gateways: readonly string[]): Rule[] {
  const own = ['fe80::/10', 'ff00::/8', ...gateways.map(host)];
  return [
    ...own.map((to) => ({ family: familyOf(to), priority: FIRST, table: LOCAL_TABLE, to, iif })),
    ...FAMILIES.map((family) => ({ family, priority: REST, table: tableOf(space, 'up'), iif })),
  ];
}

export const spaceRouting = (space: number): Routing => ({
  rules: FAMILIES.map((family) => ({ family, priority: FIRST, table: tableOf(space, 'down'), iif: 'lo' })),
  routes: FAMILIES.map((family) => ({ destination: DEFAULTS[family], type: 'blackhole', table: tableOf(space, 'up'), metric: LAST })),
});

const ruleKey = ({ family, priority, table, iif, from, to }: Rule) => JSON.stringify([family, priority, table, iif, from, to]);
const routeKey = ({ destination, table }: Route) => `${destination} ${table}`;

export function addRouting(nl: Netlink, { rules, routes }: Routing): void {
  for (const route of routes) replaceRoute(nl, route);
  for (const rule of rules) addRule(nl, rule);
}

/** What `gone` has and `kept` has not; what is sent before what is received. @throws NativeError */
export function removeRouting(nl: Netlink, gone: Routing, kept: Routing = { rules: [], routes: [] }): void {
  const rules = new Set(kept.rules.map(ruleKey));
  const routes = new Set(kept.routes.map(routeKey));
  for (const rule of gone.rules.toReversed()) if (!rules.has(ruleKey(rule))) deleteRule(nl, rule);
  for (const route of gone.routes) if (!routes.has(routeKey(route))) deleteRoute(nl, route);
}

const localRules = (priority: number): Rule[] => FAMILIES.map((family) => ({ family, priority, table: LOCAL_TABLE }));

/** The kernel's own rule for its addresses comes after those of guests and tunnels: first the new one, then the old one goes. */
export function askLocalLater(nl: Netlink): void {
  for (const rule of localRules(LOCAL)) addRule(nl, rule);
  for (const rule of localRules(0)) deleteRule(nl, rule);
}

function isOurs({ priority, table, iif }: Rule): boolean {
  if (isPathTable(table) || (isSpaceTable(table) && priority <= REST)) return true;
  return priority === FIRST && table === LOCAL_TABLE && iif !== undefined;
}

/** Exactly these rules, and routes of paths, are left. @throws NativeError */
export function keepOnlyRouting(nl: Netlink, { rules, routes }: Routing): void {
  const kept = { rules: new Set(rules.map(ruleKey)), routes: new Set(routes.map(routeKey)) };
  for (const rule of listRules(nl)) if (isOurs(rule) && !kept.rules.has(ruleKey(rule))) deleteRule(nl, rule);
  for (const route of listRoutes(nl)) if (isPathTable(route.table) && !kept.routes.has(routeKey(route))) deleteRoute(nl, route);
}

/** Everything as before; the kernel's rule for its own addresses is the first again. False: nothing of this was there. @throws NativeError */
export function removeAllRouting(nl: Netlink): boolean {
  if (!askedLocalLater(nl)) return false;
  for (const rule of localRules(0)) addRule(nl, rule);
  for (const rule of localRules(LOCAL)) deleteRule(nl, rule);
  keepOnlyRouting(nl, { rules: [], routes: [] });
  return true;
}
