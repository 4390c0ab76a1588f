/** JSON files that survive a power cut, as lowdb's adapter: its own (steno) renames without fsync, and may leave an empty file. */
import { mkdirSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Adapter } from 'lowdb';

/** `write` resolves when the new contents are on the disk; until then the old ones are. One write at a time. @throws Error in words that names the file */
export function durableJson<T>(path: string, mode = 0o600): Adapter<T> {
  return {
    async read() {
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (e) {
        if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw new Error(`${path} cannot be read: ${(e as Error).message}`, { cause: e });
      }
      try {
        return JSON.parse(text) as T;
      } catch (e) {
        throw new Error(`${path} is no JSON (${(e as Error).message}): put a copy of it there, or remove it to begin anew`, { cause: e });
      }
    },
    write: (data) => writeDurably(path, JSON.stringify(data), mode),
  };
}

/** Writes beside it, fsync, rename, fsync of the folder. @throws Error in words that names the file */
export async function writeDurably(path: string, text: string, mode = 0o600): Promise<void> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(`${path}.new`, 'w', mode);
    try {
      // What is left of an attempt that failed may have had another mode.
      await file.chmod(mode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    await syncFolder(dirname(path));
  } catch (e) {
    throw new Error(`${path} cannot be written: ${(e as Error).message}`, { cause: e });
  }
}

/** Names of files that came and went are on the disk, too. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
