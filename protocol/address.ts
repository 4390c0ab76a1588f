/**
 * IP addresses as values. Everywhere outside the octets an address is its canonical text: IPv4 dotted, IPv6 as RFC 5952.
 * Equal addresses are equal strings, so they serve as map keys and print as they are.
 */
import { PAIRS, hexDigit, parseHex } from './mac.ts';
import type { Mac } from './mac.ts';

/** `192.0.2.1` */
export type Ipv4 = string;
/** RFC 5952 text: `2001:db8::1` */
export type Ipv6 = string;

export interface Prefix {
  readonly address: Ipv6;
  /** 0 to 128 */
  readonly length: number;
}

export const ANY_IPV4: Ipv4 = '0.0.0.0';
export const ANY_IPV6: Ipv6 = '::';
export const BROADCAST_IPV4: Ipv4 = '255.255.255.255';

/** RFC 6543 §4: the link-local address and MAC of every MAG on every access link. */
export const MAG_LINK_LOCAL: Ipv6 = 'fe80::200:5eff:fe00:5213';
export const MAG_MAC: Mac = '00:00:5e:00:52:13';

export const formatIpv4 = (o: Uint8Array): Ipv4 => ipv4At(o, 0);
/** The four octets at `at`. */
export const ipv4At = (o: Uint8Array, at: number): Ipv4 => `${o[at]}.${o[at + 1]}.${o[at + 2]}.${o[at + 3]}`;

/** @throws RangeError unless `text` is four decimal octets */
export function ipv4ToNumber(text: Ipv4): number {
  const n = readIpv4(text, 0);
  if (n < 0) throw new RangeError(`"${text}" is no IPv4 address`);
  return n;
}

export const ipv4FromNumber = (n: number): Ipv4 => `${(n >>> 24) & 255}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;

/** @throws RangeError unless `text` is four decimal octets */
export function parseIpv4(text: string): Uint8Array {
  const n = ipv4ToNumber(text);
  return Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);
}

const DOT = 46;
const COLON = 58;

/** From `start` to the end of the text; -1 unless that is four decimal octets of at most three digits. */
function readIpv4(text: string, start: number): number {
  let address = 0;
  let parts = 0;
  let octet = 0;
  let digits = 0;
  for (let i = start; i <= text.length; i++) {
    const c = i < text.length ? text.charCodeAt(i) : DOT;
    if (c === DOT) {
      if (digits === 0 || digits > 3 || octet > 255) return -1;
      address = address * 256 + octet;
      parts += 1;
      octet = 0;
      digits = 0;
    } else {
      if (c < 48 || c > 57) return -1;
      octet = octet * 10 + c - 48;
      digits += 1;
    }
  }
  return parts === 4 ? address : -1;
}

const HEX = Array.from({ length: 256 }, (_, n) => n.toString(16));
const groupText = (high: number, low: number): string => (high === 0 ? (HEX[low] as string) : `${HEX[high]}${PAIRS[low]}`);

export const formatIpv6 = (o: Uint8Array): Ipv6 => ipv6At(o, 0);
/** The sixteen octets at `at`. */
export function ipv6At(o: Uint8Array, at: number): Ipv6 {
  // RFC 5952 §4.2: the longest run of at least two zero groups becomes "::", the first of equals.
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && o[at + (i + run) * 2] === 0 && o[at + (i + run) * 2 + 1] === 0) run++;
    if (run > length) [start, length] = [i, run];
    if (run > 0) i += run;
  }
  if (length === 8) return ANY_IPV6;
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === start) {
      text += '::';
      i += length - 1;
      continue;
    }
    if (i > 0 && i !== start + length) text += ':';
    text += groupText(o[at + i * 2] as number, o[at + i * 2 + 1] as number);
  }
  return text;
}

/** @throws RangeError unless `text` is an IPv6 address, with `::` or not, with a dotted tail or not */
export function parseIpv6(text: string): Uint8Array {
  const out = new Uint8Array(16);
  putIpv6(out, 0, text);
  return out;
}

/** Puts the sixteen octets at `at`. @throws RangeError as `parseIpv6` */
export function putIpv6(out: Uint8Array, at: number, text: string): void {
  if (text === ANY_IPV6) out.fill(0, at, at + 16);
  else if (!readIpv6(out, at, text)) throw new RangeError(`"${text}" is no IPv6 address`);
}

function readIpv6(out: Uint8Array, at: number, text: string): boolean {
  /** Octets written, and how many of them stand before the "::". */
  let written = 0;
  let gap = text.startsWith('::') ? 0 : -1;
  let i = gap === 0 ? 2 : 0;
  while (i < text.length) {
    const start = i;
    let group = 0;
    for (let digit = hexDigit(text, i); digit >= 0; digit = hexDigit(text, ++i)) group = group * 16 + digit;
    if (text.charCodeAt(i) === DOT) {
      const tail = readIpv4(text, start);
      if (tail < 0 || written > 12) return false;
      for (let n = 0; n < 4; n++) out[at + written + n] = tail >>> (24 - n * 8);
      written += 4;
      break;
    }
    if (i === start || i - start > 4 || written > 14) return false;
    out[at + written] = group >> 8;
    out[at + written + 1] = group & 255;
    written += 2;
    if (i === text.length) break;
    if (text.charCodeAt(i++) !== COLON) return false;
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return false;
      gap = written;
      i++;
    } else if (i === text.length) return false;
  }
  if (gap < 0) return written === 16;
  if (written > 14) return false;
  const after = written - gap;
  out.copyWithin(at + 16 - after, at + gap, at + written);
  out.fill(0, at + gap, at + 16 - after);
  return true;
}

const half = new Uint8Array(16);
/** The upper 64 bits of an address as two numbers of 32. @throws RangeError */
export function upperHalf(text: Ipv6): [high: number, low: number] {
  putIpv6(half, 0, text);
  return [number32(half, 0), number32(half, 4)];
}
/** The address with these upper 64 bits and nothing else. */
export function formatUpperHalf(high: number, low: number): Ipv6 {
  for (let i = 0; i < 4; i++) {
    half[i] = high >>> (24 - i * 8);
    half[i + 4] = low >>> (24 - i * 8);
  }
  half.fill(0, 8);
  return ipv6At(half, 0);
}
const number32 = (o: Uint8Array, at: number): number => (((o[at] as number) << 24) | ((o[at + 1] as number) << 16) | ((o[at + 2] as number) << 8) | (o[at + 3] as number)) >>> 0;

export const isIpv4 = (text: string): boolean => readIpv4(text, 0) >= 0;
export const isIpv6 = (text: string): boolean => readIpv6(half, 0, text);

/** Either family, by its look. @throws RangeError */
export const parseIp = (text: string): Uint8Array => (text.includes(':') ? parseIpv6(text) : parseIpv4(text));
/** 4 or 16 octets. */
export const formatIp = (o: Uint8Array): string => (o.length === 4 ? formatIpv4(o) : formatIpv6(o));
/** Text in any legal spelling to canonical text. @throws RangeError */
export const canonicalIp = (text: string): string => formatIp(parseIp(text));

/** `2001:db8::/64`. @throws RangeError */
export function parsePrefix(text: string): Prefix {
  const m = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const length = Number(m?.[2]);
  if (!m || length > 128) throw new RangeError(`"${text}" is no IPv6 prefix`);
  return { address: maskIpv6(m[1] as string, length), length };
}

export const formatPrefix = (p: Prefix): string => `${p.address}/${p.length}`;

/** The address with everything past `length` bits cleared. */
export function maskIpv6(address: Ipv6, length: number): Ipv6 {
  putIpv6(half, 0, address);
  if (length < 128) {
    const at = length >> 3;
    half[at] = (half[at] as number) & (0xff << (8 - (length & 7)));
    half.fill(0, at + 1);
  }
  return ipv6At(half, 0);
}

export const inPrefix = (address: Ipv6, p: Prefix): boolean => maskIpv6(address, p.length) === p.address;

/** The netmask of an IPv4 prefix length: 24 -> `255.255.255.0`. */
export const netmask = (length: number): Ipv4 => ipv4FromNumber(length === 0 ? 0 : (0xffff_ffff << (32 - length)) >>> 0);
export const maskIpv4 = (address: Ipv4, length: number): Ipv4 => ipv4FromNumber((ipv4ToNumber(address) & ipv4ToNumber(netmask(length))) >>> 0);
export const sameSubnet = (a: Ipv4, b: Ipv4, length: number): boolean => maskIpv4(a, length) === maskIpv4(b, length);

/** RFC 4291 appendix A: the link-local address that a MAC makes. */
export function linkLocalOf(mac: Mac): Ipv6 {
  const m = parseHex(mac);
  const id = [(m[0] as number) ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]] as number[];
  return formatIpv6(Uint8Array.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...id]));
}

export const isLinkLocal = (address: Ipv6): boolean => /^fe[89ab]/.test(address);
export const isMulticastIpv6 = (address: Ipv6): boolean => address.startsWith('ff');
/** Neither unspecified, multicast nor broadcast: the only sources that get an answer (RFC 6275 §9.3.3). */
export const isUnicastIp = (address: string): boolean =>
  address.includes(':') ? address !== ANY_IPV6 && !isMulticastIpv6(address) : address !== ANY_IPV4 && parseInt(address, 10) < 224;
