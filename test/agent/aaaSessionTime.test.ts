/** How long a profile holds: session times, and what is known of them after a restart. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Profile } from '../../agent/mag/profile.ts';
import { ACCESS, accept, bench, guest, MAC, MN0, reject, station, timeout } from './aaaBench.ts';
import { entryOf } from './entries.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the session time', () => {
  const limited = (...more: Parameters<typeof accept> extends [string, ...infer R] ? R : never) => accept('mn0@example.com', { kind: 'sessionTimeout', value: 600 }, ...more);
  const over = { kind: 'disconnect', mac: MAC, reason: 'its session time is over (Session-Timeout of the RADIUS server)' };

  it('ends the session, and what comes after it is asked about', async () => {
    const b = bench();
    b.rule = () => limited();
    await b.load();
    await b.pass(599_000);
    expect(b.fed).toEqual([]);
    await b.pass(1_000);
    expect(b.fed).toEqual([over]);
    expect(b.timedOut).toEqual([MAC]);
    b.gone();
    b.rule = () => 'later';
    expect(b.source.load({ ...station })).toBeInstanceOf(Promise);
  });

  it('counts from the Access-Accept, not from the return', async () => {
    const b = bench();
    b.rule = () => limited();
    await b.load();
    b.gone();
    await b.pass(400_000);
    await b.load();
    await b.pass(200_000);
    expect(b.fed).toEqual([over]);
  });

  it('is not prolonged by asking again, but by a CoA', async () => {
    const b = bench();
    b.rule = () => limited();
    await b.load();
    b.gone();
    await b.pass(300_000);
    await b.load(); // known, so asked about in the background
    expect(b.asked).toHaveLength(2);
    b.source.reconcile(MAC);
    await b.pass(400_000);
    expect(b.fed).toEqual([]);
    await b.pass(200_000);
    expect(b.fed).toEqual([over]);
  });

  it('with Termination-Action RADIUS-Request is asked for anew instead', async () => {
    const b = bench();
    b.rule = () => limited({ kind: 'terminationAction', value: 1 });
    await b.load();
    await b.pass(1_500_000);
    expect(b.fed).toEqual([]);
    expect(b.asked).toHaveLength(3);
    b.rule = () => reject();
    await b.pass(300_000);
    expect(b.fed).toEqual([{ kind: 'profileChanged', mac: MAC, answer: { refused: 'Access-Reject' } }]);
  });

  it('ends no guest who had one before', async () => {
    const b = bench({ mode: 'radius-or-default' });
    b.rule = () => limited();
    await b.load();
    b.rule = () => reject();
    b.source.reconcile(MAC);
    await b.pass(1_200_000);
    expect(b.fed).toEqual([{ kind: 'profileChanged', mac: MAC, answer: guest }]);
  });

  it('of weeks does not end at once', async () => {
    const b = bench();
    b.rule = () => accept('mn0@example.com', { kind: 'sessionTimeout', value: 40 * 86_400 });
    await b.load();
    await b.pass(39 * 86_400_000);
    expect(b.fed).toEqual([]);
    await b.pass(86_400_000);
    expect(b.fed).toEqual([over]);
  });

  it('of somebody who left ends nothing', async () => {
    const b = bench();
    b.rule = () => limited();
    await b.load();
    b.gone();
    await b.pass(1_200_000);
    expect(b.fed).toEqual([]);
  });
});

describe('after a restart', () => {
  const active = (profile: Profile) => entryOf({ interface: ACCESS, mac: MAC, profile });

  it('what the last agent left is asked about, and only a change is fed', async () => {
    const b = bench();
    b.list.set(MAC, active(MN0));
    b.rule = () => accept('mn0@example.com');
    b.source.takeUp();
    await b.pass(0);
    expect(b.fed).toEqual([]);
    b.rule = () => reject();
    b.source.reconcile(MAC);
    await b.pass(0);
    expect(b.fed).toEqual([{ kind: 'profileChanged', mac: MAC, answer: { refused: 'Access-Reject' } }]);
  });

  it('while RADIUS is down, it stays', async () => {
    const b = bench();
    b.list.set(MAC, active(MN0));
    b.rule = () => timeout;
    b.source.takeUp();
    await b.pass(3_600_000);
    expect(b.fed).toEqual([]);
  });

  it('who is not on the local list any more is refused', () => {
    const b = bench({ mode: 'local' });
    b.list.set(MAC, active({ ...MN0, source: 'local' }));
    b.source.takeUp();
    expect(b.fed).toEqual([{ kind: 'profileChanged', mac: MAC, answer: { refused: 'no local profile for this station' } }]);
  });
});
