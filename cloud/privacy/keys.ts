/**
 * Secrets of pseudonymity, one per epoch, in a file of their own (mode 0600) and never in the store: whoever has the store alone
 * can neither compute a pseudonym nor open what is sealed, and what belongs to an epoch is beyond reach once its secret is gone.
 */
import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, statSync } from 'node:fs';
import { Low } from 'lowdb';
import { durableJson } from '../../runtime/durableJson.ts';
import type { Epoch } from './epochs.ts';

/** Derived from an epoch's secret (HKDF-SHA256, RFC 5869). */
export interface EpochKeys extends Epoch {
  /** HMAC-SHA256 of a text, the first 64 bits in hex. */
  name(text: string): string;
  /** The same under another key, so that what is searched by cannot be taken for a pseudonym. */
  link(text: string): string;
  /** AES-256. */
  readonly seal: Buffer;
}

export interface PrivacyKeys {
  /** The newest first; never empty. */
  epochs(): readonly EpochKeys[];
  /** Resolves when the new epoch's secret is on the disk. */
  begin(now: number): Promise<void>;
  /** Resolves when they are on the disk no more, as far as the file system tells the truth. */
  destroy(ids: readonly number[]): Promise<void>;
  /** For positions; as long as the installation lives, because an average of several movements would tell the place. */
  readonly positions: Buffer;
}

interface File {
  readonly version: 1;
  readonly positions: string;
  readonly next: number;
  readonly epochs: readonly { readonly id: number; readonly began: number; readonly secret: string }[];
}

/** Makes the file when there is none. @throws Error in words when it cannot be read or written */
export async function openPrivacyKeys(path: string, now: number, onError: (error: Error) => void): Promise<PrivacyKeys> {
  const fresh = (): string => randomBytes(32).toString('base64');
  const file = new Low<File>(durableJson(path), { version: 1, positions: fresh(), next: 1, epochs: [] });
  await file.read();
  if (file.data.epochs.length > 0 && (statSync(path).mode & 0o077) !== 0) {
    chmodSync(path, 0o600);
    onError(new Error(`${path} could be read by others than its owner: it cannot any more, but who read it can tell whom pseudonyms name`));
  }
  let keys = file.data.epochs.map(derived);

  async function write(data: File): Promise<void> {
    const before = file.data;
    file.data = data;
    await file.write().catch((e: unknown) => {
      file.data = before;
      throw e;
    });
    keys = data.epochs.map(derived);
  }

  async function begin(at: number): Promise<void> {
    const { epochs, next } = file.data;
    await write({ ...file.data, next: next + 1, epochs: [{ id: next, began: at, secret: fresh() }, ...epochs] });
  }
  if (keys.length === 0) await begin(now);

  return {
    epochs: () => keys,
    begin,
    destroy: (ids) => write({ ...file.data, epochs: file.data.epochs.filter((e) => !ids.includes(e.id)) }),
    positions: Buffer.from(file.data.positions, 'base64'),
  };
}

function derived({ id, began, secret }: File['epochs'][number]): EpochKeys {
  const key = (use: string): Buffer => Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'base64'), '', `roamstead ${use}`, 32));
  const [names, links] = [key('names'), key('links')];
  const short = (k: Buffer, text: string): string => createHmac('sha256', k).update(text).digest('hex').slice(0, 16);
  return { id, began, name: (text) => short(names, text), link: (text) => short(links, text), seal: key('seal') };
}
