/** The profile sources over time: who is entitled gets service whatever RADIUS does, who is not gets none, and RADIUS is not hammered. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Profile, ProfileAnswer } from '../../agent/mag/profile.ts';
import { valueOf } from '../../protocol/radius/attributes.ts';
import { ACCESS, accept, bench, GUEST, MAC, reject, station, timeout } from './aaaBench.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

const MN0: Profile = { nai: 'mn0@example.com', lmas: ['lma1'], ipv4: true, ipv6: true, dns4: [], dns6: [], source: 'radius' };
const guest: ProfileAnswer = { profile: GUEST };
const mn0: ProfileAnswer = { profile: MN0 };
const macOf = (n: number): string => `02:00:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;

describe('the four sources', () => {
  it.each([
    ['accepts: its profile', accept('mn0@example.com'), mn0],
    ['rejects: its words', reject('Access-Reject: no such subscriber'), { refused: 'Access-Reject: no such subscriber' }],
    ['does not answer: why', timeout, { refused: 'no valid answer from 192.0.2.1:1812' }],
  ])('RADIUS %s', async (_, radius, answer) => {
    const b = bench();
    b.rule = () => radius;
    expect(await b.load()).toEqual(answer);
  });

  it.each([
    ['rejects', reject()],
    ['does not answer', timeout],
  ])('RADIUS %s, and the interface has a default profile: that one', async (_, answer) => {
    const b = bench({ mode: 'radius-or-default' });
    b.rule = () => answer;
    expect(await b.load()).toEqual(guest);
  });

  it('an Access-Accept that cannot be used is refused and counted, with a default profile too', async () => {
    const b = bench({ mode: 'radius-or-default' });
    b.rule = () => ({ kind: 'accept', attributes: [{ kind: 'ciscoAvPair', value: 'home-lma=lma9' }] });
    expect(await b.load()).toEqual({ refused: "the RADIUS server's profile cannot be used: the profile's LMA (lma9) is not among the configured local-mobility-anchors" });
    expect(b.counts.get('RADIUS profile unusable')).toBe(1);
  });

  it('so is an NAI that is none', async () => {
    const b = bench({ mode: 'radius-or-default' });
    b.rule = () => accept('some body');
    expect(await b.load()).toEqual({ refused: 'the NAI of the profile does not follow RFC 4282 §2.1' });
    expect(b.counts.get('RADIUS profile without a usable identifier')).toBe(1);
  });

  it('the local list and the default profile answer at once and ask nobody', () => {
    const local = { interface: ACCESS, mac: '02:00:00:00:00:01' };
    expect(bench({ mode: 'local-or-default' }).source.load(local)).toMatchObject({ profile: { nai: 'local@example.com', source: 'local' } });
    expect(bench({ mode: 'local-or-default' }).source.load(station)).toEqual(guest);
    expect(bench({ mode: 'local' }).source.load(local)).toMatchObject({ profile: { nai: 'local@example.com' } });
    expect(bench({ mode: 'local' }).source.load(station)).toEqual({ refused: 'no local profile for this station' });
    expect(bench({ mode: 'default' }).source.load(local)).toMatchObject({ profile: { nai: '0200.0000.0001', source: 'default' } });
    expect(bench({ mode: 'local' }).asked).toEqual([]);
  });

  it('a default profile is named by the MAC, or as the policy says where there is one', async () => {
    const facts = { ...station, identity: 'alice@home.example' };
    expect(bench({ mode: 'default' }).source.load(facts)).toEqual(guest);
    expect(bench({ mode: 'default', policyOfDefaults: true }).source.load(facts)).toEqual({ profile: { ...GUEST, nai: 'alice+0024d78e21a4@home.example' } });
  });

  it('the reason of a reject harms no terminal and fills no log', async () => {
    const b = bench();
    b.rule = () => reject(`Access-Reject: \u001b[2J${'x'.repeat(1000)}`);
    const answer = await b.load();
    expect(answer).toEqual({ refused: `Access-Reject: ?[2J${'x'.repeat(200 - 19)}` });
  });
});

describe('a station', () => {
  it('is asked about once, however often its profile is wanted', async () => {
    const b = bench();
    const answers = [b.load(), b.load(), b.load()];
    expect(b.asked).toEqual(['00-24-d7-8e-21-a4']);
    await b.answer(accept('mn0@example.com'));
    expect(await Promise.all(answers)).toEqual([mn0, mn0, mn0]);
  });

  it('whose identity EAP proves meanwhile is another one: no answer is taken for the other', async () => {
    const b = bench();
    const before = b.load();
    const after = b.load({ ...station, identity: 'alice@home.example' });
    expect(b.asked).toEqual(['00-24-d7-8e-21-a4', 'alice@home.example']);
    await b.answer(accept('mn0@example.com'));
    await b.answer(accept('alice@home.example'));
    expect(await before).toMatchObject({ profile: { nai: 'mn0@example.com' } });
    expect(await after).toMatchObject({ profile: { nai: 'alice+0024d78e21a4@home.example' } });
    expect(b.source.grantOf(MAC)?.nai).toBe('alice@home.example');
  });

  it('with the proven identity of another cannot borrow what is known of that one', async () => {
    const b = bench();
    b.rule = () => accept('alice@home.example');
    await b.load({ ...station, identity: 'alice@home.example' });
    b.gone();
    b.rule = () => reject();
    const claim = { ...station, clientId: Buffer.from('alice@home.example').toString('hex').replace(/..(?!$)/g, '$&:') };
    expect(await b.load(claim)).toEqual({ refused: 'Access-Reject' });
    expect(b.asked).toEqual(['alice@home.example', 'alice@home.example']);
  });

  it('is asked about with its address, once it has one', async () => {
    const b = bench();
    b.rule = () => accept('mn0@example.com');
    await b.load();
    b.list.set(MAC, { interface: ACCESS, mac: MAC, assigned: { ipv4: { address: '192.0.2.1', prefixLength: 24, router: '192.0.2.254' }, prefixes: [] } } as never);
    expect(b.source.reconcile(MAC)).toBe(true);
    await b.pass(0);
    expect(b.requests.map((r) => r.attributes.find((a) => a.kind === 'framedIpAddress')?.value)).toEqual([undefined, '192.0.2.1']);
  });
});

describe('a phone that comes back', () => {
  it('does not wait: what is known is said at once, and asked about in the background', async () => {
    const b = bench();
    b.rule = () => accept('mn0@example.com');
    await b.load();
    b.gone();
    await b.pass(600_000);
    b.rule = () => 'later';
    expect(b.source.load({ ...station })).toEqual(mn0);
    expect(b.waiting()).toBe(1);
    await b.answer(accept('mn0@example.com'));
    expect(b.fed).toEqual([]);
  });

  it('and whose profile is another by now is told so', async () => {
    const b = bench();
    b.rule = () => accept('mn0@example.com');
    await b.load();
    b.gone();
    await b.pass(600_000);
    b.rule = () => accept('mn0@example.com', 'mn-service=ipv4');
    expect(b.source.load({ ...station })).toEqual(mn0);
    await b.pass(0);
    expect(b.fed).toEqual([{ kind: 'profileChanged', mac: MAC, answer: { profile: { ...MN0, ipv6: false } } }]);
  });

  it('and is not entitled any more is refused', async () => {
    const b = bench();
    b.rule = () => accept('mn0@example.com');
    await b.load();
    b.gone();
    await b.pass(600_000);
    b.rule = () => reject();
    void b.source.load({ ...station });
    await b.pass(0);
    expect(b.fed).toEqual([{ kind: 'profileChanged', mac: MAC, answer: { refused: 'Access-Reject' } }]);
    b.gone();
    expect(b.source.load({ ...station })).toEqual({ refused: 'Access-Reject' });
  });

  it('within moments is not asked about again', async () => {
    const b = bench();
    b.rule = () => accept('mn0@example.com');
    for (let i = 0; i < 20; i++) {
      await b.load();
      b.gone();
      await b.pass(100);
    }
    expect(b.asked).toHaveLength(1);
    b.rule = () => reject();
    await b.load({ ...station, identity: 'bob@home.example' });
    for (let i = 0; i < 20; i++) await b.load({ ...station, identity: 'bob@home.example' });
    expect(b.asked).toHaveLength(2);
  });

  it('after its profile grew old waits for an answer', async () => {
    const b = bench();
    b.rule = () => accept('mn0@example.com');
    await b.load();
    b.gone();
    await b.pass(3_600_000);
    b.rule = () => accept('mn1@example.com');
    expect(await b.load()).toMatchObject({ profile: { nai: 'mn1@example.com' } });
  });

  it('is remembered among a flood of others that are refused, and memory stays bounded', async () => {
    const b = bench({ size: 10 });
    b.rule = () => accept('mn0@example.com');
    await b.load();
    b.gone();
    b.rule = () => reject();
    for (let n = 0; n < 200; n++) {
      await b.load({ interface: ACCESS, mac: macOf(n) });
      b.gone(macOf(n));
    }
    expect(b.source.load({ ...station })).toEqual(mn0);
    b.gone();
    b.rule = () => accept('other@example.com');
    for (let n = 200; n < 210; n++) {
      await b.load({ interface: ACCESS, mac: macOf(n) });
      b.gone(macOf(n));
    }
    expect(b.source.load({ ...station })).toBeInstanceOf(Promise);
  });
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
