/**
 * Addresses as values. Everywhere outside the octets an address is its canonical text: IPv4 dotted, IPv6 as RFC 5952,
 * MAC as lower-case pairs with colons. Equal addresses are equal strings, so they serve as map keys and print as they are.
 */

/** `192.0.2.1` */
export type Ipv4 = string;
/** RFC 5952 text: `2001:db8::1` */
export type Ipv6 = string;
/** `00:24:d7:8e:21:a4` */
export type Mac = string;

export interface Prefix {
  readonly address: Ipv6;
  /** 0 to 128 */
  readonly length: number;
}

export const ANY_IPV4: Ipv4 = '0.0.0.0';
export const ANY_IPV6: Ipv6 = '::';
export const BROADCAST_IPV4: Ipv4 = '255.255.255.255';
export const BROADCAST_MAC: Mac = 'ff:ff:ff:ff:ff:ff';

/** RFC 6543 §4: the link-local address and MAC of every MAG on every access link. */
export const MAG_LINK_LOCAL: Ipv6 = 'fe80::200:5eff:fe00:5213';
export const MAG_MAC: Mac = '00:00:5e:00:52:13';

export const formatIpv4 = (o: Uint8Array): Ipv4 => `${o[0]}.${o[1]}.${o[2]}.${o[3]}`;

/** @throws RangeError unless `text` is four decimal octets */
export function parseIpv4(text: string): Uint8Array {
  const m = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const octets = m?.slice(1).map(Number);
  if (!octets || octets.some((n) => n > 255)) throw new RangeError(`"${text}" is no IPv4 address`);
  return Uint8Array.from(octets);
}

export const ipv4ToNumber = (text: Ipv4): number => parseIpv4(text).reduce((sum, octet) => sum * 256 + octet, 0);
export const ipv4FromNumber = (n: number): Ipv4 => `${(n >>> 24) & 255}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;

export function formatIpv6(o: Uint8Array): Ipv6 {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((o[i] as number) << 8) | (o[i + 1] as number));
  // RFC 5952 §4.2: the longest run of at least two zero groups becomes "::", the first of equals.
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > length) [start, length] = [i, run];
    if (run > 0) i += run;
  }
  const hex = (part: number[]) => part.map((g) => g.toString(16)).join(':');
  return start < 0 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** @throws RangeError unless `text` is an IPv6 address, with `::` or not, with a dotted tail or not */
export function parseIpv6(text: string): Uint8Array {
  const bad = () => new RangeError(`"${text}" is no IPv6 address`);
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  let plain = text;
  if (dotted) {
    const o = parseIpv4(dotted[2] as string);
    const group = (i: number) => (((o[i] as number) << 8) | (o[i + 1] as number)).toString(16);
    plain = `${dotted[1]}${group(0)}:${group(2)}`;
  }
  const halves = plain.split('::');
  if (halves.length > 2) throw bad();
  const groups = (half: string | undefined) => (half ? half.split(':') : []);
  const head = groups(halves[0]);
  const tail = groups(halves[1]);
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) throw bad();
  const all = [...head, ...Array<string>(missing).fill('0'), ...tail];
  const out = new Uint8Array(16);
  all.forEach((group, i) => {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) throw bad();
    const n = parseInt(group, 16);
    out[i * 2] = n >> 8;
    out[i * 2 + 1] = n & 255;
  });
  return out;
}

export const isIpv4 = (text: string): boolean => succeeds(() => parseIpv4(text));
export const isIpv6 = (text: string): boolean => succeeds(() => parseIpv6(text));

/** Either family, by its look. @throws RangeError */
export const parseIp = (text: string): Uint8Array => (text.includes(':') ? parseIpv6(text) : parseIpv4(text));
/** 4 or 16 octets. */
export const formatIp = (o: Uint8Array): string => (o.length === 4 ? formatIpv4(o) : formatIpv6(o));
/** Text in any legal spelling to canonical text. @throws RangeError */
export const canonicalIp = (text: string): string => formatIp(parseIp(text));

export const formatHex = (o: Uint8Array): string => Array.from(o, (b) => b.toString(16).padStart(2, '0')).join(':');

/** @throws RangeError unless `text` is pairs of hex digits with colons between, or empty */
export function parseHex(text: string): Uint8Array {
  if (text === '') return new Uint8Array(0);
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2})*$/i.test(text)) throw new RangeError(`"${text}" is not hex pairs with colons`);
  return Uint8Array.from(text.split(':'), (pair) => parseInt(pair, 16));
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

/** The seed's spelling, for what looks like the seed's output: `0024.d78e.21a4`. */
export const dottedMac = (mac: Mac): string => (mac.replaceAll(':', '').match(/.{1,4}/g) ?? []).join('.');

/** A multicast MAC has the lowest bit of its first octet set. */
export const isUnicastMac = (mac: Mac): boolean => (parseInt(mac.slice(0, 2), 16) & 1) === 0;

/** `2001:db8::/64`. @throws RangeError */
export function parsePrefix(text: string): Prefix {
  const m = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const length = Number(m?.[2]);
  if (!m || length > 128) throw new RangeError(`"${text}" is no IPv6 prefix`);
  return { address: maskIpv6(formatIpv6(parseIpv6(m[1] as string)), length), length };
}

export const formatPrefix = (p: Prefix): string => `${p.address}/${p.length}`;

/** The address with everything past `length` bits cleared. */
export function maskIpv6(address: Ipv6, length: number): Ipv6 {
  const o = parseIpv6(address);
  for (let i = 0; i < 16; i++) {
    const keep = Math.min(8, Math.max(0, length - i * 8));
    o[i] = (o[i] as number) & (0xff << (8 - keep)) & 0xff;
  }
  return formatIpv6(o);
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
  address.includes(':') ? address !== ANY_IPV6 && !isMulticastIpv6(address) : address !== ANY_IPV4 && Number(address.split('.')[0]) < 224;

function succeeds(make: () => unknown): boolean {
  try {
    make();
    return true;
  } catch {
    return false;
  }
}
