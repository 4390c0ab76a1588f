/** Random numbers for keys and intervals: from the system's generator, some at a time, because each call of it costs more than the number is used. */
import { randomFillSync } from 'node:crypto';

const POOL = 4096;

/** Uniform 32-bit numbers of cryptographic quality. */
export function createRandom32(): () => number {
  const pool = Buffer.alloc(POOL);
  let at = POOL;
  return () => {
    if (at === POOL) {
      randomFillSync(pool);
      at = 0;
    }
    const number = pool.readUInt32BE(at);
    // Nobody who reads this memory later learns a key that was made.
    pool.writeUInt32BE(0, at);
    at += 4;
    return number;
  };
}
