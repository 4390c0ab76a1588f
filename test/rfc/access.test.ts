/** The rows of the checklist that the access link shows: G29, G42 to G44, G49, G50. */
import { describe, expect, it } from 'vitest';
import {
  GLOBAL,
  HNP,
  HOA,
  MAG_LINK_LOCAL,
  MAG_MAC,
  PHONE,
  PHONE_LL,
  ROUTER,
  active,
  advertisementIn,
  ended,
  hear,
  ipv4Only,
  only,
  optionsOf,
  pending,
  refused,
  said,
  summary,
  talking,
  timer,
  told,
} from '../dhcp-server/talk.ts';
import { octetsNamed } from '../protocol/codecs.ts';
import { arpRequest, neighbourSolicitation, routerSolicitation } from '../../lab/simulated/phoneFrames.ts';
import { deadline } from '../../agent/dhcp-server/index.ts';

describe('G29 a NON_ZERO Link-local option in the PBA is configured on the access link', () => {
  const chosen = 'fe80::1';
  it('advertisements come from it, and it is answered for', () => {
    const c = talking({ ...active, linkLocal: chosen });
    expect(only(hear(c, routerSolicitation(PHONE))).source).toBe(chosen);
    expect(only(hear(c, neighbourSolicitation(PHONE, PHONE_LL, chosen)))).toMatchObject({ source: chosen, neighbour: { target: chosen } });
    expect(hear(c, neighbourSolicitation(PHONE, PHONE_LL, MAG_LINK_LOCAL))).toEqual([]);
  });

  it('a session that changes it takes the old router away', () => {
    const [old, fresh] = said(told(talking(), { ...active, linkLocal: chosen }));
    expect(old).toMatchObject({ source: MAG_LINK_LOCAL, neighbour: { routerLifetime: 0 } });
    expect(fresh).toMatchObject({ source: chosen, neighbour: { routerLifetime: 1800 } });
  });
});

describe('G42 no home prefix in an RA without a successful registration', () => {
  it.each([
    ['none', ended],
    ['pending', pending],
    ['refused', refused],
    ['IPv4 only', ipv4Only],
  ])('%s: a solicitation brings no advertisement, and no timer does', (_, session) => {
    const c = talking(session);
    expect(said(hear(c, routerSolicitation(PHONE)))).toEqual([]);
    const due = deadline(c);
    expect(due ? said(timer(c, due.at)) : []).toEqual([]);
  });

  it('acceptance brings the advertisement, and answers the solicitation that was held with it', () => {
    const c = talking(pending);
    hear(c, routerSolicitation(PHONE));
    const all = said(told(c, active));
    expect(all.map((s) => s.name)).toEqual(['router-advertisement']);
    expect(optionsOf(advertisementIn(all[0]), 'prefixInformation').map((o) => o.prefix)).toEqual([HNP]);
  });

  it('a registration refused later takes the prefix back: no preferred lifetime, no router', () => {
    const ra = advertisementIn(only(told(talking(), refused)));
    expect(ra.routerLifetime).toBe(0);
    expect(optionsOf(ra, 'prefixInformation')).toMatchObject([{ prefix: HNP, preferredLifetime: 0, validLifetime: 0 }]);
  });
});

describe('G43 RAs come from MAC 00-00-5E-00-52-13 and fe80::200:5eff:fe00:5213', () => {
  it('solicited, unsolicited and at the end', () => {
    const c = talking();
    const all = [...hear(c, routerSolicitation(PHONE)), ...timer(c, 600_000), ...told(c, ended)];
    expect(summary(all)).toEqual(['router-advertisement', 'router-advertisement', 'router-withdrawal']);
    // The frame's own source MAC is checked by `said`.
    for (const ra of said(all)) {
      expect(ra.source).toBe('fe80::200:5eff:fe00:5213');
      expect(optionsOf(advertisementIn(ra), 'sourceLinkLayerAddress')).toMatchObject([{ address: '00:00:5e:00:52:13' }]);
    }
  });
});

describe('G44 RAs carry the MTU option with the tunnel MTU', () => {
  it.each([1280, 1452, 1444])('%d', (mtu) => {
    expect(optionsOf(advertisementIn(only(hear(talking({ ...active, mtu }), routerSolicitation(PHONE)))), 'mtu')).toEqual([{ kind: 'mtu', mtu }]);
  });

  it('a tunnel whose MTU changes is told at once', () => {
    expect(optionsOf(advertisementIn(only(told(talking(), { ...active, mtu: 1400 }))), 'mtu')).toEqual([{ kind: 'mtu', mtu: 1400 }]);
  });
});

describe('G49 proxy ARP answers for the home subnet', () => {
  it.each([
    ['the default router', 'arp-request-router', ROUTER],
    ['another address of the subnet', 'arp-request-neighbour', '192.0.2.77'],
  ])('%s', (_, vector, address) => {
    expect(only(hear(talking(), octetsNamed(vector))).arp).toEqual({ operation: 2, senderMac: MAG_MAC, senderAddress: address, targetMac: PHONE, targetAddress: HOA });
  });

  it('and for nothing outside it', () => {
    expect(summary(hear(talking(), arpRequest(PHONE, HOA, '192.0.3.1')))).toEqual(['discard arp-off-subnet']);
  });
});

describe("G50 the node's own address probe is never answered", () => {
  it.each([
    ['ARP probe', arpRequest(PHONE, '0.0.0.0', HOA)],
    ['ARP announcement', arpRequest(PHONE, HOA, HOA)],
    ['ARP probe of any other address of the subnet', arpRequest(PHONE, '0.0.0.0', '192.0.2.77')],
    ['duplicate address detection, link-local', neighbourSolicitation(PHONE, '::', PHONE_LL)],
    ['duplicate address detection, global', neighbourSolicitation(PHONE, '::', GLOBAL)],
    ['resolution of an address of its own', neighbourSolicitation(PHONE, PHONE_LL, GLOBAL)],
  ])('%s, with and without a session', (_, frame) => {
    for (const session of [active, pending, refused, ended]) expect(said(hear(talking(session), frame))).toEqual([]);
  });

  it('nor is one that came before the session', () => {
    const c = talking(pending);
    hear(c, arpRequest(PHONE, '0.0.0.0', HOA));
    hear(c, arpRequest(PHONE, HOA, HOA));
    expect(summary(told(c, ipv4Only))).toEqual([]);
  });
});
