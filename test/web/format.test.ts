import { describe, expect, it } from 'vitest';
import { createFormat } from '../../web/lib/format.ts';

const en = createFormat('en');
const de = createFormat('de');
const HOUR = 3_600_000;

describe('numbers as people read them', () => {
  it('a success that is not complete is never shown as complete', () => {
    expect(en.percent(1)).toBe('100%');
    expect(en.percent(0.999999)).toBe('99.99%');
    expect(en.percent(0.98765)).toBe('98.7%');
    expect(en.percent(0)).toBe('0%');
  });

  it('sizes in steps of a thousand', () => {
    expect(en.bytes(0)).toBe('0 byte');
    expect(en.bytes(999)).toBe('999 byte');
    expect(en.bytes(1500)).toBe('1.5 kB');
    expect(en.bytes(123_456_789)).toBe('123 MB');
    expect(de.bytes(1_500_000)).toBe('1,5 MB');
    expect(en.bytes(1e30)).toMatch(/PB$/);
  });

  it('durations in the largest unit that fits', () => {
    expect(en.duration(0)).toBe('0 ms');
    expect(en.duration(4.25)).toMatch(/^4\.[23] ms$/);
    expect(en.duration(17.7)).toBe('18 ms');
    expect(en.duration(1500)).toBe('1.5 sec');
    expect(en.duration(90 * 60_000)).toBe('1.5 hr');
    expect(en.duration(48 * HOUR)).toBe('2 days');
    expect(de.duration(48 * HOUR)).toBe('2 Tage');
  });
});

describe('times from now', () => {
  it.each([
    [-5 * 60_000, '5 minutes ago', 'vor 5 Minuten'],
    [-26 * HOUR, 'yesterday', 'gestern'],
    [3 * 24 * HOUR, 'in 3 days', 'in 3 Tagen'],
    [-400, 'now', 'jetzt'],
  ])('%i ms away is %s', (off, english, german) => {
    expect(en.ago(1e12 + off, 1e12)).toBe(english);
    expect(de.ago(1e12 + off, 1e12)).toBe(german);
  });
});

it.each([1e300, -1e300, Number.NaN, Infinity])('a time that no calendar has, %s, takes no page with it', (at) => {
  expect([en.time(at), en.minute(at), en.date(at), en.dateTime(at), en.ago(at, 1e12)]).toEqual(['—', '—', '—', '—', '—']);
});
