/** UTF-8 for an engine without TextEncoder does what Node's does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Utf8Decoder, Utf8Encoder } from '../../bench/quickjs/text.ts';

const strict = { fatal: true, ignoreBOM: true } as const;

describe('UTF-8', () => {
  it.each(['', 'plain', 'é ß', '€ 漢字', '😀', 'a\u0000b', '\ud800', 'x\udfffy', '\ufeffz'])('%j is encoded as Node encodes it', (text) => {
    expect(new Utf8Encoder().encode(text)).toEqual(new TextEncoder().encode(text));
  });

  it('any text comes back', () => {
    const point = fc.integer({ min: 0, max: 0x10ffff }).map((n) => (n >= 0xd800 && n <= 0xdfff ? n - 0xd800 : n));
    fc.assert(fc.property(fc.array(point), (points) => {
      const text = String.fromCodePoint(...points);
      expect(new Utf8Decoder('utf-8', strict).decode(new Utf8Encoder().encode(text))).toBe(text);
    }));
  });

  it('any octets are refused or read as by Node', () => {
    const read = (decoder: { decode(octets: Uint8Array): string }, octets: Uint8Array): string | undefined => {
      try {
        return decoder.decode(octets);
      } catch (e) {
        expect(e).toBeInstanceOf(TypeError);
        return undefined;
      }
    };
    const octet = fc.oneof(fc.constantFrom(0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff), fc.integer({ min: 0, max: 255 }));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 8 }), fc.array(octet, { maxLength: 6 }), (any, likely) => {
      for (const octets of [any, Uint8Array.from(likely)]) expect(read(new Utf8Decoder('utf-8', strict), octets)).toBe(read(new TextDecoder('utf-8', strict), octets));
    }));
  });

  it('a byte order mark is left out unless it is asked for, and what is no text is marked', () => {
    expect(new Utf8Decoder().decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('a');
    expect(new Utf8Decoder().decode(Uint8Array.of(0x61, 0xff, 0x62))).toBe('a\ufffdb');
  });
});
