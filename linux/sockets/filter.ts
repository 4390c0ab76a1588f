/** Classic BPF filters for packet sockets: what the kernel need not even hand over. Ethernet frames without a VLAN tag. */
import { encode, list, struct, u8 } from '../../protocol/codec.ts';
import { n16, n32, SO_ATTACH_FILTER, SOL_SOCKET, WORD } from '../abi.ts';
import { check, native } from '../native.ts';

const instruction = struct({ code: n16, jumpTrue: u8, jumpFalse: u8, k: n32 });
type Instruction = { readonly code: number; readonly jumpTrue: number; readonly jumpFalse: number; readonly k: number };
export type Filter = readonly Instruction[];

const loadByte = (k: number): Instruction => ({ code: 0x30, jumpTrue: 0, jumpFalse: 0, k });
const loadHalf = (k: number): Instruction => ({ code: 0x28, jumpTrue: 0, jumpFalse: 0, k });
const equals = (k: number, jumpTrue: number, jumpFalse: number): Instruction => ({ code: 0x15, jumpTrue, jumpFalse, k });
const take = (k: number): Instruction => ({ code: 0x06, jumpTrue: 0, jumpFalse: 0, k });

const ACCEPT = take(0xffff);
const REFUSE = take(0);

/** ICMPv6 of these types, directly behind the IPv6 header (RFC 4861 messages have no extension headers that matter here). */
export function icmp6Filter(types: readonly number[]): Filter {
  const tests = types.map((type, i) => equals(type, types.length - i, 0));
  return [loadHalf(12), equals(0x86dd, 0, 3 + types.length), loadByte(20), equals(58, 0, 1 + types.length), loadByte(54), ...tests, REFUSE, ACCEPT];
}

/** IPv4 UDP to this port, not a later fragment. */
export function udpPortFilter(port: number): Filter {
  const steps: Filter = [
    loadHalf(12), equals(0x0800, 0, 8),
    loadByte(23), equals(17, 0, 6),
    loadHalf(20), { code: 0x45, jumpTrue: 4, jumpFalse: 0, k: 0x1fff }, // jset: a fragment offset
    { code: 0xb1, jumpTrue: 0, jumpFalse: 0, k: 14 }, // X = length of the IPv4 header
    { code: 0x48, jumpTrue: 0, jumpFalse: 0, k: 16 }, equals(port, 1, 0), // half word at X + 16: the destination port
  ];
  return [...steps, REFUSE, ACCEPT];
}

/** Installs a filter on a socket. @throws NativeError */
export function attachFilter(what: string, fd: number, filter: Filter): void {
  const program = new Uint8Array(2 * WORD); // struct sock_fprog: a 16-bit count, then a pointer
  program.set(encode(n16, filter.length));
  check(`attach a filter to ${what}`, native().setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, [[WORD, encode(list(instruction), [...filter])]]));
}
