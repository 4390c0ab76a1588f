/**
 * The access interface as every home has it: the fixed MAC and link-local address of RFC 6543 on a bridge or macvlan above the
 * radio, so that a phone that repeats neither DHCP nor RS after a roam just goes on. The kernel answers nothing there by itself.
 */
import { writeSysctl } from '../linux/datapath/device.ts';
import { addAddress } from '../linux/netlink/address.ts';
import { getLink, setLink } from '../linux/netlink/link.ts';
import { netlink } from '../linux/netlink/socket.ts';
import { MAG_LINK_LOCAL, MAG_MAC } from '../protocol/address.ts';

/** @throws Error in words when the interface is not there; NativeError when the kernel refuses */
export function prepareAccessInterface(device: string): void {
  const nl = netlink();
  try {
    const link = getLink(nl, device);
    if (!link) throw new Error(`there is no interface ${device}: make the bridge or macvlan above the radio first`);
    // No answers for the router's other addresses (arp_ignore 8: none at all, the agent answers), no addresses of its own making.
    for (const [name, value] of [
      ['ipv4/conf', 'arp_ignore=8'],
      ['ipv4/conf', 'proxy_arp=0'],
      ['ipv4/conf', 'send_redirects=0'],
      ['ipv4/conf', 'rp_filter=0'],
      ['ipv6/conf', 'accept_ra=0'],
      ['ipv6/conf', 'addr_gen_mode=1'],
    ] as const) {
      const [key, text] = value.split('=') as [string, string];
      writeSysctl(`${name}/${device}/${key}`, Number(text));
    }
    if (link.mac !== MAG_MAC) setLink(nl, link.index, { mac: MAG_MAC });
    setLink(nl, link.index, { up: true });
    addAddress(nl, { index: link.index, address: MAG_LINK_LOCAL, length: 64, noDad: true });
  } finally {
    nl.close();
  }
}
