/** IPv4 UDP that tells to which address and over which interface a datagram came, and sends from a chosen one. */
import { ANY_IPV4 } from '../../protocol/address.ts';
import type { Ipv4 } from '../../protocol/address.ts';
import { encode } from '../../protocol/codec.ts';
import { AF_INET, IP_PKTINFO, SO_BROADCAST, SOCK_DGRAM, SOL_IP, SOL_SOCKET } from '../abi.ts';
import { encodeControl } from '../control.ts';
import { check, native } from '../native.ts';
import { decodeSockaddr, inPktinfo, sockaddrIn, SOCKADDR_SIZE } from '../sockaddr.ts';
import { bindToDevice, controlValue, endpoint, growReceiveBuffer, openSocket, setOption } from './endpoint.ts';

export interface UdpMessage {
  readonly octets: Uint8Array;
  readonly source: Ipv4;
  readonly sourcePort: number;
  /** As the IP header has it: a broadcast or multicast address too. */
  readonly destination: Ipv4;
  readonly interfaceIndex: number;
}

export interface UdpSocketOptions {
  /** Default: any address of this host. */
  readonly address?: Ipv4;
  /** 0 = the kernel chooses. */
  readonly port: number;
  /** Receive and send on this interface only (SO_BINDTODEVICE); several such sockets may share a port. */
  readonly interface?: string;
  /** May send to broadcast addresses. */
  readonly broadcast?: boolean;
  readonly onMessage: (message: UdpMessage) => void;
  readonly onError: (error: Error) => void;
}

export interface UdpTarget {
  readonly address: Ipv4;
  readonly port: number;
  /** An address of this host to send from. Default: as the route says. */
  readonly source?: Ipv4;
  /** Leave over this interface. */
  readonly interfaceIndex?: number;
}

export interface UdpSocket {
  /** The port that the socket is bound to. */
  readonly port: number;
  /** False: refused, see onError. */
  send(octets: Uint8Array, to: UdpTarget): boolean;
  unref(): void;
  close(): void;
}

/** @throws NativeError when the port is taken or the address is not there */
export function udpSocket(options: UdpSocketOptions): UdpSocket {
  const { address = ANY_IPV4, port } = options;
  const what = `the UDP socket ${address}:${port}${options.interface ? ` on ${options.interface}` : ''}`;
  const fd = openSocket(what, [AF_INET, SOCK_DGRAM, 0], (fd) => {
    setOption(what, fd, SOL_IP, IP_PKTINFO, 1);
    if (options.broadcast) setOption(what, fd, SOL_SOCKET, SO_BROADCAST, 1);
    growReceiveBuffer(fd, 4 << 20);
    if (options.interface) bindToDevice(what, fd, options.interface);
    check(`bind ${what}`, native().bind(fd, encode(sockaddrIn, { port, address })));
  });
  const socket = endpoint(fd, {
    what,
    onError: options.onError,
    onReceive({ octets, from, control }) {
      const sender = decodeSockaddr(sockaddrIn, from);
      const to = controlValue(control, SOL_IP, IP_PKTINFO, inPktinfo);
      options.onMessage({ octets, source: sender.address, sourcePort: sender.port, destination: to?.header ?? ANY_IPV4, interfaceIndex: to?.index ?? 0 });
    },
  });
  const own = new Uint8Array(SOCKADDR_SIZE);
  check(`ask for the address of ${what}`, native().getsockname(fd, own));
  return {
    port: decodeSockaddr(sockaddrIn, own).port,
    send(octets, to) {
      const from = { index: to.interfaceIndex ?? 0, local: to.source ?? ANY_IPV4, header: ANY_IPV4 };
      const info = encodeControl([{ level: SOL_IP, type: IP_PKTINFO, data: encode(inPktinfo, from) }]);
      return socket.send(octets, encode(sockaddrIn, { port: to.port, address: to.address }), info);
    },
    unref: () => socket.unref(),
    close: () => socket.close(),
  };
}
