/**
 * MAC addresses as values, and octets that are written as they are: pairs of hex digits with colons. The canonical text is in lower
 * case, so equal addresses are equal strings.
 */

/** `00:24:d7:8e:21:a4` */
export type Mac = string;

export const BROADCAST_MAC: Mac = 'ff:ff:ff:ff:ff:ff';

const COLON = 58;
export const PAIRS: readonly string[] = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

/** -1: none, or past the end. */
export function hexDigit(text: string, i: number): number {
  const c = text.charCodeAt(i);
  if (c >= 48 && c <= 57) return c - 48;
  const letter = c | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

export const formatHex = (o: Uint8Array): string => hexAt(o, 0, o.length);
/** The octets from `at` up to `end`. */
export function hexAt(o: Uint8Array, at: number, end: number): string {
  if (end - at === 6) return macFromOctets(o, at);
  let text = '';
  for (let i = at; i < end; i++) text += i === at ? PAIRS[o[i] as number] : `:${PAIRS[o[i] as number]}`;
  return text;
}

/** @throws RangeError unless `text` is pairs of hex digits with colons between, or empty */
export function parseHex(text: string): Uint8Array {
  const out = new Uint8Array(Math.ceil((text.length + 1) / 3) * (text === '' ? 0 : 1));
  putHex(out, 0, text);
  return out;
}

/** Puts the octets at `at`. @throws RangeError as `parseHex` */
export function putHex(out: Uint8Array, at: number, text: string): void {
  let fits = text === '' || text.length % 3 === 2;
  for (let i = 0; fits && i < text.length; i += 3) {
    const high = hexDigit(text, i);
    const low = hexDigit(text, i + 1);
    fits = high >= 0 && low >= 0 && (i + 2 === text.length || text.charCodeAt(i + 2) === COLON);
    out[at + i / 3] = high * 16 + low;
  }
  if (!fits) throw new RangeError(`"${text}" is not hex pairs with colons`);
}

/**
 * A MAC in any usual spelling (`00:24:d7:8e:21:a4`, `00-24-D7-8E-21-A4`, the seed's `0024.d78e.21a4`) as canonical text.
 * @throws RangeError
 */
export function canonicalMac(text: string): Mac {
  const digits = text.replace(/[:.-]/g, '').toLowerCase();
  if (!/^[0-9a-f]{12}$/.test(digits)) throw new RangeError(`"${text}" is no MAC address`);
  return (digits.match(/../g) as string[]).join(':');
}

const DIGITS = Array.from('0123456789abcdef', (c) => c.charCodeAt(0));
const digitCode = (octet: number, shift: number): number => DIGITS[(octet >>> shift) & 15] as number;
/** In one piece: text that is put together from parts keeps them all in memory. */
function macFromOctets(o: Uint8Array, at: number): Mac {
  const [a, b, c, d, e, f] = [o[at], o[at + 1], o[at + 2], o[at + 3], o[at + 4], o[at + 5]] as [number, number, number, number, number, number];
  return String.fromCharCode(
    digitCode(a, 4), digitCode(a, 0), COLON, digitCode(b, 4), digitCode(b, 0), COLON, digitCode(c, 4), digitCode(c, 0), COLON,
    digitCode(d, 4), digitCode(d, 0), COLON, digitCode(e, 4), digitCode(e, 0), COLON, digitCode(f, 4), digitCode(f, 0),
  );
}

/** A canonical MAC as a number of 48 bits; undefined for any other text. */
export function macToNumber(text: string): number | undefined {
  if (text.length !== 17) return undefined;
  let n = 0;
  for (let i = 0; i < 17; i++) {
    const c = text.charCodeAt(i);
    if (i % 3 === 2) {
      if (c !== COLON) return undefined;
    } else if (c >= 48 && c <= 57) n = n * 16 + c - 48;
    else if (c >= 97 && c <= 102) n = n * 16 + c - 87;
    else return undefined;
  }
  return n;
}

const scratch = new Uint8Array(6);
export function macFromNumber(n: number): Mac {
  for (let i = 5, rest = n; i >= 0; i--, rest = Math.floor(rest / 256)) scratch[i] = rest % 256;
  return macFromOctets(scratch, 0);
}

/** The seed's spelling, for what looks like the seed's output: `0024.d78e.21a4`. */
export const dottedMac = (mac: Mac): string => (mac.replaceAll(':', '').match(/.{1,4}/g) ?? []).join('.');

/** A multicast MAC has the lowest bit of its first octet set. */
export const isUnicastMac = (mac: Mac): boolean => (parseInt(mac.slice(0, 2), 16) & 1) === 0;
