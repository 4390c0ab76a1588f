/** Both ends' stages on one axis, whatever their clocks say. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { onOneAxis } from '../../../cloud/live/axis.ts';

const HOME = { associated: 0, profile: 2, pbuSent: 3, pbaReceived: 13, pathsSwitched: 14, firstPacket: 40 };
const LMA = { pbuReceived: 1000, pathsSwitched: 1001, stored: 1003, pbaSent: 1004 };

it('the LMA is laid in the middle between the PBU that left and the PBA that came, and that is said', () => {
  const { stages, duration, missing } = onOneAxis(HOME, LMA);
  expect(stages).toEqual([
    { name: 'associated', end: 'home', at: 0 },
    { name: 'profile', end: 'home', at: 2 },
    { name: 'pbuSent', end: 'home', at: 3 },
    { name: 'pbuReceived', end: 'lma', at: 6 },
    { name: 'lmaPathsSwitched', end: 'lma', at: 7 },
    { name: 'pbaSent', end: 'lma', at: 10 },
    { name: 'pbaReceived', end: 'home', at: 13 },
    { name: 'pathsSwitched', end: 'home', at: 14 },
    { name: 'firstPacket', end: 'home', at: 40 },
  ]);
  expect(duration).toBe(14);
  expect(missing).toEqual(['the clocks of both ends differ: the stages at the LMA are placed as if both ways took equally long']);
});

it('however far the clocks are apart, the picture is the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: -1e9, max: 1e9 }), (a, b) => {
      const moved = (stages: Record<string, number>, by: number) => Object.fromEntries(Object.entries(stages).map(([k, at]) => [k, at + by]));
      expect(onOneAxis(moved(HOME, a), moved(LMA, b))).toEqual(onOneAxis(HOME, LMA));
    }),
  );
});

it.each([
  ['the home says nothing of its data path', { associated: 0, pbuSent: 1, pbaReceived: 5 }, LMA, /paths switched at the home/],
  ['no packet came', { ...HOME, firstPacket: undefined }, LMA, /first packet: none had come/],
  ['the times contradict each other', HOME, { pbuReceived: 0, pbaSent: 50 }, /placed between the PBU and the PBA/],
  ['the home does not say when it asked', { associated: 0, pathsSwitched: 5 }, LMA, /when the PBU left/],
])('%s: that is said in words', (_, home, lma, words) => {
  const only = Object.fromEntries(Object.entries(home).filter(([, at]) => at !== undefined)) as Record<string, number>;
  expect(onOneAxis(only, lma).missing.join()).toMatch(words);
});

it('one end alone begins at nought', () => {
  expect(onOneAxis(undefined, LMA).stages).toEqual([{ name: 'pbuReceived', end: 'lma', at: 0 }, { name: 'lmaPathsSwitched', end: 'lma', at: 1 }, { name: 'pbaSent', end: 'lma', at: 4 }]);
  expect(onOneAxis(undefined, LMA).duration).toBeUndefined();
  expect(onOneAxis({ associated: 5, pathsSwitched: 9 }, undefined)).toMatchObject({ duration: 4, stages: [{ at: 0 }, { at: 4 }] });
});

it('whatever the times contradict, nothing is shown before what it came of', () => {
  const { stages, duration } = onOneAxis(HOME, { pbuReceived: 0, pathsSwitched: 1, pbaSent: 50 });
  expect(stages.map(({ name, at }) => [name, at])).toEqual([
    ['associated', 0], ['profile', 2], ['pbuSent', 3], ['pbuReceived', 3], ['lmaPathsSwitched', 3], ['pbaSent', 13], ['pbaReceived', 13], ['pathsSwitched', 14], ['firstPacket', 40],
  ]);
  expect(duration).toBe(14);
});
