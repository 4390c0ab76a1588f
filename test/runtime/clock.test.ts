import { describe, expect, it } from 'vitest';
import { createClock, now } from '../../runtime/clock.ts';

/** A machine whose wall clock is `real`, of which the system tells whole milliseconds. */
function machine() {
  const m = { up: 0, real: 1_800_000_000_000.25, steadySince: 1_800_000_000_000.25 };
  return {
    m,
    pass: (ms: number) => {
      m.up += ms;
      m.real += ms;
    },
    now: createClock({ monotonic: () => BigInt(Math.round(m.up * 1e6)), steady: () => m.steadySince + m.up, system: () => Math.floor(m.real) }),
  };
}

describe('the clock', () => {
  it('is finer than whole milliseconds', () => {
    const { now, pass } = machine();
    const first = now();
    pass(0.125);
    const second = now();
    expect(second.at - first.at).toBeCloseTo(0.125, 6);
    expect(second.wall - first.wall).toBeCloseTo(0.125, 3);
  });

  it.each([3_600_000, -3_600_000, 2, -2])('a wall clock set by %d ms is seen at once, and the deadlines do not move', (step) => {
    const { now, pass, m } = machine();
    now();
    pass(0.1);
    m.real += step;
    const after = now();
    expect(Math.abs(after.wall - m.real)).toBeLessThan(1.5);
    expect(after.at).toBeCloseTo(0.1, 6);
  });

  it('a slewed clock is followed within 2 ms', () => {
    const { now, pass, m } = machine();
    for (let i = 0; i < 1000; i++) {
      pass(1);
      m.real += 0.05;
      expect(Math.abs(now().wall - m.real)).toBeLessThan(2);
    }
  });

  it('of this machine agrees with its monotonic and its wall clock', () => {
    const before = [Number(process.hrtime.bigint()) / 1e6, Date.now()] as const;
    const t = now();
    const after = [Number(process.hrtime.bigint()) / 1e6, Date.now()] as const;
    expect(t.at).toBeGreaterThanOrEqual(before[0]);
    expect(t.at).toBeLessThanOrEqual(after[0]);
    expect(t.wall).toBeGreaterThan(before[1] - 2);
    expect(t.wall).toBeLessThan(after[1] + 2);
  });
});
