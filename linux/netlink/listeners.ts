/** Who listens on a UDP port, asked of sock_diag (linux/inet_diag.h), which answers everybody: a bind that is refused tells it to those only who may bind. */
import { decode, reserved, struct, u16, u8 } from '../../protocol/codec.ts';
import { AF_INET, n32 } from '../abi.ts';
import { NativeError } from '../native.ts';
import { netlink } from './socket.ts';

const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const IPPROTO_UDP = 17;
const ALL_STATES = 0xffff_ffff;

/** struct inet_diag_req_v2 and the begin of struct inet_diag_msg; both have a struct inet_diag_sockid in it. */
const request = struct({ family: u8, protocol: u8, extensions: u8, _pad: reserved(1), states: n32, id: reserved(48) });
const socket = struct({ family: u8, state: u8, timer: u8, retransmits: u8, port: u16, peerPort: u16, _addresses: reserved(32), interfaceIndex: n32, _rest: reserved(28) });

/** For each IPv4 socket bound to that port its interface, 0 = any; undefined: this kernel has no udp_diag. @throws NativeError */
export function udpListeners(port: number): number[] | undefined {
  const nl = netlink(NETLINK_SOCK_DIAG);
  try {
    const body = { family: AF_INET, protocol: IPPROTO_UDP, extensions: 0, states: ALL_STATES };
    const all = nl.dump({ what: 'list the UDP sockets', type: SOCK_DIAG_BY_FAMILY, layout: request, body });
    return all.map((m) => decode(socket, m.body.subarray(0, socket.size))).filter((s) => s.port === port).map((s) => s.interfaceIndex);
  } catch (error) {
    if (error instanceof NativeError && error.errno === 'ENOENT') return undefined;
    throw error;
  } finally {
    nl.close();
  }
}
