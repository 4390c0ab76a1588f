/**
 * Where the MAG finds its phones: a host route per address in its space's table, and a permanent neighbour entry, so that a packet
 * from the tunnel waits for no ARP. IPv6 neighbours below a /64 are found by neighbour discovery.
 */
import type { Path } from '../../protocol/paths.ts';
import { deleteNeighbour, listNeighbours, replaceNeighbour } from '../netlink/neighbour.ts';
import { deleteRoute, listRoutes, replaceRoute } from '../netlink/route.ts';
import type { Route } from '../netlink/route.ts';
import type { Netlink } from '../netlink/socket.ts';
import { tableOf } from './surroundings.ts';

export interface Phones {
  /** @throws NativeError */
  add(path: Path, ifindex: number): void;
  /** All of `path` that is not of `except`. @throws NativeError */
  remove(path: Path, ifindex: number, except?: Path, exceptIfindex?: number): void;
  /** Removes what belongs to none of these. @throws NativeError */
  keepOnly(paths: readonly { readonly path: Path; readonly ifindex: number }[], spaces: number): void;
}

const routesOf = (path: Path, ifindex: number): Route[] =>
  [...(path.ipv4 ? [`${path.ipv4}/32`] : []), ...path.prefixes.map((p) => `${p.address}/${p.length}`)].map((destination) => ({
    destination,
    device: ifindex,
    table: tableOf(path.space, 'down'),
  }));

const same = (a: Route, b: Route) => a.destination === b.destination && a.device === b.device && a.table === b.table;

export function phones(nl: Netlink): Phones {
  return {
    add(path, ifindex) {
      for (const route of routesOf(path, ifindex)) replaceRoute(nl, route);
      if (path.ipv4 && path.access) replaceNeighbour(nl, { index: ifindex, address: path.ipv4, mac: path.access.mac });
    },
    remove(path, ifindex, except, exceptIfindex = ifindex) {
      const kept = except ? routesOf(except, exceptIfindex) : [];
      for (const route of routesOf(path, ifindex)) if (!kept.some((k) => same(k, route))) deleteRoute(nl, route);
      if (path.ipv4 && !(except?.ipv4 === path.ipv4 && exceptIfindex === ifindex)) deleteNeighbour(nl, { index: ifindex, address: path.ipv4 });
    },
    keepOnly(paths, spaces) {
      const tables = new Set(Array.from({ length: spaces }, (_, space) => tableOf(space, 'down')));
      const kept = paths.flatMap(({ path, ifindex }) => routesOf(path, ifindex));
      const stale = listRoutes(nl).filter((r) => r.table !== undefined && tables.has(r.table) && !kept.some((k) => same(k, r)));
      const neighbours = stale.length > 0 ? listNeighbours(nl) : [];
      for (const route of stale) {
        deleteRoute(nl, route);
        const address = route.destination.split('/')[0] as string;
        const neighbour = neighbours.find((n) => n.index === route.device && n.address === address && n.state === 'permanent');
        if (neighbour) deleteNeighbour(nl, neighbour);
      }
    },
  };
}
