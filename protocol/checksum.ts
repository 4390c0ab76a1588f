/** The Internet checksum (RFC 1071) and the pseudo-headers it covers. */
import { parseIp } from './address.ts';

/** The ones' complement sum of 16-bit words, not yet complemented; an odd last octet is padded with zero. */
export function sum16(octets: Uint8Array, start = 0): number {
  let sum = start;
  for (let i = 0; i + 1 < octets.length; i += 2) sum += ((octets[i] as number) << 8) | (octets[i + 1] as number);
  if (octets.length % 2) sum += (octets[octets.length - 1] as number) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/** 0 when `octets` already holds a valid checksum. */
export const checksum = (octets: Uint8Array, start = 0): number => ~sum16(octets, start) & 0xffff;

/** The sum of the pseudo-header of RFC 8200 §8.1 (IPv6) or RFC 768 (IPv4), by the family of the addresses. */
export function pseudoHeaderSum(source: string, destination: string, protocol: number, length: number): number {
  return sum16(parseIp(destination), sum16(parseIp(source), protocol + (length >>> 16) + (length & 0xffff)));
}
