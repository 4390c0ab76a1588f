/** The profile sources over time: RADIUS that is down, web login, another session. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { valueOf } from '../../protocol/radius/attributes.ts';
import { ACCESS, accept, bench, guest, MAC, macOf, MN0, mn0, reject, station, timeout } from './aaaBench.ts';
import { entryOf } from './entries.ts';

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
    b.list.set(MAC, entryOf({ ...station, state: { name: 'registering', request: { kind: 'initial', outstanding: [], interval: 1000, retransmitAt: 1000 } }, profile: MN0 }));
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
