/** The compact collections against the plain ones. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Expiries } from '../../cloud/lma/expiries.ts';
import { HashIndex } from '../../cloud/lma/hashIndex.ts';
import { NumberSet, WaitingNumbers } from '../../cloud/lma/numberSet.ts';

const command = fc.record({ add: fc.boolean(), n: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 0xffff_ffff })) });

it('a set of bits and an index hold what a Set holds', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 300 }), fc.constantFrom(0xffff_ffff, 3), (commands, mask) => {
      const set = new Set<number>();
      const bits = new NumberSet();
      const index = new HashIndex((n) => n & mask); // with few different hashes all of them stand in one cluster
      for (const { add, n } of commands) {
        if (add) {
          if (!set.has(n)) index.add(n);
          set.add(n);
          bits.add(n);
        } else {
          expect([bits.delete(n), index.remove(n)]).toEqual([set.has(n), set.has(n)]);
          set.delete(n);
        }
      }
      expect([bits.size, index.size]).toEqual([set.size, set.size]);
      for (const { n } of commands) expect([bits.has(n), index.has(n)]).toEqual([set.has(n), set.has(n)]);
    }),
  );
});

it('numbers wait in the order in which they came, and one that was taken out of turn is passed over once', () => {
  const waiting = new WaitingNumbers();
  for (let n = 0; n < 40; n++) waiting.push(n, n);
  waiting.delete(0);
  waiting.push(0, 50);
  expect([waiting.shift(0), waiting.shift(2), waiting.shift(2), waiting.shift(2)]).toEqual([undefined, 1, 2, undefined]);
  expect(Array.from({ length: 37 }, () => waiting.shift(45))).toEqual(Array.from({ length: 37 }, (_, i) => i + 3));
  expect([waiting.has(0), waiting.shift(49), waiting.shift(50), waiting.shift(50), waiting.has(0)]).toEqual([true, undefined, 0, undefined, false]);
});

it('ends come in order, wherever they were moved to meanwhile', () => {
  const move = fc.record({ row: fc.integer({ min: 1, max: 30 }), at: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(move, { maxLength: 200 }), (moves) => {
      const ends = new Map<number, number>();
      const expiries = new Expiries();
      for (const { row, at } of moves) {
        if (at === undefined) {
          ends.delete(row);
          expiries.drop(row);
        } else {
          ends.set(row, at);
          expiries.set(row, at);
        }
        const first = expiries.first();
        expect(first === 0 ? Infinity : expiries.endOf(first)).toBe(Math.min(...ends.values()));
      }
      expect(expiries.size).toBe(ends.size);
    }),
  );
});
