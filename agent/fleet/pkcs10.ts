/**
 * A certificate request with proof of possession (PKCS#10, RFC 2986), for an EC key. Thirty lines of DER, because the library
 * that the cloud has for certificates would add 340 kB to a home router's agent.
 */
import { createPublicKey, sign, type KeyObject } from 'node:crypto';

const TAG = { integer: 0x02, bitString: 0x03, oid: 0x06, utf8: 0x0c, sequence: 0x30, set: 0x31, attributes: 0xa0 } as const;

/** X.690: tag, length, contents. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

/** Each part after the first two in groups of seven bits. */
function oid(first: number, second: number, ...rest: readonly number[]): Buffer {
  const group = (n: number): number[] => (n < 0x80 ? [n] : [...group(n >>> 7).map((b) => b | 0x80), n & 0x7f]);
  return der(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(group)]));
}

const COMMON_NAME = oid(2, 5, 4, 3);
const ECDSA_WITH_SHA256 = oid(1, 2, 840, 10045, 4, 3, 2);
const bitString = (octets: Uint8Array): Buffer => der(TAG.bitString, Buffer.from([0]), octets);

/** PEM. @param key a private key of P-256 */
export function certificateRequest(commonName: string, key: KeyObject): string {
  const name = der(TAG.sequence, der(TAG.set, der(TAG.sequence, COMMON_NAME, der(TAG.utf8, Buffer.from(commonName)))));
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const info = der(TAG.sequence, der(TAG.integer, Buffer.from([0])), name, publicKey, der(TAG.attributes));
  const request = der(TAG.sequence, info, der(TAG.sequence, ECDSA_WITH_SHA256), bitString(sign('sha256', info, key)));
  return pem('CERTIFICATE REQUEST', request);
}

const pem = (what: string, octets: Buffer): string => `-----BEGIN ${what}-----\n${octets.toString('base64').replace(/.{64}(?!$)/g, '$&\n')}\n-----END ${what}-----\n`;
