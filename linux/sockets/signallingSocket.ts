/** UDP for signalling over IPv4 (RFC 5844 §4): many messages a call; tells to which address each came, and sends from that one. */
import { ANY_IPV4, ipv4At, ipv4ToNumber, type Ipv4 } from '../../protocol/address.ts';
import { encode } from '../../protocol/codec.ts';
import { AF_INET, IP_PKTINFO, SOCK_DGRAM, SOL_IP } from '../abi.ts';
import { decodeControl, encodeControl } from '../control.ts';
import { check, native } from '../native.ts';
import { inPktinfo, sockaddrIn } from '../sockaddr.ts';
import { datagrams } from './datagrams.ts';
import { controlValue, growReceiveBuffer, openSocket, setOption } from './endpoint.ts';

/** The longest Mobility Header; what follows one is ignored. */
const LARGEST = 2048;
const SOCKADDR_IN = 16;

export interface SignallingSocketOptions {
  /** Default: any address of this host. */
  readonly address?: Ipv4;
  readonly port: number;
  /** The octets are the callback's until it returns. */
  readonly onMessage: (octets: Uint8Array, source: Ipv4, sourcePort: number, destination: Ipv4) => void;
  readonly onError: (error: Error) => void;
}

export interface SignallingSocket {
  /** Leaves at the end of this turn of the event loop. `source` is an address of this host. */
  send(octets: Uint8Array, to: { readonly address: Ipv4; readonly port: number; readonly source: Ipv4 }): void;
  close(): void;
}

/** @throws NativeError when the port is taken or the address is not there */
export function signallingSocket({ address = ANY_IPV4, port, onMessage, onError }: SignallingSocketOptions): SignallingSocket {
  const what = `the signalling socket ${address}:${port}`;
  const every = address === ANY_IPV4;
  const own = encode(sockaddrIn, { port, address });
  const fd = openSocket(what, [AF_INET, SOCK_DGRAM, 0], (fd) => {
    if (every) setOption(what, fd, SOL_IP, IP_PKTINFO, 1);
    growReceiveBuffer(fd, 4 << 20);
    check(`bind ${what}`, native().bind(fd, own));
  });
  const socket = datagrams(fd, {
    what,
    largest: LARGEST,
    onError,
    onReceive({ data, dataAt, length, names, nameAt, control, controlAt, controlLength }) {
      const info = every ? controlValue(decodeControl(control.slice(controlAt, controlAt + controlLength)), SOL_IP, IP_PKTINFO, inPktinfo) : undefined;
      const sourcePort = ((names[nameAt + 2] as number) << 8) | (names[nameAt + 3] as number);
      onMessage(data.subarray(dataAt, dataAt + length), ipv4At(names, nameAt + 4), sourcePort, every ? (info?.header ?? ANY_IPV4) : address);
    },
  });
  return {
    send(octets, to) {
      const info = every ? encodeControl([{ level: SOL_IP, type: IP_PKTINFO, data: encode(inPktinfo, { index: 0, local: to.source, header: ANY_IPV4 }) }]) : undefined;
      const host = ipv4ToNumber(to.address);
      socket.send(octets, (names, at) => nameOf(names, at, own, host, to.port), info);
    },
    close: () => socket.close(),
  };
}

/** A sockaddr_in of the same family. */
function nameOf(names: Uint8Array, at: number, own: Uint8Array, host: number, port: number): number {
  names[at] = own[0] as number;
  names[at + 1] = own[1] as number;
  names[at + 2] = port >>> 8;
  names[at + 3] = port;
  for (let i = 0; i < 4; i++) names[at + 4 + i] = host >>> (24 - i * 8);
  names.fill(0, at + 8, at + SOCKADDR_IN);
  return SOCKADDR_IN;
}
