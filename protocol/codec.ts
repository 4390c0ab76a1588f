/**
 * Wire formats as data: a field is a `Codec`, a layout is a `struct` of named fields, and the TypeScript type, the encoder
 * and the decoder all follow from that one declaration. All integers are big-endian, as in every RFC used here.
 *
 * A decoder never trusts a length: every read is checked against the octets that are there, and whatever does not fit ends
 * in one `DecodeError`, which the caller counts by reason before it drops the packet.
 */
import { formatIpv4, formatIpv6, formatHex, parseHex, parseIpv4, parseIpv6 } from './address.ts';
import { DecodeError, EncodeError, Reader, Writer } from './octets.ts';

export { DecodeError, EncodeError, Reader, Writer, type DecodeReason } from './octets.ts';

/** One field or layout. `size` is its length in octets where that is fixed. */
export interface Codec<T> {
  readonly size?: number;
  read(r: Reader): T;
  write(w: Writer, value: T): void;
}

export type ValueOf<C> = C extends Codec<infer T> ? T : never;

const uint = (size: number): Codec<number> => ({ size, read: (r) => r.uint(size), write: (w, v) => w.uint(v, size) });

export const u8 = uint(1);
export const u16 = uint(2);
export const u24 = uint(3);
export const u32 = uint(4);

export const u64: Codec<bigint> = {
  size: 8,
  read: (r) => (BigInt(r.uint(4)) << 32n) | BigInt(r.uint(4)),
  write: (w, v) => {
    if (v < 0n || v >= 1n << 64n) throw new EncodeError(`${v} is no unsigned integer of 8 octets`);
    w.uint(Number(v >> 32n), 4);
    w.uint(Number(v & 0xffff_ffffn), 4);
  },
};

/** Sent as zero, ignored on receipt. */
export const reserved = (size: number): Codec<void> => ({ size, read: (r) => void r.advance(size), write: (w) => w.zeros(size) });

/** A field that always holds `value`; another value is refused. */
export const constant = (codec: Codec<number>, value: number): Codec<void> => ({
  ...(codec.size === undefined ? {} : { size: codec.size }),
  read: (r) => {
    const got = codec.read(r);
    if (got !== value) throw new DecodeError('value', `${got} where ${value} belongs`);
  },
  write: (w) => codec.write(w, value),
});

/** `width` bits of an integer field, `shift` bits up from its lowest; the other bits are reserved. */
export const bits = (codec: Codec<number>, shift: number, width: number): Codec<number> => ({
  ...(codec.size === undefined ? {} : { size: codec.size }),
  read: (r) => Math.floor(codec.read(r) / 2 ** shift) % 2 ** width,
  write: (w, v) => {
    if (!Number.isInteger(v) || v < 0 || v >= 2 ** width) throw new EncodeError(`${v} does not fit ${width} bits`);
    codec.write(w, v * 2 ** shift);
  },
});

/** Named single bits of an integer field; bits without a name are reserved. */
export const flags = <const M extends Readonly<Record<string, number>>>(codec: Codec<number>, masks: M): Codec<{ [K in keyof M]: boolean }> => ({
  ...(codec.size === undefined ? {} : { size: codec.size }),
  read: (r) => {
    const got = codec.read(r);
    return Object.fromEntries(Object.entries(masks).map(([name, mask]) => [name, (got & mask) !== 0])) as { [K in keyof M]: boolean };
  },
  write: (w, v) => codec.write(w, Object.entries(masks).reduce((sum, [name, mask]) => (v[name] ? sum | mask : sum), 0)),
});

/** The same octets under another meaning. `decode` may throw `DecodeError`, `encode` `EncodeError`. */
export const mapped = <A, B>(codec: Codec<A>, decode: (a: A) => B, encode: (b: B) => A): Codec<B> => ({
  ...(codec.size === undefined ? {} : { size: codec.size }),
  read: (r) => decode(codec.read(r)),
  write: (w, v) => codec.write(w, encode(v)),
});

/** Exactly `size` octets, or everything that is left. */
export const octets = (size?: number): Codec<Uint8Array> => ({
  ...(size === undefined ? {} : { size }),
  read: (r) => r.take(size ?? r.remaining).slice(),
  write: (w, v) => {
    if (size !== undefined && v.length !== size) throw new EncodeError(`${v.length} octets where ${size} belong`);
    w.bytes(v);
  },
});

/** Octets as lower-case hex pairs joined by colons: `00:24:d7:8e:21:a4`. */
export const hex = (size?: number): Codec<string> => mapped(octets(size), formatHex, (text) => orEncodeError(() => parseHex(text)));
export const mac = hex(6);
export const ipv4: Codec<string> = mapped(octets(4), formatIpv4, (text) => orEncodeError(() => parseIpv4(text)));
export const ipv6: Codec<string> = mapped(octets(16), formatIpv6, (text) => orEncodeError(() => parseIpv6(text)));

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8Encoder = new TextEncoder();

/** UTF-8 text to the end of the window; malformed text is refused. */
export const text: Codec<string> = mapped(
  octets(),
  (raw) => {
    try {
      return utf8.decode(raw);
    } catch {
      throw new DecodeError('value', 'text is no valid UTF-8');
    }
  },
  (value) => utf8Encoder.encode(value),
);

/** Present if octets are left. */
export const optional = <T>(codec: Codec<T>): Codec<T | undefined> => ({
  read: (r) => (r.remaining > 0 ? codec.read(r) : undefined),
  write: (w, v) => {
    if (v !== undefined) codec.write(w, v);
  },
});

/** As many as fit, to the end of the window. */
export const list = <T>(codec: Codec<T>): Codec<T[]> => ({
  read: (r) => {
    const all: T[] = [];
    while (r.remaining > 0) all.push(codec.read(r));
    return all;
  },
  write: (w, v) => {
    for (const item of v) codec.write(w, item);
  },
});

/** A length in octets, then that many octets of `codec`. */
export const sized = <T>(length: Codec<number>, codec: Codec<T>): Codec<T> => ({
  read: (r) => {
    const inner = r.window(length.read(r));
    const value = codec.read(inner);
    inner.finish();
    return value;
  },
  write: (w, v) => {
    const inner = encode(codec, v);
    length.write(w, inner.length);
    w.bytes(inner);
  },
});

type Kept<F> = { [K in keyof F as ValueOf<F[K]> extends void ? (undefined extends ValueOf<F[K]> ? (ValueOf<F[K]> extends undefined | void ? never : K) : K) : K]: ValueOf<F[K]> };
type OptionalKeys<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T];
type Flatten<T> = { [K in keyof T]: T[K] };
/** The value of a struct: reserved and constant fields are left out, optional ones may be absent. */
export type Shape<F> = Flatten<Omit<Kept<F>, OptionalKeys<Kept<F>>> & Partial<Pick<Kept<F>, OptionalKeys<Kept<F>>>>>;

/** Fields one after the other. Names that begin with `_` (reserved, constant) do not appear in the value. */
export const struct = <const F extends Readonly<Record<string, Codec<any>>>>(fields: F): Codec<Shape<F>> => {
  const entries = Object.entries(fields) as [string, Codec<unknown>][];
  const size = entries.reduce<number | undefined>((sum, [, codec]) => (sum === undefined || codec.size === undefined ? undefined : sum + codec.size), 0);
  return {
    ...(size === undefined ? {} : { size }),
    read: (r) => {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of entries) {
        const got = codec.read(r);
        if (!name.startsWith('_') && got !== undefined) value[name] = got;
      }
      return value as Shape<F>;
    },
    write: (w, v) => {
      for (const [name, codec] of entries) codec.write(w, (v as Record<string, unknown>)[name]);
    },
  };
};

export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const w = new Writer();
  codec.write(w, value);
  return w.finish();
}

/** Decodes all of `octets`; throws `DecodeError` if they are too few or too many. */
export function decode<T>(codec: Codec<T>, octets: Uint8Array): T {
  const r = new Reader(octets);
  const value = codec.read(r);
  r.finish();
  return value;
}

function orEncodeError<T>(make: () => T): T {
  try {
    return make();
  } catch (e) {
    throw new EncodeError((e as Error).message);
  }
}
