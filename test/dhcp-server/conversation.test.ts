/** A conversation over time: what is held and given up, whole dialogues with a DHCP client, and what holds for any input. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadline, discardReasons, startConversation, step, type AccessEffect, type AccessEvent, type Conversation, type Session } from '../../agent/dhcp-server/index.ts';
import { formatPrefix } from '../../protocol/address.ts';
import { anyOctets, octetsNamed } from '../protocol/codecs.ts';
import { neighbourFrames } from '../protocol/neighbourFrames.ts';
import { deadline as phoneDeadline, startPhoneDhcp, step as phoneStep, type PhoneDhcp, type PhoneDhcpEvent } from '../../lab/simulated/phoneDhcp.ts';
import { arpRequest, neighbourSolicitation, routerSolicitation } from '../../lab/simulated/phoneFrames.ts';
import { vectors } from '../vectors/index.ts';
import { HOA, LIFETIME, PHONE, ROUTER, active, advertisementIn, at, dhcp, dhcpIn, ended, hear, ipv4Only, ipv6Only, optionsOf, pending, refused, said, summary, talking, timer, told } from './talk.ts';

describe('what is held', () => {
  it('each is given up 16 s after it was last said', () => {
    const c = talking(pending);
    hear(c, dhcp('DISCOVER'), 0);
    hear(c, routerSolicitation(PHONE), 1000);
    hear(c, arpRequest(PHONE, HOA, ROUTER), 2000);
    hear(c, dhcp('DISCOVER'), 4000);
    const given = [];
    for (let due = deadline(c); due; due = deadline(c)) {
      expect(due.why).toBe('give up what is held for a session');
      given.push([due.at, ...summary(timer(c, due.at))]);
    }
    expect(given).toEqual([17_000, 18_000, 20_000].map((ms) => [ms, 'discard held-too-long']));
    expect(summary(told(c, active, 21_000))).toEqual(['router-advertisement']);
  });

  it('is answered in the order that a roamed phone needs it: advertisement, router, address', () => {
    const c = talking(pending);
    hear(c, dhcp('REQUEST', { options: { requestedAddress: HOA } }));
    hear(c, arpRequest(PHONE, HOA, ROUTER));
    hear(c, routerSolicitation(PHONE));
    expect(summary(told(c, active))).toEqual(['router-advertisement', 'arp-reply', 'dhcp-ack']);
    expect(deadline(c)?.why).toBe('unsolicited router advertisement');
  });

  it('outlives a session that ends and begins anew', () => {
    const c = talking(pending);
    hear(c, dhcp('DISCOVER'), 0);
    told(c, ended, 100);
    told(c, pending, 200);
    expect(dhcpIn(told(c, ipv4Only, 300)).options.messageType).toBe('OFFER');
  });

  it('gives way to what the client says later, also where that is not held', () => {
    const c = talking(pending);
    hear(c, dhcp('DISCOVER'));
    expect(summary(hear(c, dhcp('RELEASE', { ciaddr: HOA })))).toEqual(['discard dhcp-no-lease']);
    expect(told(c, ipv4Only)).toEqual([]);
  });
});

/** Carries frames between a client and a conversation until both are silent; returns what the conversation did. */
function converse(phone: PhoneDhcp, c: Conversation, event: PhoneDhcpEvent, ms: number): string[] {
  const done: AccessEffect[] = [];
  let frames = phoneStep(phone, event, ms);
  while (frames.length > 0) {
    const effects = frames.flatMap((frame) => hear(c, frame, ms));
    done.push(...effects);
    frames = effects.flatMap((e) => (e.kind === 'sendFrame' ? phoneStep(phone, { kind: 'frame', frame: e.frame }, ms) : []));
  }
  return summary(done);
}

/** Hands a client what a change of session made the conversation send. */
function deliver(phone: PhoneDhcp, c: Conversation, effects: readonly AccessEffect[], ms: number): string[] {
  return effects.flatMap((e) => (e.kind === 'sendFrame' ? converse(phone, c, { kind: 'frame', frame: e.frame }, ms) : []));
}

describe('dialogues with a DHCP client', () => {
  const bound = (): { phone: PhoneDhcp; home1: Conversation } => {
    const phone = startPhoneDhcp(PHONE);
    const home1 = talking();
    converse(phone, home1, { kind: 'linkUp' }, 0);
    expect(phone.state).toBe('bound');
    return { phone, home1 };
  };

  it('first attach: held, offered, acknowledged', () => {
    const phone = startPhoneDhcp(PHONE);
    const c = startConversation(PHONE);
    expect(converse(phone, c, { kind: 'linkUp' }, 0)).toEqual(['wantBinding']);
    told(c, pending, 1);
    expect(deliver(phone, c, told(c, active, 20), 20)).toEqual(['dhcp-ack']);
    expect(phone).toMatchObject({ state: 'bound', naks: 0 });
    expect(phone.lease).toMatchObject({ address: HOA, server: ROUTER, router: ROUTER, mtu: 1452, dns: active.dns4, leaseSeconds: LIFETIME });
  });

  it('roam with INIT-REBOOT: acknowledged at the new home', () => {
    const { phone } = bound();
    const home2 = talking(pending);
    expect(converse(phone, home2, { kind: 'linkUp' }, 60_000)).toEqual([]);
    deliver(phone, home2, told(home2, active, 60_020), 60_020);
    expect(phone).toMatchObject({ state: 'bound', naks: 0, history: [{ address: HOA }, { address: HOA }] });
  });

  it('roam to a home that gives another address: refused, then offered', () => {
    const { phone } = bound();
    const session: Session = { ...active, ipv4: { address: '203.0.113.7', prefixLength: 24, router: '203.0.113.1', leaseSeconds: 60 } };
    expect(converse(phone, talking(session), { kind: 'linkUp' }, 60_000)).toEqual(['dhcp-nak', 'dhcp-offer', 'dhcp-ack']);
    expect(phone).toMatchObject({ naks: 1, lease: { address: '203.0.113.7' } });
  });

  it('a refused roam ends in silence', () => {
    const { phone } = bound();
    const home2 = talking(pending);
    converse(phone, home2, { kind: 'linkUp' }, 60_000);
    expect(deliver(phone, home2, told(home2, refused, 60_020), 60_020)).toEqual(['discard dhcp-refused']);
    expect(phone).toMatchObject({ state: 'selecting', naks: 1, lease: undefined });
  });

  it('renewals for a day, then rebinding where the renewals were lost', () => {
    const { phone, home1 } = bound();
    for (let i = 0; i < 48; i++) {
      const due = phoneDeadline(phone)?.at ?? 0;
      expect(converse(phone, home1, { kind: 'timer' }, due)).toEqual(['dhcp-ack']);
    }
    const { rebindAt = 0 } = phone.lease ?? {};
    for (let due = phoneDeadline(phone)?.at ?? 0; due < rebindAt; due = phoneDeadline(phone)?.at ?? Infinity) phoneStep(phone, { kind: 'timer' }, due);
    expect(phone.state).toBe('renewing');
    expect(converse(phone, home1, { kind: 'timer' }, rebindAt)).toEqual(['dhcp-ack']);
    expect(phone).toMatchObject({ state: 'bound', naks: 0 });
    expect(phone.history).toHaveLength(50);
  });

  it('release: IPv4 goes and comes back with the next DISCOVER', () => {
    const { phone, home1 } = bound();
    expect(converse(phone, home1, { kind: 'release' }, 1000)).toEqual(['releaseIpv4']);
    told(home1, ipv6Only, 1001);
    expect(converse(phone, home1, { kind: 'linkUp' }, 2000)).toEqual(['wantBinding']);
    deliver(phone, home1, told(home1, active, 2010), 2010);
    expect(phone.state).toBe('bound');
  });

  it('decline: the address is reported, and the next DISCOVER asks for another', () => {
    const { phone, home1 } = bound();
    const effects = phoneStep(phone, { kind: 'decline' }, 1000).flatMap((frame) => {
      const done = hear(home1, frame, 1000);
      if (done.some((e) => e.kind === 'declineIpv4')) told(home1, ipv6Only, 1000);
      return done;
    });
    expect(effects).toMatchObject([{ kind: 'declineIpv4', address: HOA }, { kind: 'wantBinding' }]);
  });

  it('inform: parameters and no lease', () => {
    const { phone, home1 } = bound();
    expect(converse(phone, home1, { kind: 'inform' }, 1000)).toEqual(['dhcp-ack']);
    expect(phone.history).toHaveLength(1);
  });
});

describe('whatever comes', () => {
  const sessions = [active, ipv4Only, ipv6Only, pending, refused, ended, { ...active, dhcpMode: 'relay' as const }];
  const seeds = [
    ...vectors.filter((v) => v.transport === 'access').map((v) => octetsNamed(v.name)),
    ...Object.values(neighbourFrames),
    dhcp('REQUEST', { ciaddr: HOA }),
    neighbourSolicitation(PHONE, '::', 'fe80::200:5eff:fe00:5213'),
  ];
  /** Damaged frames keep the phone as their sender, or nothing would be read. */
  const asPhone = (frame: Uint8Array) => Uint8Array.from([...frame.subarray(0, 6), 0x00, 0x24, 0xd7, 0x8e, 0x21, 0xa4, ...frame.subarray(12)]);
  const events: fc.Arbitrary<AccessEvent> = fc.oneof(
    fc.constantFrom(...sessions).map((session): AccessEvent => ({ kind: 'session', session })),
    fc.constantFrom(...seeds).map((frame): AccessEvent => ({ kind: 'frame', frame: asPhone(frame) })),
    fc.tuple(anyOctets(seeds), fc.boolean()).map(([frame, checksumReady]): AccessEvent => ({ kind: 'frame', frame: asPhone(frame), checksumReady })),
    fc.constant<AccessEvent>({ kind: 'timer' }),
  );
  const script = fc.array(fc.tuple(events, fc.nat({ max: 30_000 })), { maxLength: 40 });

  it('nothing is thrown, nobody else is spoken to, every discard has its reason', () => {
    fc.assert(
      fc.property(script, (all) => {
        const c = startConversation(PHONE);
        let ms = 0;
        for (const [event, wait] of all) {
          ms += wait;
          const effects = step(c, event, at(ms));
          said(effects); // checks the MACs, and that each frame decodes
          for (const e of effects) if (e.kind === 'discard' && !e.reason.startsWith('frame-')) expect(Object.keys(discardReasons)).toContain(e.reason);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a lease is only given, and a prefix only advertised, with the session that has it', () => {
    fc.assert(
      fc.property(script, (all) => {
        const c = startConversation(PHONE);
        let ms = 0;
        for (const [event, wait] of all) {
          ms += wait;
          for (const s of said(step(c, event, at(ms)))) {
            const { session } = c;
            if (s.dhcp && s.dhcp.yiaddr !== '0.0.0.0') expect([session.state, session.ipv4?.address]).toEqual(['active', s.dhcp.yiaddr]);
            if (!s.name.startsWith('router-')) continue;
            const live = optionsOf(advertisementIn(s), 'prefixInformation').filter((o) => o.preferredLifetime > 0);
            const allowed = session.state === 'active' ? session.prefixes.map(formatPrefix) : [];
            for (const o of live) expect(allowed).toContain(formatPrefix(o.prefix));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a deadline that is kept is gone: timers alone come to rest or to the next advertisement', () => {
    fc.assert(
      fc.property(script, (all) => {
        const c = startConversation(PHONE);
        let ms = 0;
        for (const [event, wait] of all) step(c, event, at((ms += wait)));
        for (let i = 0; i < 4; i++) {
          const due = deadline(c);
          if (!due) return;
          ms = Math.max(ms, due.at);
          step(c, { kind: 'timer' }, at(ms));
          expect(deadline(c)?.at ?? Infinity).toBeGreaterThan(ms);
        }
      }),
      { numRuns: 200 },
    );
  });
});
