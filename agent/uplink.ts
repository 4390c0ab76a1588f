/** The home's own addresses on its uplink, as they come and go (PPPoE, DHCP, renumbering): rtnetlink events, no polling. */
import { listAddresses, type InterfaceAddress } from '../linux/netlink/address.ts';
import { netlinkEvents } from '../linux/netlink/events.ts';
import { getLink } from '../linux/netlink/link.ts';
import { netlink, type Netlink } from '../linux/netlink/socket.ts';
import { inPrefix, type Prefix } from '../protocol/address.ts';
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

const USUAL_MTU = 1500;
/** The option that reports it has 16 bits; the loopback's is larger. */
const LARGEST_MTU = 65535;

/** Reports the addresses once, and again at each change. @throws NativeError */
export function watchUplink(options: UplinkOptions): { close(): void } {
  const { fixed, onChange, onError } = options;
  const name = options.interface;
  if (name === undefined) {
    onChange({ ...fixed, mtu: options.mtu ?? USUAL_MTU });
    return { close: () => undefined };
  }
  const nl = netlink();
  let last: CareOf | undefined;
  let index: number | undefined;
  const look = (): void => {
    const link = getLink(nl, name);
    index = link?.index ?? index;
    // Down, it reaches nobody, whatever addresses the kernel still keeps for it.
    const chosen = link?.up ? chooseAddresses(usableAddresses(nl, link.index), last) : {};
    const careOf = { ...chosen, ...fixed, mtu: options.mtu ?? Math.min(LARGEST_MTU, link?.mtu ?? USUAL_MTU) };
    if (last && last.ipv4 === careOf.ipv4 && last.ipv6 === careOf.ipv6 && last.mtu === careOf.mtu) return;
    last = careOf;
    onChange(careOf);
  };
  const events = netlinkEvents({
    of: ['address', 'link'],
    onEvent: (e) => {
      if (e.kind === 'link' && e.link.name !== name && e.link.index !== index) return;
      if (e.kind === 'address' && e.address.index !== index) return;
      look();
    },
    onError,
  });
  look();
  return {
    close: () => {
      events.close();
      nl.close();
    },
  };
}

const usableAddresses = (nl: Netlink, index: number): InterfaceAddress[] => listAddresses(nl).filter((a) => a.index === index && a.scope === 0 && !a.tentative && !a.deprecated);

const UNIQUE_LOCAL: Prefix = { address: 'fc00::', length: 7 };

/**
 * One address of each family: the one in use as long as it is usable, since a change costs every phone a registration; else the
 * first that others can reach. Privacy addresses (RFC 8981) change daily, and unique local ones (RFC 4193) reach no LMA in the
 * internet: they are for lack of anything better.
 */
export function chooseAddresses(usable: readonly InterfaceAddress[], last: Pick<CareOf, 'ipv4' | 'ipv6'> = {}): { ipv4?: string; ipv6?: string } {
  const ipv4 = usable.filter((a) => !a.address.includes(':'));
  const ipv6 = usable.filter((a) => a.address.includes(':')).toSorted((a, b) => rank(a) - rank(b));
  const best = ipv6[0];
  const kept4 = ipv4.find((a) => a.address === last.ipv4) ?? ipv4[0];
  const kept6 = ipv6.find((a) => a.address === last.ipv6 && best !== undefined && rank(a) === rank(best)) ?? best;
  return { ...(kept4 ? { ipv4: kept4.address } : {}), ...(kept6 ? { ipv6: kept6.address } : {}) };
}

const rank = (a: InterfaceAddress): number => (inPrefix(a.address, UNIQUE_LOCAL) ? 2 : 0) + (a.temporary ? 1 : 0);
