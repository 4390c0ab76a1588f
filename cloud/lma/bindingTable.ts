/**
 * The compact form of the Binding Cache: a row of numbers for each binding, some 120 octets in typed arrays, so that a million
 * of them cost a garbage collector nothing. `Row` reads and writes a row by the names of `BindingCacheEntry`, and gives addresses
 * as text; whatever a row cannot hold as a number (several prefixes, odd identifiers) stands in a side map.
 */
import { formatUpperHalf, ipv4FromNumber, ipv4ToNumber, upperHalf, type Ipv6, type Prefix } from '../../protocol/address.ts';
import { macFromNumber, macToNumber } from '../../protocol/mac.ts';
import type { Endpoint } from '../../protocol/entity.ts';
import type { TunnelTransport } from '../../protocol/paths.ts';
import type { Binding, BindingCacheEntry } from './bindingCache.ts';
import { Interned } from './interned.ts';
import type { HomeAddress } from './pools.ts';
import type { MnIdentifier } from './request.ts';

const columns = (rows: number) => ({
  index: new Uint32Array(rows),
  subtype: new Uint8Array(rows),
  technology: new Uint8Array(rows),
  /** A MAC as a number; else NO_ID or OTHER_ID. */
  linkLayerId: new Float64Array(rows),
  /** How many; the upper 64 bits of one. More, or another length, are in `otherPrefixes`. */
  prefixes: new Uint8Array(rows),
  prefixHigh: new Uint32Array(rows),
  prefixLow: new Uint32Array(rows),
  homeAddress: new Uint32Array(rows),
  /** Number of what `interned` shares; 0 = undefined. */
  network: new Uint32Array(rows),
  service: new Uint32Array(rows),
  endpoint: new Uint32Array(rows),
  proxyCoa: new Uint32Array(rows),
  mag: new Uint32Array(rows),
  /** Place in STATES and TRANSPORTS. */
  state: new Uint8Array(rows),
  encapsulation: new Uint8Array(rows),
  /** CARRIED, STALE */
  path: new Uint8Array(rows),
  uplinkKey: new Uint32Array(rows),
  downlinkKey: new Uint32Array(rows),
  wanMtu: new Uint32Array(rows),
  timestamp: new BigUint64Array(rows),
  sequence: new Uint16Array(rows),
  receivedAt: new Float64Array(rows),
  lifetime: new Uint32Array(rows),
  expiresAt: new Float64Array(rows),
  /** NaN = undefined */
  deleteAt: new Float64Array(rows),
  /** Rows of the same node, and of the same care-of address, before and after this one. */
  nodeBefore: new Uint32Array(rows),
  nodeAfter: new Uint32Array(rows),
  coaBefore: new Uint32Array(rows),
  coaAfter: new Uint32Array(rows),
});
export type Columns = ReturnType<typeof columns>;

const STATES: readonly BindingCacheEntry['state'][] = ['ACTIVE', 'RELEASED'];
const TRANSPORTS: readonly (TunnelTransport | undefined)[] = [undefined, 'gre6', 'gre4', 'udp4'];
const CARRIED = 1;
const STALE = 2;
export const NO_ID = -1;
export const OTHER_ID = -2;
const OTHER_PREFIXES = 255;
export const HNP_LENGTH = 64;
const NO_PREFIXES: readonly Prefix[] = [];

export class BindingTable {
  /** Replaced as the table grows. */
  columns = columns(16);
  readonly identifiers: string[] = [''];
  readonly entries: (Row | undefined)[] = [undefined];
  readonly interned = {
    network: new Interned<Omit<HomeAddress, 'address'>>((n) => `${n.prefixLength} ${n.router}`, (a, b) => a.prefixLength === b.prefixLength && a.router === b.router),
    service: new Interned<Service>((s) => `${s.space} ${s.apn}`, (a, b) => a.space === b.space && a.apn === b.apn),
    endpoint: new Interned<Endpoint>((e) => `${e.transport} ${e.remote} ${e.remotePort ?? ''} ${e.local}`, sameEndpoint),
    proxyCoa: new Interned<string>((address) => address, Object.is),
    mag: new Interned<string>((mag) => mag, Object.is),
  };
  readonly otherIds = new Map<number, string>();
  readonly otherPrefixes = new Map<number, readonly Prefix[]>();
  readonly linkLocals = new Map<number, Ipv6>();
  /** What was last made of numbers: it is asked for several times in a row. */
  readonly shown = { prefixHigh: -1, prefixLow: -1, prefixes: NO_PREFIXES, mac: NO_ID - 2, macText: '', network: undefined as object | undefined, homeAddress: -1, home: undefined as HomeAddress | undefined };
  private readonly unused: number[] = [];

  /** A row with all that the binding says. Row 0 is none. */
  add(binding: Binding): Row {
    const row = this.unused.pop() ?? this.entries.length;
    if (row >= this.columns.index.length) this.grow();
    const { columns: c } = this;
    c.index[row] = binding.index;
    c.subtype[row] = binding.mnId.subtype;
    c.service[row] = this.interned.service.hold({ apn: binding.apn, space: binding.space });
    this.identifiers[row] = binding.mnId.identifier;
    const entry = new Row(this, row);
    this.entries[row] = entry;
    setLinkLayerId(this, row, binding.linkLayerId);
    setPrefixes(this, row, binding.prefixes);
    setHomeAddress(this, row, binding.homeAddress);
    c.technology[row] = binding.technology;
    c.proxyCoa[row] = this.interned.proxyCoa.hold(binding.proxyCoa);
    c.uplinkKey[row] = binding.uplinkKey;
    c.path[row] = STALE;
    entry.accept(binding);
    return entry;
  }

  /** Whoever still has the entry reads in it what it last was. */
  remove(entry: Row): void {
    const { row } = entry;
    const { columns: c, interned } = this;
    Object.defineProperties(entry, Object.getOwnPropertyDescriptors({ ...factsOf(entry), carried: entry.carried, pathStale: entry.pathStale }));
    for (const what of ['network', 'service', 'endpoint', 'proxyCoa', 'mag'] as const) {
      interned[what].release(c[what][row] as number);
      c[what][row] = 0;
    }
    for (const side of [this.otherIds, this.otherPrefixes, this.linkLocals]) side.delete(row);
    this.identifiers[row] = '';
    this.entries[row] = undefined;
    this.unused.push(row);
  }

  private grow(): void {
    const old = this.columns;
    const larger = columns(old.index.length * 2);
    for (const name of Object.keys(old) as (keyof Columns)[]) (larger[name] as Uint32Array).set(old[name] as Uint32Array);
    this.columns = larger;
  }
}

interface Service {
  readonly apn: string;
  readonly space: number;
}

/** What a PBU sets that is accepted for a session. */
export type Acceptance = Omit<Binding, 'index' | 'apn' | 'space' | 'mnId' | 'technology' | 'linkLayerId' | 'prefixes' | 'homeAddress' | 'proxyCoa' | 'uplinkKey'>;

export class Row implements BindingCacheEntry {
  readonly row: number;
  private readonly table: BindingTable;

  constructor(table: BindingTable, row: number) {
    this.table = table;
    this.row = row;
  }

  get index() { return this.table.columns.index[this.row] as number; }
  get mnId(): MnIdentifier { return { subtype: this.table.columns.subtype[this.row] as number, identifier: this.table.identifiers[this.row] as string }; }
  get technology() { return this.table.columns.technology[this.row] as number; }
  get uplinkKey() { return this.table.columns.uplinkKey[this.row] as number; }
  get apn() { return this.service.apn; }
  get space() { return this.service.space; }
  get proxyCoa() { return this.table.interned.proxyCoa.value(this.table.columns.proxyCoa[this.row] as number) as string; }
  private get service() { return this.table.interned.service.value(this.table.columns.service[this.row] as number) as Service; }

  get linkLayerId(): string | undefined {
    const id = this.table.columns.linkLayerId[this.row] as number;
    const { shown } = this.table;
    if (id === shown.mac) return shown.macText;
    if (id >= 0) return (shown.macText = macFromNumber((shown.mac = id)));
    return id === NO_ID ? undefined : this.table.otherIds.get(this.row);
  }
  get prefixes(): readonly Prefix[] {
    const { shown, columns: c, otherPrefixes } = this.table;
    const count = c.prefixes[this.row] as number;
    if (count === 0) return NO_PREFIXES;
    if (count !== 1) return otherPrefixes.get(this.row) as readonly Prefix[];
    const high = c.prefixHigh[this.row] as number;
    const low = c.prefixLow[this.row] as number;
    if (shown.prefixHigh !== high || shown.prefixLow !== low) Object.assign(shown, { prefixHigh: high, prefixLow: low, prefixes: [{ address: formatUpperHalf(high, low), length: HNP_LENGTH }] });
    return shown.prefixes;
  }
  get homeAddress(): HomeAddress | undefined {
    const { shown, columns, interned } = this.table;
    const network = interned.network.value(columns.network[this.row] as number);
    if (!network) return undefined;
    const address = columns.homeAddress[this.row] as number;
    if (shown.network !== network || shown.homeAddress !== address) Object.assign(shown, { network, homeAddress: address, home: { address: ipv4FromNumber(address), prefixLength: network.prefixLength, router: network.router } });
    return shown.home;
  }

  get state() { return STATES[this.table.columns.state[this.row] as number] as BindingCacheEntry['state']; }
  set state(state) { this.part('state', STATES.indexOf(state)); }
  get mag() { return this.table.interned.mag.value(this.table.columns.mag[this.row] as number); }
  set mag(mag) {
    if (mag !== this.mag) share(this.table, this.row, 'mag', mag);
  }
  get endpoint() { return this.table.interned.endpoint.value(this.table.columns.endpoint[this.row] as number) as Endpoint; }
  set endpoint(endpoint) {
    const old = this.table.interned.endpoint.value(this.table.columns.endpoint[this.row] as number);
    if (old?.local !== endpoint.local) this.pathStale = true;
    if (!old || !sameEndpoint(old, endpoint)) share(this.table, this.row, 'endpoint', endpoint);
  }
  get linkLocal() { return this.table.linkLocals.get(this.row); }
  set linkLocal(address) { putAside(this.table.linkLocals, this.row, address); }
  get timestamp() { return this.table.columns.timestamp[this.row] as bigint; }
  set timestamp(t) { this.table.columns.timestamp[this.row] = t; }
  get sequence() { return this.table.columns.sequence[this.row] as number; }
  set sequence(n) { this.table.columns.sequence[this.row] = n; }
  get receivedAt() { return this.table.columns.receivedAt[this.row] as number; }
  set receivedAt(at) { this.table.columns.receivedAt[this.row] = at; }
  get lifetime() { return this.table.columns.lifetime[this.row] as number; }
  set lifetime(s) { this.table.columns.lifetime[this.row] = s; }
  get expiresAt() { return this.table.columns.expiresAt[this.row] as number; }
  set expiresAt(at) { this.table.columns.expiresAt[this.row] = at; }
  get deleteAt() {
    const at = this.table.columns.deleteAt[this.row] as number;
    return Number.isNaN(at) ? undefined : at;
  }
  set deleteAt(at) { this.table.columns.deleteAt[this.row] = at ?? Number.NaN; }
  get encapsulation() { return TRANSPORTS[this.table.columns.encapsulation[this.row] as number]; }
  set encapsulation(transport) { this.part('encapsulation', TRANSPORTS.indexOf(transport)); }
  get downlinkKey() { return this.table.columns.downlinkKey[this.row] as number; }
  set downlinkKey(key) { this.part('downlinkKey', key); }
  get wanMtu() { return this.table.columns.wanMtu[this.row] as number; }
  set wanMtu(mtu) { this.part('wanMtu', mtu); }
  get carried() { return ((this.table.columns.path[this.row] as number) & CARRIED) !== 0; }
  set carried(is) { this.flag(CARRIED, is); }
  get pathStale() { return ((this.table.columns.path[this.row] as number) & STALE) !== 0; }
  set pathStale(is) { this.flag(STALE, is); }

  accept(a: Acceptance): void {
    this.state = a.state;
    this.mag = a.mag;
    this.endpoint = a.endpoint;
    this.linkLocal = a.linkLocal;
    this.timestamp = a.timestamp;
    this.sequence = a.sequence;
    this.receivedAt = a.receivedAt;
    this.lifetime = a.lifetime;
    this.expiresAt = a.expiresAt;
    this.deleteAt = a.deleteAt;
    this.encapsulation = a.encapsulation;
    this.downlinkKey = a.downlinkKey;
    this.wanMtu = a.wanMtu;
  }

  /** A number that the path is made of. */
  private part(name: 'state' | 'encapsulation' | 'downlinkKey' | 'wanMtu', n: number): void {
    const column = this.table.columns[name];
    if (column[this.row] === n) return;
    column[this.row] = n;
    this.pathStale = true;
  }

  private flag(flag: number, is: boolean): void {
    const { path } = this.table.columns;
    path[this.row] = is ? (path[this.row] as number) | flag : (path[this.row] as number) & ~flag;
  }
}

/** All that a binding says, as it is now. */
export const factsOf = (e: Readonly<Binding>): Binding => ({
  index: e.index, apn: e.apn, space: e.space,
  mnId: e.mnId, technology: e.technology, linkLayerId: e.linkLayerId, prefixes: e.prefixes, homeAddress: e.homeAddress, proxyCoa: e.proxyCoa, uplinkKey: e.uplinkKey,
  state: e.state, mag: e.mag, endpoint: e.endpoint, linkLocal: e.linkLocal, timestamp: e.timestamp, sequence: e.sequence, receivedAt: e.receivedAt,
  lifetime: e.lifetime, expiresAt: e.expiresAt, deleteAt: e.deleteAt, encapsulation: e.encapsulation, downlinkKey: e.downlinkKey, wanMtu: e.wanMtu,
});

export function setLinkLayerId(table: BindingTable, row: number, id: string | undefined): void {
  const number = id === undefined ? NO_ID : (macToNumber(id) ?? OTHER_ID);
  table.columns.linkLayerId[row] = number;
  putAside(table.otherIds, row, number === OTHER_ID ? id : undefined);
}

export function setPrefixes(table: BindingTable, row: number, prefixes: readonly Prefix[]): void {
  const { columns: c } = table;
  const [only] = prefixes;
  const plain = prefixes.length === 0 || (prefixes.length === 1 && only?.length === HNP_LENGTH);
  c.prefixes[row] = plain ? prefixes.length : OTHER_PREFIXES;
  putAside(table.otherPrefixes, row, plain ? undefined : prefixes);
  if (plain && only) [c.prefixHigh[row], c.prefixLow[row]] = upperHalf(only.address);
}

export function setHomeAddress(table: BindingTable, row: number, home: HomeAddress | undefined): void {
  share(table, row, 'network', home && { prefixLength: home.prefixLength, router: home.router });
  table.columns.homeAddress[row] = home ? ipv4ToNumber(home.address) : 0;
}

/** The new value is held before the old one is let go, which may be the same. */
export function share<K extends keyof BindingTable['interned']>(table: BindingTable, row: number, what: K, value: Parameters<BindingTable['interned'][K]['hold']>[0]): void {
  const old = table.columns[what][row] as number;
  const all = table.interned[what] as { hold(v: typeof value): number; release(n: number): void };
  table.columns[what][row] = all.hold(value);
  all.release(old);
}

function putAside<T>(map: Map<number, T>, row: number, value: T | undefined): void {
  if (value !== undefined) map.set(row, value);
  else if (map.size > 0) map.delete(row);
}

const sameEndpoint = (a: Endpoint, b: Endpoint): boolean => a.remotePort === b.remotePort && a.remote === b.remote && a.local === b.local && a.transport === b.transport;
