/** Keys as configuration has them: hex digits, or a file that holds them. */
import { readNamed } from '../runtime/namedFile.ts';

/** Undefined without either. @throws Error in words when the file cannot be read or holds no key */
export function readKey(key: string | undefined, file: string | undefined): Uint8Array | undefined {
  const hex = key ?? (file === undefined ? undefined : readNamed(file, 'key-file').toString().trim());
  if (hex === undefined) return undefined;
  if (!/^([0-9a-f]{2}){16,}$/i.test(hex)) throw new Error(`${file}: expected a key of at least 32 hex digits`);
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
