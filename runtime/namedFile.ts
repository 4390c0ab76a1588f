/** Files that a configuration names: keys, certificates, secrets. */
import { readFileSync } from 'node:fs';

/** @param where the configuration names it, such as `aaa.authority`. @throws Error in words that name both, and never what is in it */
export function readNamed(file: string, where?: string): Buffer {
  try {
    return readFileSync(file);
  } catch (e) {
    throw new Error(`${where === undefined ? '' : `${where}: `}${file} cannot be read: ${(e as NodeJS.ErrnoException).code ?? 'unknown'}`, { cause: e });
  }
}
