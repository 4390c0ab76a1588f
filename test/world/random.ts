/** One stream of numbers from one seed, so that a world can be played again. */
export interface Random {
  /** 0 to 2^32 - 1 */
  u32(): number;
  /** 0 to n - 1 */
  below(n: number): number;
  chance(probability: number): boolean;
  between(low: number, high: number): number;
  pick<T>(list: readonly T[]): T;
}

/** Mulberry32: small, and good enough to move phones about. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const u32 = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const unit = (): number => u32() / 2 ** 32;
  const below = (n: number): number => Math.floor(unit() * n);
  return {
    u32,
    below,
    chance: (probability) => unit() < probability,
    between: (low, high) => low + unit() * (high - low),
    pick: <T>(list: readonly T[]): T => {
      if (list.length === 0) throw new RangeError('nothing to pick from');
      return list[below(list.length)] as T;
    },
  };
}
