/** The codec kit: what fits, what does not, and that nothing is read past its end. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bits, constant, decode, DecodeError, encode, EncodeError, flags, hex, ipv4, ipv6, list, mac, mapped, octets, optional, Reader, reserved, sized, struct, text, u16, u24, u32, u64, u8, Writer, type Codec } from '../../protocol/codec.ts';
import { hexOf, octetsOf } from '../vectors/index.ts';

interface Table {
  readonly codec: Codec<any>;
  readonly correct: readonly (readonly [value: unknown, hex: string])[];
  readonly badValues?: readonly unknown[];
  readonly badHex?: readonly string[];
}

const tables: Readonly<Record<string, Table>> = {
  u8: { codec: u8, correct: [[0, '00'], [255, 'ff']], badValues: [-1, 256, 1.5, NaN], badHex: ['', '0000'] },
  u16: { codec: u16, correct: [[258, '0102']], badValues: [65536], badHex: ['01', '010203'] },
  u24: { codec: u24, correct: [[0x01_0203, '010203']], badValues: [2 ** 24] },
  u32: { codec: u32, correct: [[0xffff_ffff, 'ffffffff']], badValues: [2 ** 32] },
  u64: { codec: u64, correct: [[2n ** 64n - 1n, 'ffffffffffffffff'], [1n, '0000000000000001']], badValues: [-1n, 2n ** 64n] },
  mac: { codec: mac, correct: [['00:24:d7:8e:21:a4', '0024d78e21a4']], badValues: ['00:24', 'nonsense'] },
  hex: { codec: hex(), correct: [['', ''], ['0a:ff', '0aff']], badValues: ['0a:f'] },
  ipv4: { codec: ipv4, correct: [['192.0.2.1', 'c0000201']], badValues: ['192.0.2', '192.0.2.256'], badHex: ['c00002'] },
  ipv6: { codec: ipv6, correct: [['2001:db8::1', '20010db8000000000000000000000001']], badValues: ['2001:db8::1::2', ':'] },
  text: { codec: text, correct: [['', ''], ['mn0@é', '6d6e3040c3a9']], badHex: ['ff', 'c3'] },
  'octets of a size': { codec: octets(2), correct: [[Uint8Array.of(1, 2), '0102']], badValues: [Uint8Array.of(1)], badHex: ['01'] },
  constant: { codec: struct({ _: constant(u8, 7), v: u8 }), correct: [[{ v: 1 }, '0701']], badHex: ['0801'] },
  reserved: { codec: struct({ _: reserved(2), v: u8 }), correct: [[{ v: 1 }, '000001']] },
  'bits in the middle': { codec: bits(u16, 10, 6), correct: [[24, '6000'], [63, 'fc00']], badValues: [64, -1] },
  flags: { codec: flags(u8, { a: 0x80, b: 0x01 }), correct: [[{ a: true, b: false }, '80'], [{ a: false, b: true }, '01']] },
  optional: { codec: struct({ a: u8, b: optional(u16) }), correct: [[{ a: 1 }, '01'], [{ a: 1, b: 2 }, '010002']], badHex: ['0100'] },
  list: { codec: list(u16), correct: [[[], ''], [[1, 2], '00010002']], badHex: ['0001ff'] },
  sized: { codec: struct({ name: sized(u8, text), rest: octets() }), correct: [[{ name: 'ab', rest: Uint8Array.of(9) }, '02616209']], badHex: ['0361'] },
  mapped: { codec: mapped(u8, (n) => n * 4, (n: number) => n / 4), correct: [[8, '02']], badValues: [6] },
};

describe.each(Object.entries(tables))('%s', (_, { codec, correct, badValues = [], badHex = [] }) => {
  it('encodes and decodes', () => {
    for (const [value, hexText] of correct) {
      expect(hexOf(encode(codec, value))).toBe(hexText);
      expect(decode(codec, octetsOf(hexText))).toEqual(value);
    }
  });
  it('refuses what does not fit', () => {
    for (const value of badValues) expect(() => encode(codec, value)).toThrow(EncodeError);
    for (const hexText of badHex) expect(() => decode(codec, octetsOf(hexText))).toThrow(DecodeError);
  });
});

it('reserved bits are ignored on receipt and sent as zero', () => {
  expect(decode(bits(u16, 10, 6), octetsOf('63ff'))).toBe(24);
  expect(decode(struct({ _: reserved(1), v: u8 }), octetsOf('ff05'))).toEqual({ v: 5 });
});

it('a window ends where its length says, whatever lies behind it', () => {
  const r = new Reader(octetsOf('0102030405'));
  const inner = r.window(2);
  expect(inner.uint(2)).toBe(0x0102);
  expect(() => inner.uint(1)).toThrow(DecodeError);
  expect(r.uint(1)).toBe(3);
});

it('a writer grows and patches', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (parts) => {
      const w = new Writer();
      w.uint(0, 2);
      for (const part of parts) w.bytes(part);
      w.patch(0, w.length, 2);
      const whole = w.finish();
      expect((whole[0] as number) * 256 + (whole[1] as number)).toBe(whole.length);
      expect(hexOf(whole.subarray(2))).toBe(parts.map(hexOf).join(''));
    }),
  );
});
