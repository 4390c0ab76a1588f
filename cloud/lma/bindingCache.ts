/** The Binding Cache (RFC 5213 §5.1, RFC 5844 §3.1.1, RFC 5845 §5.1): one entry per mobility session, found by any of its keys. */
import { formatPrefix, type Ipv4, type Ipv6, type Prefix } from '../../protocol/address.ts';
import type { Endpoint } from '../../protocol/entity.ts';
import type { Path, TunnelTransport } from '../../protocol/paths.ts';
import type { Millis, Seconds, Timestamp, UnixMillis } from '../../protocol/units.ts';
import type { HomeAddress } from './pools.ts';
import { interfaceKey, nodeKey, type MnIdentifier } from './request.ts';

/** What a session is known by and where it is; changed only by `BindingCache.change`, which keeps the indexes. */
export interface Located {
  readonly mnId: MnIdentifier;
  readonly technology: number;
  /** Undefined: the MAG knows none (RFC: two zero octets). */
  readonly linkLayerId: string | undefined;
  readonly prefixes: readonly Prefix[];
  readonly homeAddress: HomeAddress | undefined;
  readonly proxyCoa: string;
  /** 0 = none: GRE with keys is not in use. */
  readonly uplinkKey: number;
}

export interface BindingCacheEntry extends Located {
  /** The path's index and the entry's name in timers and store; not reused while anyone may still ask. */
  readonly index: number;
  readonly apn: string;
  readonly space: number;
  /** `RELEASED`: de-registered, kept for MinDelayBeforeBCEDelete with its traffic dropped. */
  state: 'ACTIVE' | 'RELEASED';
  /** The authenticated MAG Identifier. */
  mag: string | undefined;
  /** The last accepted PBU's, turned round for whatever goes to this MAG. */
  endpoint: Endpoint;
  /** MAG's link-local address on the access link, where it asked for one. */
  linkLocal: Ipv6 | undefined;
  /** Last accepted; 0 in the sequence number scheme. */
  timestamp: Timestamp;
  sequence: number;
  /** When the last accepted PBU came, for display. */
  receivedAt: UnixMillis;
  lifetime: Seconds;
  expiresAt: Millis;
  deleteAt: Millis | undefined;
  /** Undefined: not carried by our data path. */
  encapsulation: TunnelTransport | undefined;
  downlinkKey: number;
  wanMtu: number;
  /** What the data path was last told. */
  path: Path | undefined;
}

const NONE: ReadonlySet<BindingCacheEntry> = new Set();

export class BindingCache {
  private readonly byIndex = new Map<number, BindingCacheEntry>();
  private readonly byPrefix = new Map<string, BindingCacheEntry>();
  private readonly byHomeAddress = new Map<string, BindingCacheEntry>();
  private readonly byInterface = new Map<string, BindingCacheEntry>();
  private readonly byUplinkKey = new Map<number, BindingCacheEntry>();
  private readonly byNode = new Map<string, Set<BindingCacheEntry>>();
  private readonly byProxyCoa = new Map<string, Set<BindingCacheEntry>>();

  add(entry: BindingCacheEntry): void {
    this.byIndex.set(entry.index, entry);
    this.enter(entry);
  }

  remove(entry: BindingCacheEntry): void {
    this.byIndex.delete(entry.index);
    this.leave(entry);
  }

  /** A refresh, the most frequent of all, changes none of it. */
  change(entry: BindingCacheEntry, to: Partial<Located>): void {
    if ((Object.keys(to) as (keyof Located)[]).every((field) => to[field] === entry[field])) return;
    this.leave(entry);
    Object.assign(entry, to);
    this.enter(entry);
  }

  get size(): number {
    return this.byIndex.size;
  }
  all(): IterableIterator<BindingCacheEntry> {
    return this.byIndex.values();
  }
  get(index: number): BindingCacheEntry | undefined {
    return this.byIndex.get(index);
  }
  ofPrefix(prefix: Prefix): BindingCacheEntry | undefined {
    return this.byPrefix.get(formatPrefix(prefix));
  }
  ofHomeAddress(space: number, address: Ipv4): BindingCacheEntry | undefined {
    return this.byHomeAddress.get(`${space} ${address}`);
  }
  ofInterface(mnId: MnIdentifier, technology: number | undefined, linkLayerId: string | undefined): BindingCacheEntry | undefined {
    const key = interfaceKey(nodeKey(mnId), technology, linkLayerId);
    return key === undefined ? undefined : this.byInterface.get(key);
  }
  ofUplinkKey(key: number): BindingCacheEntry | undefined {
    return this.byUplinkKey.get(key);
  }
  ofNode(mnId: MnIdentifier): ReadonlySet<BindingCacheEntry> {
    return this.byNode.get(nodeKey(mnId)) ?? NONE;
  }
  ofProxyCoa(address: string): ReadonlySet<BindingCacheEntry> {
    return this.byProxyCoa.get(address) ?? NONE;
  }

  private enter(entry: BindingCacheEntry): void {
    for (const prefix of entry.prefixes) put(this.byPrefix, formatPrefix(prefix), entry);
    if (entry.homeAddress) put(this.byHomeAddress, `${entry.space} ${entry.homeAddress.address}`, entry);
    if (entry.uplinkKey) put(this.byUplinkKey, entry.uplinkKey, entry);
    const node = nodeKey(entry.mnId);
    const key = interfaceKey(node, entry.technology, entry.linkLayerId);
    if (key !== undefined) put(this.byInterface, key, entry);
    putInSet(this.byNode, node, entry);
    putInSet(this.byProxyCoa, entry.proxyCoa, entry);
  }

  private leave(entry: BindingCacheEntry): void {
    for (const prefix of entry.prefixes) this.byPrefix.delete(formatPrefix(prefix));
    if (entry.homeAddress) this.byHomeAddress.delete(`${entry.space} ${entry.homeAddress.address}`);
    if (entry.uplinkKey) this.byUplinkKey.delete(entry.uplinkKey);
    const node = nodeKey(entry.mnId);
    const key = interfaceKey(node, entry.technology, entry.linkLayerId);
    if (key !== undefined) this.byInterface.delete(key);
    takeFromSet(this.byNode, node, entry);
    takeFromSet(this.byProxyCoa, entry.proxyCoa, entry);
  }
}

/** Two sessions under one key would be two subscribers with one address: a bug that must not go on quietly. */
function put<K>(map: Map<K, BindingCacheEntry>, key: K, entry: BindingCacheEntry): void {
  const other = map.get(key);
  if (other && other !== entry) throw new Error(`binding ${entry.index} claims "${String(key)}", which binding ${other.index} holds`);
  map.set(key, entry);
}

function putInSet(map: Map<string, Set<BindingCacheEntry>>, key: string, entry: BindingCacheEntry): void {
  const set = map.get(key);
  if (set) set.add(entry);
  else map.set(key, new Set([entry]));
}

function takeFromSet(map: Map<string, Set<BindingCacheEntry>>, key: string, entry: BindingCacheEntry): void {
  const set = map.get(key);
  if (set?.delete(entry) && set.size === 0) map.delete(key);
}
