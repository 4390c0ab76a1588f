/** RFC 5846 §6, §9.1 and RFC 5847 §3: what the LMA may take away, and what it may ask. */
import { describe, expect, it } from 'vitest';
import { REVOCATION_STATUS as RS, TRIGGER } from '../../protocol/mobility/codes.ts';
import { noUpdateFlags } from '../../protocol/mobility/messages.ts';
import { find, type MobilityOption } from '../../protocol/mobility/options.ts';
import { acceptance, activeBench, braStatuses, bri, createBench, HOA, LMA1, MAC, NAI, OTHER_MAC, PREFIX, profile, silent } from '../mag/harness.ts';

const mnId = (identifier: string): MobilityOption => ({ kind: 'mnIdentifier', subtype: 1, identifier });
const perNode = [TRIGGER.UNSPECIFIED, TRIGGER.ADMINISTRATIVE, TRIGGER.USER_INITIATED, TRIGGER.ACCESS_NETWORK, TRIGGER.OUT_OF_SYNC];
const handover = [TRIGGER.HANDOVER_SAME_ATT, TRIGGER.HANDOVER_DIFFERENT_ATT, TRIGGER.HANDOVER_UNKNOWN];

describe('checks', () => {
  it.each([[TRIGGER.PER_PEER_POLICY, false], [TRIGGER.ADMINISTRATIVE, true]] as const)('R01 trigger %i with G=%s is refused with 134', (trigger, global) => {
    const bench = activeBench();
    bench.message(bri(trigger, { flags: { proxy: true, ipv4Only: false, global } }));
    expect(braStatuses(bench)).toEqual([RS.FUNCTION_NOT_SUPPORTED]);
    expect(bench.state()).toBe('active');
  });

  it('R01 P=0 is refused with 128: there are only proxy bindings here', () => {
    const bench = activeBench();
    bench.message(bri(TRIGGER.ADMINISTRATIVE, { flags: { proxy: false, ipv4Only: false, global: false } }));
    expect(braStatuses(bench)).toEqual([RS.BINDING_DOES_NOT_EXIST]);
  });

  it("R02 BRA copies sequence, P, V and G and goes to the BRI's source", () => {
    const bench = activeBench();
    const from = { transport: 'udp', local: '198.51.100.15', remote: LMA1.ipv4 as string, remotePort: 5436 } as const;
    const flags = { proxy: true, ipv4Only: true, global: false };
    bench.message(bri(TRIGGER.ADMINISTRATIVE, { sequence: 4242, flags, options: [mnId(NAI), { kind: 'ipv4HomeAddressRequest', prefixLength: 24, address: HOA }] }), from);
    expect(bench.of('send')).toEqual([
      { kind: 'send', to: from, peer: LMA1.id, message: { kind: 'bindingRevocationAcknowledgement', status: 0, sequence: 4242, flags, options: [mnId(NAI)] } },
    ]);
  });

  it.each([
    ['another node', bri(TRIGGER.ADMINISTRATIVE, { options: [mnId('other@example.com')] })],
    ['no node', bri(TRIGGER.ADMINISTRATIVE, { options: [] })],
    ['another prefix', bri(TRIGGER.ADMINISTRATIVE, { options: [mnId(NAI), { kind: 'homeNetworkPrefix', prefixLength: 64, prefix: '2001:db8:f00d:99::' }] })],
  ])('R03 no binding found (%s): 128', (_, message) => {
    const bench = activeBench();
    bench.message(message);
    expect(braStatuses(bench)).toEqual([RS.BINDING_DOES_NOT_EXIST]);
    expect(bench.state()).toBe('active');
  });

  it("R03 the bindings of one LMA are not another one's to revoke", () => {
    const bench = activeBench();
    bench.message(bri(TRIGGER.ADMINISTRATIVE), { remote: '2001:db8::66' });
    bench.message(bri(TRIGGER.PER_PEER_POLICY), { remote: '2001:db8::66' });
    expect(bench.state()).toBe('active');
  });

  it.each([8, 42, 127, 130, 200])('R04 unknown trigger %i: 133', (trigger) => {
    const bench = activeBench();
    bench.message(bri(trigger));
    expect(braStatuses(bench)).toEqual([RS.TRIGGER_NOT_SUPPORTED]);
  });
});

describe('one node', () => {
  it.each(perNode)('trigger %i ends the session: 0, nothing advertised or forwarded, no de-registration', (trigger) => {
    const bench = activeBench();
    bench.message(bri(trigger, { options: [mnId(NAI), { kind: 'homeNetworkPrefix', prefixLength: 64, prefix: PREFIX.address }] }));
    expect(braStatuses(bench)).toEqual([RS.SUCCESS]);
    expect([bench.state(), bench.of('removePath').length, bench.session()?.state, bench.pbus().length]).toEqual(['gone', 1, 'none', 0]);
    expect(bench.of('deauthenticate').length).toBe(trigger === TRIGGER.OUT_OF_SYNC ? 0 : 1);
  });

  it('R09 V=1 with the right address drops IPv4 only, with another address: 128, without one: 129', () => {
    const flags = { proxy: true, ipv4Only: true, global: false };
    const request = (address: string): MobilityOption => ({ kind: 'ipv4HomeAddressRequest', prefixLength: 24, address });
    const bench = activeBench();
    bench.message(bri(TRIGGER.ADMINISTRATIVE, { flags, options: [mnId(NAI), request('192.0.2.77')] }));
    bench.message(bri(TRIGGER.ADMINISTRATIVE, { flags }));
    expect(bench.session()).toBeUndefined();
    bench.message(bri(TRIGGER.ADMINISTRATIVE, { flags, options: [mnId(NAI), request(HOA)] }));
    expect(braStatuses(bench)).toEqual([RS.BINDING_DOES_NOT_EXIST, RS.IPV4_HOME_ADDRESS_OPTION_REQUIRED, RS.SUCCESS]);
    expect(bench.session()).toMatchObject({ state: 'active', prefixes: [PREFIX] });
    expect(bench.session()?.ipv4).toBeUndefined();
    expect(bench.of('setPath').at(-1)?.path).not.toHaveProperty('ipv4');
    bench.advance(300_000);
    expect(find(bench.lastPbu().options, 'ipv4HomeAddressRequest')).toBeUndefined();
  });

  it.each(handover)('R10 a handover trigger (%i) for a node still attached: 132, and the session is taken back with HI 4', (trigger) => {
    const bench = activeBench();
    bench.phoneAnswers = false;
    bench.advance(1000);
    bench.message(bri(trigger));
    expect(braStatuses(bench)).toEqual([]);
    bench.give({ kind: 'seen', mac: MAC, at: 999 });
    expect(braStatuses(bench)).toEqual([]);
    bench.give({ kind: 'seen', mac: MAC, at: 1000 });
    expect(braStatuses(bench)).toEqual([RS.NODE_IS_ATTACHED]);
    expect(find(bench.lastPbu().options, 'handoffIndicator')?.indicator).toBe(4);
    expect(bench.of('removePath')).toEqual([]);
  });

  it('R10 a node that does not show itself within 600 ms has moved: 0, local removal, no PBU', () => {
    const bench = activeBench();
    bench.phoneAnswers = false;
    bench.advance(5000);
    bench.message(bri(TRIGGER.HANDOVER_SAME_ATT));
    bench.advance(599);
    expect(bench.of('checkPresence')).toHaveLength(2);
    expect(braStatuses(bench)).toEqual([]);
    bench.advance(1);
    expect(braStatuses(bench)).toEqual([RS.SUCCESS]);
    expect([bench.state(), bench.pbus().length, bench.of('removePath').length]).toEqual(['gone', 0, 1]);
  });

  it('R10 a repeated BRI does not start the question anew', () => {
    const bench = activeBench();
    bench.phoneAnswers = false;
    bench.message(bri(TRIGGER.HANDOVER_SAME_ATT));
    bench.advance(500);
    bench.message(bri(TRIGGER.HANDOVER_SAME_ATT));
    bench.advance(100);
    expect(braStatuses(bench)).toEqual([RS.SUCCESS]);
  });

  it('R10 a phone that attaches while it is asked has answered', () => {
    const bench = activeBench();
    bench.phoneAnswers = false;
    bench.message(bri(TRIGGER.HANDOVER_SAME_ATT));
    bench.advance(100);
    bench.attach();
    expect(braStatuses(bench)).toEqual([RS.NODE_IS_ATTACHED]);
    bench.message(bri(TRIGGER.HANDOVER_SAME_ATT, { sequence: 78 }));
    bench.advance(600);
    expect(braStatuses(bench)).toEqual([RS.NODE_IS_ATTACHED, RS.SUCCESS]);
  });

  it('R10 hostapd saying that the phone left answers it too', () => {
    const bench = activeBench();
    bench.phoneAnswers = false;
    bench.message(bri(TRIGGER.HANDOVER_SAME_ATT));
    bench.detach();
    expect(braStatuses(bench)).toEqual([RS.SUCCESS]);
    expect([bench.state(), bench.pbus().length]).toEqual(['gone', 0]);
  });

  it('R10 the PBA of a refresh that crossed the BRI proves nothing', () => {
    const bench = activeBench();
    bench.lma = silent;
    bench.advance(300_000);
    bench.phoneAnswers = false;
    bench.message(bri(TRIGGER.HANDOVER_SAME_ATT));
    bench.message(acceptance(bench.lastPbu()));
    bench.advance(600);
    expect(braStatuses(bench)).toEqual([RS.SUCCESS]);
    expect(bench.state()).toBe('gone');
  });

  it('R10 an IPv4-only session that moved is named by its address, and its phone is asked likewise', () => {
    const flags = { proxy: true, ipv4Only: true, global: false };
    const options: MobilityOption[] = [mnId(NAI), { kind: 'ipv4HomeAddressRequest', prefixLength: 24, address: HOA }];
    for (const [answers, status, state] of [[true, RS.NODE_IS_ATTACHED, 'active'], [false, RS.SUCCESS, 'gone']] as const) {
      const bench = activeBench({ profile: { profile: { ...profile, ipv6: false } } });
      bench.phoneAnswers = answers;
      bench.message(bri(TRIGGER.HANDOVER_SAME_ATT, { flags, options }));
      bench.advance(600);
      expect([braStatuses(bench), bench.state()]).toEqual([[status], state]);
    }
  });

  it('R10 for a phone that is leaving anyway: 0', () => {
    const bench = activeBench();
    bench.lma = silent;
    bench.detach();
    bench.message(bri(TRIGGER.HANDOVER_SAME_ATT));
    expect(braStatuses(bench)).toEqual([RS.SUCCESS]);
    expect(bench.state()).toBe('gone');
  });
});

describe('many nodes', () => {
  function two() {
    const bench = activeBench({ profile: { profile: { ...profile, nai: NAI } } });
    bench.profile = { profile: { ...profile, nai: 'mn1@other.example' } };
    bench.attach(OTHER_MAC);
    bench.clear();
    return bench;
  }

  it('per-peer policy drops every session with that LMA, and has no options', () => {
    const bench = two();
    bench.message(bri(TRIGGER.PER_PEER_POLICY, { options: [mnId(NAI)] }));
    expect(bench.mag.list.byMac.size).toBe(2);
    bench.message(bri(TRIGGER.PER_PEER_POLICY));
    expect(braStatuses(bench)).toEqual([RS.FUNCTION_NOT_SUPPORTED, RS.SUCCESS]);
    expect(bench.mag.list.byMac.size).toBe(0);
    expect(bench.of('removePath')).toHaveLength(2);
  });

  it.each([['no identity', []], ['a whole NAI', [mnId(NAI)]], ['no realm', [mnId('@')]]] as const)('R11 trigger 129 without a usable identity (%s): 131', (_, options) => {
    const bench = two();
    bench.message(bri(TRIGGER.REVOKING_NODE_POLICY, { options }));
    expect(braStatuses(bench)).toEqual([RS.IDENTITY_REQUIRED]);
    expect(bench.mag.list.byMac.size).toBe(2);
  });

  it('trigger 129 drops exactly the sessions of the realm', () => {
    const bench = two();
    bench.message(bri(TRIGGER.REVOKING_NODE_POLICY, { options: [mnId('@other.example')] }));
    expect([...bench.mag.list.byMac.keys()]).toEqual([MAC]);
  });
});

describe('heartbeat and errors', () => {
  it('H01 every heartbeat request is answered with the same sequence number', () => {
    const bench = createBench();
    bench.message({ kind: 'heartbeat', flags: { unsolicited: false, response: false }, sequence: 0xdeadbeef, options: [] });
    expect(bench.of('send').map((s) => s.message)).toEqual([{ kind: 'heartbeat', flags: { unsolicited: false, response: true }, sequence: 0xdeadbeef, options: [{ kind: 'restartCounter', counter: 3 }] }]);
    bench.message({ kind: 'heartbeat', flags: { unsolicited: false, response: true }, sequence: 1, options: [] });
    expect(bench.of('send')).toHaveLength(1);
  });

  it('W07 an unknown MH type is answered with Binding Error status 2 to a unicast source only; W08 and not faster than ten in a second', () => {
    const bench = createBench();
    const from = { transport: 'ipv6', local: '2001:db8::1', remote: '2001:db8::2' } as const;
    bench.give({ kind: 'unknownMessage', from: { ...from, remote: 'ff02::1' } });
    expect(bench.of('send')).toEqual([]);
    for (let i = 0; i < 1000; i++) {
      bench.give({ kind: 'unknownMessage', from });
      bench.advance(1);
    }
    expect(bench.of('send')).toHaveLength(10);
    expect(bench.of('send')[0]).toMatchObject({ to: from, message: { kind: 'bindingError', status: 2, homeAddress: '::' } });
  });

  it('a bindingUpdate is not for a MAG: counted, nothing else', () => {
    const bench = activeBench();
    bench.message({ kind: 'bindingUpdate', sequence: 1, flags: noUpdateFlags, lifetime: 0, options: [] });
    expect(bench.effects).toEqual([{ kind: 'discard', reason: 'bindingUpdate is not for a MAG' }]);
  });
});
