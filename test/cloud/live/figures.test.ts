/** Success and times of handovers, of the fleet and of any of its homes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFigures, type Attempt } from '../../../cloud/live/figures.ts';
import { createMoves } from '../../../cloud/live/moves.ts';
import { createRecentCounts } from '../../../cloud/live/recentCounts.ts';

const START = 1_800_000_000_000;
const attempt = (more: Partial<Attempt> = {}): Attempt => ({ at: START, home: 'gw-1', success: true, duration: 20, ...more });
const kept = (all: readonly Attempt[]) => {
  const figures = createFigures();
  for (const a of all) figures.add(a);
  return figures;
};

describe('figures', () => {
  it('nothing tried is no failure', () => {
    expect(createFigures().figuresOf(undefined, START, START + 60_000)).toEqual({ perMinute: 0, success: 1, p50: 0, p90: 0, p99: 0, attempts: 0, timed: 0 });
  });

  it('counts what was tried, and takes times of those that told one', () => {
    const all = [...Array.from({ length: 98 }, () => attempt()), attempt({ duration: undefined }), attempt({ success: false, duration: undefined })];
    const f = kept(all).figuresOf(undefined, START, START + 60_000);
    expect(f).toMatchObject({ attempts: 100, timed: 98, success: 0.99, perMinute: 100 });
  });

  it('percentiles are right to within 5 %', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 200 }), (durations) => {
        const f = kept(durations.map((duration) => attempt({ duration }))).figuresOf(new Set(['gw-1']), START, START + 10_000);
        const sorted = durations.toSorted((a, b) => a - b);
        for (const [name, share] of [['p50', 0.5], ['p90', 0.9], ['p99', 0.99]] as const) {
          const exact = sorted[Math.ceil(sorted.length * share) - 1] as number;
          expect(Math.abs(f[name] - exact)).toBeLessThanOrEqual(exact * 0.05 + 0.1);
        }
      }),
    );
  });

  it('of some homes, and of some time', () => {
    const figures = kept([attempt(), attempt({ home: 'gw-2', success: false }), attempt({ home: undefined }), attempt({ at: START + 60_000 })]);
    const of = (homes: string[] | undefined, from: number, to: number) => figures.figuresOf(homes && new Set(homes), from, to).attempts;
    expect([of(undefined, START, START + 10_000), of(['gw-1'], START, START + 10_000), of(['gw-1'], START, START + 70_000), of(['gw-2', 'gw-9'], START, START + 70_000), of([], START, START + 70_000), of(undefined, START + 60_000, START + 70_000)]).toEqual([3, 1, 2, 1, 0, 1]);
  });

  it('a time that comes later is counted with what was tried', () => {
    const figures = kept([attempt({ duration: undefined })]);
    figures.time(START + 1, 'gw-1', 100);
    expect(figures.figuresOf(new Set(['gw-1']), START, START + 10_000)).toMatchObject({ attempts: 1, timed: 1, p50: expect.closeTo(100, -1) as number });
  });

  it('two hours later nothing of it is left, and asking for too long a time costs no more', () => {
    const figures = kept([attempt()]);
    figures.add(attempt({ at: START + 7_200_000 }));
    expect(figures.figuresOf(undefined, START, START + 7_210_000).attempts).toBe(1);
    expect(figures.figuresOf(undefined, 0, START + 7_210_000).attempts).toBe(1);
  });
});

describe('moves between homes', () => {
  it('a pair is shown from enough different people on, and counts all that moved', () => {
    const moves = createMoves();
    for (const who of ['a', 'b', 'a', 'b']) moves.add('gw-1', 'gw-2', who, START);
    expect(moves.of(3, START)).toEqual([]);
    moves.add('gw-1', 'gw-2', 'c', START);
    expect(moves.of(3, START)).toEqual([{ from: 'gw-1', to: 'gw-2', count: 5 }]);
    moves.forget(new Set(['c']));
    expect(moves.of(3, START)).toEqual([]);
  });

  it('is about the last hour', () => {
    const moves = createMoves();
    for (const who of ['a', 'b', 'c']) moves.add('gw-1', 'gw-2', who, START);
    moves.add('gw-1', 'gw-2', 'd', START + 3_000_000);
    expect(moves.of(1, START + 3_000_000)).toMatchObject([{ count: 4 }]);
    expect(moves.of(2, START + 4_000_000)).toEqual([]);
    expect(moves.of(1, START + 4_000_000)).toMatchObject([{ count: 1 }]);
    expect(moves.of(1, START + 9_000_000)).toEqual([]);
  });
});

it('recent counts forget', () => {
  const counts = createRecentCounts(1000);
  counts.add('a', START);
  counts.add('a', START + 500);
  counts.add('b', START + 500);
  expect(counts.of(START + 900)).toEqual(new Map([['a', 2], ['b', 1]]));
  expect(counts.of(START + 1200)).toEqual(new Map([['a', 1], ['b', 1]]));
  expect(counts.of(START + 2000)).toEqual(new Map());
});
