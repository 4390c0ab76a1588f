/**
 * Guests keep to their own addresses: a table of nftables that knows which MAC each address belongs to, and drops what comes from another
 * one, before it is routed. Link-local addresses, and those that have none yet, are not asked.
 */
import { formatHex, parseHex, parseIp } from '../../protocol/address.ts';
import type { Path } from '../../protocol/paths.ts';
import { NativeError } from '../native.ts';
import { unless } from '../netlink/socket.ts';
import { arrivesOn, deleteElements, deleteTable, equals, isEthernet, isNotIn, isOfFamily, load, mask, newChain, newElements, newRule, newSet, newTable, nftables, verdict } from '../netlink/nftables.ts';
import type { Change, Nftables } from '../netlink/nftables.ts';

const TABLE = 'roamstead';
const CHAIN = 'guests';
/** With raw, before connection tracking. */
const PRIORITY = -300;
const SETS = { 4: 'phones4', 6: 'phones6' } as const;
/** `ipv4_addr`, `ipv6_addr` and `ether_addr` as nft numbers them. */
const TYPES = { ipv4: 7, ipv6: 8, mac: 9 } as const;
/** A MAC in a key. */
const PADDED_MAC = 8;

export interface Guard {
  /** Why addresses are not compared with MACs; undefined: they are. */
  readonly missing: string | undefined;
  /** @throws NativeError, as do the others */
  add(path: Path): void;
  /** What `gone` has and `kept` has not. */
  remove(gone: Path, kept?: Path): void;
  /** Exactly these, on these access interfaces, in one step. */
  only(paths: readonly Path[], access: readonly string[]): void;
  /** Removes the table. */
  clear(): void;
  close(): void;
}

type Keys = Readonly<Record<4 | 6, readonly Uint8Array[]>>;

function keysOf({ ipv4, prefixes, access }: Path): Keys {
  const key = (address: string) => Buffer.concat([parseIp(address), parseHex(access?.mac ?? ''), new Uint8Array(PADDED_MAC - 6)]);
  return access ? { 4: ipv4 === undefined ? [] : [key(ipv4)], 6: prefixes.map((p) => key(p.address)) } : { 4: [], 6: [] };
}

/** What is compared: fe80::/10, and the first half of any other address. */
const LINK_LOCAL = { bits: parseIp('ffc0::'), prefix: parseIp('fe80::') } as const;
const PREFIX_BITS = parseIp('ffff:ffff:ffff:ffff::');

/** Offsets of the source: of an Ethernet frame, of IPv4, of IPv6. */
const MAC_AT = 6;
const IPV4_AT = 12;
const IPV6_AT = 8;

function rules(device: string): Change[] {
  const of = (family: 4 | 6) => [...arrivesOn(device), ...isEthernet(), ...isOfFamily(family)];
  return [
    [...of(4), load('network', IPV4_AT, 4), equals(new Uint8Array(4)), verdict('accept')],
    [...of(4), load('network', IPV4_AT, 4), load('link', MAC_AT, 6, 1), isNotIn(SETS[4]), verdict('drop')],
    [...of(6), load('network', IPV6_AT, 16), equals(new Uint8Array(16)), verdict('accept')],
    [...of(6), load('network', IPV6_AT, 16), mask(LINK_LOCAL.bits), equals(LINK_LOCAL.prefix), verdict('accept')],
    [...of(6), load('network', IPV6_AT, 16), mask(PREFIX_BITS), load('link', MAC_AT, 6, 4), isNotIn(SETS[6]), verdict('drop')],
  ].map((expressions) => newRule(TABLE, CHAIN, expressions));
}

const adding = (family: 4 | 6, keys: readonly Uint8Array[]): Change[] => (keys.length > 0 ? [newElements(TABLE, SETS[family], keys)] : []);

function whole(paths: readonly Path[], access: readonly string[]): Change[] {
  const keys = paths.map(keysOf);
  return [
    // So that there is one to delete.
    newTable(TABLE),
    deleteTable(TABLE),
    newTable(TABLE),
    newChain(TABLE, CHAIN, 'prerouting', PRIORITY),
    newSet(TABLE, SETS[4], 1, [TYPES.ipv4, TYPES.mac], 4 + PADDED_MAC),
    newSet(TABLE, SETS[6], 2, [TYPES.ipv6, TYPES.mac], 16 + PADDED_MAC),
    ...adding(4, keys.flatMap((k) => k[4])),
    ...adding(6, keys.flatMap((k) => k[6])),
    ...access.flatMap(rules),
  ];
}

/** Where the kernel has no nftables it does nothing, and says why. */
export function kernelGuard(): Guard {
  let nft: Nftables;
  try {
    nft = nftables();
  } catch (error) {
    return unguarded(error);
  }
  try {
    nft.commit([newTable(TABLE)]);
  } catch (error) {
    nft.close();
    return unguarded(error);
  }
  const held = new Map<number, Path>();
  let devices: readonly string[] = [];
  const remake = () => nft.commit(whole([...held.values()], devices));
  /** Somebody may have flushed all of nftables meanwhile: then it is made again. */
  function change(changes: readonly Change[]): void {
    try {
      if (changes.length > 0) nft.commit(changes);
    } catch (error) {
      if (!(error instanceof NativeError && error.errno === 'ENOENT')) throw error;
      remake();
    }
  }
  return {
    missing: undefined,
    add(path) {
      held.set(path.index, path);
      const keys = keysOf(path);
      change([...adding(4, keys[4]), ...adding(6, keys[6])]);
    },
    remove(gone, kept) {
      if (kept) held.set(kept.index, kept);
      else held.delete(gone.index);
      const [old, still] = [keysOf(gone), kept ? keysOf(kept) : { 4: [], 6: [] }];
      for (const family of [4, 6] as const) {
        const stay = new Set(still[family].map(formatHex));
        const stale = old[family].filter((key) => !stay.has(formatHex(key)));
        if (stale.length > 0) change([deleteElements(TABLE, SETS[family], stale)]);
      }
    },
    only(paths, access) {
      held.clear();
      for (const path of paths) held.set(path.index, path);
      devices = access;
      remake();
    },
    clear: () => unless(['ENOENT'], () => nft.commit([deleteTable(TABLE)])),
    close: () => nft.close(),
  };
}

function unguarded(error: unknown): Guard {
  if (!(error instanceof NativeError)) throw error;
  const nothing = () => undefined;
  return { missing: error.message, add: nothing, remove: nothing, only: nothing, clear: nothing, close: nothing };
}
