/** `show ip dhcp binding` as IOS prints it; `show interface summary`, `show route summary`, `show dhcp proxy` as AireOS does; `show ipv6 interface`. */
import type { ShownAccessInterface } from '../../agent/show/interfaces.ts';
import type { ShownLease } from '../../agent/show/leases.ts';
import type { ShownDhcpProxy } from '../../agent/show/stats.ts';
import type { ShownDebugging } from '../../runtime/debug.ts';
import type { ShownInterface, ShownRoutes } from '../../runtime/interfaces.ts';
import { columnsOf, dotted } from './table.ts';

const instant = (unixMillis: number): string => new Date(unixMillis).toISOString().slice(0, 19).replace('T', ' ');

/** Times are UTC. */
export const dhcpBindings = (all: readonly ShownLease[]): string =>
  `Bindings from all pools not associated with VRF:\n${columnsOf(
    ['IP address', 'Hardware address', 'Lease expiration', 'Type', 'Interface'],
    all.map((l) => [l['ip-address'], l['hardware-address'], l.expiration === undefined ? 'not asked for yet' : instant(l.expiration), 'Automatic', l.interface]),
  )}`;

export const interfaceSummary = (all: readonly ShownAccessInterface[]): string =>
  `${dotted('Number of Interfaces', all.length)}\n${columnsOf(
    ['Interface Name', 'Device', 'State', 'Source', 'Profile', 'Stations', 'Active', 'IP Address'],
    all.map((i) => [i.interface, i.device, i.state, i.source, i['default-profile'], i.stations, i.active, i.addresses.join(' ')]),
    true,
  )}`;

const MAIN_TABLE = 254;

export const routeSummary = (all: readonly ShownRoutes[]): string =>
  `${dotted('Number of Routes', all.reduce((n, t) => n + t.ipv4 + t.ipv6, 0))}\n${columnsOf(
    ['Table', 'IPv4', 'IPv6', 'Default'],
    all.map((t) => [t.table === MAIN_TABLE ? 'main' : String(t.table), t.ipv4, t.ipv6, t.defaults.join(', ')]),
    true,
  )}`;

export const dhcpProxy = (p: ShownDhcpProxy): string =>
  [
    dotted('DHCP Proxy Behaviour', 'enabled: the gateway answers itself'),
    dotted('Without DHCP Support Mode option', p['assume-dhcp-server'] ? 'server' : 'not answered'),
    dotted('Interfaces', p.interfaces.join(', ')),
    dotted('Longest lease', `${p['lease-time']} s`),
    ...Object.entries(p.sent).map(([name, n]) => dotted(`Sent ${name}`, n)),
    ...Object.entries(p.unanswered).map(([name, n]) => dotted(`Not answered: ${name}`, n)),
  ].join('');

export const ipv6Interfaces = (all: readonly ShownInterface[]): string =>
  all.map((i) => `${i.device} is ${i.state}${i.mtu === undefined ? '' : `, MTU ${i.mtu} octets`}\n${i.addresses.filter((a) => a.includes(':')).map((a) => `  ${a}\n`).join('') || '  no IPv6 address\n'}`).join('') || 'none\n';

export const debugging = (all: readonly ShownDebugging[]): string =>
  all.map((d) => `${d.topic} debugging is on since ${instant(d.since)}, until ${instant(d.until)}${d.lost > 0 ? `; ${d.lost} lines lost` : ''}\n`).join('') || 'No debugging is on\n';
