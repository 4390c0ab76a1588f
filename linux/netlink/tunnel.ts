/** The kernel's own GRE: one interface for each pair of keys, over IPv4 (`gre`) or IPv6 (`ip6gre`). */
import { decode, struct, u16, u32, u8 } from '../../protocol/codec.ts';
import { cString, n32, n64 } from '../abi.ts';
import { common, EMPTY, ifinfo, RTM_GETLINK, RTM_NEWLINK } from './link.ts';
import { unless } from './socket.ts';
import type { Netlink } from './socket.ts';
import { attributes, ip, layout, NLM_F_CREATE, NLM_F_EXCL } from './wire.ts';

export type TunnelKind = 'gre' | 'ip6gre';
const KINDS: readonly string[] = ['gre', 'ip6gre'] satisfies TunnelKind[];

/** GRE_KEY, linux/if_tunnel.h */
const KEYED = 0x2000;
const HOP_LIMIT = 64;
const TOS_INHERIT = 1;
/** IP6_TNL_F_IGN_ENCAP_LIMIT (no destination option before GRE), IP6_TNL_F_USE_ORIG_TCLASS, linux/ip6_tunnel.h */
const IP6_FLAGS = 0x1 | 0x2;

const data = attributes({
  receiveFlags: [2, u16],
  sendFlags: [3, u16],
  receiveKey: [4, u32],
  sendKey: [5, u32],
  local: [6, ip],
  remote: [7, ip],
  ttl: [8, u8],
  tos: [9, u8],
  pathMtuDiscovery: [10, u8],
  encapsulationLimit: [11, u8],
  flags: [13, n32],
});
/** The first eight fields of struct rtnl_link_stats64, linux/if_link.h */
const stats = struct({ receivedPackets: n64, sentPackets: n64, receivedOctets: n64, sentOctets: n64, receiveErrors: n64, sendErrors: n64, receiveDropped: n64, sendDropped: n64 });

const wire = layout(ifinfo, { ...common, stats: [23, stats], info: [18, attributes({ kind: [1, cString], data: [2, data] })] });
/** Other kinds have data of their own, so that is read only once the kind is known. */
const kindOnly = layout(ifinfo, { info: [18, attributes({ kind: [1, cString] })] });

export interface TunnelLink {
  readonly name: string;
  readonly kind: TunnelKind;
  readonly local: string;
  readonly remote: string;
  /** GRE keys of what is sent, and of what is taken. */
  readonly sendKey: number;
  readonly receiveKey: number;
  /** Largest inner packet. */
  readonly mtu: number;
}

export interface FoundTunnel extends TunnelLink {
  readonly index: number;
  readonly alias?: string;
  /** Inner packets and their octets. */
  readonly stats: TunnelStats;
}

export interface TunnelStats {
  readonly receivedPackets: bigint;
  readonly sentPackets: bigint;
  readonly receivedOctets: bigint;
  readonly sentOctets: bigint;
  readonly receiveErrors: bigint;
  readonly sendErrors: bigint;
  readonly receiveDropped: bigint;
  readonly sendDropped: bigint;
}

const NOTHING: TunnelStats = { receivedPackets: 0n, sentPackets: 0n, receivedOctets: 0n, sentOctets: 0n, receiveErrors: 0n, sendErrors: 0n, receiveDropped: 0n, sendDropped: 0n };

/** Made down. @throws NativeError: `EEXIST` when the name is taken or another one has these ends and keys, `EOPNOTSUPP` without the module */
export function addTunnel(nl: Netlink, tunnel: TunnelLink): void {
  nl.request({ what: `add the ${tunnel.kind} ${tunnel.name}`, type: RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL, layout: wire, body: body(tunnel) });
}

/** Other ends, keys or MTU for one of the same name and kind, in one step. @throws NativeError */
export function changeTunnel(nl: Netlink, tunnel: TunnelLink): void {
  nl.request({ what: `change the ${tunnel.kind} ${tunnel.name}`, type: RTM_NEWLINK, layout: wire, body: body(tunnel) });
}

/** Those with keys. */
export const listTunnels = (nl: Netlink): FoundTunnel[] =>
  nl.dump({ what: 'list the tunnels', type: RTM_GETLINK, layout: wire, body: EMPTY }).flatMap((m) => decodeTunnel(m.body) ?? []);

export function getTunnel(nl: Netlink, name: string): FoundTunnel | undefined {
  let found: FoundTunnel | undefined;
  unless(['ENODEV'], () => {
    const [message] = nl.request({ what: `get the interface ${name}`, type: RTM_GETLINK, layout: wire, body: { ...EMPTY, name } });
    found = message && decodeTunnel(message.body);
  });
  return found;
}

/** Undefined for every other kind of interface. @throws DecodeError */
export function decodeTunnel(octets: Uint8Array): FoundTunnel | undefined {
  if (!KINDS.includes(decode(kindOnly, octets).info?.kind ?? '')) return undefined;
  const { index, name = '', alias, mtu = 0, info, stats: counted = NOTHING } = decode(wire, octets);
  const { local = '', remote = '', sendKey = 0, receiveKey = 0, receiveFlags = 0 } = info?.data ?? {};
  if (!(receiveFlags & KEYED)) return undefined;
  return { index, name, kind: info?.kind === 'gre' ? 'gre' : 'ip6gre', local, remote, sendKey, receiveKey, mtu, stats: counted, ...(alias === undefined ? {} : { alias }) };
}

function body({ name, kind, local, remote, sendKey, receiveKey, mtu }: TunnelLink) {
  const common = { local, remote, sendKey, receiveKey, sendFlags: KEYED, receiveFlags: KEYED, ttl: HOP_LIMIT };
  const own = kind === 'gre' ? { tos: TOS_INHERIT, pathMtuDiscovery: 1 } : { encapsulationLimit: 0, flags: IP6_FLAGS };
  return { ...EMPTY, name, mtu, info: { kind, data: { ...common, ...own } } };
}
