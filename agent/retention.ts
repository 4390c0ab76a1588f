/** Bindings that outlive the agent, one small file each on a tmpfs: written after the handover, read at start. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mac } from '../protocol/mac.ts';
import type { RetainedBinding } from './mag/retained.ts';
import { decodeRetained, encodeRetained } from './retentionFile.ts';

export interface Retention {
  /** Files that are no binding are removed and told to `onError`. */
  load(): RetainedBinding[];
  /** A file of the last run could not be read: what its phone had is not known. */
  damaged(): boolean;
  keep(binding: RetainedBinding): void;
  forget(mac: Mac): void;
  /** Writes what is due now. */
  flush(): void;
}

const ENDING = '.json';
/** A file under this ending was being written when its agent died; what it was to replace is still there. */
const UNFINISHED = '.new';

/** @throws Error in words if the folder cannot be made */
export function openRetention(folder: string, onError: (error: Error) => void): Retention {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (e) {
    throw new Error(`the state-directory ${folder} cannot be made: ${(e as Error).message}`, { cause: e });
  }
  const due = new Map<Mac, RetainedBinding | undefined>();
  let scheduled = false;
  let damaged = false;
  const nameOf = (mac: Mac): string => `${mac.replaceAll(':', '')}${ENDING}`;

  function write(mac: Mac, binding: RetainedBinding | undefined): void {
    const path = join(folder, nameOf(mac));
    if (!binding) return rmSync(path, { force: true });
    writeFileSync(path + UNFINISHED, encodeRetained(binding), { mode: 0o600 });
    renameSync(path + UNFINISHED, path);
  }

  function flush(): void {
    scheduled = false;
    for (const [mac, binding] of due) {
      try {
        write(mac, binding);
      } catch (e) {
        onError(new Error(`a binding cannot be kept in ${folder}, so it will not outlive this agent: ${(e as Error).message}`));
      }
    }
    due.clear();
  }

  function schedule(mac: Mac, binding: RetainedBinding | undefined): void {
    due.set(mac, binding);
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush); // after this step's effects: off the handover path
  }

  function read(name: string): RetainedBinding[] {
    try {
      const binding = decodeRetained(readFileSync(join(folder, name), 'utf8'));
      if (nameOf(binding.mac) !== name) throw new Error(`it is the binding of another phone, ${nameOf(binding.mac)}`);
      return [binding];
    } catch (e) {
      damaged = true;
      onError(new Error(`${join(folder, name)} is no binding of this version and is removed: ${(e as Error).message}`));
      rmSync(join(folder, name), { force: true, recursive: true });
      return [];
    }
  }

  return {
    load() {
      const names = readdirSync(folder);
      for (const name of names.filter((n) => n.endsWith(UNFINISHED))) rmSync(join(folder, name), { force: true });
      return names.filter((n) => n.endsWith(ENDING)).flatMap(read);
    },
    damaged: () => damaged,
    keep: (binding) => schedule(binding.mac, binding),
    forget: (mac) => schedule(mac, undefined),
    flush,
  };
}
