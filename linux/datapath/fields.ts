/** Field codecs that only the data path's maps need. */
import { mac, mapped, octets, struct } from '../../protocol/codec.ts';
import type { Codec } from '../../protocol/codec.ts';
import { endianness } from 'node:os';
import { n32 } from '../abi.ts';

const words = struct(endianness() === 'LE' ? { low: n32, high: n32 } : { high: n32, low: n32 });

/** An unsigned integer of 8 octets in native byte order. */
export const n64: Codec<bigint> = mapped(
  words,
  (w) => (BigInt(w.high) << 32n) | BigInt(w.low),
  (n) => ({ high: Number(n >> 32n), low: Number(n & 0xffff_ffffn) }),
);

export const bytes8 = octets(8);
export const bytes16 = octets(16);
export const mac6 = mac;
