/** In place of node:crypto: random numbers by the module, and a name for a file that differs when the file does. */
import * as addon from './roamstead.so';

const MOST = 256;

export function randomFillSync(into: Uint8Array): void {
  for (let at = 0; at < into.length; at += MOST) {
    const part = into.subarray(at, at + MOST);
    if (addon.random(part) !== part.length) throw new Error('the system gives no random numbers');
  }
}

export function createHmac(): never {
  throw new Error('the key has more than 64 octets');
}

/** FNV-1a, which is no cryptography: the data path only names its programs by it. */
export function createHash(): { update(data: Uint8Array): { digest(): string } } {
  return {
    update: (data) => ({
      digest() {
        let hash = 0x811c9dc5;
        for (const octet of data) hash = Math.imul(hash ^ octet, 0x01000193) >>> 0;
        return hash.toString(16).padStart(8, '0');
      },
    }),
  };
}
