/** The short code that a gateway shows and a person types: eight digits of Crockford's base32, 40 bits. */

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 8;

/** @param octets five random ones */
export function claimCode(octets: Uint8Array): string {
  const bits = octets.subarray(0, 5).reduce((n, octet) => (n << 8n) | BigInt(octet), 0n);
  return Array.from({ length: LENGTH }, (_, i) => DIGITS[Number((bits >> BigInt(5 * (LENGTH - 1 - i))) & 31n)]).join('');
}

/** As people read it: K7QF-2M9D */
export const shownCode = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`;

/** As it was typed: case, spaces and hyphens do not matter, O is 0, I and L are 1. Undefined: it is none. */
export function typedCode(text: string): string | undefined {
  const code = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return code.length === LENGTH && Array.from(code).every((digit) => DIGITS.includes(digit)) ? code : undefined;
}
