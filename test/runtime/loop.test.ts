import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Deadline } from '../../protocol/units.ts';
import { createLoop } from '../../runtime/loop.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

const clock = () => ({ at: performance.now(), wall: Date.now() });

/** A loop that writes down what it does: steps as `> event`, effects as themselves. */
function setUp(effectsOf: (event: string) => readonly string[] = () => [], perform: (effect: string) => void = () => undefined) {
  const seen: string[] = [];
  const errors: string[] = [];
  const state: { deadline: Deadline | undefined } = { deadline: undefined };
  const loop = createLoop<string, string>({
    now: clock,
    timer: 'timer',
    step: (event) => {
      seen.push(`> ${event}`);
      return effectsOf(event);
    },
    deadline: () => state.deadline,
    perform: (effect) => {
      seen.push(effect);
      perform(effect);
    },
    onError: (e, what) => errors.push(`${e.message} at ${String(what)}`),
  });
  return { loop, seen, errors, state };
}

describe('the loop', () => {
  it('performs effects in order, and an event that arrives meanwhile waits its turn', () => {
    const { loop, seen } = setUp(
      (event) => [`${event}1`, `${event}2`],
      (effect) => effect === 'a1' && loop.feed('b'),
    );
    loop.feed('a');
    expect(seen).toEqual(['> a', 'a1', 'a2', '> b', 'b1', 'b2']);
  });

  it('an effect that fails is told, and the next one is performed', () => {
    const { loop, seen, errors } = setUp(
      () => ['bad', 'good'],
      (effect) => {
        if (effect === 'bad') throw new Error('refused');
      },
    );
    loop.feed('a');
    expect(seen).toEqual(['> a', 'bad', 'good']);
    expect(errors).toEqual(['refused at bad']);
  });

  it('a step that throws is told, and the next event is taken', () => {
    const { loop, seen, errors } = setUp((event) => {
      if (event === 'a') throw new Error('bug');
      return ['fine'];
    });
    loop.feed('a');
    loop.feed('b');
    expect(seen).toEqual(['> a', '> b', 'fine']);
    expect(errors).toEqual(['bug at a']);
  });

  it('a listener that throws does not stop it for ever', () => {
    const loop = createLoop<string, string>({
      now: clock,
      timer: 'timer',
      step: (event) => [event],
      deadline: () => undefined,
      perform: (effect) => {
        if (effect === 'bad') throw new Error('refused');
        done.push(effect);
      },
      onError: () => {
        throw new Error('the log is gone');
      },
    });
    const done: string[] = [];
    expect(() => loop.feed('bad')).toThrow('the log is gone');
    loop.feed('good');
    expect(done).toEqual(['good']);
  });

  it('sets its timer to the deadline, never before it', () => {
    const { loop, seen, state } = setUp();
    state.deadline = { at: 10.2, why: 'test' };
    loop.feed('a');
    vi.advanceTimersByTime(10);
    expect(seen).toEqual(['> a']);
    state.deadline = undefined;
    vi.advanceTimersByTime(1);
    expect(seen).toEqual(['> a', '> timer']);
    vi.advanceTimersByTime(1_000_000);
    expect(seen).toHaveLength(2);
  });

  it('an earlier deadline replaces the timer, a passed one fires at once', () => {
    const { loop, seen, state } = setUp();
    state.deadline = { at: 1000, why: 'late' };
    loop.feed('a');
    state.deadline = { at: -5, why: 'passed' };
    loop.feed('b');
    state.deadline = undefined;
    vi.advanceTimersByTime(1);
    expect(seen).toEqual(['> a', '> b', '> timer']);
  });

  it('a deadline in a year is slept towards in pieces that setTimeout can count', () => {
    const { loop, seen, state } = setUp();
    const year = 365 * 86_400_000;
    state.deadline = { at: year, why: 'far' };
    loop.feed('a');
    vi.advanceTimersByTime(year - 1);
    const early = seen.length;
    expect(early).toBeLessThan(20);
    vi.advanceTimersByTime(1);
    expect(seen.length).toBe(early + 1);
  });

  it('stopped it takes nothing more, not even what was waiting', () => {
    const { loop, seen, state } = setUp(
      (event) => [`do ${event}`],
      (effect) => {
        if (effect !== 'do a') return;
        loop.feed('b');
        loop.stop();
      },
    );
    state.deadline = { at: 5, why: 'test' };
    loop.feed('a');
    loop.feed('c');
    vi.advanceTimersByTime(100);
    expect(seen).toEqual(['> a', 'do a']);
  });
});
