import { describe, expect, it } from 'vitest';
import { createRandom32 } from '../../runtime/random.ts';

describe('random numbers', () => {
  it('are 32 bits, in both halves, and none comes again, also after the pool was filled anew', () => {
    const random32 = createRandom32();
    const numbers = Array.from({ length: 5000 }, random32);
    expect(numbers.every((n) => Number.isInteger(n) && n >= 0 && n <= 0xffff_ffff)).toBe(true);
    expect(numbers.some((n) => n > 0x7fff_ffff)).toBe(true);
    // Of 5,000 numbers two are the same once in 340 times; five are so never.
    expect(new Set(numbers).size).toBeGreaterThan(4995);
  });

  it('of two generators have nothing in common', () => {
    const [a, b] = [createRandom32(), createRandom32()];
    expect(Array.from({ length: 8 }, a)).not.toEqual(Array.from({ length: 8 }, b));
  });
});
