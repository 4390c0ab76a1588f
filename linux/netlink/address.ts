/** Addresses on interfaces, both families. */
import { decode, reserved, struct, u8 } from '../../protocol/codec.ts';
import { AF_INET, AF_INET6, n32 } from '../abi.ts';
import { unless } from './socket.ts';
import type { Netlink } from './socket.ts';
import { AF_UNSPEC, ip, layout, NLM_F_CREATE, NLM_F_REPLACE } from './wire.ts';

export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
const RTM_GETADDR = 22;

// IFA_F_*, linux/if_addr.h
const TEMPORARY = 0x01;
const NODAD = 0x02;
const DADFAILED = 0x08;
const DEPRECATED = 0x20;
const TENTATIVE = 0x40;
const NOPREFIXROUTE = 0x200;

/** struct ifa_cacheinfo, linux/if_addr.h; the last two are the kernel's. */
const lifetimes = struct({ preferred: n32, valid: n32, _created: reserved(4), _updated: reserved(4) });
const wire = layout(struct({ family: u8, length: u8, _flags: reserved(1), scope: u8, index: n32 }), { peer: [1, ip], local: [2, ip], broadcast: [4, ip], lifetimes: [6, lifetimes], flags: [8, n32] });

export interface InterfaceAddress {
  readonly index: number;
  readonly address: string;
  /** Prefix length. */
  readonly length: number;
  /** 0 global, 253 link, 254 host (rtnetlink(7)). */
  readonly scope: number;
  /** Not usable yet: duplicate address detection runs or failed. */
  readonly tentative: boolean;
  /** Past its preferred lifetime: not for new use. */
  readonly deprecated: boolean;
  /** Privacy address (RFC 8981). */
  readonly temporary: boolean;
}

export interface NewAddress {
  readonly index: number;
  readonly address: string;
  readonly length: number;
  /** Do not make the route to the prefix. */
  readonly noPrefixRoute?: boolean;
  /** Skip duplicate address detection: for the MAG's fixed link-local address, which is the same everywhere. */
  readonly noDad?: boolean;
  /** Seconds until the kernel takes it away by itself, up to one later; adding it again counts anew. For good by default. */
  readonly lifetime?: number;
}

/** Adding it twice is free. @throws NativeError */
export function addAddress(nl: Netlink, { index, address, length, noPrefixRoute = false, noDad = false, lifetime }: NewAddress): void {
  const flags = (noPrefixRoute ? NOPREFIXROUTE : 0) | (noDad ? NODAD : 0);
  const body = { ...fixed(index, address, length), local: address, peer: address, ...(flags ? { flags } : {}), ...(lifetime === undefined ? {} : { lifetimes: { preferred: lifetime, valid: lifetime } }) };
  nl.request({ what: `add the address ${address}/${length} to interface ${index}`, type: RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_REPLACE, layout: wire, body });
}

/** Deleting what is not there is free. @throws NativeError */
export function deleteAddress(nl: Netlink, { index, address, length }: NewAddress): void {
  const body = { ...fixed(index, address, length), local: address, peer: address };
  unless(['EADDRNOTAVAIL', 'ENODEV'], () => nl.request({ what: `delete the address ${address}/${length} of interface ${index}`, type: RTM_DELADDR, layout: wire, body }));
}

export const listAddresses = (nl: Netlink): InterfaceAddress[] =>
  nl.dump({ what: 'list the addresses', type: RTM_GETADDR, layout: wire, body: { family: AF_UNSPEC, length: 0, scope: 0, index: 0 } }).map((m) => decodeAddress(m.body));

/** @throws DecodeError */
export function decodeAddress(body: Uint8Array): InterfaceAddress {
  const { index, length, scope, peer, local = peer ?? '', flags = 0 } = decode(wire, body);
  return {
    index,
    address: local,
    length,
    scope,
    tentative: (flags & (TENTATIVE | DADFAILED)) !== 0,
    deprecated: (flags & DEPRECATED) !== 0,
    temporary: (flags & TEMPORARY) !== 0,
  };
}

const fixed = (index: number, address: string, length: number) => ({ family: address.includes(':') ? AF_INET6 : AF_INET, length, scope: 0, index });
