/** Router advertisements: what stands in them, when they are sent, how the end is told, how often a solicitation is answered. */
import { describe, expect, it } from 'vitest';
import { deadline, startConversation, type Session } from '../../agent/dhcp-server/index.ts';
import { ANY_IPV6 } from '../../protocol/address.ts';
import { neighbourFromPhone, routerSolicitation } from '../../lab/simulated/phoneFrames.ts';
import { HNP, PHONE, PHONE_LL, active, advertisementIn, ended, hear, ipv4Only, ipv6Only, only, optionsOf, pending, refused, said, summary, talking, timer, told } from './talk.ts';
import { neighbourFrames } from '../protocol/neighbourFrames.ts';

const SECOND_HNP = { address: '2001:db8:f00d:2::', length: 64 };
const RS = routerSolicitation(PHONE);
const MINUTE = 60_000;

describe('what stands in it', () => {
  it('each prefix on-link and autonomous, half its lifetime preferred, MTU, our MAC, name servers', () => {
    const { destination, neighbour } = only(hear(talking({ ...active, prefixes: [HNP, SECOND_HNP] }), RS));
    expect(destination).toBe('ff02::1');
    const prefix = { kind: 'prefixInformation', flags: { onLink: true, autonomous: true }, validLifetime: 3600, preferredLifetime: 1800 };
    expect(neighbour).toEqual({
      kind: 'routerAdvertisement',
      curHopLimit: 64,
      flags: { managed: false, otherConfiguration: false },
      routerLifetime: 1800,
      reachableTime: 0,
      retransTimer: 0,
      options: [
        { kind: 'sourceLinkLayerAddress', address: '00:00:5e:00:52:13' },
        { kind: 'mtu', mtu: 1452 },
        { ...prefix, prefix: HNP },
        { ...prefix, prefix: SECOND_HNP },
        { kind: 'recursiveDnsServer', lifetime: 1800, addresses: ['2001:db8:53::1'] },
      ],
    });
  });

  it('no name server, no option', () => {
    expect(optionsOf(advertisementIn(only(hear(talking({ ...active, dns6: [] }), RS))), 'recursiveDnsServer')).toEqual([]);
  });

  it.each([
    [0, 3600, 1800, 1800],
    [10 * MINUTE, 3000, 1500, 1800],
    [50 * MINUTE, 600, 300, 600],
    [59.99 * MINUTE, 0, 0, 0],
    [70 * MINUTE, 0, 0, 0],
  ])('after %d ms without a renewal: valid %d s, preferred %d s, router %d s', (ms, validLifetime, preferredLifetime, routerLifetime) => {
    const ra = advertisementIn(only(hear(talking(), RS, ms)));
    expect(ra.routerLifetime).toBe(routerLifetime);
    expect(optionsOf(ra, 'prefixInformation')).toMatchObject([{ validLifetime, preferredLifetime }]);
  });

  it('a renewal makes them whole again', () => {
    const c = talking();
    told(c, active, 10 * MINUTE);
    expect(optionsOf(advertisementIn(only(hear(c, RS, 11 * MINUTE))), 'prefixInformation')).toMatchObject([{ validLifetime: 3540 }]);
  });
});

describe('when it is sent', () => {
  it('as soon as the session is there, unasked', () => {
    expect(summary(told(startConversation(PHONE), ipv6Only))).toEqual(['router-advertisement']);
  });

  it('a solicitation is answered at once, also one from no address', () => {
    expect(summary(hear(talking(), RS))).toEqual(['router-advertisement']);
    expect(summary(hear(talking(), routerSolicitation(PHONE, ANY_IPV6)))).toEqual(['router-advertisement']);
    expect(summary(hear(talking(), neighbourFrames.routerSolicitation))).toEqual(['router-advertisement']);
  });

  it('a solicitation without a session asks for one, once, and is answered by it, once', () => {
    const c = startConversation(PHONE);
    expect(summary(hear(c, RS, 0))).toEqual(['wantBinding']);
    expect(hear(c, RS, 4000)).toEqual([]);
    expect(told(c, pending, 4001)).toEqual([]);
    expect(summary(told(c, ipv6Only, 4500))).toEqual(['router-advertisement']);
    expect(c.solicitation).toBeUndefined();
  });

  it('a held solicitation is answered also where the session is as before', () => {
    const c = talking();
    told(c, pending, 1000);
    hear(c, RS, 1100);
    expect(summary(told(c, active, 1200))).toEqual(['router-advertisement']);
  });

  it.each([
    ['refused', refused, 'discard rs-refused'],
    ['IPv4 only', ipv4Only, 'discard rs-no-ipv6'],
  ])('%s: not at all', (_, session, expected) => {
    expect(summary(hear(talking(session), RS))).toEqual([expected]);
    const c = talking(pending);
    hear(c, RS);
    expect(summary(told(c, session))).toEqual([expected]);
  });

  it('an extension that changes nothing is not told', () => {
    const c = talking();
    expect(told(c, active, 300_000)).toEqual([]);
    expect(deadline(c)).toEqual({ at: 600_000, why: 'unsolicited router advertisement' });
  });

  it.each([
    ['another MTU', { ...active, mtu: 1400 }],
    ['other name servers', { ...active, dns6: ['2001:db8:53::2'] }],
    ['one more prefix', { ...active, prefixes: [HNP, SECOND_HNP] }],
  ])('%s is told at once, with each prefix that the phone has, once', (_, session) => {
    const ra = advertisementIn(only(told(talking(), session)));
    expect(optionsOf(ra, 'prefixInformation').map((o) => [o.prefix, o.validLifetime])).toEqual(session.prefixes.map((prefix) => [prefix, 3600]));
  });

  it.each([
    [3600, 600],
    [36_000, 600],
    [600, 100],
    [12, 3],
  ])('a lifetime of %d s is advertised every %d s', (prefixLifetime, every) => {
    const c = talking({ ...active, prefixLifetime });
    const times = [];
    for (let due = deadline(c); due && times.length < 3; due = deadline(c)) {
      expect(summary(timer(c, due.at))).toEqual(['router-advertisement']);
      times.push(due.at / 1000);
    }
    expect(times).toEqual([every, 2 * every, 3 * every]);
  });

  it('nothing is advertised while a registration is under way, nor after a lifetime that ran out', () => {
    const c = talking();
    told(c, pending, 1000);
    expect(deadline(c)).toBeUndefined();
    const short = talking({ ...active, prefixLifetime: 3 });
    expect(optionsOf(advertisementIn(only(timer(short, 3000))), 'prefixInformation')).toMatchObject([{ validLifetime: 0 }]);
    expect(deadline(short)).toBeUndefined();
  });

  it('and again when it is renewed after that', () => {
    const c = talking({ ...active, prefixLifetime: 3 });
    timer(c, 3000);
    expect(summary(told(c, active, 4000))).toEqual(['router-advertisement']);
  });

  it('a timer that is early does nothing', () => {
    expect(timer(talking(), 599_999)).toEqual([]);
  });
});

describe('how the end is told', () => {
  it.each([
    ['ended', ended],
    ['refused', refused],
    ['IPv4 only from now on', ipv4Only],
  ])('%s: every prefix deprecated, no router, once', (_, session) => {
    const c = talking({ ...active, prefixes: [HNP, SECOND_HNP] });
    const [ra] = said(told(c, session));
    expect(ra?.name).toBe('router-withdrawal');
    const message = advertisementIn(ra);
    expect(message.routerLifetime).toBe(0);
    expect(optionsOf(message, 'prefixInformation').map((o) => [o.prefix, o.validLifetime, o.preferredLifetime])).toEqual([
      [HNP, 0, 0],
      [SECOND_HNP, 0, 0],
    ]);
    expect(said(told(c, session))).toEqual([]);
    expect(deadline(c)).toBeUndefined();
  });

  it('a registration that begins anew withdraws nothing until it has failed', () => {
    const c = talking();
    expect(told(c, pending)).toEqual([]);
    expect(summary(told(c, refused))).toEqual(['router-withdrawal']);
  });

  it('a prefix that another takes the place of: one advertisement says both', () => {
    const ra = advertisementIn(only(told(talking(), { ...active, prefixes: [SECOND_HNP] })));
    expect(ra.routerLifetime).toBe(1800);
    expect(optionsOf(ra, 'prefixInformation').map((o) => [o.prefix, o.preferredLifetime])).toEqual([
      [SECOND_HNP, 1800],
      [HNP, 0],
    ]);
  });

  it('also where the change came by way of a new registration', () => {
    const c = talking();
    told(c, pending);
    expect(optionsOf(advertisementIn(only(told(c, { ...active, prefixes: [SECOND_HNP] }))), 'prefixInformation').map((o) => o.prefix)).toEqual([SECOND_HNP, HNP]);
  });

  it.each([ended, refused, pending, ipv4Only])('what was never advertised is not withdrawn', (session: Session) => {
    expect(said(told(startConversation(PHONE), session))).toEqual([]);
  });
});

describe('how often a solicitation is answered', () => {
  it('four at once, then one a second; the rest is counted', () => {
    const c = talking();
    const burst = Array.from({ length: 6 }, () => summary(hear(c, RS, 1000)).join());
    expect(burst).toEqual([...Array<string>(4).fill('router-advertisement'), ...Array<string>(2).fill('discard rs-rate-limited')]);
    expect(summary(hear(c, RS, 1999))).toEqual(['discard rs-rate-limited']);
    expect(summary(hear(c, RS, 2000))).toEqual(['router-advertisement']);
    expect(summary(hear(c, RS, 2001))).toEqual(['discard rs-rate-limited']);
  });

  it("a phone's own pace of one in four seconds is always answered", () => {
    const c = talking();
    for (let ms = 0; ms < 60_000; ms += 4000) expect(summary(hear(c, RS, ms))).toEqual(['router-advertisement']);
  });
});

it('an advertisement from a phone is not believed', () => {
  const rogue = neighbourFromPhone(PHONE, PHONE_LL, 'ff02::1', { kind: 'routerAdvertisement', curHopLimit: 64, flags: { managed: false, otherConfiguration: false }, routerLifetime: 1800, reachableTime: 0, retransTimer: 0, options: [] });
  expect(summary(hear(talking(), rogue))).toEqual(['discard rogue-ra']);
});
