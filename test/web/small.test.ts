import { describe, expect, it } from 'vitest';
import { browserOf } from '../../web/pages/access/browser.ts';
import { dayOf, fromDay, toDay } from '../../web/pages/audit/days.ts';
import { placeOf } from '../../web/pages/home/position.ts';
import { codeOf } from '../../web/pages/homes/code.ts';
import { worstConfiguration } from '../../web/pages/homes/configuration.ts';

describe('a claim code as it is typed', () => {
  it.each([
    ['k7qd', 'K7QD', undefined],
    ['k7qd9', 'K7QD-9', undefined],
    ['k7qd 93xm', 'K7QD-93XM', 'K7QD93XM'],
    ['oil0-1234', '0110-1234', '01101234'],
    ['k7qd-93xm-more', 'K7QD-93XM', 'K7QD93XM'],
    ['<script>', 'SCR1-PT', undefined],
    ['', '', undefined],
  ])('%j is shown as %s', (typed, text, complete) => {
    expect(codeOf(typed)).toEqual({ text, complete });
  });

  it('what is shown can be typed again', () => {
    const { text } = codeOf('abcdefgh');
    expect(codeOf(text).text).toBe(text);
  });
});

describe('a place as it is pasted from a map', () => {
  it.each([
    ['48.1374, 11.5755', 48.1374, 11.5755],
    [' -33.86 151.2 ', -33.86, 151.2],
    ['0,0', 0, 0],
  ])('%j', (text, latitude, longitude) => {
    expect(placeOf(text)).toEqual({ latitude, longitude });
  });

  it.each(['', 'Mill Lane 12', '91, 0', '0, 181', '48,1374 11,5755', '48.1374', '1e1, 2'])('%j is none', (text) => {
    expect(placeOf(text)).toBeUndefined();
  });
});

describe('days of the audit log', () => {
  it('a day begins with its first millisecond and ends with its last', () => {
    const [from = 0, to = 0] = [fromDay('2026-11-23'), toDay('2026-11-23')];
    expect(to - from).toBe(86_400_000 - 1);
  });

  it.each(['2026-13-01', 'yesterday', '2026-11-23T00:00', undefined, ''])('%j is no day', (text) => {
    expect(dayOf(text)).toBeUndefined();
    expect(fromDay(text)).toBeUndefined();
    expect(toDay(text)).toBeUndefined();
  });
});

describe('one word for the configuration of a home', () => {
  const of = (...statuses: ('applied' | 'pending' | 'rejected' | 'none')[]) => {
    const [profiles, timers, lmas, limits] = statuses.map((status) => ({ status, problems: [] }));
    if (!profiles || !timers || !lmas || !limits) throw new Error('four concerns');
    return worstConfiguration({ configuration: { profiles, timers, lmas, limits } });
  };
  it('is the one that needs somebody most', () => {
    expect(of('applied', 'pending', 'rejected', 'none')).toBe('rejected');
    expect(of('applied', 'pending', 'none', 'none')).toBe('pending');
    expect(of('applied', 'none', 'none', 'none')).toBe('applied');
    expect(of('none', 'none', 'none', 'none')).toBe('none');
  });
});

describe('a browser in two words', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox, Linux'],
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0', 'Edge, Windows'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1', 'Safari, iOS'],
    ['curl/8.9', 'curl'],
    ['', undefined],
  ])('%s', (agent, words) => {
    expect(browserOf(agent)).toBe(words);
  });
});
