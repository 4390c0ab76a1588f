/**
 * C structures as tables: the codec on this side and the C declaration on the other come from one list of fields. Nothing is
 * padded silently: a field that a compiler would move is refused when the table is made.
 */
import { endianness } from 'node:os';
import { bytes16, bytes8, mac6 } from './fields.ts';
import { parseHex } from '../../protocol/mac.ts';
import { struct, u8, u16, u32, reserved } from '../../protocol/codec.ts';
import type { Codec, Shape } from '../../protocol/codec.ts';
import { n16, n32, n64 } from '../abi.ts';

/** Octets to write records into, and the same octets as integers. */
export interface Target {
  readonly octets: Uint8Array;
  readonly view: DataView;
}

export function target(size: number): Target {
  const octets = new Uint8Array(size);
  return { octets, view: new DataView(octets.buffer) };
}

/** One field: how it is read and written here, and what C calls it. `count` > 0 makes it an array. */
export interface Field<T> {
  readonly codec: Codec<T>;
  /** Writes it into octets that are zero: as the codec does, and fast enough for a million. */
  readonly put: (into: Target, at: number, value: T) => void;
  readonly c: '__u8' | '__u16' | '__u32' | '__u64' | '__be16' | '__be32';
  readonly count: number;
}

const WIDTH: Readonly<Record<Field<unknown>['c'], number>> = { __u8: 1, __u16: 2, __u32: 4, __u64: 8, __be16: 2, __be32: 4 };

const LITTLE = endianness() === 'LE';
const putOctets = ({ octets }: Target, at: number, value: Uint8Array): void => octets.set(value, at);

const field = <T>(codec: Codec<T>, c: Field<T>['c'], put: Field<T>['put'], count = 0): Field<T> => ({ codec, put, c, count });

export const c8 = field(u8, '__u8', ({ view }, at, value) => view.setUint8(at, value));
export const c16 = field(n16, '__u16', ({ view }, at, value) => view.setUint16(at, value, LITTLE));
export const c32 = field(n32, '__u32', ({ view }, at, value) => view.setUint32(at, value, LITTLE));
/** A bigint. */
export const c64 = field(n64, '__u64', ({ view }, at, value) => view.setBigUint64(at, value, LITTLE));
/** Network byte order. */
export const be16 = field(u16, '__be16', ({ view }, at, value) => view.setUint16(at, value));
export const be32 = field(u32, '__be32', ({ view }, at, value) => view.setUint32(at, value));
export const octets8 = field(bytes8, '__u8', putOctets, 8);
/** An IPv6 address, or an IPv4 address and zeros. */
export const octets16 = field(bytes16, '__u8', putOctets, 16);
export const NO_MAC = '00:00:00:00:00:00';
export const mac = field(mac6, '__u8', (into, at, value) => value !== NO_MAC && putOctets(into, at, parseHex(value)), 6);
/** Reserved octets: zero. The name begins with `_`. */
export const gap = (count: number): Field<void> => field(reserved(count), '__u8', () => undefined, count);

type Codecs<F> = { [K in keyof F]: F[K] extends Field<infer T> ? Codec<T> : never };

export interface Structure<T> {
  readonly name: string;
  readonly codec: Codec<T> & { readonly size: number };
  readonly put: (into: Target, at: number, value: T) => void;
  /** The C declaration, with an assertion on the size. */
  readonly declaration: string;
  /** Where each field begins. */
  readonly offsets: Readonly<Record<string, number>>;
}

/** @throws RangeError when a C compiler would insert padding */
export function structure<const F extends Readonly<Record<string, Field<any>>>>(name: string, fields: F): Structure<Shape<Codecs<F>>> {
  const entries = Object.entries(fields) as [string, Field<unknown>][];
  const offsets: Record<string, number> = {};
  let size = 0;
  let widest = 1;
  for (const [key, f] of entries) {
    const width = WIDTH[f.c];
    if (size % width !== 0) throw new RangeError(`struct ${name}: ${key} begins at ${size}, which is no multiple of ${width}`);
    offsets[key] = size;
    size += width * Math.max(1, f.count);
    widest = Math.max(widest, width);
  }
  if (size % widest !== 0) throw new RangeError(`struct ${name}: ${size} octets are no multiple of ${widest}`);
  const lines = entries.map(([key, f]) => `\t${f.c} ${key}${f.count > 0 ? `[${f.count}]` : ''};`);
  const places = entries.flatMap(([key, f]) => (key.startsWith('_') ? [] : [{ key, put: f.put, offset: offsets[key] as number }]));
  return {
    name,
    put(into, at, value) {
      for (const { key, put, offset } of places) put(into, at + offset, (value as Readonly<Record<string, unknown>>)[key]);
    },
    codec: { ...struct(Object.fromEntries(entries.map(([key, f]) => [key, f.codec])) as Codecs<F>), size },
    declaration: [`struct ${name} {`, ...lines, '};', `_Static_assert(sizeof(struct ${name}) == ${size}, "struct ${name}");`].join('\n'),
    offsets,
  };
}
