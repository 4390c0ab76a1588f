import { describe, expect, it } from 'vitest';
import { filterRows, rowForKey, scrollTo, sortOf, sortRows, sortText, windowOf } from '../../web/lib/tableModel.ts';

const names = (rows: readonly { readonly name: string }[]): string => rows.map((r) => r.name).join(' ');

describe('filter', () => {
  const rows = [
    { name: 'Mill Lane 1', group: 'hill', count: 3 },
    { name: 'Mill Lane 12', group: 'river', count: undefined },
    { name: 'Abbey Road', group: 'hill', count: 30 },
  ];
  const values = (r: (typeof rows)[number]) => [r.name, r.group, r.count];

  it('every word is somewhere in the row, in any order and case', () => {
    expect(names(filterRows(rows, values, 'HILL lane'))).toBe('Mill Lane 1');
    expect(names(filterRows(rows, values, '30'))).toBe('Abbey Road');
    expect(filterRows(rows, values, 'nowhere')).toEqual([]);
  });

  it('a word is not found across two columns', () => {
    expect(filterRows([{ name: 'ab', group: 'cd', count: 0 }], values, 'bc')).toEqual([]);
  });

  it('nothing but spaces filters nothing and copies nothing', () => {
    expect(filterRows(rows, values, '  ')).toBe(rows);
  });
});

describe('sort', () => {
  const by = (list: readonly string[], down = false, locale = 'en') => names(sortRows(list.map((name) => ({ name })), (r) => r.name, down, locale));

  it('numbers in names count by value', () => {
    expect(by(['home-10', 'home-9', 'home-1'])).toBe('home-1 home-9 home-10');
  });

  it('accents stand where the language has them', () => {
    expect(by(['zebra', 'ähre', 'apfel'], false, 'de')).toBe('ähre apfel zebra');
  });

  it('what is unknown is last in both directions', () => {
    const rows = [{ name: 'none', at: undefined }, { name: 'late', at: 9 }, { name: 'early', at: 1 }];
    expect(names(sortRows(rows, (r) => r.at, false, 'en'))).toBe('early late none');
    expect(names(sortRows(rows, (r) => r.at, true, 'en'))).toBe('late early none');
  });

  it('equal rows keep their order, and the given list is left alone', () => {
    const rows = [{ name: 'b', at: 1 }, { name: 'a', at: 1 }];
    expect(names(sortRows(rows, (r) => r.at, true, 'en'))).toBe('b a');
    expect(names(rows)).toBe('b a');
  });

  it('stands in the address as a name, downwards with a minus', () => {
    expect(sortOf('-name')).toEqual({ key: 'name', down: true });
    expect(sortText(sortOf('name'))).toBe('name');
    expect(sortText(sortOf('-name'))).toBe('-name');
    expect(sortOf('')).toBeUndefined();
  });
});

describe('the window of a long table', () => {
  it('holds what is seen and some rows around it, never more than there are', () => {
    expect(windowOf(10_000, 0, 440, 44, 8)).toEqual({ from: 0, to: 19 });
    expect(windowOf(10_000, 44_000, 440, 44, 8)).toEqual({ from: 992, to: 1019 });
    expect(windowOf(5, 0, 440, 44, 8)).toEqual({ from: 0, to: 5 });
    expect(windowOf(0, 0, 440, 44)).toEqual({ from: 0, to: 0 });
  });

  it('shows the last rows when rows went away below', () => {
    const { from, to } = windowOf(20, 400_000, 440, 44, 8);
    expect(to).toBe(20);
    expect(from).toBeLessThanOrEqual(19);
  });

  it('every row that is seen is in it, at any place', () => {
    for (let scroll = 0; scroll < 44_000; scroll += 137) {
      const { from, to } = windowOf(1000, scroll, 500, 44, 0);
      expect(from * 44).toBeLessThanOrEqual(scroll);
      expect(Math.min(1000 * 44, scroll + 500)).toBeLessThanOrEqual(to * 44);
    }
  });

  it('a row is brought into view by the shortest way', () => {
    expect(scrollTo(0, 100, 440, 44)).toBe(0);
    expect(scrollTo(20, 0, 440, 44)).toBe(21 * 44 - 440);
    expect(scrollTo(5, 100, 440, 44)).toBe(100);
  });
});

describe('keys in a table', () => {
  it.each([
    ['ArrowDown', 3, 4],
    ['ArrowUp', 0, 0],
    ['ArrowDown', 99, 99],
    ['PageDown', 95, 99],
    ['PageUp', 3, 0],
    ['Home', 50, 0],
    ['End', 0, 99],
  ])('%s from row %i leads to %i', (key, from, to) => {
    expect(rowForKey(key, from, 100, 10)).toBe(to);
  });

  it('other keys, and keys in an empty table, are left to the browser', () => {
    expect(rowForKey('a', 3, 100, 10)).toBeUndefined();
    expect(rowForKey('ArrowDown', 0, 0, 10)).toBeUndefined();
    expect(rowForKey('toString', 0, 100, 10)).toBeUndefined();
  });
});
