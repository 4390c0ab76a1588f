/** Bundles of several files, changed while processes run from them. */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Some dependencies are CommonJS inside and call `require`, which an ESM bundle has not. */
export const BANNER = "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** By rename, so that a process that starts meanwhile reads the old file or the new one. @param {(file: string) => void} write */
export function place(path, write) {
  const fresh = `${path}.${process.pid}`;
  write(fresh);
  renameSync(fresh, path);
}

/**
 * The folder then holds these files, and those whose names are in `beside`. The entry is written last: it names the chunks, and dates the whole.
 * @param {string} folder @param {string} entry @param {readonly { path: string, contents: Uint8Array }[]} files @param {readonly string[]} beside
 */
export function placeBundle(folder, entry, files, beside = []) {
  mkdirSync(folder, { recursive: true });
  for (const file of files.toSorted((a, b) => Number(basename(a.path) === entry) - Number(basename(b.path) === entry))) place(file.path, (path) => writeFileSync(path, file.contents));
  const wanted = new Set([...beside, ...files.map((file) => basename(file.path))]);
  for (const name of readdirSync(folder)) if (!wanted.has(name)) rmSync(join(folder, name));
}
