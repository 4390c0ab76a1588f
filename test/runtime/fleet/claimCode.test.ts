import fc from 'fast-check';
import { expect, it } from 'vitest';
import { claimCode, shownCode, typedCode } from '../../../runtime/fleet/claimCode.ts';

it('five octets are eight digits, each octet counted', () => {
  expect(claimCode(new Uint8Array([0, 0, 0, 0, 0]))).toBe('00000000');
  expect(claimCode(new Uint8Array([255, 255, 255, 255, 255]))).toBe('ZZZZZZZZ');
  expect(claimCode(new Uint8Array([0, 0, 0, 0, 1]))).toBe('00000001');
  expect(claimCode(new Uint8Array([0x08, 0, 0, 0, 0]))).toBe('10000000');
});

it('what is shown is read however it is typed', () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 5, maxLength: 5 }), (octets) => typedCode(shownCode(claimCode(octets)).toLowerCase()) === claimCode(octets)), { numRuns: 50 });
  expect(typedCode(' oil0 - ABCD ')).toBe('0110ABCD');
});

it('anything else is no code', () => {
  expect(typedCode('1234567')).toBeUndefined();
  expect(typedCode('1234567U')).toBeUndefined();
  expect(typedCode('123456789')).toBeUndefined();
});
