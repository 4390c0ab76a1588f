/**
 * A stored record as text: a JSON array with a column per field. Objects with names took 608 octets a binding instead of 385
 * and were read no faster; the file behind it is written that much less.
 */
import { isIpv4, isIpv6 } from '../../protocol/address.ts';
import { isAtRest, type AddressAtRest, type BindingRecord, type StoreChange } from '../lma/bindingStore.ts';

/** This record alone is of no use; the message says why. */
export class UnreadableRecord extends Error {
  override readonly name = 'UnreadableRecord';
}

type Check = (value: unknown) => boolean;

const text: Check = (v) => typeof v === 'string';
const whole: Check = (v) => Number.isSafeInteger(v) && (v as number) >= 0;
const u32: Check = (v) => whole(v) && (v as number) <= 0xffff_ffff;
const instant: Check = (v) => typeof v === 'number' && Number.isFinite(v);
const ip: Check = (v) => typeof v === 'string' && (v.includes(':') ? isIpv6(v) : isIpv4(v));
const prefix: Check = (v) => typeof v === 'string' && /^[0-9a-f:]+\/\d{1,3}$/.test(v) && isIpv6(v.slice(0, v.indexOf('/')));
const optional = (check: Check): Check => (v) => v === undefined || check(v);
const TRANSPORTS: ReadonlySet<unknown> = new Set(['ipv6', 'udp']);
const TUNNELS: ReadonlySet<unknown> = new Set(['gre6', 'gre4', 'udp4']);
const fieldsOf = (v: unknown): Readonly<Record<string, unknown>> => (typeof v === 'object' && v !== null ? (v as Readonly<Record<string, unknown>>) : {});

/** In the order of the columns: new ones come last, and an older record simply has fewer. */
const BINDING: Readonly<Record<keyof BindingRecord, Check>> = {
  service: text,
  index: u32,
  mnId: (v) => whole(fieldsOf(v)['subtype']) && text(fieldsOf(v)['identifier']),
  technology: whole,
  linkLayerId: optional(text),
  prefixes: (v) => Array.isArray(v) && v.every(prefix),
  homeAddress: optional((v) => text(v) && isIpv4(v as string)),
  apn: text,
  released: optional((v) => v === true),
  mag: optional(text),
  endpoint: (v) => TRANSPORTS.has(fieldsOf(v)['transport']) && ip(fieldsOf(v)['local']) && ip(fieldsOf(v)['remote']),
  proxyCoa: ip,
  linkLocal: optional(ip),
  timestamp: (v) => typeof v === 'string' && /^\d{1,20}$/.test(v),
  sequence: u32,
  receivedAt: instant,
  lifetime: instant,
  expiresAt: instant,
  encapsulation: optional((v) => TUNNELS.has(v)),
  uplinkKey: u32,
  downlinkKey: u32,
  wanMtu: u32,
  bulkGroup: optional(u32),
};
const AT_REST: Readonly<Record<keyof AddressAtRest, Check>> = { pool: text, address: (v) => text(v) && isIpv4(v as string), until: instant };

type Columns<T> = readonly (readonly [name: keyof T, check: Check])[];
const BINDING_COLUMNS = Object.entries(BINDING) as Columns<BindingRecord>;
const AT_REST_COLUMNS = Object.entries(AT_REST) as Columns<AddressAtRest>;

/** On its way to a record. */
type Fields<T> = { -readonly [K in keyof T]?: T[K] | undefined };
/** What every binding has: a million objects that have their fields from the start are filled three times as fast. */
const blankBinding = (): Fields<BindingRecord> => ({
  service: undefined, index: undefined, mnId: undefined, technology: undefined, prefixes: undefined, apn: undefined, endpoint: undefined, proxyCoa: undefined,
  timestamp: undefined, sequence: undefined, receivedAt: undefined, lifetime: undefined, expiresAt: undefined, uplinkKey: undefined, downlinkKey: undefined, wanMtu: undefined,
});

/** Its first character tells which: `[` of a binding, `r` of an address at rest. */
export function encodeRecord(record: NonNullable<StoreChange['record']>): string {
  if (isAtRest(record)) return `r${columns(AT_REST_COLUMNS, record)}`;
  return columns(BINDING_COLUMNS, record);
}

const columns = <T>(all: Columns<T>, record: T): string => JSON.stringify(all.map(([name]) => record[name]));

/** @throws UnreadableRecord */
export function decodeRecord(stored: string): BindingRecord | AddressAtRest {
  return stored.startsWith('r') ? read<AddressAtRest>(AT_REST_COLUMNS, stored.slice(1), {}) : read<BindingRecord>(BINDING_COLUMNS, stored, blankBinding());
}

/** Into `record`, of which no field stays undefined. */
function read<T>(all: Columns<T>, stored: string, record: Fields<T>): T {
  let values: unknown;
  try {
    values = JSON.parse(stored);
  } catch {
    throw new UnreadableRecord('it is no JSON');
  }
  if (!Array.isArray(values)) throw new UnreadableRecord('it is no list of columns');
  // By number: a million of them are read at a start.
  for (let i = 0; i < all.length; i++) {
    const [name, check] = all[i] as Columns<T>[number];
    const value: unknown = values[i] ?? undefined;
    if (!check(value)) throw new UnreadableRecord(`its ${String(name)} is not one`);
    if (value !== undefined) record[name] = value as T[keyof T];
  }
  return record as T;
}
