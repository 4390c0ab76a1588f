/** The home's own addresses on its uplink, as they come and go (PPPoE, DHCP, renumbering): rtnetlink events, no polling. */
import { listAddresses, type InterfaceAddress } from '../linux/netlink/address.ts';
import { getLink } from '../linux/netlink/link.ts';
import { netlinkEvents, type NetlinkEvents } from '../linux/netlink/events.ts';
import { netlink } from '../linux/netlink/socket.ts';
import { native } from '../linux/native.ts';
import type { CareOf } from './mag/transport.ts';

export interface UplinkOptions {
  /** Absent: the fixed addresses are all there is. */
  readonly interface?: string;
  readonly fixed: { readonly ipv4?: string; readonly ipv6?: string };
  /** Octets; default: the interface's. */
  readonly mtu?: number;
  readonly onChange: (careOf: CareOf) => void;
  readonly onError: (error: Error) => void;
}

/** Reports the addresses once, and again at each change. */
export function watchUplink(options: UplinkOptions): { close(): void } {
  const { fixed, onChange, onError } = options;
  const name = options.interface;
  if (name === undefined) {
    onChange({ ...fixed, mtu: options.mtu ?? 1500 });
    return { close: () => undefined };
  }
  let last = '';
  const look = (): void => {
    const careOf = { ...addressesOf(name), ...fixed, mtu: options.mtu ?? mtuOf(name) };
    const text = JSON.stringify(careOf);
    if (text === last) return;
    last = text;
    onChange(careOf);
  };
  const events: NetlinkEvents = netlinkEvents({ of: ['address', 'link'], onEvent: look, onError });
  look();
  return { close: () => events.close() };
}

/** The best global address of each family: neither tentative, deprecated nor temporary; the longest-lived look wins by order. */
function addressesOf(name: string): { ipv4?: string; ipv6?: string } {
  const index = native().ifNameToIndex(name);
  if (index <= 0) return {};
  const nl = netlink();
  try {
    const usable = listAddresses(nl).filter((a) => a.index === index && a.scope === 0 && !a.tentative && !a.deprecated);
    const ipv4 = usable.find((a) => !a.address.includes(':'))?.address;
    const ipv6 = (usable.find((a) => isIpv6(a) && !a.temporary) ?? usable.find(isIpv6))?.address;
    return { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
  } finally {
    nl.close();
  }
}

const isIpv6 = (a: InterfaceAddress): boolean => a.address.includes(':');

/** By rtnetlink and not from /sys, which shows the namespace in which it was mounted. 1500 while the interface is gone. */
function mtuOf(name: string): number {
  const nl = netlink();
  try {
    return getLink(nl, name)?.mtu ?? 1500;
  } finally {
    nl.close();
  }
}
