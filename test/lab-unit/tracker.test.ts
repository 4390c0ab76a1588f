import { describe, expect, it } from 'vitest';
import { firstAfter, longestGapSince, track, tracker } from '../../lab/traffic/tracker.ts';

const fed = (...packets: readonly (readonly [seq: number, at: number])[]) => {
  const t = tracker();
  for (const [seq, at] of packets) track(t, seq, at);
  return t;
};

describe('a stream at its receiver', () => {
  it('counts each packet once, in any order', () => {
    const t = fed([1, 0], [3, 10], [2, 20], [3, 30], [5, 40]);
    expect([t.received, t.duplicates, t.highest]).toEqual([4, 1, 5]);
  });

  it('knows the longest gap and when it ended', () => {
    const t = fed([1, 0], [2, 10], [9, 75], [10, 85]);
    expect([t.longestGapMs, t.longestGapAt]).toEqual([65, 75]);
  });

  it('finds the first arrival at or after an instant', () => {
    const t = fed([1, 5], [2, 15], [3, 25]);
    expect([firstAfter(t, 0), firstAfter(t, 15), firstAfter(t, 16), firstAfter(t, 26)]).toEqual([5, 15, 25, undefined]);
  });

  it('knows the longest gap since an instant, also one that was under way then', () => {
    const t = fed([1, 0], [2, 100], [3, 110], [4, 150]);
    expect([longestGapSince(t, 0), longestGapSince(t, 50), longestGapSince(t, 101), longestGapSince(t, 150), longestGapSince(t, 151)]).toEqual([100, 100, 40, 40, undefined]);
  });

  it('forgets old numbers and old arrivals, so that it can run for days', () => {
    const t = tracker();
    for (let seq = 1; seq <= 100_000; seq++) track(t, seq, seq);
    expect(t.received).toBe(100_000);
    expect(t.arrivals.length).toBeLessThanOrEqual(40_000);
    track(t, 1, 100_001);
    track(t, 99_999, 100_002);
    expect([t.received, t.duplicates]).toEqual([100_000, 2]);
  });
});
