/** One access interface: frames in from ARP, DHCP and neighbour discovery, frames out. Data packets never come here; the data path has them. */
import { stationOf, type Session } from 'dhcp-server';
import { icmp6Filter, udpPortFilter, type Filter } from '../linux/sockets/filter.ts';
import { packetSocket, type PacketSocket } from '../linux/sockets/packetSocket.ts';
import type { Mac } from '../protocol/mac.ts';
import { createConversations, type ConversationsOptions } from './conversations.ts';

export interface AccessLinkOptions extends Omit<ConversationsOptions, 'send'> {
  readonly device: string;
  /** Any frame of a station, before it is answered. */
  readonly onStation: (mac: Mac) => void;
}

export interface AccessLink {
  session(mac: Mac, session: Session): void;
  /** Unicast ARP and NS that only the phone can answer. */
  probe(mac: Mac): void;
  /** The interface was made anew: listens on the new one, and the conversations go on. @throws NativeError */
  reopen(): void;
  close(): void;
}

const DHCP_SERVER_PORT = 67;
const ARP = 0x0806;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const NEIGHBOUR_DISCOVERY = [133, 134, 135, 136];

/** @throws NativeError when the interface is not there or CAP_NET_RAW is missing */
export function openAccessLink(options: AccessLinkOptions): AccessLink {
  const { device, onStation, onError } = options;
  let sockets: PacketSocket[] = [];
  const conversations = createConversations({ ...options, send: (frame) => void sockets[0]?.send(frame) });

  const listen = (etherType: number, filter?: Filter): void => {
    sockets.push(
      packetSocket({
        interface: device,
        etherType,
        ...(filter ? { filter } : {}),
        onFrame: (frame, { checksumReady }) => {
          const mac = stationOf(frame);
          if (mac === undefined) return;
          onStation(mac);
          conversations.frame(mac, frame, checksumReady);
        },
        onError,
      }),
    );
  };
  const shut = (): void => {
    for (const socket of sockets) socket.close();
    sockets = [];
  };
  function reopen(): void {
    shut();
    try {
      listen(ARP);
      listen(IPV6, icmp6Filter(NEIGHBOUR_DISCOVERY));
      listen(IPV4, udpPortFilter(DHCP_SERVER_PORT));
    } catch (e) {
      shut();
      throw e;
    }
  }

  reopen();
  return {
    session: (mac, session) => conversations.session(mac, session),
    probe: (mac) => conversations.probe(mac),
    reopen,
    close: () => {
      conversations.stop();
      shut();
    },
  };
}
