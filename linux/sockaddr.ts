/** Socket addresses as the kernel has them: family in native byte order, ports and addresses in network byte order. */
import { constant, encode, ipv4, ipv6, hex, octets, Reader, reserved, struct, u16, u8 } from '../protocol/codec.ts';
import type { Codec, ValueOf } from '../protocol/codec.ts';
import { AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX, int, n16, n32 } from './abi.ts';

/** Long enough for any of them. */
export const SOCKADDR_SIZE = 128;

/** ip(7) */
export const sockaddrIn = struct({ _family: constant(n16, AF_INET), port: u16, address: ipv4, _zero: reserved(8) });

/** ipv6(7); `scope` is the interface index of a link-local address, else 0. */
export const sockaddrIn6 = struct({ _family: constant(n16, AF_INET6), port: u16, _flow: reserved(4), address: ipv6, scope: n32 });

/** packet(7); `protocol` is an EtherType, `type` says to whom the frame was sent (0 = this host, 3 = another, 4 = outgoing). */
export const sockaddrLl = struct({ _family: constant(n16, AF_PACKET), protocol: u16, index: int, hardware: n16, type: u8, length: u8, mac: hex(6), _unused: reserved(2) });

/** netlink(7); `groups` is a mask. */
export const sockaddrNl = struct({ _family: constant(n16, AF_NETLINK), _pad: reserved(2), port: n32, groups: n32 });

export type SockaddrIn = ValueOf<typeof sockaddrIn>;
export type SockaddrIn6 = ValueOf<typeof sockaddrIn6>;
export type SockaddrLl = ValueOf<typeof sockaddrLl>;

const unixFields = struct({ _family: constant(n16, AF_UNIX), raw: octets() });

/** unix(7): a path, or `@name` for a name in the abstract name space (no file). At most 107 octets. @throws RangeError */
export function encodeUnix(path: string): Uint8Array {
  const name = new TextEncoder().encode(path);
  if (name.length === 0 || name.length > 107) throw new RangeError(`"${path}" is no UNIX socket path: 1 to 107 octets`);
  const abstract = path.startsWith('@');
  const raw = new Uint8Array(name.length + (abstract ? 0 : 1));
  raw.set(abstract ? name.subarray(1) : name, abstract ? 1 : 0);
  return encode(unixFields, { raw });
}

/** The empty text for a sender without a name. */
export function decodeUnix(address: Uint8Array): string {
  if (address.length <= 2) return '';
  const raw = address.subarray(2);
  const text = (o: Uint8Array) => new TextDecoder().decode(o);
  if (raw[0] === 0) return `@${text(raw.subarray(1))}`;
  const end = raw.indexOf(0);
  return text(end < 0 ? raw : raw.subarray(0, end));
}

/** A received address; octets past the layout are ignored. @throws DecodeError */
export const decodeSockaddr = <T>(codec: Codec<T>, address: Uint8Array): T => codec.read(new Reader(address));

/** ip(7), struct in_pktinfo: as ancillary data, which address and interface a packet came to, or which it leaves from. */
export const inPktinfo = struct({ index: int, local: ipv4, header: ipv4 });
/** ipv6(7), struct in6_pktinfo */
export const in6Pktinfo = struct({ address: ipv6, index: n32 });
