/**
 * Wire formats as data: a field is a `Codec`, a layout is a `struct` of named fields, and the TypeScript type, the encoder
 * and the decoder all follow from that one declaration. All integers are big-endian, as in every RFC used here.
 *
 * A decoder never trusts a length: every read is checked against the octets that are there, and whatever does not fit ends
 * in one `DecodeError`, which the caller counts by reason before it drops the packet.
 */
import { ipv4At, ipv4ToNumber, ipv6At, putIpv6 } from './address.ts';
import { hexAt, putHex } from './mac.ts';
import { DecodeError, EncodeError, Reader, Writer } from './octets.ts';

export { DecodeError, EncodeError, Reader, Writer, type DecodeReason } from './octets.ts';

/** One field or layout. `size` is its length in octets where that is fixed. */
export interface Codec<T> {
  readonly size?: number;
  read(r: Reader): T;
  write(w: Writer, value: T): void;
  /** Structs: reads the fields into an object that has others already. */
  readInto?(r: Reader, value: Record<string, unknown>): void;
}

export type ValueOf<C> = C extends Codec<infer T> ? T : never;

const uint = (size: number): Codec<number> => ({ size, read: (r) => r.uint(size), write: (w, v) => w.uint(v, size) });

export const u8 = uint(1);
export const u16 = uint(2);
export const u24 = uint(3);
export const u32 = uint(4);

export const u64: Codec<bigint> = {
  size: 8,
  read: (r) => {
    const high = r.uint(4);
    const low = r.uint(4);
    return high < 0x20_0000 ? BigInt(high * 2 ** 32 + low) : (BigInt(high) << 32n) | BigInt(low);
  },
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

/** Named single bits of an integer field; bits without a name are reserved. What is read is one frozen object for all equal fields. */
export const flags = <const M extends Readonly<Record<string, number>>>(codec: Codec<number>, masks: M): Codec<{ [K in keyof M]: boolean }> => {
  const entries = Object.entries(masks);
  const named = entries.reduce((sum, [, mask]) => sum | mask, 0);
  const seen = new Map<number, { [K in keyof M]: boolean }>();
  const valueOf = (bitsSet: number) => Object.freeze(Object.fromEntries(entries.map(([name, mask]) => [name, (bitsSet & mask) !== 0])) as { [K in keyof M]: boolean });
  return {
    ...(codec.size === undefined ? {} : { size: codec.size }),
    read: (r) => {
      const got = codec.read(r) & named;
      let value = seen.get(got);
      if (!value) seen.set(got, (value = valueOf(got)));
      return value;
    },
    write: (w, v) => {
      let sum = 0;
      for (let i = 0; i < entries.length; i++) {
        const [name, mask] = entries[i] as [string, number];
        if (v[name]) sum |= mask;
      }
      codec.write(w, sum);
    },
  };
};

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
export const hex = (size?: number): Codec<string> => ({
  ...(size === undefined ? {} : { size }),
  read: (r) => {
    const count = size ?? r.remaining;
    const at = r.advance(count);
    return hexAt(r.octets, at, at + count);
  },
  write: (w, v) => {
    const count = v === '' ? 0 : (v.length + 1) / 3;
    if (size !== undefined && count !== size) throw new EncodeError(`"${v}" where ${size} octets belong`);
    orEncodeError(() => w.space(Math.ceil(count), (o, at) => putHex(o, at, v)));
  },
});
export const mac = hex(6);
export const ipv4: Codec<string> = { size: 4, read: (r) => ipv4At(r.octets, r.advance(4)), write: (w, v) => w.uint(orEncodeError(() => ipv4ToNumber(v)), 4) };
export const ipv6: Codec<string> = { size: 16, read: (r) => ipv6At(r.octets, r.advance(16)), write: (w, v) => orEncodeError(() => w.space(16, (o, at) => putIpv6(o, at, v))) };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8Encoder = new TextEncoder();
/** Longer ASCII is left to the decoder. */
const SHORT = 64;

/** UTF-8 text to the end of the window; malformed text is refused. */
export const text: Codec<string> = {
  read: (r) => {
    const raw = r.take(r.remaining);
    if (isShortAscii(raw)) return Reflect.apply(String.fromCharCode, undefined, raw);
    try {
      return utf8.decode(raw);
    } catch {
      throw new DecodeError('value', 'text is no valid UTF-8');
    }
  },
  write: (w, value) => {
    const start = w.length;
    if (value.length <= SHORT && w.ascii(value)) return;
    w.length = start;
    w.bytes(utf8Encoder.encode(value));
  },
};
function isShortAscii(raw: Uint8Array): boolean {
  if (raw.length > SHORT) return false;
  for (let i = 0; i < raw.length; i++) if ((raw[i] as number) >= 0x80) return false;
  return true;
}

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
    const at = w.length;
    length.write(w, 0);
    const start = w.length;
    codec.write(w, v);
    const end = w.length;
    w.length = at; // the length again, now that it is known
    length.write(w, end - start);
    w.length = end;
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
  const steps = entries.map(([name, codec]) => ({ name, codec, kept: !name.startsWith('_') }));
  const size = entries.reduce<number | undefined>((sum, [, codec]) => (sum === undefined || codec.size === undefined ? undefined : sum + codec.size), 0);
  const readInto = (r: Reader, value: Record<string, unknown>): void => {
    for (const { name, codec, kept } of steps) {
      const got = codec.read(r);
      if (kept && got !== undefined) value[name] = got;
    }
  };
  return {
    ...(size === undefined ? {} : { size }),
    readInto,
    read: (r) => {
      const value: Record<string, unknown> = {};
      readInto(r, value);
      return value as Shape<F>;
    },
    write: (w, v) => {
      for (const { name, codec } of steps) codec.write(w, (v as Record<string, unknown>)[name]);
    },
  };
};

export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const w = new Writer();
  codec.write(w, value);
  return w.end();
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
