/** The fleet's part of the disk: key, certificate, last good documents. What changes often is written seldom, because flash wears. */
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Low } from 'lowdb';
import * as v from 'valibot';
import { durableJson, writeDurably } from '../../runtime/durableJson.ts';
import type { Millis } from '../../protocol/units.ts';
import { claimedIn, stateIn } from './kept.ts';
import { makeKey, readKey, type GatewayKey } from './key.ts';
import { CREDENTIAL, RESERVED, type Claimed, type CredentialStore, type FleetState, type Store, type World } from './ports.ts';

const absent = (e: unknown): boolean => (e as NodeJS.ErrnoException).code === 'ENOENT';

/** Made at the first start. @throws Error in words: without a key this gateway is nobody, and another key makes it another gateway */
export async function openKey(folder: string): Promise<GatewayKey> {
  const path = join(folder, 'gateway.key');
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (e) {
    if (!absent(e)) throw new Error(`${path} cannot be read: ${(e as Error).message}`, { cause: e });
    const key = makeKey();
    await writeDurably(path, key.pem);
    return key;
  }
  try {
    return readKey(pem);
  } catch (e) {
    throw new Error(`${path}: ${(e as Error).message}; put a copy of it there, or remove it, and the gateway is to be claimed anew`, { cause: e });
  }
}

/** Certificate and authority are one file, so that both are there or none. */
export function openCredentials(folder: string, onError: (error: Error) => void): CredentialStore {
  const path = join(folder, CREDENTIAL);
  return {
    load(): Claimed | undefined {
      try {
        return v.parse(claimedIn, JSON.parse(readFileSync(path, 'utf8')));
      } catch (e) {
        if (!absent(e)) onError(new Error(`${path} is not what a claim left there, so the gateway is to be claimed anew: ${(e as Error).message}`));
        return undefined;
      }
    },
    save: (claimed) => writeDurably(path, JSON.stringify(claimed)),
    forget: () => rmSync(path, { force: true }),
  };
}

/** Changes within it are one write. */
const DEBOUNCE: Millis = 2000;
/** A full disk is not asked more often. */
const AGAIN: Millis = 60_000;
const EMPTY: FleetState = { session: 0, code: '', good: {}, reported: {}, tried: {}, commands: [] };

/** Never fails: what cannot be read begins anew, what cannot be written is kept in memory and told. */
export async function openStore(folder: string, after: World['after'], onError: (error: Error) => void): Promise<Store> {
  const path = join(folder, 'state.json');
  const disk = new Low<unknown>(durableJson<unknown>(path), null);
  const state: FleetState = { ...EMPTY };
  try {
    await disk.read();
    if (disk.data !== null) Object.assign(state, v.parse(stateIn, disk.data));
  } catch (e) {
    onError(new Error(`${(e as Error).message}; it is put aside as ${path}.damaged, and the fleet's documents are waited for`));
    putAside(path, onError);
  }
  let cancel: (() => void) | undefined;
  let writing = Promise.resolve();
  let dirty = false;
  let complained = '';

  async function write(): Promise<void> {
    dirty = false;
    disk.data = { ...state, session: state.session + RESERVED };
    try {
      await disk.write();
      complained = '';
    } catch (e) {
      dirty = true;
      const { message } = e as Error;
      if (message !== complained) onError(new Error(`${message}; after a restart this gateway would work with older documents`));
      complained = message;
      plan(AGAIN);
    }
  }

  function plan(delay: Millis): void {
    cancel ??= after(delay, () => {
      cancel = undefined;
      writing = writing.then(write);
    });
  }

  function flush(): Promise<void> {
    cancel?.();
    cancel = undefined;
    if (dirty) writing = writing.then(write);
    return writing;
  }

  // Numbers of connections that were not written down are not used again.
  await write();
  return {
    state,
    changed() {
      dirty = true;
      plan(DEBOUNCE);
    },
    flush,
  };
}

function putAside(path: string, onError: (error: Error) => void): void {
  try {
    renameSync(path, `${path}.damaged`);
  } catch (e) {
    onError(e as Error);
  }
}
