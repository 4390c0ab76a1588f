/** The Mobility Header over IPv6: raw sockets of protocol 135. The kernel fills the checksum and drops what has a wrong one. */
import { ANY_IPV6 } from '../../protocol/address.ts';
import type { Ipv6 } from '../../protocol/address.ts';
import { encode } from '../../protocol/codec.ts';
import { AF_INET6, IPV6_HOPLIMIT, IPV6_PKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVPKTINFO, SOCK_RAW, SOL_IPV6 } from '../abi.ts';
import { encodeControl } from '../control.ts';
import { check, native } from '../native.ts';
import { decodeSockaddr, in6Pktinfo, sockaddrIn6 } from '../sockaddr.ts';
import { bindToDevice, controlInt, controlValue, endpoint, growReceiveBuffer, openSocket, setOption } from './endpoint.ts';

const IPPROTO_MH = 135;

export interface MobilityMessage {
  /** From Payload Proto to the end, checksum included. */
  readonly octets: Uint8Array;
  readonly source: Ipv6;
  readonly destination: Ipv6;
  readonly interfaceIndex: number;
  readonly hopLimit: number;
}

export interface MobilitySocketOptions {
  /** Receive what is sent to this address only. Default: to any address of this host. */
  readonly address?: Ipv6;
  /** Receive and send on this interface only. */
  readonly interface?: string;
  readonly onMessage: (message: MobilityMessage) => void;
  readonly onError: (error: Error) => void;
}

export interface MobilitySocket {
  /** `source` must be an address of this host. `scope` is the interface index for link-local destinations. False: refused, see onError. */
  send(octets: Uint8Array, to: { readonly source: Ipv6; readonly destination: Ipv6; readonly scope?: number }): boolean;
  unref(): void;
  close(): void;
}

/** @throws NativeError without CAP_NET_RAW or when the address is not there */
export function mobilitySocket(options: MobilitySocketOptions): MobilitySocket {
  const what = `the Mobility Header socket${options.address ? ` of ${options.address}` : ''}`;
  const fd = openSocket(what, [AF_INET6, SOCK_RAW, IPPROTO_MH], (fd) => {
    setOption(what, fd, SOL_IPV6, IPV6_RECVPKTINFO, 1);
    setOption(what, fd, SOL_IPV6, IPV6_RECVHOPLIMIT, 1);
    growReceiveBuffer(fd, 4 << 20);
    if (options.interface) bindToDevice(what, fd, options.interface);
    if (options.address) check(`bind ${what}`, native().bind(fd, encode(sockaddrIn6, { port: 0, address: options.address, scope: 0 })));
  });
  const socket = endpoint(fd, {
    what,
    onError: options.onError,
    onReceive({ octets, from, control }) {
      const to = controlValue(control, SOL_IPV6, IPV6_PKTINFO, in6Pktinfo);
      options.onMessage({
        octets,
        source: decodeSockaddr(sockaddrIn6, from).address,
        destination: to?.address ?? ANY_IPV6,
        interfaceIndex: to?.index ?? 0,
        hopLimit: controlInt(control, SOL_IPV6, IPV6_HOPLIMIT) ?? 0,
      });
    },
  });
  return {
    send(octets, { source, destination, scope = 0 }) {
      const info = encodeControl([{ level: SOL_IPV6, type: IPV6_PKTINFO, data: encode(in6Pktinfo, { address: source, index: scope }) }]);
      return socket.send(octets, encode(sockaddrIn6, { port: 0, address: destination, scope }), info);
    },
    unref: () => socket.unref(),
    close: () => socket.close(),
  };
}
