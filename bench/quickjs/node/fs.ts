/** In place of node:fs, as far as the data path and the addon's loader ask: small files, whole, by the module's own calls. */
import * as os from 'os';
import * as addon from './roamstead.so';

export const constants = { O_RDONLY: 0, O_WRONLY: 1 } as const;
const CHUNK = 65_536;

function opened<T>(path: string, flags: number, use: (fd: number) => T): T {
  const fd = addon.open(path, flags);
  if (fd < 0) throw new Error(`${path} cannot be opened: errno ${-fd}`);
  try {
    return use(fd);
  } finally {
    addon.close(fd);
  }
}

function octetsOf(path: string): Uint8Array {
  return opened(path, constants.O_RDONLY, (fd) => {
    const parts: Uint8Array[] = [];
    for (;;) {
      const part = new Uint8Array(CHUNK);
      const count = addon.read(fd, part);
      if (count < 0) throw new Error(`${path} cannot be read: errno ${-count}`);
      if (count === 0) return Uint8Array.from(parts.flatMap((p) => Array.from(p)));
      parts.push(part.subarray(0, count));
    }
  });
}

export function readFileSync(path: string, encoding?: 'utf8'): Uint8Array | string {
  return encoding ? new TextDecoder().decode(octetsOf(path)) : octetsOf(path);
}

export function writeFileSync(path: string, text: string): void {
  const done = opened(path, constants.O_WRONLY, (fd) => addon.write(fd, new TextEncoder().encode(text)));
  if (done < 0) throw new Error(`${path} cannot be written: errno ${-done}`);
}

export function existsSync(path: string): boolean {
  const fd = addon.open(path, constants.O_RDONLY);
  if (fd >= 0) addon.close(fd);
  return fd >= 0;
}

export const readdirSync = (path: string): string[] => os.readdir(path)[0].filter((name) => name !== '.' && name !== '..');

export function unlinkSync(path: string): void {
  if (os.remove(path) !== 0) throw new Error(`${path} cannot be removed`);
}

/** Asked for the kind of a file system alone, and QuickJS cannot tell. */
export function statfsSync(path: string): never {
  throw new Error(`of what kind the file system of ${path} is cannot be told here`);
}
