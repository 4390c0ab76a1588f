/**
 * Sockets that receive nothing, so that the kernel learns the path MTU of tunnels. A router on the way that needs smaller outer packets
 * says so by ICMP, and the kernel believes it only for protocols that somebody here speaks. What it learns it keeps with the route,
 * where the programs find it (RFC 1191 §6.3, RFC 8201 §4).
 */
import { encode } from '../../protocol/codec.ts';
import { DATA_PORT } from '../../protocol/gre.ts';
import { PROTOCOL_GRE } from '../../protocol/ip.ts';
import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_RAW, SOL_IPV6 } from '../abi.ts';
import { check, native } from '../native.ts';
import { unless } from '../netlink/socket.ts';
import { sockaddrIn } from '../sockaddr.ts';
import { setOption } from '../sockets/endpoint.ts';
import { attachFilter } from '../sockets/filter.ts';

const IPV6_RECVERR = 25;

const NOTHING = [{ code: 0x06, jumpTrue: 0, jumpFalse: 0, k: 0 }];
const ANY = '0.0.0.0';

function deaf(what: string, domain: number, type: number, protocol: number): number {
  const fd = check(`open ${what}`, native().socket(domain, type, protocol));
  attachFilter(what, fd, NOTHING);
  return fd;
}

/** Raw GRE sockets of both families and, at the LMA, UDP 5437: a MAG's agent has that itself, for keepalives. @throws NativeError */
export function learnOuterMtu(role: 'mag' | 'lma'): { close(): void } {
  const fds: number[] = [];
  const close = () => fds.forEach((fd) => native().close(fd));
  try {
    fds.push(deaf('the GRE socket for IPv4', AF_INET, SOCK_RAW, PROTOCOL_GRE));
    const six = deaf('the GRE socket for IPv6', AF_INET6, SOCK_RAW, PROTOCOL_GRE);
    fds.push(six);
    setOption('the GRE socket for IPv6', six, SOL_IPV6, IPV6_RECVERR, 1); // without it an unconnected socket is asked for nothing
    if (role === 'lma') {
      const udp = deaf(`the socket of UDP ${DATA_PORT}`, AF_INET, SOCK_DGRAM, 0);
      fds.push(udp);
      // A socket of somebody else there does as well.
      unless(['EADDRINUSE'], () => check(`bind UDP ${DATA_PORT}`, native().bind(udp, encode(sockaddrIn, { port: DATA_PORT, address: ANY }))));
    }
  } catch (error) {
    close();
    throw error;
  }
  return { close };
}
