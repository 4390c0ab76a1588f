/**
 * Names of the router's own configuration, turned into Linux interfaces: networks of /etc/config/network, BSSs of
 * /etc/config/wireless. What stands there is taken from there, so that a check needs no running router; what only netifd knows (a
 * modem's device, `phy0-ap1`) it is asked for, and what it does not know yet is waited for.
 */
import { MAG_MAC } from '../../protocol/address.ts';
import { own } from './options.ts';
import { flagOf, sectionName, valueOf, valuesOf, type UciFile, type UciSection } from './uci.ts';

/** What netifd says on ubus. */
export interface Live {
  /** Device of each network that is up. */
  readonly devices: ReadonlyMap<string, string>;
  readonly bsses: readonly LiveBss[];
}

export interface LiveBss {
  /** The section in /etc/config/wireless; anonymous ones have names of netifd's own. */
  readonly section: string;
  readonly ifname: string;
  readonly networks: readonly string[];
}

export const NOTHING_LIVE: Live = { devices: new Map(), bsses: [] };

/** `/etc/config/network`, `wireless` and `dhcp`; undefined where there is none. */
export interface Router {
  readonly network?: UciFile | undefined;
  readonly wireless?: UciFile | undefined;
  readonly dhcp?: UciFile | undefined;
}

export type Resolved<T> = { readonly is: T } | { readonly waits: string } | { readonly wrong: string };

const sections = (file: UciFile | undefined, type: string): readonly UciSection[] => file?.sections.filter((s) => s.type === type) ?? [];
const networkNamed = ({ network }: Router, name: string): UciSection | undefined => sections(network, 'interface').find((s) => s.name === name);

export const networkNames = ({ network }: Router): readonly string[] => sections(network, 'interface').flatMap((s) => s.name ?? []);

/** Protocols whose packets leave by the device that the section names. */
const OWN_DEVICE = ['none', 'static', 'dhcp', 'dhcpv6'];
/** Those that make a device, and what it is called (ppp.sh, wireguard.sh). */
const MADE: Readonly<Record<string, (name: string) => string>> = { pppoe: (n) => `pppoe-${n}`, pptp: (n) => `pptp-${n}`, l2tp: (n) => `l2tp-${n}`, wireguard: (n) => n };

/** The device of a network, `wan`. Aliases (`@wan`) are followed. */
export function deviceOf(router: Router, live: Live, name: string, followed: readonly string[] = []): Resolved<string> {
  const section = networkNamed(router, name);
  if (!section) return { wrong: `there is no network ${name} in /etc/config/network` };
  if (followed.includes(name)) return { wrong: `the networks ${followed.join(', ')} are aliases of each other` };
  const proto = valueOf(section, 'proto') ?? 'none';
  const made = own(MADE, proto);
  if (made) return { is: valueOf(section, 'pppname') ?? made(name) };
  const device = valueOf(section, 'device');
  if (OWN_DEVICE.includes(proto) && device?.startsWith('@')) return deviceOf(router, live, device.slice(1), [...followed, name]);
  if (OWN_DEVICE.includes(proto) && device !== undefined) return { is: device };
  const now = live.devices.get(name);
  return now === undefined ? { waits: `the network ${name} has no device yet` } : { is: now };
}

/** The uplink may be a network or, where none has its name, a device. */
export const uplinkOf = (router: Router, live: Live, value: string): Resolved<string> => (networkNamed(router, value) ? deviceOf(router, live, value) : { is: value });

/** The networks that have a device, for which DHCP is looked up. */
export const networksOn = (router: Router, device: string): readonly string[] =>
  networkNames(router).filter((name) => {
    const found = deviceOf(router, NOTHING_LIVE, name);
    return 'is' in found && found.is === device;
  });

/** Netifd gives a bridge the address of its first port whenever that one comes, over the gateway's own (bridge_reset_primary), unless it is told one. */
export function otherMac({ network }: Router, device: string): string | undefined {
  const bridge = sections(network, 'device').find((s) => valueOf(s, 'name') === device && valueOf(s, 'type') === 'bridge');
  if (!bridge || valueOf(bridge, 'macaddr')?.toLowerCase() === MAG_MAC) return undefined;
  return `netifd gives the bridge ${device} the address of its first port, and phones would see another gateway in each home; mend it: uci set network.${sectionName(bridge)}.macaddr=${MAG_MAC}; uci commit network; service network reload`;
}

const isOff = (router: Router, iface: UciSection): boolean => {
  const radio = sections(router.wireless, 'wifi-device').find((d) => d.name === valueOf(iface, 'device'));
  return [iface, radio].some((s) => s !== undefined && flagOf(valueOf(s, 'disabled') ?? '0') === true);
};

const accessPoints = ({ wireless }: Router): readonly UciSection[] => sections(wireless, 'wifi-iface').filter((s) => (valueOf(s, 'mode') ?? 'ap') === 'ap');

/** The BSSs of a network that are switched on; of none of its own, because all are off, it is waited for. Nothing: no radio serves it. */
export function bssesOfNetwork(router: Router, live: Live, network: string): Resolved<readonly string[]> {
  return bssesOf(router, live, accessPoints(router).filter((s) => valuesOf(s, 'network').includes(network)), network);
}

/** The same by names of sections of /etc/config/wireless. */
export function bssesNamed(router: Router, live: Live, names: readonly string[]): Resolved<readonly string[]> {
  const all = accessPoints(router);
  const unknown = names.find((name) => !all.some((s) => s.name === name));
  if (unknown !== undefined) return { wrong: `there is no access point ${unknown} in /etc/config/wireless (wifi-iface: ${all.map(sectionName).join(', ') || 'none'})` };
  return bssesOf(router, live, all.filter((s) => s.name !== undefined && names.includes(s.name)), undefined);
}

function bssesOf(router: Router, live: Live, ifaces: readonly UciSection[], network: string | undefined): Resolved<readonly string[]> {
  const on = ifaces.filter((s) => !isOff(router, s));
  if (ifaces.length > 0 && on.length === 0) return { waits: `${ifaces.map(sectionName).join(', ')} is switched off in /etc/config/wireless` };
  const written = on.flatMap((s) => valueOf(s, 'ifname') ?? []);
  const others = on.filter((s) => valueOf(s, 'ifname') === undefined);
  const found = live.bsses.filter((b) => others.some((s) => (s.name === undefined ? network !== undefined && b.networks.includes(network) : s.name === b.section)));
  const all = [...new Set([...written, ...found.map((b) => b.ifname)])];
  return all.length < on.length ? { waits: `${on.map(sectionName).join(', ')} of /etc/config/wireless has no interface yet` } : { is: all };
}

/** Of odhcpd, which does not know `ignore` (its config.c). */
const ODHCPD = ['ra', 'dhcpv6', 'ndp', 'dhcpv4'];

/** Whoever else answers DHCP or sends router advertisements on a network: the problems, each with its line in /etc/config/dhcp and with what mends it. */
export function otherServers({ dhcp }: Router, network: string): readonly { readonly line: number; readonly message: string }[] {
  return sections(dhcp, 'dhcp')
    .filter((s) => valueOf(s, 'interface') === network)
    .flatMap((section) => {
      const ignored = flagOf(valueOf(section, 'ignore') ?? '0') === true;
      const served = ODHCPD.filter((option) => (valueOf(section, option) ?? 'disabled') !== 'disabled');
      if (ignored && served.length === 0) return [];
      const name = sectionName(section);
      const who = [...(ignored ? [] : ['dnsmasq answers DHCP']), ...(served.length === 0 ? [] : [`odhcpd serves ${served.join(', ')}`])].join(' and ');
      const mends = [...(ignored ? [] : ['ignore=1']), ...served.map((option) => `${option}=disabled`)].map((set) => `uci set dhcp.${name}.${set}; `).join('');
      return { line: section.line, message: `dhcp.${name}: ${who} on the network ${network}, where the agent is to be alone; mend it: ${mends}uci commit dhcp; service dnsmasq restart; service odhcpd restart` };
    });
}
