/**
 * Routes and rules of subscribers' networks. What of a pool nobody has goes nowhere, also while no anchor runs; an address space with
 * an upstream of its own has its default routes there, and no other way out.
 */
import { isIpv4 } from '../../protocol/address.ts';
import { readSysctl, writeSysctl } from '../../linux/datapath/device.ts';
import { DEFAULTS, EGRESS_RULES, FAMILIES, isSpaceTable, LAST, tableOf } from '../../linux/datapath/surroundings.ts';
import { getLink } from '../../linux/netlink/link.ts';
import { deleteRoute, listRoutes, MAIN_TABLE, replaceRoute, type Route } from '../../linux/netlink/route.ts';
import { addRule, deleteRule, listRules, type Rule } from '../../linux/netlink/rule.ts';
import type { Netlink } from '../../linux/netlink/socket.ts';
import { markOf, type SpaceEgress } from './ruleset.ts';

export interface SpaceRoutes extends SpaceEgress {
  /** Next hops of its upstream, one of a family. */
  readonly gateways: readonly string[];
}

const tableFor = (space: number): number => (space === 0 ? MAIN_TABLE : tableOf(space, 'up'));
const all = (s: SpaceRoutes): readonly string[] => [...s.pools, ...s.nat44.map((n) => `${n.outside}/${32 - Math.log2(n.outsideSize)}`)];

function routesOf(nl: Netlink, s: SpaceRoutes): Route[] {
  const table = tableFor(s.space);
  const nowhere = s.pools.map((destination): Route => ({ destination, type: 'blackhole', metric: LAST, table }));
  // In the main table, where answers to nobody would go back to where they came from.
  const outside = all(s).slice(s.pools.length).map((destination): Route => ({ destination, type: 'blackhole', metric: LAST, table: s.upstream === undefined ? MAIN_TABLE : table }));
  if (s.upstream === undefined) return [...nowhere, ...outside];
  const device = getLink(nl, s.upstream)?.index;
  return [
    ...nowhere,
    ...outside,
    ...FAMILIES.map((family): Route => ({ destination: DEFAULTS[family], type: 'blackhole', metric: LAST, table })),
    ...(device === undefined ? [] : s.gateways.map((gateway): Route => ({ destination: DEFAULTS[isIpv4(gateway) ? 4 : 6], gateway, device, onlink: true, table }))),
  ];
}

const rulesOf = (s: SpaceRoutes): Rule[] => {
  if (s.space === 0) return [];
  const rule = { priority: EGRESS_RULES, table: tableFor(s.space) };
  if (s.upstream !== undefined) return FAMILIES.map((family) => ({ ...rule, family, iif: s.upstream as string }));
  return s.nat44.length > 0 ? [{ ...rule, family: 4, mark: { value: markOf(s.space), mask: 0xffff_ffff } }] : [];
};

const keyOf = (r: Rule): string => JSON.stringify([r.family, r.table, r.iif, r.mark?.value]);

function setOwnRules(nl: Netlink, wanted: readonly Rule[]): void {
  const keys = new Set(wanted.map(keyOf));
  for (const rule of listRules(nl)) if (rule.priority === EGRESS_RULES && isSpaceTable(rule.table) && !keys.has(keyOf(rule))) deleteRule(nl, rule);
  for (const rule of wanted) addRule(nl, rule);
}

/** Networks of ours once, of a configuration that is no more. Our metric tells them from what others let go nowhere. */
function stale(nl: Netlink, wanted: readonly Route[]): Route[] {
  const kept = new Set(wanted.map((r) => `${r.destination} ${r.table}`));
  const defaults: readonly string[] = Object.values(DEFAULTS);
  const ours = (r: Route): boolean => r.type === 'blackhole' && r.metric === LAST && (r.table === MAIN_TABLE || isSpaceTable(r.table)) && !defaults.includes(r.destination);
  return listRoutes(nl).filter((r) => ours(r) && !kept.has(`${r.destination} ${r.table}`));
}

/** Doing it twice changes nothing; an upstream that is not there yet needs a second time. @throws NativeError */
export function setEgressRoutes(nl: Netlink, spaces: readonly SpaceRoutes[]): void {
  for (const { upstream } of spaces) {
    // Its sources are looked up in the main table, which knows no way to them.
    if (upstream !== undefined && getLink(nl, upstream)) writeSysctl(`ipv4/conf/${upstream}/rp_filter`, readSysctl('ipv4/conf/all/rp_filter') === '0' ? 0 : 2);
  }
  const wanted = spaces.flatMap((s) => routesOf(nl, s));
  for (const route of wanted) replaceRoute(nl, route);
  for (const route of stale(nl, wanted)) deleteRoute(nl, route);
  setOwnRules(nl, spaces.flatMap(rulesOf));
}

export function removeEgressRoutes(nl: Netlink, spaces: readonly SpaceRoutes[]): void {
  setOwnRules(nl, []);
  for (const s of spaces) for (const destination of all(s)) for (const table of new Set([tableFor(s.space), MAIN_TABLE])) deleteRoute(nl, { destination, type: 'blackhole', metric: LAST, table });
}
