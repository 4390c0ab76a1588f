/**
 * Whether the MAG's fixed MAC and link-local address (RFC 6543 §4) may sit on an interface. On the BSS itself they would
 * become its BSSID, the same in every home: so they belong on a bridge or macvlan above it.
 */
import { existsSync } from 'node:fs';
import { listLinks } from '../../linux/netlink/link.ts';
import type { Link } from '../../linux/netlink/link.ts';
import { netlink } from '../../linux/netlink/socket.ts';

const ETHERNET = 1;

/** `isRadio`: the interface belongs to an 802.11 device. Undefined: it may; else the reason, and what to do. */
export function judgeAccessInterface(name: string, bss: readonly string[], links: readonly Link[], isRadio: boolean): string | undefined {
  const link = links.find((l) => l.name === name);
  if (!link) return `the access interface ${name} is not there; create it first, for example: ip link add ${name} type bridge`;
  if (isRadio || bss.includes(name)) {
    return (
      `the access interface ${name} is the BSS itself: the gateway's fixed MAC would become its BSSID. ` +
      `Put a bridge above it (bridge=br-access in hostapd.conf) or a macvlan (ip link add access0 link ${name} type macvlan mode private), and name that one`
    );
  }
  if (link.hardware !== ETHERNET) return `the access interface ${name} is no Ethernet (ARPHRD ${link.hardware}); phones are reached through a bridge or macvlan above the radio`;
  const apart = links.filter((l) => bss.includes(l.name) && l.master !== link.index && l.index !== link.lower).map((l) => l.name);
  if (apart.length > 0) return `hostapd serves ${apart.join(', ')}, but the access interface ${name} does not stand above it; add it as a port: ip link set ${apart[0]} master ${name}`;
  return undefined;
}

/** `bss`: the interfaces that hostapd drives. Looks at the network namespace of the caller. @throws NativeError */
export function checkAccessInterface(name: string, bss: readonly string[]): string | undefined {
  const nl = netlink();
  try {
    return judgeAccessInterface(name, bss, listLinks(nl), ['phy80211', 'wireless'].some((sign) => existsSync(`/sys/class/net/${name}/${sign}`)));
  } finally {
    nl.close();
  }
}
