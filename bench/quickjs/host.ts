/** The rest of what the gateway's shell takes from Node, on QuickJS: timers, clocks, a little of Buffer. Imported first, after globals.ts. */
import * as os from 'os';
import * as addon from './node/roamstead.so';

interface Timer {
  readonly id: unknown;
  unref(): Timer;
}

const nanoseconds = (): bigint => BigInt(Math.round(addon.clockMonotonicMs() * 1e6));
const fromHex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** What of Buffer the shell uses, on plain octets. */
class Octets extends Uint8Array {
  equals(other: Uint8Array): boolean {
    return this.length === other.length && this.every((octet, i) => octet === other[i]);
  }
  readUInt32BE(at: number): number {
    return new DataView(this.buffer, this.byteOffset).getUint32(at);
  }
  writeUInt32BE(value: number, at: number): void {
    new DataView(this.buffer, this.byteOffset).setUint32(at, value);
  }
}

const Buffer = {
  alloc: (length: number): Octets => new Octets(length),
  /** Octets, or those that a hex text means. */
  from: (value: string | ArrayLike<number>): Octets => new Octets(typeof value === 'string' ? fromHex(value) : value),
  concat(parts: readonly Uint8Array[]): Octets {
    const all = new Octets(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  },
};

Object.assign(globalThis, {
  Buffer,
  // Of the architecture the sources ask only how wide a pointer is.
  process: { arch: addon.wordOctets === 4 ? 'arm' : 'x64', platform: 'linux', env: { ROAMSTEAD_NATIVE: 'roamstead.so' }, hrtime: { bigint: nanoseconds } },
  performance: { timeOrigin: Date.now() - addon.clockMonotonicMs(), now: () => addon.clockMonotonicMs() },
  queueMicrotask: (work: () => void) => void Promise.resolve().then(work),
  setTimeout(work: () => void, ms: number): Timer {
    const timer: Timer = { id: os.setTimeout(work, Math.max(0, Math.ceil(ms))), unref: () => timer };
    return timer;
  },
  clearTimeout(timer: Timer | undefined): void {
    if (timer) os.clearTimeout(timer.id);
  },
});
