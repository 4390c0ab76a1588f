import { describe, expect, test } from 'vitest';
import { median, order, ratio, summary } from '../../bench/statistics.ts';

describe('statistics', () => {
  test('a summary names the quantiles of unsorted values', () => {
    const values = Array.from({ length: 100 }, (_, i) => (i * 37) % 100);
    expect(summary(values)).toEqual({ n: 100, min: 0, p50: 50, p90: 90, p99: 99, max: 99 });
    expect(summary([])).toEqual({ n: 0, min: Number.NaN, p50: Number.NaN, p90: Number.NaN, p99: Number.NaN, max: Number.NaN });
  });

  test('the median of an even number of values is the mean of the two in the middle', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7]), median([])]).toEqual([2, 2.5, 7, Number.NaN]);
  });

  test('a ratio compares values of the same round and leaves out rounds without a base', () => {
    // The second round ran on a machine ten times slower: the ratio does not notice.
    expect(ratio([50, 5, 60], [100, 10, 100])).toBe(0.5);
    expect(ratio([50, undefined, 60, 1], [100, 10, undefined, 0])).toBe(0.5);
    expect(ratio([], [1])).toBeNaN();
  });

  test('every round runs all, and each begins with another', () => {
    expect([0, 1, 2, 3].map((round) => order(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
    expect(order([], 5)).toEqual([]);
  });
});
