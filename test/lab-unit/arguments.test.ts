import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../lab/arguments.ts';
import { DEFAULTS } from '../../lab/topology.ts';

describe('the command line of the lab', () => {
  it('without arguments is a lab of two homes that stands still', () => {
    expect(parseArguments([])).toEqual({ lab: DEFAULTS, roam: false, once: false, json: false, keep: false, help: false, pauseMs: 2000 });
  });

  it('takes every option, and --once roams', () => {
    expect(parseArguments(['--once', '--json', '--homes', '4', '--phones', '3', '--delay', '2.5', '--nat', '--narrow', '--keep', '--prefix', 'x-'])).toEqual({
      lab: { homes: 4, phones: 3, delayMs: 2.5, nat: 4, narrow: 2, prefix: 'x-' },
      roam: true,
      once: true,
      json: true,
      keep: true,
      help: false,
      pauseMs: 1000,
    });
  });

  it.each([
    [['--homes', 'two'], '--homes two: expected a number'],
    [['--delay', '-1'], 'delay'],
    [['--homse', '2'], '--homse'],
    [['extra'], 'extra'],
  ])('refuses %j in words', (args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
  });
});
