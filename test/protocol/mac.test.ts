/** MAC addresses as values, and octets as hex pairs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalMac, dottedMac, formatHex, isUnicastMac, macFromNumber, macToNumber, parseHex } from '../../protocol/mac.ts';

describe('MAC addresses', () => {
  it.each(['00:24:D7:8E:21:A4', '00-24-d7-8e-21-a4', '0024.d78e.21a4', '0024d78e21a4'])('%s', (text) => expect(canonicalMac(text)).toBe('00:24:d7:8e:21:a4'));
  it.each(['', '00:24:d7:8e:21', 'zz:24:d7:8e:21:a4'])('"%s" is refused', (text) => expect(() => canonicalMac(text)).toThrow(RangeError));
  it('print as the seed prints them', () => expect(dottedMac('00:24:d7:8e:21:a4')).toBe('0024.d78e.21a4'));
  it('are unicast or not', () => {
    expect(isUnicastMac('02:00:00:00:00:01')).toBe(true);
    expect(isUnicastMac('33:33:00:00:00:01')).toBe(false);
  });
  it('survive as numbers of 48 bits', () =>
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (octets) => {
        const mac = formatHex(octets);
        expect(macFromNumber(macToNumber(mac) ?? -1)).toBe(mac);
      }),
    ));
  it.each(['', '00:24:D7:8e:21:a4', '0024.d78e.21a4', '00:24:d7:8e:21:a4:00'])('"%s" is no canonical MAC, so no number', (text) => expect(macToNumber(text)).toBeUndefined());
});

describe('hex pairs', () => {
  it('any octets survive', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (octets) => {
        expect(parseHex(formatHex(octets))).toEqual(octets);
      }),
    ));
  it.each(['0', '000', '00:', ':00', '00-00', '0g', '00:0'])('"%s" is refused', (text) => expect(() => parseHex(text)).toThrow(RangeError));
});
