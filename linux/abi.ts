/** What the kernel's interface looks like on this machine: integers in native byte order, word size, the numbers of its socket calls. */
import { endianness } from 'node:os';
import { mapped, octets, struct, u16, u32 } from '../protocol/codec.ts';
import type { Codec } from '../protocol/codec.ts';

const LITTLE = endianness() === 'LE';
const swap16 = (n: number): number => ((n & 0xff) << 8) | (n >>> 8);
const swap32 = (n: number): number => ((n << 24) | ((n & 0xff00) << 8) | ((n >>> 8) & 0xff00) | (n >>> 24)) >>> 0;

/** Unsigned integers in native byte order. */
export const n16: Codec<number> = LITTLE ? mapped(u16, swap16, swap16) : u16;
export const n32: Codec<number> = LITTLE ? mapped(u32, swap32, swap32) : u32;

/** An `int` in native byte order. */
export const int: Codec<number> = mapped(n32, (n) => n | 0, (n) => n >>> 0);

/** An interface or path name: text that ends with a zero octet. */
export const cString: Codec<string> = mapped(
  octets(),
  (raw) => new TextDecoder().decode(raw.subarray(0, raw.indexOf(0) < 0 ? raw.length : raw.indexOf(0))),
  (text) => new TextEncoder().encode(`${text}\0`),
);

/** Octets of a pointer, and of `size_t`. */
export const WORD = ['arm', 'ia32', 'mips', 'mipsel', 'ppc'].includes(process.arch) ? 4 : 8;

const wide = struct(LITTLE ? { low: n32, high: n32 } : { high: n32, low: n32 });
/** An unsigned integer of 8 octets in native byte order. */
export const n64: Codec<bigint> = mapped(wide, (w) => (BigInt(w.high) << 32n) | BigInt(w.low), (n) => ({ high: Number(n >> 32n), low: Number(n & 0xffff_ffffn) }));
/** `size_t` */
export const size: Codec<number> = WORD === 4 ? n32 : mapped(wide, (w) => w.high * 2 ** 32 + w.low, (n) => ({ high: Math.floor(n / 2 ** 32), low: n >>> 0 }));

// Linux, the generic values of include/uapi/asm-generic/socket.h: right on every architecture that Node runs on but MIPS.
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;

export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;

export const SOL_IP = 0;
export const SOL_SOCKET = 1;
export const SOL_IPV6 = 41;
export const SOL_PACKET = 263;
export const SOL_NETLINK = 270;

export const SO_ERROR = 4;
export const SO_BROADCAST = 6;
export const SO_BINDTODEVICE = 25;
export const SO_ATTACH_FILTER = 26;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;

export const IP_PKTINFO = 8;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;
export const IPV6_RECVHOPLIMIT = 51;
export const IPV6_HOPLIMIT = 52;

export const PACKET_ADD_MEMBERSHIP = 1;
export const PACKET_IGNORE_OUTGOING = 23;
