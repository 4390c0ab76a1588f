/** What stands behind a pipe, as IOS has it. */
import { describe, expect, it } from 'vitest';
import { splitPipe } from '../../cli/filter.ts';
import { durationOf } from '../../cli/run.ts';
import { Usage } from '../../cli/usage.ts';

const TEXT = 'Total: 2\nmn0 ACTIVE\n  key 5\nmn1 DENIED\n  key 6\n';
const filtered = (line: string): string => splitPipe(line).filter(TEXT);

describe('a pipe', () => {
  it('is no part of the command', () => {
    expect(splitPipe('show ip dhcp binding | include mn0').command).toBe('show ip dhcp binding');
    expect(splitPipe('show ip dhcp binding').command).toBe('show ip dhcp binding');
    expect(splitPipe('show version|count x').command).toBe('show version');
  });
  it.each([
    ['show x', TEXT],
    ['show x | include key', '  key 5\n  key 6\n'],
    ['show x | inc mn. [AD]', 'mn0 ACTIVE\nmn1 DENIED\n'],
    ['show x | include mn0|key 6', 'mn0 ACTIVE\n  key 6\n'],
    ['show x | include nobody', ''],
    ['show x | exclude key', 'Total: 2\nmn0 ACTIVE\nmn1 DENIED\n'],
    ['show x | begin mn1', 'mn1 DENIED\n  key 6\n'],
    ['show x | begin nobody', ''],
    ['show x | count mn', 'Number of lines which match regexp = 2\n'],
    ['show x | count nobody', 'Number of lines which match regexp = 0\n'],
  ])('%s', (line, expected) => {
    expect(filtered(line)).toBe(expected);
  });
  it.each([
    ['show x |', 'incomplete command|no such command'],
    ['show x | sort y', 'no such command: sort; there are: begin, count, exclude, include'],
    ['show x | include', 'include needs a text'],
    ['show x | include (', 'is no regular expression'],
  ])('%s is refused', (line, words) => {
    expect(() => splitPipe(line)).toThrow(Usage);
    expect(() => splitPipe(line)).toThrow(new RegExp(words));
  });
});

describe('--for', () => {
  it.each([['90', 90], ['90s', 90], ['5m', 300], ['1h', 3600]])('%s is %i seconds', (text, seconds) => {
    expect(durationOf(text)).toBe(seconds);
  });
  it.each(['', '0', 'm', '5d', '-5', '1.5m', '5 m'])('"%s" is refused', (text) => {
    expect(() => durationOf(text)).toThrow(Usage);
  });
});
