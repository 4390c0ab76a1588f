/** The DHCP rows of the checklist (D01 to D10), one test per sentence. */
import { describe, expect, it } from 'vitest';
import { decode } from '../../protocol/codec.ts';
import { ethernetFrame } from '../../protocol/ip.ts';
import { HOA, LIFETIME, ROUTER, active, at, dhcp, dhcpIn, hear, ipv4Only, only, pending, refused, said, summary, talking, told } from '../dhcp-server/talk.ts';
import { octetsNamed } from '../protocol/codecs.ts';
import { startConversation, step } from '../../agent/dhcp-server/index.ts';
import { startPhoneDhcp, step as phoneStep } from '../../lab/simulated/phoneDhcp.ts';

const renewal = (address = HOA, server?: string) => dhcp('REQUEST', { ciaddr: address }, server);
const rebooting = (address = HOA) => dhcp('REQUEST', { options: { requestedAddress: address } });
const selecting = (address = HOA, server = ROUTER) => dhcp('REQUEST', { options: { requestedAddress: address, serverIdentifier: server } });

describe('D01 S=1 makes the MAG a DHCP server, S=0 or no option a relay', () => {
  it('server mode answers', () => {
    expect(summary(hear(talking(), dhcp('DISCOVER')))).toEqual(['dhcp-offer']);
  });

  it.each(['DISCOVER', 'REQUEST', 'INFORM', 'RELEASE', 'DECLINE'] as const)('relay mode, which there is none, is refused with a reason: %s', (type) => {
    const c = talking({ ...active, dhcpMode: 'relay' });
    expect(summary(hear(c, dhcp(type, { ciaddr: HOA, options: { requestedAddress: HOA } })))).toEqual(['discard dhcp-relay-mode']);
  });

  it('and so is what was held for the session', () => {
    const c = talking(pending);
    expect(hear(c, dhcp('DISCOVER'))).toEqual([]);
    expect(summary(told(c, { ...active, prefixes: [], dhcpMode: 'relay' }))).toEqual(['discard dhcp-relay-mode']);
  });
});

describe('D02 no OFFER before the binding is accepted', () => {
  it('a DISCOVER is held, and offered the address when the acknowledgement has come', () => {
    const c = talking(pending);
    expect(hear(c, dhcp('DISCOVER'), 100)).toEqual([]);
    const { dhcp: offer } = said(told(c, ipv4Only, 130)).find((s) => s.name === 'dhcp-offer') ?? {};
    expect(offer).toMatchObject({ yiaddr: HOA, xid: 0x3903f326, options: { messageType: 'OFFER' } });
  });

  it('a refused one is met with silence', () => {
    const c = talking(pending);
    hear(c, dhcp('DISCOVER'));
    expect(summary(told(c, refused))).toEqual(['discard dhcp-refused']);
    expect(summary(hear(c, dhcp('DISCOVER')))).toEqual(['discard dhcp-refused']);
  });

  it('without a registration it begins one', () => {
    const c = startConversation('00:24:d7:8e:21:a4');
    expect(step(c, { kind: 'frame', frame: octetsNamed('dhcp-discover') }, at(0))).toEqual([{ kind: 'wantBinding', mac: '00:24:d7:8e:21:a4', clientId: '01:00:24:d7:8e:21:a4' }]);
  });
});

describe('D03 OFFER carries subnet mask, router = default router, and interface MTU', () => {
  it.each([
    ['asked for', { parameterRequestList: [1, 3, 26] }],
    ['not asked for', { parameterRequestList: [15] }],
    ['without a list', {}],
  ])('%s', (_, options) => {
    expect(dhcpIn(hear(talking(), dhcp('DISCOVER', { options }))).options).toMatchObject({ subnetMask: '255.255.255.0', routers: [ROUTER], interfaceMtu: 1452 });
  });
});

describe('D04 server identifier is the default router address on every MAG', () => {
  it('in offer, acknowledgement and refusal, as IP source too', () => {
    for (const frame of [dhcp('DISCOVER'), selecting(), renewal(), renewal('192.0.2.9'), dhcp('INFORM', { ciaddr: HOA })]) {
      const answer = only(hear(talking(), frame));
      expect([answer.source, answer.dhcp?.options.serverIdentifier]).toEqual([ROUTER, ROUTER]);
    }
  });

  it('so a phone that roams renews at the next MAG without noticing', () => {
    const phone = startPhoneDhcp('00:24:d7:8e:21:a4');
    const [home1, home2] = [talking(), talking()];
    let frames = phoneStep(phone, { kind: 'linkUp' }, 0);
    for (let i = 0; i < 2; i++) frames = frames.flatMap((f) => hear(home1, f)).flatMap((e) => (e.kind === 'sendFrame' ? phoneStep(phone, { kind: 'frame', frame: e.frame }, 0) : []));
    expect(phone).toMatchObject({ state: 'bound', lease: { address: HOA } });
    const renewAt = phone.lease?.renewAt ?? 0;
    const [renew] = phoneStep(phone, { kind: 'timer' }, renewAt);
    const effects = hear(home2, renew as Uint8Array, renewAt);
    expect(summary(effects)).toEqual(['dhcp-ack']);
    for (const e of effects) if (e.kind === 'sendFrame') phoneStep(phone, { kind: 'frame', frame: e.frame }, renewAt);
    expect(phone).toMatchObject({ state: 'bound', naks: 0, history: [{ address: HOA }, { address: HOA }] });
  });
});

describe('D05 RENEWING and REBINDING are served from ciaddr', () => {
  it.each([
    ['RENEWING', renewal(HOA, ROUTER)],
    ['REBINDING', renewal(HOA)],
    ['RENEWING with the option 50 that RFC 5844 §3.4.1 names', dhcp('REQUEST', { ciaddr: HOA, options: { requestedAddress: '192.0.2.9' } }, ROUTER)],
  ])('%s', (_, frame) => {
    const answer = only(hear(talking(), frame));
    expect(answer.destination).toBe(HOA);
    expect(answer.dhcp).toMatchObject({ ciaddr: HOA, yiaddr: HOA, options: { messageType: 'ACK' } });
  });
});

describe('D06 a renewal for an address the LMA does not give is answered with NAK', () => {
  it('the session has another address', () => {
    expect(dhcpIn(hear(talking(), renewal('192.0.2.9'))).options.messageType).toBe('NAK');
  });

  it('the registration is refused', () => {
    const c = talking(pending);
    expect(hear(c, renewal(HOA, ROUTER))).toEqual([]);
    expect(dhcpIn(told(c, refused)).options).toMatchObject({ messageType: 'NAK', serverIdentifier: ROUTER });
  });
});

describe('D07 RELEASE de-registers IPv4 and never the prefixes', () => {
  it('no reply, one request to the core, and the advertisements go on', () => {
    const c = talking();
    const next = c.nextAdvertisement;
    expect(hear(c, dhcp('RELEASE', { ciaddr: HOA, options: { serverIdentifier: ROUTER } }, ROUTER))).toEqual([{ kind: 'releaseIpv4', mac: '00:24:d7:8e:21:a4' }]);
    const { ipv4: _, ...left } = active;
    expect(told(c, left)).toEqual([]);
    expect(c.nextAdvertisement).toBe(next);
  });
});

describe('D08 INFORM is answered without a lease time', () => {
  it('with options, no address and none of the three times', () => {
    const { destination, dhcp: ack } = only(hear(talking(), octetsNamed('dhcp-inform')));
    expect(destination).toBe(HOA);
    expect(ack).toMatchObject({ yiaddr: '0.0.0.0', options: { messageType: 'ACK', routers: [ROUTER], interfaceMtu: 1452 } });
    expect(Object.keys(ack?.options ?? {}).filter((name) => name.endsWith('Time'))).toEqual([]);
  });
});

describe('D09 a NAK goes to the broadcast address', () => {
  it.each([
    ['INIT-REBOOT', rebooting('192.0.2.9')],
    ['SELECTING', selecting('192.0.2.9')],
    ['RENEWING', renewal('192.0.2.9', ROUTER)],
  ])('%s', (_, frame) => {
    const answer = only(hear(talking(), frame));
    expect(answer.name).toBe('dhcp-nak');
    expect(answer.destination).toBe('255.255.255.255');
    expect(answer.dhcp).toMatchObject({ ciaddr: '0.0.0.0', yiaddr: '0.0.0.0' });
  });

  it('although its frame reaches the one phone only', () => {
    const [effect] = hear(talking(), rebooting('192.0.2.9'));
    expect(effect?.kind === 'sendFrame' && decode(ethernetFrame, effect.frame).destination).toBe('00:24:d7:8e:21:a4');
  });
});

describe('D10 the lease time equals the granted lifetime', () => {
  it('in offer and acknowledgement, with T1 at a half and T2 at seven eighths', () => {
    for (const frame of [dhcp('DISCOVER'), selecting(), rebooting(), renewal()]) {
      expect(dhcpIn(hear(talking(), frame)).options).toMatchObject({ leaseTime: LIFETIME, renewalTime: 1800, rebindingTime: 3150 });
    }
  });

  it('a renewal carries the lifetime that is granted by then', () => {
    const c = talking();
    told(c, { ...active, ipv4: { address: HOA, prefixLength: 24, router: ROUTER, leaseSeconds: 1200 } }, 900_000);
    expect(dhcpIn(hear(c, renewal(), 900_001)).options.leaseTime).toBe(1200);
  });
});
