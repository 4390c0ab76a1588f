/** Who a gateway is follows from its key, so that nobody can be given another's name. */
import { createHash } from 'node:crypto';
import type { GatewayId } from './topics.ts';

/** RFC 4648 §6, in lower case. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const OCTETS = 16;
const PATTERN = /^gw-[a-z2-7]{25}[aeimquy4]$/;

/** @param publicKey SubjectPublicKeyInfo, DER */
export function gatewayIdOf(publicKey: Uint8Array): GatewayId {
  const digest = createHash('sha256').update(publicKey).digest().subarray(0, OCTETS);
  // 128 bits are 26 digits of 5 bits, the last two of which are 0.
  let bits = BigInt(`0x${digest.toString('hex')}`) << 2n;
  let text = '';
  for (let i = 0; i < 26; i++, bits >>= 5n) text = (ALPHABET[Number(bits & 31n)] as string) + text;
  return `gw-${text}`;
}

/** What comes over the wire and is none is nobody's name. */
export const isGatewayId = (text: string): boolean => PATTERN.test(text);
