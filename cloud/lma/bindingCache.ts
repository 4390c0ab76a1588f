/** The Binding Cache (RFC 5213 §5.1, RFC 5844 §3.1.1, RFC 5845 §5.1): one entry per mobility session, found by any of its keys. */
import { formatPrefix, ipv4ToNumber, upperHalf, type Ipv4, type Ipv6, type Prefix } from '../../protocol/address.ts';
import { macToNumber } from '../../protocol/mac.ts';
import type { Endpoint } from '../../protocol/entity.ts';
import type { TunnelTransport } from '../../protocol/paths.ts';
import type { Millis, Seconds, Timestamp, UnixMillis } from '../../protocol/units.ts';
import { BindingTable, HNP_LENGTH, NO_ID, OTHER_ID, setHomeAddress, setLinkLayerId, setPrefixes, share, type Acceptance, type Row } from './bindingTable.ts';
import { Expiries } from './expiries.ts';
import { HashIndex, hashText } from './hashIndex.ts';
import type { HomeAddress } from './pools.ts';
import { chain, unchain } from './rowChain.ts';
import type { MnIdentifier } from './request.ts';

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

export interface Binding extends Located {
  /** The path's index and the entry's name in the store; not reused while anyone may still ask. */
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
}

/**
 * A binding in the cache: the same object as long as it is there, and afterwards as it last was. Its fields are accessors over
 * numbers (bindingTable.ts): a spread copies none of them, `factsOf` all; a field that is read twice is best kept.
 */
export interface BindingCacheEntry extends Binding {
  /** The data path was told to carry it. */
  carried: boolean;
  /** What its path is made of (tunnels.ts, `pathOf`) changed since the data path was last told. */
  pathStale: boolean;
}

const NONE: ReadonlySet<BindingCacheEntry> = new Set();

export class BindingCache {
  private readonly table = new BindingTable();
  private readonly expiries = new Expiries();
  private count = 0;
  private readonly byIndex = new HashIndex((row) => this.number('index', row));
  private readonly byUplinkKey = new HashIndex((row) => this.number('uplinkKey', row));
  private readonly byHomeAddress = new HashIndex((row) => this.number('homeAddress', row));
  private readonly byPrefix = new HashIndex((row) => prefixHash(this.number('prefixHigh', row), this.number('prefixLow', row)));
  /** Sessions with several prefixes, or with another than a /64, by each as text. */
  private readonly byOtherPrefix = new Map<string, number>();
  private readonly byInterface = new HashIndex((row) => interfaceHash(this.nodeHash(row), this.number('technology', row), this.number('linkLayerId', row)));
  /** The first row of each node; the others follow it. */
  private readonly byNode = new HashIndex((row) => this.nodeHash(row));
  /** The first row of each care-of address, by the address's number. */
  private readonly byProxyCoa: number[] = [];

  add(binding: Binding): BindingCacheEntry {
    const entry = this.table.add(binding);
    const { row } = entry;
    enter(this.byIndex, entry, `index ${binding.index}`, this.get(binding.index));
    this.enterInterface(entry);
    this.enterPrefixes(entry, binding.prefixes);
    this.enterHomeAddress(entry, binding.homeAddress);
    this.enterUplinkKey(entry);
    const first = this.firstOf(binding.mnId);
    if (chain(this.table.columns.nodeBefore, this.table.columns.nodeAfter, row, first) !== first) this.byNode.add(row);
    this.enterProxyCoa(row);
    this.count += 1;
    return entry;
  }

  remove(entry: BindingCacheEntry): void {
    const { row } = entry as Row;
    this.leaveProxyCoa(row);
    this.leaveNode(row);
    this.byUplinkKey.remove(row);
    this.byHomeAddress.remove(row);
    this.leavePrefixes(row);
    this.byInterface.remove(row);
    this.byIndex.remove(row);
    this.expiries.drop(row);
    this.table.remove(entry as Row);
    this.count -= 1;
  }

  /** A refresh, the most frequent of all, changes none of it. */
  change(entry: BindingCacheEntry, to: Partial<Located>): void {
    const { table } = this;
    const { row } = entry as Row;
    if (to.prefixes && !samePrefixes(to.prefixes, entry.prefixes)) {
      this.leavePrefixes(row);
      setPrefixes(table, row, to.prefixes);
      this.enterPrefixes(entry as Row, to.prefixes);
      entry.pathStale = true;
    }
    if ('homeAddress' in to && to.homeAddress?.address !== entry.homeAddress?.address) {
      this.byHomeAddress.remove(row);
      setHomeAddress(table, row, to.homeAddress);
      this.enterHomeAddress(entry as Row, to.homeAddress);
      entry.pathStale = true;
    }
    if (('linkLayerId' in to && to.linkLayerId !== entry.linkLayerId) || (to.technology !== undefined && to.technology !== entry.technology)) {
      this.byInterface.remove(row);
      if ('linkLayerId' in to) setLinkLayerId(table, row, to.linkLayerId);
      table.columns.technology[row] = to.technology ?? entry.technology;
      this.enterInterface(entry as Row);
    }
    if (to.uplinkKey !== undefined && to.uplinkKey !== entry.uplinkKey) {
      this.byUplinkKey.remove(row);
      table.columns.uplinkKey[row] = to.uplinkKey;
      this.enterUplinkKey(entry as Row);
      entry.pathStale = true;
    }
    if (to.proxyCoa !== undefined && to.proxyCoa !== entry.proxyCoa) {
      this.leaveProxyCoa(row);
      share(table, row, 'proxyCoa', to.proxyCoa);
      this.enterProxyCoa(row);
      entry.pathStale = true;
    }
  }

  /** Sets what an accepted PBU sets. */
  accept(entry: BindingCacheEntry, a: Acceptance): void {
    (entry as Row).accept(a);
  }

  /** Says when the entry ends: its lifetime, or the delay of a released one, whichever is first. */
  schedule(entry: BindingCacheEntry): void {
    const { deleteAt, expiresAt } = entry;
    this.expiries.set((entry as Row).row, deleteAt === undefined ? expiresAt : Math.min(deleteAt, expiresAt));
  }

  /** The entry that ends first, with when. */
  firstToEnd(): { readonly entry: BindingCacheEntry; readonly at: Millis } | undefined {
    const entry = this.table.entries[this.expiries.first()];
    return entry && { entry, at: this.expiries.endOf(entry.row) };
  }

  get size(): number {
    return this.count;
  }
  *all(): IterableIterator<BindingCacheEntry> {
    for (const entry of this.table.entries) if (entry) yield entry;
  }
  get(index: number): BindingCacheEntry | undefined {
    return this.find(this.byIndex, index, 'index', index);
  }
  ofUplinkKey(key: number): BindingCacheEntry | undefined {
    return key === 0 ? undefined : this.find(this.byUplinkKey, key, 'uplinkKey', key);
  }
  ofPrefix(prefix: Prefix): BindingCacheEntry | undefined {
    const other = this.byOtherPrefix.size > 0 ? this.byOtherPrefix.get(formatPrefix(prefix)) : undefined;
    if (other !== undefined) return this.table.entries[other];
    if (prefix.length !== HNP_LENGTH) return undefined;
    const [high, low] = upperHalf(prefix.address);
    const { prefixHigh, prefixLow } = this.table.columns;
    const index = this.byPrefix;
    for (let at = index.start(prefixHash(high, low)), row = index.at(at); row !== 0; at = index.after(at), row = index.at(at)) if (prefixHigh[row] === high && prefixLow[row] === low) return this.table.entries[row];
    return undefined;
  }
  ofHomeAddress(space: number, address: Ipv4): BindingCacheEntry | undefined {
    const number = ipv4ToNumber(address);
    const { homeAddress } = this.table.columns;
    const index = this.byHomeAddress;
    for (let at = index.start(number), row = index.at(at); row !== 0; at = index.after(at), row = index.at(at)) {
      const entry = this.table.entries[row];
      if (homeAddress[row] === number && entry?.space === space) return entry;
    }
    return undefined;
  }
  ofInterface(mnId: MnIdentifier, technology: number | undefined, linkLayerId: string | undefined): BindingCacheEntry | undefined {
    if (technology === undefined || linkLayerId === undefined) return undefined;
    const mac = macToNumber(linkLayerId) ?? OTHER_ID;
    const { columns, otherIds, entries } = this.table;
    const index = this.byInterface;
    for (let at = index.start(interfaceHash(hashText(mnId.identifier, mnId.subtype), technology, mac)), row = index.at(at); row !== 0; at = index.after(at), row = index.at(at)) {
      if (columns.linkLayerId[row] === mac && columns.technology[row] === technology && this.isOf(row, mnId) && (mac !== OTHER_ID || otherIds.get(row) === linkLayerId)) return entries[row];
    }
    return undefined;
  }
  /** The node's session, if it has exactly one. */
  onlyOf(mnId: MnIdentifier): BindingCacheEntry | undefined {
    const first = this.firstOf(mnId);
    return this.table.columns.nodeAfter[first] === 0 ? this.table.entries[first] : undefined;
  }
  ofNode(mnId: MnIdentifier): ReadonlySet<BindingCacheEntry> {
    return this.following(this.firstOf(mnId), this.table.columns.nodeAfter);
  }
  ofProxyCoa(address: string): ReadonlySet<BindingCacheEntry> {
    return this.following(this.byProxyCoa[this.table.interned.proxyCoa.numberOf(address)] ?? 0, this.table.columns.coaAfter);
  }

  private number(column: 'index' | 'uplinkKey' | 'homeAddress' | 'prefixHigh' | 'prefixLow' | 'technology' | 'linkLayerId', row: number): number {
    return this.table.columns[column][row] as number;
  }
  private nodeHash(row: number): number {
    return hashText(this.table.identifiers[row] as string, this.table.columns.subtype[row]);
  }
  private isOf(row: number, mnId: MnIdentifier): boolean {
    return this.table.identifiers[row] === mnId.identifier && this.table.columns.subtype[row] === mnId.subtype;
  }
  private find(index: HashIndex, hash: number, column: 'index' | 'uplinkKey', value: number): BindingCacheEntry | undefined {
    const numbers = this.table.columns[column];
    for (let at = index.start(hash), row = index.at(at); row !== 0; at = index.after(at), row = index.at(at)) if (numbers[row] === value) return this.table.entries[row];
    return undefined;
  }
  private firstOf(mnId: MnIdentifier): number {
    const index = this.byNode;
    for (let at = index.start(hashText(mnId.identifier, mnId.subtype)), row = index.at(at); row !== 0; at = index.after(at), row = index.at(at)) if (this.isOf(row, mnId)) return row;
    return 0;
  }
  private following(first: number, after: Uint32Array): ReadonlySet<BindingCacheEntry> {
    if (first === 0) return NONE;
    const all = new Set<BindingCacheEntry>();
    for (let row = first; row !== 0; row = after[row] as number) all.add(this.table.entries[row] as Row);
    return all;
  }

  private enterInterface(entry: Row): void {
    if (this.number('linkLayerId', entry.row) !== NO_ID) enter(this.byInterface, entry, 'interface', this.ofInterface(entry.mnId, entry.technology, entry.linkLayerId));
  }
  private enterUplinkKey(entry: Row): void {
    if (entry.uplinkKey) enter(this.byUplinkKey, entry, `uplink key ${entry.uplinkKey}`, this.ofUplinkKey(entry.uplinkKey));
  }
  private enterHomeAddress(entry: Row, home: HomeAddress | undefined): void {
    if (home) enter(this.byHomeAddress, entry, home.address, this.ofHomeAddress(entry.space, home.address));
  }
  private enterPrefixes(entry: Row, prefixes: readonly Prefix[]): void {
    const other = this.table.otherPrefixes.has(entry.row);
    for (const prefix of prefixes) {
      unique(entry, formatPrefix(prefix), this.ofPrefix(prefix));
      if (other) this.byOtherPrefix.set(formatPrefix(prefix), entry.row);
      else this.byPrefix.add(entry.row);
    }
  }
  private leavePrefixes(row: number): void {
    const others = this.table.otherPrefixes.get(row);
    if (others) for (const prefix of others) this.byOtherPrefix.delete(formatPrefix(prefix));
    else this.byPrefix.remove(row);
  }
  private leaveNode(row: number): void {
    const { nodeBefore, nodeAfter } = this.table.columns;
    const next = nodeAfter[row] as number;
    if (nodeBefore[row] === 0) {
      this.byNode.remove(row);
      if (next !== 0) this.byNode.add(next);
    }
    unchain(nodeBefore, nodeAfter, row);
  }
  private enterProxyCoa(row: number): void {
    const { proxyCoa, coaBefore, coaAfter } = this.table.columns;
    const address = proxyCoa[row] as number;
    this.byProxyCoa[address] = chain(coaBefore, coaAfter, row, this.byProxyCoa[address] ?? 0);
  }
  private leaveProxyCoa(row: number): void {
    const { proxyCoa, coaBefore, coaAfter } = this.table.columns;
    if (coaBefore[row] === 0) this.byProxyCoa[proxyCoa[row] as number] = coaAfter[row] as number;
    unchain(coaBefore, coaAfter, row);
  }
}

/** Two sessions under one key would be two subscribers with one address: a bug that must not go on quietly. */
function unique(entry: BindingCacheEntry, key: string, other: BindingCacheEntry | undefined): void {
  if (other && other !== entry) throw new Error(`binding ${entry.index} claims "${key}", which binding ${other.index} holds`);
}

function enter(index: HashIndex, entry: Row, key: string, other: BindingCacheEntry | undefined): void {
  unique(entry, key, other);
  index.add(entry.row);
}

const prefixHash = (high: number, low: number): number => Math.imul(high, 31) ^ low;
/** A MAC has 48 bits. */
const interfaceHash = (node: number, technology: number, mac: number): number => node ^ Math.imul(technology + 1, 0x9e37_79b1) ^ Math.imul(mac % 2 ** 32 | 0, 0x85eb_ca77) ^ (mac / 2 ** 32);
export const samePrefixes = (a: readonly Prefix[], b: readonly Prefix[]): boolean => a.length === b.length && a.every((p, i) => p.address === b[i]?.address && p.length === b[i]?.length);
