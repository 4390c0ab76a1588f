/** The message vectors (`vectors.json`): whole packets with what must be read out of them, made apart from this code. */
import { formatIpv6 } from '../../protocol/address.ts';
import type { Transport } from '../../protocol/mobility/header.ts';
import file from './vectors.json' with { type: 'json' };

export interface Vector {
  readonly name: string;
  readonly transport: 'ipv6' | 'ipv4-udp' | 'data' | 'access';
  /** `raw` starts at the IP header, `eth` at the Ethernet header */
  readonly link: 'raw' | 'eth';
  /** `reject`: a decoder refuses it; `refuse`: it decodes, and the protocol refuses it */
  readonly expect: 'ok' | 'reject' | 'refuse';
  readonly note: string;
  readonly hex: string;
  readonly mh_hex?: string | null;
  readonly spec?: Readonly<Record<string, unknown>> & { readonly options?: readonly Readonly<Record<string, unknown>>[] };
}

export const vectors = file as readonly Vector[];

export const octetsOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export const hexOf = (octets: Uint8Array): string => Array.from(octets, (b) => b.toString(16).padStart(2, '0')).join('');

export const mobilityVectors = vectors.filter((v) => typeof v.mh_hex === 'string');

/** The transport that a signalling vector's outer header shows. */
export function transportOf(v: Vector): Transport {
  if (v.transport !== 'ipv6') return { kind: 'udp' };
  const packet = octetsOf(v.hex);
  return { kind: 'ipv6', source: formatIpv6(packet.subarray(8, 24)), destination: formatIpv6(packet.subarray(24, 40)) };
}
