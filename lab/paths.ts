/** Where the lab finds the repository: the same folder from the source tree and from the bundle. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function find(from: string): string {
  if (existsSync(join(from, 'bin', 'roamstead'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('bin/roamstead is in no folder above the lab; run it from a checkout of the repository');
  return find(parent);
}

export const repository = find(dirname(fileURLToPath(import.meta.url)));
export const roamstead = join(repository, 'bin', 'roamstead');
export const trafficProgram = join(repository, 'dist', 'lab-traffic.mjs');
