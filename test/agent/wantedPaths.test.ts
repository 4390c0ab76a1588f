/** A data path that refuses: nothing is silent, and nothing is given up. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { wantedPaths } from '../../agent/wantedPaths.ts';
import { fakePaths } from '../../linux/datapath/fakePaths.ts';
import type { Path } from '../../protocol/paths.ts';

const path = (index: number, more: Partial<Path> = {}): Path => ({
  index,
  space: 0,
  ipv4: `192.0.2.${index + 1}`,
  prefixes: [],
  tunnel: { transport: 'gre6', local: '2001:db8::1', remote: '2001:db8::2', sendKey: 100 + index, receiveKey: 200 + index, mtu: 1452 },
  access: { interface: 'br-access', mac: `02:00:00:00:00:0${index}` },
  ...more,
});

function setUp() {
  const paths = fakePaths();
  const errors: string[] = [];
  const clock = { at: 0, wall: 0 };
  return { paths, errors, clock, wanted: wantedPaths(paths, () => clock, (e) => errors.push(e.message)) };
}
const indexes = (paths: ReturnType<typeof fakePaths>): number[] => paths.list().map((p) => p.index).toSorted((a, b) => a - b);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a path that is refused', () => {
  it('is told once, shown, and tried again until it is there', () => {
    const { paths, errors, clock, wanted } = setUp();
    paths.refuse('the map is full');
    wanted.set(path(1));
    expect(wanted.setAt(1)).toBeUndefined();
    expect(wanted.fault(1)).toContain('the map is full');
    vi.advanceTimersByTime(20_000);
    expect([errors.length, indexes(paths)]).toEqual([1, []]);
    paths.refuse();
    clock.at = 25_000;
    vi.advanceTimersByTime(5000);
    expect([wanted.setAt(1), wanted.fault(1), indexes(paths)]).toEqual([25_000, undefined, [1]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('another reason is told anew', () => {
    const { paths, errors, wanted } = setUp();
    paths.refuse('one');
    wanted.set(path(1));
    paths.refuse('two');
    vi.advanceTimersByTime(5000);
    expect(errors).toHaveLength(2);
  });

  it('is not tried again once nobody wants it, nor after the end', () => {
    const { paths, wanted } = setUp();
    paths.refuse('no');
    wanted.set(path(1));
    wanted.set(path(2));
    wanted.remove(1);
    expect(wanted.fault(1)).toBeUndefined();
    paths.refuse();
    wanted.stop();
    vi.advanceTimersByTime(60_000);
    expect(indexes(paths)).toEqual([]);
  });

  it('the latest wish is what is tried again', () => {
    const { paths, wanted } = setUp();
    paths.refuse('no');
    wanted.set(path(1));
    wanted.set(path(1, { ipv4: '192.0.2.99' }));
    paths.refuse();
    vi.advanceTimersByTime(5000);
    expect(paths.list()).toMatchObject([{ ipv4: '192.0.2.99' }]);
  });

  it('each path remembers when it was set or moved last, and forgets it with the path', () => {
    const { clock, wanted } = setUp();
    clock.at = 10;
    wanted.set(path(1));
    clock.at = 20;
    wanted.set(path(1, { ipv4: '192.0.2.99' }));
    expect(wanted.setAt(1)).toBe(20);
    wanted.remove(1);
    expect(wanted.setAt(1)).toBeUndefined();
  });

  it('an error of another kind is a bug and thrown on', () => {
    const wanted = wantedPaths({ ...fakePaths(), set: () => { throw new TypeError('bug'); } }, () => ({ at: 0, wall: 0 }), () => undefined);
    expect(() => wanted.set(path(1))).toThrow('bug');
  });
});

describe('the start after a crash', () => {
  it('takes up what it can when the data path refuses one, and removes the rest', () => {
    const { paths, wanted, errors } = setUp();
    paths.set(path(1));
    paths.set(path(7));
    // Two phones with one address: the second is refused.
    const rival = path(3, { ipv4: '192.0.2.2' });
    expect(wanted.reconcile([path(1), rival, path(2)])).toMatchObject({ removed: expect.any(Number) as number });
    expect(indexes(paths)).toEqual([1, 2]);
    expect([wanted.fault(3), errors.length]).toEqual([expect.stringContaining('192.0.2.2'), 1]);
  });
});
