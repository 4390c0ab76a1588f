/** `discover-mn-detach poll interval I timeout T retries R`, and what hostapd says of a phone that left (RFC 5213 §6.13). */
import { describe, expect, it } from 'vitest';
import { deadline } from '../../agent/mag/mag.ts';
import { find } from '../../protocol/mobility/options.ts';
import { acceptance, activeBench, createBench, HOA, MAC, silent, type Bench } from './harness.ts';

const seconds = 1000;
const questions = (bench: Bench) => bench.of('checkPresence').length;
const farewells = (bench: Bench) => bench.pbus().filter((p) => p.lifetime === 0);
const said = (bench: Bench, reason = 'disconnected', accessInterface = 'wlan0') => bench.give({ kind: 'stationDetached', interface: accessInterface, mac: MAC, reason });

/** Active, and the phone says nothing more. */
function vanished(...[options]: Parameters<typeof activeBench>): Bench {
  const bench = activeBench(options);
  bench.phoneAnswers = false;
  return bench;
}

describe('a phone that says nothing', () => {
  it.each([
    ['the defaults', 10, 2, 3],
    ['the example of the seed', 3600, 10, 10],
    ['one question only', 60, 5, 1],
  ])('%s: polled after I, R times, T apart, and de-registered with lifetime 0 and HI 4 after I + R x T', (_, interval, timeout, retries) => {
    const timers = { detachPeriod: interval * seconds, detachTimeout: timeout * seconds, detachRetries: retries, refresh: 65_000, lifetime: 65_000 * 2 };
    const bench = vanished({ timers, lma: (pbu) => acceptance(pbu) });
    bench.advance(interval * seconds - 1);
    expect(questions(bench)).toBe(0);
    bench.advance(1);
    expect(questions(bench)).toBe(1);
    bench.advance(retries * timeout * seconds - 1);
    expect([questions(bench), bench.state(), farewells(bench)]).toEqual([retries, 'active', []]);
    bench.advance(1);
    expect(farewells(bench).map((p) => find(p.options, 'handoffIndicator')?.indicator)).toEqual([4]);
    expect([bench.state(), bench.of('removePath').length]).toEqual(['gone', 1]);
  });

  it('is not thrown out by lost questions: the last answer counts like the first', () => {
    const bench = vanished();
    bench.advance(15_999);
    bench.give({ kind: 'seen', mac: MAC, at: 15_999 });
    bench.advance(9999);
    expect([questions(bench), bench.state(), farewells(bench)]).toEqual([3, 'active', []]);
  });

  it('is asked again an interval after the frame that the data path knew of, wherever in the past that was', () => {
    const bench = vanished();
    bench.advance(10_000);
    bench.give({ kind: 'seen', mac: MAC, at: 7000 });
    expect(deadline(bench.mag)).toEqual({ at: 17_000, why: 'presence poll of a silent phone' });
  });

  it('the question is after frames that we have not heard of yet', () => {
    const bench = vanished();
    bench.give({ kind: 'seen', mac: MAC, at: 4321 });
    bench.advance(14_321);
    expect(bench.of('checkPresence').map((e) => e.since)).toEqual([4322]);
  });

  it('while its registration is unanswered it is gone likewise', () => {
    const bench = createBench({ lma: silent });
    bench.phoneAnswers = false;
    bench.attach();
    bench.advance(17_000);
    expect([bench.state(), bench.lastPbu().lifetime]).toEqual(['gone', 0]);
  });

  it('whose gateway has no uplink is let go without a word', () => {
    const bench = vanished();
    bench.give({ kind: 'careOf', careOf: { mtu: 1500 } });
    bench.advance(16_000);
    expect([bench.state(), bench.pbus()]).toEqual(['gone', []]);
  });

  it('and of whom the LMA says that it moved goes without a farewell', () => {
    const bench = vanished({ lma: (pbu) => (pbu.lifetime === 0 ? undefined : { ...acceptance(pbu), status: find(pbu.options, 'handoffIndicator')?.indicator === 5 ? 128 : 0 }) });
    bench.phoneAnswers = true;
    bench.advance(300_000 - 1);
    bench.phoneAnswers = false;
    bench.advance(1000);
    expect([bench.state(), bench.reasons().at(-1), farewells(bench)]).toEqual(['gone', 'active -> gone: the phone moved to another home', []]);
  });

  it('that wakes after it was let go, and gets another address, is made to ask for it; one that gets its own is left alone', () => {
    for (const address of [HOA, '192.0.2.55']) {
      const bench = vanished();
      bench.advance(16_000);
      expect(bench.state()).toBe('gone');
      bench.lma = (pbu) => acceptance(pbu, { options: [{ kind: 'ipv4HomeAddressReply', status: 0, prefixLength: 24, address }] });
      bench.attach();
      expect(bench.of('deauthenticate').map((e) => e.reason)).toEqual(address === HOA ? [] : ['its IPv4 address changed']);
    }
  });

  it('that went off the air since is not sent away: it asks by itself', () => {
    const bench = vanished();
    bench.advance(16_000);
    said(bench);
    bench.lma = (pbu) => acceptance(pbu, { options: [{ kind: 'ipv4HomeAddressReply', status: 0, prefixLength: 24, address: '192.0.2.55' }] });
    bench.attach();
    expect([bench.state(), bench.of('deauthenticate')]).toEqual(['active', []]);
  });
});

describe('probes per hour of a phone that is here', () => {
  /** A phone that says nothing of itself but answers is asked once per interval, or before each refresh if that is sooner. */
  const perHour = (interval: number, refresh: number): number => Math.floor(3600 / Math.min(interval, refresh));

  it.each([
    ['defaults', 10, 300],
    ['once in 50 s', 50, 300],
    ['the example of the seed', 3600, 300],
    ['seldom refreshed', 3600, 1800],
  ])('%s: 3600 / min(I, refresh), whatever T and R are', (_, interval, refresh) => {
    for (const [timeout, retries] of [[2, 3], [10, 10]] as const) {
      const bench = activeBench({ timers: { detachPeriod: interval * seconds, refresh, detachTimeout: timeout * seconds, detachRetries: retries } });
      bench.advance(3600 * seconds);
      expect(questions(bench)).toBe(perHour(interval, refresh));
    }
  });

  it('a phone with traffic is asked nothing, and needs no timer while its frames come', () => {
    const bench = activeBench();
    for (let i = 0; i < 280; i++) {
      bench.advance(1000);
      bench.give({ kind: 'seen', mac: MAC, at: bench.now().at });
    }
    expect([questions(bench), bench.pbus()]).toEqual([0, []]);
  });
});

describe('hostapd says that the phone left', () => {
  it('the farewell waits for the detach delay, and the deadline says why', () => {
    const bench = vanished();
    said(bench);
    expect([bench.state(), bench.pbus(), questions(bench)]).toEqual(['active', [], 0]);
    expect(deadline(bench.mag)).toEqual({ at: 500, why: 'return of a phone that was called disconnected' });
    bench.advance(499);
    expect(bench.pbus()).toEqual([]);
    bench.advance(1);
    expect([bench.state(), bench.pbus().map((p) => p.lifetime)]).toEqual(['gone', [0]]);
  });

  it.each([50, 200, 350, 499])('CONNECTED follows %i ms later: a re-attachment with HI 4, and the path stays', (later) => {
    const bench = vanished();
    said(bench);
    bench.advance(later);
    bench.attach();
    bench.advance(5000);
    expect(bench.pbus().map((p) => [p.lifetime, find(p.options, 'handoffIndicator')?.indicator])).toEqual([[3600, 4]]);
    expect([bench.of('setPath'), bench.of('removePath')]).toEqual([[], []]);
  });

  it('frames of a phone that logged off do not keep its session', () => {
    const bench = activeBench();
    said(bench);
    bench.advance(400);
    bench.give({ kind: 'seen', mac: MAC, at: bench.now().at });
    bench.advance(100);
    expect([bench.state(), bench.pbus().map((p) => p.lifetime)]).toEqual(['gone', [0]]);
  });

  it('says it twice: the delay is counted from the first', () => {
    const bench = vanished();
    said(bench);
    bench.advance(400);
    said(bench);
    bench.advance(100);
    expect(bench.state()).toBe('gone');
  });

  it('and its next list has the phone all the same: it stays', () => {
    const bench = vanished();
    said(bench);
    bench.give({ kind: 'stationList', interface: 'wlan0', macs: [MAC] });
    bench.advance(500);
    expect(bench.state()).toBe('active');
  });

  it('of an access interface where the phone is no more: nothing happens', () => {
    const bench = activeBench();
    bench.advance(100);
    bench.attach(MAC, 'wlan1');
    bench.clear();
    said(bench);
    bench.advance(5000);
    expect([bench.state(), bench.effects]).toEqual(['active', []]);
  });

  it('while a PBU is unanswered: it is not repeated, and the farewell follows', () => {
    const bench = createBench({ lma: silent });
    bench.phoneAnswers = false;
    bench.attach();
    bench.advance(900);
    said(bench);
    bench.advance(10_000);
    expect(bench.pbus().map((p) => p.lifetime)).toEqual([3600, 0]);
  });

  it('and the uplink changes meanwhile: nothing is taken to the new address for a phone that may be gone', () => {
    const bench = vanished();
    said(bench);
    bench.advance(100);
    bench.give({ kind: 'careOf', careOf: { ipv6: '2001:db8:cafe:77::1', mtu: 1500 } });
    bench.advance(400);
    expect(bench.pbus().map((p) => p.lifetime)).toEqual([0]);
  });

  it('with a delay of 0 the farewell leaves at once', () => {
    const bench = vanished({ timers: { detachDelay: 0 } });
    said(bench);
    expect([bench.state(), bench.pbus().map((p) => p.lifetime), questions(bench)]).toEqual(['gone', [0], 0]);
  });

  it('after we sent it away ourselves: there is nothing to wait for', () => {
    const bench = vanished();
    bench.lma = silent;
    bench.give({ kind: 'disconnect', mac: MAC, reason: 'operator' });
    said(bench);
    expect(deadline(bench.mag)?.why).toBe('de-registration unanswered');
  });
});
