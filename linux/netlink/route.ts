/** Routes in any table, both families. */
import { decode, encode, Reader, struct, u8 } from '../../protocol/codec.ts';
import { AF_INET, AF_INET6, n32 } from '../abi.ts';
import { unless } from './socket.ts';
import type { Netlink } from './socket.ts';
import { AF_UNSPEC, attributes, ip, layout, NLM_F_CREATE, NLM_F_REPLACE } from './wire.ts';

export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;

export const MAIN_TABLE = 254;

const RTPROT_STATIC = 4;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RT_SCOPE_HOST = 254;
const RT_SCOPE_NOWHERE = 255;
const RTM_F_CLONED = 0x200;

/** RTN_*, linux/rtnetlink.h */
const TYPES = { unicast: 1, local: 2, blackhole: 6, unreachable: 7, prohibit: 8 } as const;
export type RouteType = keyof typeof TYPES;
const TYPE_NAMES = new Map<number, RouteType>(Object.entries(TYPES).map(([name, n]) => [n, name as RouteType]));

const fixed = struct({ family: u8, length: u8, sourceLength: u8, tos: u8, table: u8, protocol: u8, scope: u8, type: u8, flags: n32 });
const wire = layout(fixed, {
  destination: [1, ip],
  device: [4, n32],
  gateway: [5, ip],
  metric: [6, n32],
  source: [7, ip],
  metrics: [8, attributes({ mtu: [2, n32] })],
  longTable: [15, n32],
  mark: [16, n32],
});
export interface Route {
  /** `192.0.2.0/24`, `2001:db8::/64`; the default route is `0.0.0.0/0` or `::/0`. */
  readonly destination: string;
  /** Default: unicast. */
  readonly type?: RouteType;
  /** Default: the main table, 254. */
  readonly table?: number;
  /** Interface index. */
  readonly device?: number;
  /** Next hop. */
  readonly gateway?: string;
  /** The gateway is on the link although no address of the device says so. */
  readonly onlink?: boolean;
  /** Lower wins. */
  readonly metric?: number;
  /** Preferred source address. */
  readonly source?: string;
  readonly mtu?: number;
  /** Who made it, RTPROT number: 2 kernel, 4 static (the default), 9 router advertisement, 16 DHCP. */
  readonly protocol?: number;
}

const RTNH_F_ONLINK = 4;

/** Adds the route or replaces the one with the same destination, table and metric. @throws NativeError */
export function replaceRoute(nl: Netlink, route: Route): void {
  nl.request({ what: `set the route ${describe(route)}`, type: RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_REPLACE, layout: wire, body: body(route) });
}

/** Deleting what is not there is free. Fields that are absent match anything. @throws NativeError */
export function deleteRoute(nl: Netlink, route: Route): void {
  const any = { ...body(route), scope: RT_SCOPE_NOWHERE, protocol: route.protocol ?? 0, type: route.type ? TYPES[route.type] : 0 };
  unless(['ESRCH', 'ENODEV', 'ENOENT'], () => nl.request({ what: `delete the route ${describe(route)}`, type: RTM_DELROUTE, layout: wire, body: any }));
}

/** Of one table, or of all. */
export function listRoutes(nl: Netlink, table?: number): Route[] {
  const all = nl.dump({ what: 'list the routes', type: RTM_GETROUTE, layout: wire, body: EMPTY }).flatMap((m) => decodeRoute(m.body) ?? []);
  return table === undefined ? all : all.filter((route) => route.table === table);
}

/** Which way a packet to `destination` goes now: device, gateway and source address. Undefined: no route. */
export function lookUpRoute(nl: Netlink, destination: string, mark?: number): Route | undefined {
  let found: Route | undefined;
  const request = { ...EMPTY, family: familyOf(destination), length: destination.includes(':') ? 128 : 32, destination, mark };
  unless(['ENETUNREACH', 'EHOSTUNREACH', 'EACCES', 'EINVAL'], () => {
    const [message] = nl.request({ what: `look up the route to ${destination}`, type: RTM_GETROUTE, layout: wire, body: request });
    found = message && decodeRoute(message.body, true);
  });
  return found;
}

/** Undefined for what is no route of a table here: other families, cached clones, multicast. @throws DecodeError */
export function decodeRoute(octets: Uint8Array, cloned = false): Route | undefined {
  const { family, type, flags } = fixed.read(new Reader(octets));
  const name = TYPE_NAMES.get(type);
  if (!name || (family !== AF_INET && family !== AF_INET6) || (!cloned && flags & RTM_F_CLONED)) return undefined;
  const m = decode(wire, octets);
  return {
    destination: `${m.destination ?? (family === AF_INET ? '0.0.0.0' : '::')}/${m.length}`,
    type: name,
    table: m.longTable ?? m.table,
    protocol: m.protocol,
    ...(m.device === undefined ? {} : { device: m.device }),
    ...(m.gateway === undefined ? {} : { gateway: m.gateway }),
    ...(m.metric === undefined ? {} : { metric: m.metric }),
    ...(m.source === undefined ? {} : { source: m.source }),
    ...(m.metrics?.mtu === undefined ? {} : { mtu: m.metrics.mtu }),
    ...(m.flags & RTNH_F_ONLINK ? { onlink: true } : {}),
  };
}

const EMPTY = { family: AF_UNSPEC, length: 0, sourceLength: 0, tos: 0, table: 0, protocol: 0, scope: 0, type: 0, flags: 0 };
const familyOf = (address: string) => (address.includes(':') ? AF_INET6 : AF_INET);

function body(route: Route) {
  const { type = 'unicast', table = MAIN_TABLE } = route;
  const [address, length] = split(route.destination);
  const family = familyOf(address);
  return {
    ...EMPTY,
    family,
    length,
    table: table < 256 ? table : 0,
    protocol: route.protocol ?? RTPROT_STATIC,
    scope: scopeOf(family, type, route),
    type: TYPES[type],
    flags: route.onlink ? RTNH_F_ONLINK : 0,
    destination: length === 0 ? undefined : address,
    device: route.device,
    gateway: route.gateway,
    metric: route.metric,
    source: route.source,
    metrics: route.mtu === undefined ? undefined : { mtu: route.mtu },
    longTable: table,
  };
}

/** IPv4 wants to know how far the destination is; IPv6 ignores it. */
function scopeOf(family: number, type: RouteType, route: Route): number {
  if (family === AF_INET6 || route.gateway || type === 'blackhole' || type === 'unreachable' || type === 'prohibit') return RT_SCOPE_UNIVERSE;
  return type === 'local' ? RT_SCOPE_HOST : RT_SCOPE_LINK;
}

/** @throws RangeError unless it reads `address/length` */
function split(prefix: string): [string, number] {
  const m = /^([^/]+)\/(\d{1,3})$/.exec(prefix);
  if (!m) throw new RangeError(`"${prefix}" is no destination: write address/length`);
  encode(ip, m[1] as string);
  return [m[1] as string, Number(m[2])];
}

function describe({ destination, table = MAIN_TABLE, device, gateway }: Route): string {
  return `${destination} table ${table}${gateway ? ` via ${gateway}` : ''}${device === undefined ? '' : ` on interface ${device}`}`;
}
