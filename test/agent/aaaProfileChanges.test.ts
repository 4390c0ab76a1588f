/** The profile sources over time: RADIUS that is down, web login, session times, a restart. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entry } from '../../agent/mag/binding.ts';
import type { Profile } from '../../agent/mag/profile.ts';
import { valueOf } from '../../protocol/radius/attributes.ts';
import { ACCESS, accept, bench, guest, MAC, macOf, MN0, mn0, reject, station, timeout } from './aaaBench.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('RADIUS is down', () => {
  it('a known profile outlives it for the longer age, also an old one, without a wait after the first', async () => {
    const b = bench();
    b.rule = () => accept('mn0@example.com');
    await b.load();
    b.gone();
    await b.pass(7_200_000);
    b.rule = () => timeout;
    expect(await b.load()).toEqual(mn0);
    b.gone();
    await b.pass(60_000);
    expect(b.source.load({ ...station })).toEqual(mn0);
    b.gone();
    await b.pass(86_400_000);
    expect(await b.load()).toEqual({ refused: 'no valid answer from 192.0.2.1:1812' });
  });

  it('who has service keeps it', async () => {
    const b = bench();
    b.rule = () => accept('mn0@example.com');
    await b.load();
    b.rule = () => timeout;
    await b.pass(2 * 86_400_000);
    expect(b.asked.length).toBeGreaterThan(10);
    expect(b.fed).toEqual([]);
  });

  it('who could not be asked about is, as soon as it answers again', async () => {
    const b = bench();
    b.rule = () => timeout;
    const others = [1, 2, 3].map((n) => ({ interface: ACCESS, mac: macOf(n) }));
    for (const facts of others) expect(await b.load(facts)).toHaveProperty('refused');
    await b.pass(20_000);
    b.rule = (r) => accept(`${valueOf(r.attributes, 'userName')}@example.com`);
    await b.load();
    await b.pass(0);
    expect(b.fed).toMatchObject(others.map(({ mac }) => ({ kind: 'profileChanged', mac, answer: { profile: { nai: `${mac.replaceAll(':', '-')}@example.com` } } })));
  });

  it('five hundred phones at once get what is configured, and are asked about again a few at a time', async () => {
    const b = bench({ mode: 'radius-or-default', size: 1000 });
    let out = 0;
    const all = Array.from({ length: 500 }, (_, n) => b.load({ interface: ACCESS, mac: macOf(n) }));
    expect(b.waiting()).toBe(500);
    while (b.waiting() > 0) await b.answer(timeout);
    expect((await Promise.all(all)).every((a) => 'profile' in a && a.profile.source === 'default')).toBe(true);
    b.rule = () => 'later';
    for (let s = 0; s < 80; s++) {
      await b.pass(1000);
      out = Math.max(out, b.waiting());
    }
    expect(out).toBe(16);
    while (b.waiting() > 0) await b.answer(timeout);
    expect(b.asked).toHaveLength(1000);
    expect(b.fed).toEqual([]);
  });
});

describe('web login', () => {
  it('a guest with the default profile is asked about at an interval, and moves over when RADIUS lets it in', async () => {
    const b = bench({ mode: 'radius-or-default' });
    b.rule = () => reject();
    expect(await b.load()).toEqual(guest);
    await b.pass(150_000);
    expect(b.asked).toHaveLength(3);
    expect(b.fed).toEqual([]);
    b.rule = () => accept('mn0@example.com');
    await b.pass(70_000);
    expect(b.fed).toEqual([{ kind: 'profileChanged', mac: MAC, answer: mn0 }]);
    await b.pass(1_800_000);
    expect(b.asked).toHaveLength(4);
  });

  it('or at once upon a CoA, which is asked after whatever is on its way already', async () => {
    const b = bench({ mode: 'radius-or-default' });
    b.rule = () => reject();
    await b.load();
    b.rule = () => 'later';
    await b.pass(66_000);
    expect(b.waiting()).toBe(1);
    expect(b.source.reconcile(MAC)).toBe(true);
    await b.answer(reject());
    expect(b.waiting()).toBe(1);
    await b.answer(accept('mn0@example.com'));
    expect(b.fed).toEqual([{ kind: 'profileChanged', mac: MAC, answer: mn0 }]);
  });

  it('without a default profile it is denied, and asked about when it shows itself after a pause', async () => {
    const b = bench();
    b.rule = () => reject();
    expect(await b.load()).toEqual({ refused: 'Access-Reject' });
    b.rule = () => accept('mn0@example.com');
    b.source.seen(MAC);
    await b.pass(9_000);
    b.source.seen(MAC);
    expect(b.asked).toHaveLength(1);
    await b.pass(1_000);
    for (let i = 0; i < 5; i++) b.source.seen(MAC);
    await b.pass(0);
    expect(b.asked).toHaveLength(2);
    expect(b.fed).toEqual([{ kind: 'profileChanged', mac: MAC, answer: mn0 }]);
    await b.pass(30_000);
    b.source.seen(MAC);
    expect(b.asked).toHaveLength(2);
  });

  it('a refusal that stays is not mentioned again', async () => {
    const b = bench();
    b.rule = () => reject('Access-Reject');
    await b.load();
    b.rule = () => reject('Access-Reject: still not');
    await b.pass(300_000);
    expect(b.asked.length).toBeGreaterThanOrEqual(5);
    expect(b.fed).toEqual([]);
  });

  it('who left is not asked about', async () => {
    const b = bench({ mode: 'radius-or-default' });
    b.rule = () => reject();
    await b.load();
    b.gone();
    await b.pass(600_000);
    b.source.seen(MAC);
    expect(b.source.reconcile(MAC)).toBe(false);
    expect(b.asked).toHaveLength(1);
  });

  it('who left while it was asked about gets nothing', async () => {
    const b = bench({ mode: 'radius-or-default' });
    b.rule = () => reject();
    await b.load();
    b.rule = () => 'later';
    await b.pass(66_000);
    b.gone();
    await b.answer(accept('mn0@example.com'));
    expect(b.fed).toEqual([]);
    expect(b.source.load({ ...station })).toEqual(mn0);
  });
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
  const active = (profile: Profile) => ({ interface: ACCESS, mac: MAC, profile, assigned: { prefixes: [] } }) as never;

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

it('once closed, nothing is fed any more', async () => {
  const b = bench();
  b.rule = () => reject();
  await b.load();
  b.rule = () => 'later';
  await b.pass(66_000);
  b.source.close();
  await b.answer(accept('mn0@example.com'));
  await b.pass(600_000);
  expect(b.fed).toEqual([]);
  expect(b.asked).toHaveLength(2);
});

describe('a profile that names another session', () => {
  it('goes with the phone into that session: it is asked about again, and a CoA finds it', async () => {
    const b = bench({ mode: 'radius-or-default' });
    b.rule = () => reject();
    await b.load();
    b.rule = () => accept('mn0@example.com');
    await b.pass(70_000);
    expect(b.fed).toMatchObject([{ kind: 'profileChanged', answer: mn0 }]);
    // The gateway's list has the next session already when it says that the one before is gone.
    b.list.set(MAC, { ...station, state: { name: 'registering' }, assigned: { prefixes: [] }, profile: MN0 } as unknown as Entry);
    b.gone();
    expect(b.source.grantOf(MAC)).toMatchObject({ nai: 'mn0@example.com' });
    expect(b.source.reconcile(MAC)).toBe(true);
    const asked = b.asked.length;
    await b.pass(2 * 3_600_000);
    expect(b.asked.length).toBeGreaterThan(asked);
    b.list.delete(MAC);
    b.gone();
    expect(b.source.reconcile(MAC)).toBe(false);
  });
});
