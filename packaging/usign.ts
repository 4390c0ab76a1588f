/**
 * The files of usign, OpenWrt's signify: Ed25519 (RFC 8032) keys and signatures as a comment line and a line of base64.
 * Source: openwrt/usign main.c (struct pubkey, seckey, sig).
 */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface UsignKey {
  /** 16 hex digits: the name of the public key's file below /etc/opkg/keys. */
  readonly number: string;
  readonly key: KeyObject;
  /** What the key's own comment says after "untrusted comment: ". */
  readonly comment: string;
}

const ALGORITHM = Buffer.from('Ed');
/** Secret keys without a passphrase: no rounds. */
const NO_KDF = Buffer.concat([Buffer.from('BK'), Buffer.alloc(4)]);
const SECRET_LENGTH = 2 + 2 + 4 + 16 + 8 + 8 + 64;
const AT = { salt: 8, sum: 24, number: 32, seed: 40 } as const;
/** PKCS #8 (RFC 8410 §7) around the 32 octets of an Ed25519 seed. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

const file = (comment: string, octets: Buffer): string => `untrusted comment: ${comment}\n${octets.toString('base64')}\n`;

function publicOctets(key: KeyObject): Buffer {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url');
}

/** A secret key's file. `seed` 32, `number` 8 and `salt` 16 random octets. */
export function secretKeyFile(comment: string, seed: Uint8Array, number: Uint8Array, salt: Uint8Array): string {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const pair = Buffer.concat([seed, publicOctets(key)]);
  const sum = createHash('sha512').update(pair).digest().subarray(0, 8);
  return file(comment, Buffer.concat([ALGORITHM, NO_KDF, salt, sum, number, pair]));
}

/** @throws Error in words for anything but a usign secret key without a passphrase */
export function readSecretKey(text: string, name: string): UsignKey {
  const [comment = '', base64 = ''] = text.split('\n');
  const octets = Buffer.from(base64, 'base64');
  if (octets.length !== SECRET_LENGTH || !octets.subarray(0, 2).equals(ALGORITHM)) throw new Error(`${name} is not a secret key of usign: expected a comment line and ${SECRET_LENGTH} octets of base64 (make one with: usign -G -s ${name} -p FILE)`);
  if (!octets.subarray(2, AT.salt).equals(NO_KDF)) throw new Error(`${name} has a passphrase, which usign cannot read either`);
  const pair = octets.subarray(AT.seed);
  const sum = createHash('sha512').update(pair).digest().subarray(0, 8);
  if (!sum.equals(octets.subarray(AT.sum, AT.number))) throw new Error(`${name} is damaged: its sum is another`);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, pair.subarray(0, 32)]), format: 'der', type: 'pkcs8' });
  return { number: octets.subarray(AT.number, AT.seed).toString('hex'), key, comment: comment.replace(/^untrusted comment: /, '') };
}

/** The public key's file, which a router has as /etc/opkg/keys/<number>. */
export const publicKeyFile = ({ number, key, comment }: UsignKey): string => file(comment, Buffer.concat([ALGORITHM, Buffer.from(number, 'hex'), publicOctets(key)]));

/** The file of a signature, such as `Packages.sig`. */
export const signatureFile = (message: Uint8Array, { number, key, comment }: UsignKey): string => file(comment, Buffer.concat([ALGORITHM, Buffer.from(number, 'hex'), sign(null, message, key)]));
