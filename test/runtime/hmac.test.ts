import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hmacSha1 } from '../../runtime/hmac.ts';

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

it('is HMAC-SHA1 of any key and text (RFC 2202 §3, case 2)', () => {
  expect(hex(hmacSha1(Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?')))).toBe('effcdf6ae5eb2fa2d27416d5f184df9c259a7c79');
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.uint8Array({ maxLength: 300 }), (key, data) => {
      expect(hex(hmacSha1(key, data))).toBe(createHmac('sha1', key).update(data).digest('hex'));
    }),
  );
});
