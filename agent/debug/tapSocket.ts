/** The socket behind `debug ip cef packet`: all frames of one interface in one direction, as the kernel hands them to captures. */
import { getLink } from '../../linux/netlink/link.ts';
import { netlink } from '../../linux/netlink/socket.ts';
import { packetSocket } from '../../linux/sockets/packetSocket.ts';
import type { TapOptions } from './tap.ts';

const ALL_PROTOCOLS = 0x0003;
const OUTGOING = 4;
/** ARPHRD_ETHER, ARPHRD_LOOPBACK */
const WITH_ETHERNET_HEADER: ReadonlySet<number> = new Set([1, 772]);

/** What the interface receives for others too is not asked for: it never becomes promiscuous. @throws NativeError */
export function openTap({ device, direction, onFrame }: TapOptions, onError: (error: Error) => void): { close(): void } {
  const nl = netlink();
  const ethernet = WITH_ETHERNET_HEADER.has(getLink(nl, device)?.hardware ?? 1);
  nl.close();
  return packetSocket({
    interface: device,
    etherType: ALL_PROTOCOLS,
    also: [],
    outgoing: direction === 'output',
    onFrame: (frame, { packetType }) => {
      if (direction === 'output' && packetType !== OUTGOING) return;
      onFrame(frame, ethernet);
    },
    onError,
  });
}
