/** Bindings that outlive the agent, one small file each on a tmpfs: written after the handover, read at start. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mac } from '../protocol/address.ts';
import type { RetainedBinding } from './mag/retained.ts';

export interface Retention {
  /** Undecodable files are left out and told to `onError`. */
  load(): RetainedBinding[];
  keep(binding: RetainedBinding): void;
  forget(mac: Mac): void;
  /** Writes what is due now. */
  flush(): void;
}

/** @throws the system's error if the folder cannot be made */
export function openRetention(folder: string, onError: (error: Error) => void): Retention {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const due = new Map<Mac, RetainedBinding | undefined>();
  let scheduled = false;
  const file = (mac: Mac): string => join(folder, `${mac.replaceAll(':', '')}.json`);

  function flush(): void {
    scheduled = false;
    for (const [mac, binding] of due) {
      try {
        if (binding) {
          writeFileSync(`${file(mac)}.new`, JSON.stringify(binding), { mode: 0o600 });
          renameSync(`${file(mac)}.new`, file(mac));
        } else rmSync(file(mac), { force: true });
      } catch (e) {
        onError(e as Error);
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

  return {
    load: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .flatMap((name) => {
          try {
            return [JSON.parse(readFileSync(join(folder, name), 'utf8')) as RetainedBinding];
          } catch (e) {
            onError(new Error(`${join(folder, name)} is no binding and is left out: ${(e as Error).message}`));
            return [];
          }
        }),
    keep: (binding) => schedule(binding.mac, binding),
    forget: (mac) => schedule(mac, undefined),
    flush,
  };
}
