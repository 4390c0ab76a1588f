/** Whom a pseudonym names, sealed: AES-256-GCM under the epoch's key, bound to the pseudonym, so that boxes cannot be exchanged. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Stored } from '../fleet/ports.ts';
import type { EpochKeys } from './keys.ts';

/** Collection `sealed`; `id` is the pseudonym. */
export interface SealedRecord extends Stored {
  readonly epoch: number;
  /** Of some day: the last one on which the subscriber was heard of. */
  readonly seen: number;
  /** Keyed hashes of MACs and addresses, the newest last. */
  readonly links: readonly string[];
  /** Base64 of IV, ciphertext and tag. */
  readonly box: string;
}

export interface Identity {
  readonly nai: string;
  readonly mac?: string;
}

const CIPHER = 'aes-256-gcm';
const IV = 12;
const TAG = 16;

export function sealIdentity({ seal }: EpochKeys, pseudonym: string, identity: Identity): string {
  const iv = randomBytes(IV);
  const cipher = createCipheriv(CIPHER, seal, iv).setAAD(Buffer.from(pseudonym));
  return Buffer.concat([iv, cipher.update(JSON.stringify(identity)), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

/** Undefined: it was sealed under another key, for another pseudonym, or changed since. */
export function openIdentity({ seal }: EpochKeys, pseudonym: string, box: string): Identity | undefined {
  const octets = Buffer.from(box, 'base64');
  if (octets.length < IV + TAG) return undefined;
  const decipher = createDecipheriv(CIPHER, seal, octets.subarray(0, IV)).setAAD(Buffer.from(pseudonym)).setAuthTag(octets.subarray(-TAG));
  try {
    return JSON.parse(`${decipher.update(octets.subarray(IV, -TAG)).toString()}${decipher.final().toString()}`) as Identity;
  } catch {
    return undefined;
  }
}
