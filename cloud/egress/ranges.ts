/** Networks as ranges of addresses, the way that interval sets of nftables want them: sorted, without overlap. */
import { parseIp } from '../../protocol/address.ts';

/** First address, and the first one behind; undefined at the end of all addresses. */
export interface Range {
  readonly first: Uint8Array;
  readonly behind: Uint8Array | undefined;
}

/** Of one family: `192.0.2.0/24`, `2001:db8::/32`; an address alone is a network of one. */
export function rangesOf(networks: readonly string[]): Range[] {
  const octets = networks[0]?.includes(':') ? 16 : 4;
  const all = networks.map(bounds).toSorted((a, b) => (a.first < b.first ? -1 : 1));
  const merged: { first: bigint; behind: bigint }[] = [];
  for (const { first, behind } of all) {
    const last = merged.at(-1);
    if (last && first <= last.behind) last.behind = behind > last.behind ? behind : last.behind;
    else merged.push({ first, behind });
  }
  const end = 1n << BigInt(octets * 8);
  return merged.map(({ first, behind }) => ({ first: toOctets(first, octets), behind: behind === end ? undefined : toOctets(behind, octets) }));
}

function bounds(network: string): { readonly first: bigint; readonly behind: bigint } {
  const [address = '', length] = network.split('/');
  const octets = parseIp(address);
  const bits = octets.length * 8;
  const size = 1n << BigInt(bits - Number(length ?? bits));
  const value = octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
  const first = value - (value % size);
  return { first, behind: first + size };
}

function toOctets(value: bigint, length: number): Uint8Array {
  const octets = new Uint8Array(length);
  for (let i = length - 1, rest = value; i >= 0; i--, rest >>= 8n) octets[i] = Number(rest & 0xffn);
  return octets;
}
