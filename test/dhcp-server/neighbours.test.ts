/** ARP and neighbour solicitations: who is answered, with what, and what is learned; presence probes and their answers. */
import { describe, expect, it } from 'vitest';
import { answersProbe, presenceProbes, startConversation, stationOf, type Session } from '../../agent/dhcp-server/index.ts';
import { octetsNamed } from '../protocol/codecs.ts';
import { neighbourFrames } from '../protocol/neighbourFrames.ts';
import { arpReply, arpRequest, neighbourAdvertisement, neighbourSolicitation, routerSolicitation } from '../../lab/simulated/phoneFrames.ts';
import { GLOBAL, HOA, MAG_LINK_LOCAL, MAG_MAC, PHONE, PHONE_LL, ROUTER, active, dhcp, ended, hear, ipv4Only, ipv6Only, only, pending, refused, said, summary, talking, told } from './talk.ts';
import { hexOf } from '../vectors/index.ts';

const NEIGHBOUR = '192.0.2.77';

describe('ARP', () => {
  it.each([
    ['the router', arpRequest(PHONE, HOA, ROUTER), 'arp-reply'],
    ['a neighbour', arpRequest(PHONE, HOA, NEIGHBOUR), 'arp-reply'],
    ['a probe of the router: taken', arpRequest(PHONE, '0.0.0.0', ROUTER), 'arp-reply'],
    ['an announcement of the router: defended', arpRequest(PHONE, ROUTER, ROUTER), 'arp-reply'],
    ['its own address', arpRequest(PHONE, HOA, HOA), ''],
    ['its own address, probed', arpRequest(PHONE, '0.0.0.0', HOA), ''],
    ['its own address, as another', arpRequest(PHONE, NEIGHBOUR, HOA), ''],
    ['a neighbour, probed', arpRequest(PHONE, '0.0.0.0', NEIGHBOUR), ''],
    ['the router, as a neighbour', arpRequest(PHONE, NEIGHBOUR, ROUTER), 'discard arp-sender'],
    ['a neighbour, as another', arpRequest(PHONE, '192.0.2.5', NEIGHBOUR), 'discard arp-sender'],
    ['the router, with another MAC inside', arpRequest(PHONE, HOA, ROUTER, '00:24:d7:8e:21:a5'), 'discard arp-sender'],
    ['somebody outside the home subnet', arpRequest(PHONE, HOA, '198.51.100.1'), 'discard arp-off-subnet'],
    ['a reply', arpReply(PHONE, HOA, ROUTER), ''],
  ])('%s', (_, frame, expected) => {
    expect(summary(hear(talking(), frame)).join()).toBe(expected);
  });

  it('with a prefix length of 32 the router is answered for and nobody else', () => {
    const session: Session = { ...active, ipv4: { address: HOA, prefixLength: 32, router: ROUTER, leaseSeconds: 60 } };
    expect(summary(hear(talking(session), arpRequest(PHONE, HOA, ROUTER)))).toEqual(['arp-reply']);
    expect(summary(hear(talking(session), arpRequest(PHONE, HOA, NEIGHBOUR)))).toEqual(['discard arp-off-subnet']);
  });

  it.each([
    ['refused', refused],
    ['IPv6 only', ipv6Only],
  ])('%s: no answer', (_, session) => {
    expect(summary(hear(talking(session), octetsNamed('arp-request-router')))).toEqual(['discard arp-no-session']);
  });

  it.each([
    ['none yet', ended],
    ['pending', pending],
  ])('a roamed phone asks before its session is there (%s): answered as soon as it is', (_, session) => {
    const c = talking(session);
    expect(hear(c, octetsNamed('arp-request-router'), 10)).toEqual([]);
    hear(c, arpRequest(PHONE, '0.0.0.0', HOA), 11);
    expect(said(told(c, ipv4Only, 30))).toMatchObject([{ name: 'arp-reply', arp: { senderMac: MAG_MAC, senderAddress: ROUTER } }]);
  });

  it('what was held is not answered if there is no IPv4 in the end', () => {
    const c = talking(pending);
    hear(c, octetsNamed('arp-request-router'));
    expect(summary(told(c, refused))).toEqual(['discard arp-no-session']);
  });
});

describe('neighbour solicitations', () => {
  it("the gateway's address is answered for, as a router, to the one that asked", () => {
    const answer = only(hear(talking(), neighbourFrames.routerResolution));
    expect(answer).toMatchObject({ source: MAG_LINK_LOCAL, destination: PHONE_LL });
    expect(answer.neighbour).toEqual({
      kind: 'neighbourAdvertisement',
      flags: { router: true, solicited: true, override: true },
      target: MAG_LINK_LOCAL,
      options: [{ kind: 'targetLinkLayerAddress', address: MAG_MAC }],
    });
  });

  it('octet for octet as Linux answered the same solicitation as a router', () => {
    const [effect] = hear(talking(), neighbourFrames.routerResolution);
    expect(effect?.kind === 'sendFrame' && hexOf(effect.frame)).toBe(hexOf(neighbourFrames.routerAnswer));
  });

  it('also while the registration is under way, but not before or after', () => {
    const frame = neighbourSolicitation(PHONE, PHONE_LL, MAG_LINK_LOCAL);
    expect([pending, ended, refused].map((s) => summary(hear(talking(s), frame)).join())).toEqual(['neighbour-advertisement', 'discard nd-no-session', 'discard nd-no-session']);
  });

  it('a phone that checks whether it may take it is told no, in the way that it hears without an address (RFC 4861 §7.2.4)', () => {
    const answer = only(hear(talking(), neighbourSolicitation(PHONE, '::', MAG_LINK_LOCAL)));
    expect(answer).toMatchObject({ destination: 'ff02::1', neighbour: { flags: { solicited: false, override: true } } });
  });

  it.each([
    ['another node of its prefix: there is none', '2001:db8:f00d:1::77'],
    ['a node elsewhere', '2001:db8:ffff::80'],
    ['its own address', GLOBAL],
  ])('%s', (_, target) => {
    expect(hear(talking(), neighbourSolicitation(PHONE, PHONE_LL, target))).toEqual([]);
  });
});

describe('addresses learned', () => {
  const learned = (session: Session, ...frames: Uint8Array[]) => {
    const c = talking(session);
    for (const frame of frames) hear(c, frame);
    return c.addresses;
  };

  it.each([
    ['from duplicate address detection', neighbourFrames.dadSolicitation, [PHONE_LL]],
    ['from a global one', neighbourSolicitation(PHONE, '::', GLOBAL), [GLOBAL]],
    ['from the source of a solicitation', neighbourSolicitation(PHONE, GLOBAL, MAG_LINK_LOCAL), [GLOBAL]],
    ['from the source of a router solicitation', routerSolicitation(PHONE), [PHONE_LL]],
    ['from an advertisement', neighbourAdvertisement(PHONE, GLOBAL), [GLOBAL]],
    ['not from another prefix', neighbourSolicitation(PHONE, '::', '2001:db8:bad::1'), []],
    ["not the gateway's", neighbourSolicitation(PHONE, '::', MAG_LINK_LOCAL), []],
    ['not from whom it looks for', neighbourSolicitation(PHONE, PHONE_LL, '2001:db8:f00d:1::77'), [PHONE_LL]],
  ])('%s', (_, frame, expected) => {
    expect(learned(active, frame)).toEqual(expected);
  });

  it('the newest first, each once, eight at most', () => {
    const checks = Array.from({ length: 20 }, (_, i) => neighbourSolicitation(PHONE, '::', `2001:db8:f00d:1::${i + 1}`));
    const all = learned(active, ...checks, checks[15] as Uint8Array);
    expect(all).toHaveLength(8);
    expect(all.slice(0, 3)).toEqual(['2001:db8:f00d:1::16', '2001:db8:f00d:1::20', '2001:db8:f00d:1::19']);
  });

  it('those of a prefix that is gone are forgotten', () => {
    const c = talking();
    hear(c, neighbourSolicitation(PHONE, '::', PHONE_LL));
    hear(c, neighbourSolicitation(PHONE, '::', GLOBAL));
    told(c, { ...active, prefixes: [{ address: '2001:db8:f00d:2::', length: 64 }] });
    expect(c.addresses).toEqual([PHONE_LL]);
  });
});

describe('presence', () => {
  it('ARP as the vector has it, NS for the link-local address that the MAC makes', () => {
    const [arp, ns, ...more] = presenceProbes(talking());
    expect(hexOf(arp as Uint8Array)).toBe(hexOf(octetsNamed('arp-presence-probe')));
    expect(said([{ kind: 'sendFrame', name: 'neighbour-advertisement', frame: ns as Uint8Array }])).toMatchObject([
      { source: MAG_LINK_LOCAL, destination: PHONE_LL, neighbour: { kind: 'neighbourSolicitation', target: PHONE_LL, options: [{ kind: 'sourceLinkLayerAddress', address: MAG_MAC }] } },
    ]);
    expect(more).toEqual([]);
  });

  it('NS for the addresses that were heard', () => {
    const c = talking(ipv6Only);
    for (const a of ['fe80::abcd', '2001:db8:f00d:1::1', '2001:db8:f00d:1::2']) hear(c, neighbourSolicitation(PHONE, '::', a));
    const targets = presenceProbes(c).map((frame) => said([{ kind: 'sendFrame', name: 'neighbour-advertisement', frame }])[0]?.destination);
    expect(targets).toEqual(['fe80::abcd', '2001:db8:f00d:1::2']);
  });

  it.each([
    ['IPv4 only: its link-local address answers too', ipv4Only, 2],
    ['IPv6 only', ipv6Only, 1],
    ['no session yet', ended, 1],
  ])('%s', (_, session, count) => {
    expect(presenceProbes(talking(session))).toHaveLength(count);
  });

  it.each([
    ['the ARP answer', octetsNamed('arp-presence-answer'), true],
    ['an ARP answer for another address', arpReply(PHONE, NEIGHBOUR, ROUTER), false],
    ['an ARP request', arpRequest(PHONE, HOA, ROUTER), false],
    ['the NA', neighbourAdvertisement(PHONE, PHONE_LL), true],
    ['an NA of an address that was not asked', neighbourAdvertisement(PHONE, '2001:db8:f00d:1::9'), false],
    ['an ARP answer of another station', arpReply('00:24:d7:8e:21:a5', HOA, ROUTER), false],
    ['DHCP', dhcp('DISCOVER'), false],
    ['garbage', octetsNamed('arp-presence-answer').subarray(0, 20), false],
    ['IPv6 of no interest', Uint8Array.from([...neighbourFrames.routerAnswer.subarray(0, 6), ...octetsNamed('arp-presence-answer').subarray(6, 12), 0x88, 0xcc, 1]), false],
  ])('%s answers a probe: %s', (_, frame, expected) => {
    expect(answersProbe(talking(), frame)).toBe(expected);
  });

  it.each([
    ['any frame of it', octetsNamed('arp-request-router'), PHONE],
    ['half a header', octetsNamed('arp-request-router').subarray(0, 13), undefined],
    ['a multicast sender', Uint8Array.from(octetsNamed('arp-request-router'), (b, i) => (i === 6 ? 1 : b)), undefined],
    ['no sender', Uint8Array.from(octetsNamed('arp-request-router'), (b, i) => (i >= 6 && i < 12 ? 0 : b)), undefined],
    ['a frame of ours', octetsNamed('arp-presence-probe'), undefined],
  ])('the station of %s', (_, frame, expected) => {
    expect(stationOf(frame)).toBe(expected);
  });

  it('a frame of another station is none of this conversation', () => {
    expect(summary(hear(talking(), arpRequest('00:24:d7:8e:21:a5', HOA, ROUTER)))).toEqual(['discard other-station']);
    expect(summary(hear(startConversation(PHONE), new Uint8Array(0)))).toEqual(['discard other-station']);
  });
});
