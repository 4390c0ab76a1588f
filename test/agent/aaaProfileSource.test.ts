/** The profile sources: who is entitled gets service, who is not gets none, and RADIUS is not hammered. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ACCESS, accept, bench, GUEST, guest, MAC, macOf, MN0, mn0, reject, station, timeout } from './aaaBench.ts';
import { entryOf } from './entries.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

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
    b.list.set(MAC, entryOf({ interface: ACCESS, mac: MAC, assigned: { ipv4: { address: '192.0.2.1', prefixLength: 24, router: '192.0.2.254' }, prefixes: [] } }));
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
