import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../lab/arguments.ts';
import { DEFAULTS } from '../../lab/topology.ts';

describe('the command line of the lab', () => {
  it('without arguments is a lab of two homes that stands still', () => {
    expect(parseArguments([])).toEqual({ lab: DEFAULTS, roam: false, once: false, json: false, keep: false, help: false, dashboard: false, pauseMs: 2000 });
  });

  it('takes every option, and --once roams', () => {
    expect(parseArguments(['--once', '--json', '--homes', '4', '--phones', '3', '--delay', '2.5', '--nat', '--narrow', '--keep', '--prefix', 'x-'])).toEqual({
      lab: { homes: 4, phones: 3, delayMs: 2.5, nat: 4, narrow: 2, prefix: 'x-' },
      roam: true,
      once: true,
      json: true,
      keep: true,
      help: false,
      dashboard: false,
      pauseMs: 1000,
    });
  });

  it.each([
    [['--simulate'], { homes: 100, subscribers: 400, roamsPerSecond: 4 }],
    [['--simulate', '--homes', '500'], { homes: 500, subscribers: 2000, roamsPerSecond: 20 }],
    [['--simulate', '--homes', '2', '--subscribers', '7', '--roams-per-second', '0.5'], { homes: 2, subscribers: 7, roamsPerSecond: 0.5 }],
    [['--roam'], undefined],
  ])('%j is the simulated fleet %j', (args, simulate) => {
    expect(parseArguments(args).simulate).toEqual(simulate);
  });

  it('has a dashboard when asked, unless it is said otherwise after that', () => {
    expect(parseArguments(['--roam', '--dashboard']).dashboard).toBe(true);
    expect(parseArguments(['--roam', '--dashboard', '--no-dashboard']).dashboard).toBe(false);
  });

  it.each([
    [['--simulate', '--subscribers', 'many'], '--subscribers many: expected a number'],
    [['--homes', 'two'], '--homes two: expected a number'],
    [['--delay', '-1'], 'delay'],
    [['--homse', '2'], '--homse'],
    [['extra'], 'extra'],
  ])('refuses %j in words', (args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
  });
});
