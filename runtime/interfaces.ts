/** The state of network interfaces and routes as the kernel has them now, for `show`. */
import { listAddresses } from '../linux/netlink/address.ts';
import { listLinks } from '../linux/netlink/link.ts';
import { listRoutes, MAIN_TABLE } from '../linux/netlink/route.ts';
import { netlink } from '../linux/netlink/socket.ts';
import { available } from '../linux/native.ts';
import type { Mac } from '../protocol/mac.ts';

export interface ShownInterface {
  readonly device: string;
  readonly state: 'up' | 'no carrier' | 'down' | 'missing';
  readonly mac?: Mac;
  readonly mtu?: number;
  /** With their prefix lengths. */
  readonly addresses: readonly string[];
}

/** In the order asked; all of them if none are named. @throws Error in words without the addon, NativeError */
export function interfaceStates(devices?: readonly string[]): ShownInterface[] {
  return withNetlink((nl) => {
    const links = listLinks(nl);
    const addresses = listAddresses(nl);
    return (devices ?? links.map((l) => l.name)).map((device) => {
      const link = links.find((l) => l.name === device);
      if (!link) return { device, state: 'missing', addresses: [] };
      const own = addresses.filter((a) => a.index === link.index).map((a) => `${a.address}/${a.length}`);
      return { device, state: !link.up ? 'down' : link.running ? 'up' : 'no carrier', ...(link.mac === undefined ? {} : { mac: link.mac }), mtu: link.mtu, addresses: own };
    });
  });
}

export interface ShownRoutes {
  readonly table: number;
  readonly ipv4: number;
  readonly ipv6: number;
  /** Next hop or device of the default route of each family. */
  readonly defaults: readonly string[];
}

/** The main table and those from `first` on; the kernel's own of local addresses is left out. @throws as `interfaceStates` */
export function routeSummary(first: number): ShownRoutes[] {
  return withNetlink((nl) => {
    const names = new Map(listLinks(nl).map((l) => [l.index, l.name]));
    const tables = new Map<number, ShownRoutes>([[MAIN_TABLE, { table: MAIN_TABLE, ipv4: 0, ipv6: 0, defaults: [] }]]);
    for (const r of listRoutes(nl)) {
      const table = r.table ?? MAIN_TABLE;
      if (table !== MAIN_TABLE && table < first) continue;
      const { ipv4, ipv6, defaults } = tables.get(table) ?? { ipv4: 0, ipv6: 0, defaults: [] };
      const six = r.destination.includes(':');
      const way = r.type !== 'unicast' ? (r.type ?? '') : [r.gateway, names.get(r.device ?? 0)].filter(Boolean).join(' on ');
      tables.set(table, { table, ipv4: ipv4 + (six ? 0 : 1), ipv6: ipv6 + (six ? 1 : 0), defaults: r.destination.endsWith('/0') ? [...defaults, `${r.destination} ${way}`] : defaults });
    }
    return [...tables.values()].toSorted((a, b) => a.table - b.table);
  });
}

function withNetlink<T>(look: (nl: ReturnType<typeof netlink>) => T): T {
  const addon = available();
  if (addon !== true) throw new Error(`the kernel cannot be asked without the addon: ${addon}`);
  const nl = netlink();
  try {
    return look(nl);
  } finally {
    nl.close();
  }
}
