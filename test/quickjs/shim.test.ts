/** The stand-in for vitest refuses what vitest refuses: otherwise tests that run with it could not fail. */
import { describe, expect, it } from 'vitest';
import { beginFile, describe as describeThere, expect as expectThere, it as itThere, runAll } from './vitest.ts';

type Matcher = Exclude<keyof ReturnType<typeof expectThere>, 'not'>;
const judge = (is: unknown, matcher: Matcher, wanted: unknown): boolean => {
  try {
    expectThere(is)[matcher](wanted);
    return true;
  } catch {
    return false;
  }
};
const thrower = (): never => {
  throw new RangeError('out of range');
};

/** matcher, a value, wanted values that fit, wanted values that do not */
const rows: readonly (readonly [matcher: Matcher, is: unknown, fits: readonly unknown[], unfit: readonly unknown[]])[] = [
  ['toBe', 1, [1], [2, '1', true, undefined]],
  ['toBe', Number.NaN, [Number.NaN], [0]],
  ['toEqual', { a: 1, b: undefined }, [{ a: 1 }, { a: 1, b: undefined }], [{ a: 2 }, {}, { a: 1, b: null }, { a: 1, c: 1 }, [1]]],
  ['toEqual', [1, [2]], [[1, [2]]], [[1, [3]], [1], [1, [2], 3], { 0: 1, 1: [2] }]],
  ['toEqual', Uint8Array.of(1, 2), [Uint8Array.of(1, 2)], [Uint8Array.of(1, 3), [1, 2], Uint16Array.of(1, 2), Uint8Array.of(1)]],
  ['toEqual', new Map([['a', 1]]), [new Map([['a', 1]])], [new Map([['a', 2]]), new Map()]],
  ['toEqual', new Set(['a']), [new Set(['a'])], [new Set(['b']), new Set(), ['a']]],
  ['toEqual', 1n, [1n], [1, 2n]],
  ['toMatchObject', { a: { b: 1, c: 2 }, d: [{ e: 1, f: 2 }] }, [{ a: { b: 1 } }, { d: [{ e: 1 }] }, {}], [{ a: { b: 2 } }, { d: [] }, { g: 1 }, { d: [{ e: 2 }] }]],
  ['toHaveLength', 'abc', [3], [2]],
  ['toContain', ['a', 'b'], ['a'], ['c', 'ab']],
  ['toContain', 'abc', ['bc'], ['ac']],
  ['toContainEqual', [{ a: 1 }], [{ a: 1 }], [{ a: 2 }]],
  ['toMatch', 'one two', [/two$/, 'one'], [/^two/, 'three']],
  ['toHaveProperty', { a: 1 }, ['a'], ['b']],
  ['toBeGreaterThan', 2, [1], [2, 3]],
  ['toBeGreaterThanOrEqual', 2, [2], [3]],
  ['toBeLessThan', 2, [3], [2]],
  ['toBeLessThanOrEqual', 2, [2], [1]],
  ['toBeInstanceOf', new RangeError('x'), [RangeError, Error], [TypeError]],
  ['toThrow', thrower, [undefined, 'out of', /range$/, RangeError, new Error('out of range')], ['of in', /^range/, TypeError, new Error('out')]],
  ['toThrow', () => 1, [], [undefined, 'x', Error]],
  ['toBeUndefined', undefined, [undefined], []],
  ['toBeUndefined', 0, [], [undefined]],
  ['toBeDefined', 0, [undefined], []],
  ['toBeDefined', undefined, [], [undefined]],
];

describe('the matchers', () => {
  it.each(rows)('%s of %o', (matcher, is, fits, unfit) => {
    for (const wanted of fits) expect(judge(is, matcher, wanted), String(wanted)).toBe(true);
    for (const wanted of unfit) expect(judge(is, matcher, wanted), String(wanted)).toBe(false);
  });

  it('not turns the verdict round', () => {
    expectThere(1).not.toBe(2);
    expect(() => expectThere(1).not.toBe(1)).toThrow('not');
  });

  it('a wanted value may say itself what it equals', () => {
    expectThere([{ a: 1, b: 2 }]).toEqual([expectThere.objectContaining({ a: 1 })]);
    expectThere([1, 2, 3]).toEqual(expectThere.arrayContaining([3]));
    expect(() => expectThere([1]).toEqual(expectThere.arrayContaining([3]))).toThrow();
    expect(() => expectThere([{ a: 1 }]).toEqual([expectThere.objectContaining({ a: 2 })])).toThrow();
  });
});

describe('the runner', () => {
  it('tells each test by file and name, whether it waits or not, and compares texts', async () => {
    beginFile('test/a/b.test.ts');
    describeThere('group', () => {
      itThere('passes', () => expectThere(1).toBe(1));
      itThere('fails', () => expectThere(1).toBe(2));
      itThere('fails later', async () => {
        await Promise.resolve();
        expectThere('x').toMatch('y');
      });
      itThere.each([[1, 'one'], [2, 'two']])('%s is %s', (n, word) => expectThere([n, word]).toEqual([1, 'one']));
      itThere('text', () => expectThere('it\n').toMatchFileSnapshot('../texts/it.txt'));
      itThere('other text', () => expectThere('it\n').toMatchFileSnapshot('none.txt'));
    });
    const outcomes = await runAll((path) => (path === 'test/texts/it.txt' ? 'it\n' : undefined));
    expect(outcomes.map((o) => [o.file, o.name, o.failure === undefined])).toEqual([
      ['test/a/b.test.ts', 'group > passes', true],
      ['test/a/b.test.ts', 'group > fails', false],
      ['test/a/b.test.ts', 'group > fails later', false],
      ['test/a/b.test.ts', 'group > 1 is one', true],
      ['test/a/b.test.ts', 'group > 2 is two', false],
      ['test/a/b.test.ts', 'group > text', true],
      ['test/a/b.test.ts', 'group > other text', false],
    ]);
  });
});
