import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { followFirstDown } from '../../runtime/firstDown.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A data path of which `first` is set by the test. */
function setUp() {
  const state = { first: undefined as number | undefined, asked: 0 };
  const told: number[] = [];
  const end = new AbortController();
  const paths = { firstDown: () => (state.asked++, state.first) };
  return { state, told, end, follow: (since: number) => followFirstDown(paths, 1, since, end.signal, (at) => told.push(at)) };
}

it('tells the first packet once, soon after it came', () => {
  const { state, told, follow } = setUp();
  follow(100);
  vi.advanceTimersByTime(50);
  state.first = 103;
  vi.advanceTimersByTime(64);
  expect(told).toEqual([103]);
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([103]);
});

it('one from before the path was set does not count', () => {
  const { state, told, follow } = setUp();
  state.first = 99;
  follow(100);
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([]);
});

it('gives up after about ten seconds', () => {
  const { state, follow } = setUp();
  follow(100);
  vi.advanceTimersByTime(11_000);
  const { asked } = state;
  vi.advanceTimersByTime(60_000);
  expect(state.asked).toBe(asked);
  expect(asked).toBeLessThan(20);
});

it('asks nothing any more once the data path is closed', () => {
  const { state, end, follow } = setUp();
  follow(100);
  end.abort();
  const { asked } = state;
  vi.advanceTimersByTime(60_000);
  expect(state.asked).toBe(asked);
});
