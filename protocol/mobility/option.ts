/** What a row of the mobility option table is, and the types that follow from a table of them (RFC 6275 §6.2). */
import type { Codec, ValueOf } from '../codec.ts';

export interface OptionRow<T> {
  /** IANA "Mobility Options" number. */
  readonly type: number;
  /** Alignment "xn+y" as [x, y], counted from the first octet of the Mobility Header. */
  readonly align: readonly [x: number, y: number];
  /** Everything after the Length field. */
  readonly body: Codec<T>;
  /** Where the layout stands. */
  readonly rfc: string;
}

export const option = <T>(type: number, align: readonly [number, number], body: Codec<T>, rfc: string): OptionRow<T> => ({ type, align, body, rfc });

/** No alignment asked for. */
export const ANYWHERE = [1, 0] as const;

export type OptionTable = Readonly<Record<string, OptionRow<any>>>;
type Value<R> = R extends OptionRow<infer T> ? T : never;
/** One decoded option: `kind` is its row's name. */
export type OptionOf<T extends OptionTable> = { [K in keyof T & string]: { readonly kind: K } & Value<T[K]> }[keyof T & string];
/** An option without a row: skipped by every protocol rule, kept for whoever looks. */
export interface UnknownOption {
  readonly kind: 'unknown';
  readonly type: number;
  readonly data: Uint8Array;
}

export type { Codec, ValueOf };
