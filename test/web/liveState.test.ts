import { describe, expect, it } from 'vitest';
import type { HandoverSummary } from '../../cloud/api/resources/handovers.ts';
import type { Home, PendingClaim } from '../../cloud/api/resources/homes.ts';
import { EMPTY, apply, newestFirst, refilled, type LiveEvent } from '../../web/lib/liveState.ts';

const home = (id: string, subscribers = 0): Home => ({
  id, name: id, group: 'homes', status: 'online', reasons: [], identity: `${id}@example`, subscribers, bytesUp: 0, bytesDown: 0,
  configuration: { profiles: nothing, timers: nothing, lmas: nothing, limits: nothing },
});
const nothing = { status: 'none', problems: [] } as const;
const handover = (id: string, at: number, more: Partial<HandoverSummary> = {}): HandoverSummary => ({ id, at, subscriber: 'mn-1', kind: 'handover', to: { home: 'gw-1', name: 'one' }, success: true, reason: '', ...more });
const claim = (gateway: string): PendingClaim => ({ gateway, agent: '0.1.0', identity: gateway, firstSeen: 0, lastSeen: 0 });
const put = (...homes: Home[]): LiveEvent[] => homes.map((value) => ({ kind: 'home', value }));

describe('what the live stream adds up to', () => {
  it('the last word about a home in a batch counts', () => {
    const state = apply(EMPTY, put(home('a', 1), home('a', 5)));
    expect([...state.homes.values()].map((h) => h.subscribers)).toEqual([5]);
  });

  it('a home that was removed is gone, also within one batch', () => {
    const state = apply(apply(EMPTY, put(home('a'), home('b'))), [...put(home('c')), { kind: 'homeRemoved', value: { id: 'c' } }, { kind: 'homeRemoved', value: { id: 'a' } }]);
    expect([...state.homes.keys()]).toEqual(['b']);
  });

  it('a gateway that became a home waits no longer', () => {
    const waiting = apply(EMPTY, [{ kind: 'claim', value: claim('a') }, { kind: 'claim', value: claim('b') }]);
    expect([...apply(waiting, put(home('a'))).claims.keys()]).toEqual(['b']);
  });

  it('what a batch does not touch stays the same object, so that nothing is drawn anew', () => {
    const before = apply(EMPTY, put(home('a')));
    const after = apply(before, [{ kind: 'overview', value: { homes: { online: 1, total: 1 }, subscribers: 0, handovers: { perMinute: 0, success: 1, p50: 0, p90: 0, p99: 0 } } }]);
    expect(after.homes).toBe(before.homes);
    expect(after.alerts).toBe(before.alerts);
    expect(after.ticker).toBe(before.ticker);
  });

  it('the state before a batch is left as it was', () => {
    const before = apply(EMPTY, put(home('a', 1)));
    apply(before, put(home('a', 9)));
    expect(before.homes.get('a')?.subscribers).toBe(1);
  });

  it('a reset asks for everything anew, each one of them', () => {
    const reset: LiveEvent = { kind: 'reset', value: {} };
    expect(apply(apply(EMPTY, [reset]), [reset]).generation).toBe(2);
  });
});

describe('a list that was loaded', () => {
  it('takes the place of what was known, and leaves other lists alone', () => {
    const before = apply(EMPTY, [...put(home('gone')), { kind: 'claim', value: claim('c') }]);
    const after = refilled(before, { homes: [home('a')] }, []);
    expect([...after.homes.keys()]).toEqual(['a']);
    expect(after.claims).toBe(before.claims);
  });

  it('is older than what came while it was on its way', () => {
    const after = refilled(EMPTY, { homes: [home('a', 1), home('removed')] }, [...put(home('a', 2), home('new')), { kind: 'homeRemoved', value: { id: 'removed' } }]);
    expect([...after.homes.values()].map((h) => `${h.id} ${h.subscribers}`)).toEqual(['a 2', 'new 0']);
  });

  it('does not ask for itself again because of a reset that it answers', () => {
    expect(refilled(EMPTY, { homes: [] }, [{ kind: 'reset', value: {} }]).generation).toBe(EMPTY.generation);
  });
});

describe('the ticker', () => {
  it('is newest first, whatever order they come in', () => {
    expect(newestFirst([handover('b', 2), handover('a', 3)], [handover('c', 1)]).map((h) => h.id)).toEqual(['a', 'b', 'c']);
  });

  it('a handover that is told again replaces what was known', () => {
    const [only, ...others] = newestFirst([handover('a', 1, { duration: 12 })], [handover('a', 1)]);
    expect(only?.duration).toBe(12);
    expect(others).toEqual([]);
  });

  it('does not grow for ever', () => {
    let ticker: readonly HandoverSummary[] = [];
    for (let i = 0; i < 30; i++) ticker = newestFirst(Array.from({ length: 20 }, (_, n) => handover(`h${i * 20 + n}`, i * 20 + n)), ticker);
    expect(ticker).toHaveLength(200);
    expect(ticker[0]?.id).toBe('h599');
  });
});
