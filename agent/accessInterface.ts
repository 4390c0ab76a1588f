/**
 * The access interface as every home has it: the fixed MAC and link-local address of RFC 6543 on a bridge or macvlan above the
 * radio, so that a phone that repeats neither DHCP nor RS after a roam just goes on. The kernel answers nothing there by itself.
 */
import { readSysctl, writeSysctl } from '../linux/datapath/device.ts';
import { addAddress, deleteAddress, listAddresses } from '../linux/netlink/address.ts';
import { boundLearning } from '../linux/netlink/bridgePort.ts';
import { getLink, setLink } from '../linux/netlink/link.ts';
import { netlink } from '../linux/netlink/socket.ts';
import { isLinkLocal, MAG_LINK_LOCAL, MAG_MAC } from '../protocol/address.ts';

/** MACs that a bridge remembers of guests: who invents them on a cable is not to take the router's memory. As many as the programs listen to. */
const MOST_LEARNED = 8192;

export const noInterface = (device: string): Error => new Error(`there is no interface ${device}: make the bridge or macvlan above the radio first`);

/** @throws Error in words when the interface is not there; NativeError when the kernel refuses */
export function prepareAccessInterface(device: string): void {
  const nl = netlink();
  try {
    const link = getLink(nl, device);
    if (!link) throw noInterface(device);
    // No answers for the router's other addresses (arp_ignore 8: none at all, the agent answers), no addresses of its own making.
    const sysctls = {
      'ipv4/conf': { arp_ignore: 8, proxy_arp: 0, send_redirects: 0, rp_filter: reversePathFilter() },
      'ipv6/conf': { accept_ra: 0, addr_gen_mode: 1 },
    };
    for (const [folder, values] of Object.entries(sysctls)) for (const [key, value] of Object.entries(values)) writeSysctl(`${folder}/${device}/${key}`, value);
    if (link.kind === 'bridge') boundLearning(nl, link.index, MOST_LEARNED);
    if (link.mac !== MAG_MAC) setLink(nl, link.index, { mac: MAG_MAC });
    setLink(nl, link.index, { up: true });
    addAddress(nl, { index: link.index, address: MAG_LINK_LOCAL, length: 64, noDad: true });
    // What the kernel made of another MAC before would differ from home to home.
    for (const a of listAddresses(nl)) if (a.index === link.index && isLinkLocal(a.address) && a.address !== MAG_LINK_LOCAL) deleteAddress(nl, a);
  } finally {
    nl.close();
  }
}

/** Off: the phones' addresses are routed to the tunnel. The larger of this and `all` counts; with strict checks for all, loose ones are the best there is. */
const reversePathFilter = (): number => (readSysctl('ipv4/conf/all/rp_filter') === '0' ? 0 : 2);
