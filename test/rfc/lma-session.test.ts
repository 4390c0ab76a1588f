/** The LMA's requirements of protocol.md 13, L37 to L45 and L54: how a session goes on and how it ends. */
import { describe, expect, it } from 'vitest';
import { deadline } from '../../cloud/lma/lma.ts';
import { STRANGER_RATE } from '../../cloud/lma/strangers.ts';
import { Anchor, bindings, bra, brisOf, discardsOf, hoaOf, keyOf, labConfig, MAG1, MAG2, MAG3, overIpv4, pathsOf, pbaOf, prefixesOf, removedOf, sendsOf, TABLET } from './../lma/pbu.ts';

describe('answering', () => {
  it('L37 the PBA goes to the addresses of the PBU turned round, also with Alternate CoA', () => {
    const a = new Anchor();
    const effects = a.pbu({ more: [{ kind: 'alternateCareOfAddress', address: '2001:db8:cafe:1025::99' }] });
    expect(sendsOf(effects)).toMatchObject([{ to: MAG1.from, peer: MAG1.id }]);
    expect(pathsOf(effects)[0]?.tunnel.remote).toBe('2001:db8:cafe:1025::99');
    const v4 = overIpv4(MAG2.id, '198.51.100.15', 51_000);
    expect(sendsOf(a.pbu({ mag: v4, mac: TABLET, handoff: 1 }))).toMatchObject([{ to: v4.from }]);
  });

  it('L38 the granted lifetime is never above the one asked', () => {
    expect(new Anchor().ask({ lifetime: 400 }).lifetime).toBe(400);
    expect(new Anchor(labConfig({ registrationLifetime: 1800 })).ask({ lifetime: 3600 }).lifetime).toBe(1800);
    expect(new Anchor().ask({ lifetime: 262_140 }).lifetime).toBe(40_000);
  });
});

describe('extension, expiry, handover', () => {
  it('L39 a BCE is deleted when its lifetime ends', () => {
    const a = new Anchor();
    a.ask({ lifetime: 400 });
    a.pass(399_999);
    expect(bindings(a)).toHaveLength(1);
    expect(removedOf(a.pass(1))).toEqual([1]);
    expect(bindings(a)).toEqual([]);
  });

  it('L40 a handover removes the routes to the old MAG and keeps the addresses', () => {
    const a = new Anchor();
    const before = a.ask();
    const effects = a.pbu({ mag: MAG2 });
    expect(pathsOf(effects).map((p) => [p.index, p.tunnel.remote])).toEqual([[1, MAG2.from.remote]]);
    expect([prefixesOf(pbaOf(effects)!), hoaOf(pbaOf(effects)!)]).toEqual([prefixesOf(before), hoaOf(before)]);
    expect(a.lma.cache.ofProxyCoa(MAG1.from.remote).size).toBe(0);
  });

  it('one BRI with trigger 2 goes to the old MAG, is repeated once after 1 s, and given up 2 s later', () => {
    const a = new Anchor();
    a.ask();
    const [first] = brisOf(a.pbu({ mag: MAG2 }));
    expect(first?.trigger).toBe(2);
    expect(deadline(a.lma)?.at).toBe(a.now.at + 1000);
    const again = sendsOf(a.pass(1000));
    expect(again).toMatchObject([{ to: MAG1.from, message: first }]);
    expect(deadline(a.lma)?.at).toBe(a.now.at + 2000);
    expect(sendsOf(a.pass(60_000))).toEqual([]);
    expect(bindings(a)).toMatchObject([{ mag: MAG2.id, state: 'ACTIVE' }]);
  });

  it('a BRA ends the repetition; one that fits no BRI, or comes from another MAG, is discarded', () => {
    const a = new Anchor();
    a.ask();
    const [bri] = brisOf(a.pbu({ mag: MAG2 }));
    expect(discardsOf(a.receive(MAG1, bra({ ...bri!, sequence: bri!.sequence + 1 })))).toEqual(['bra-without-bri']);
    expect(discardsOf(a.receive(MAG2, bra(bri!)))).toEqual(['bra-without-bri']);
    expect(a.receive(MAG1, bra(bri!, 128))).toEqual([]);
    expect(sendsOf(a.pass(60_000))).toEqual([]);
    expect(discardsOf(a.receive(MAG1, bra(bri!)))).toEqual(['bra-without-bri']);
  });

  it('a phone that comes straight back is not revoked where it is', () => {
    const a = new Anchor();
    a.ask();
    a.pbu({ mag: MAG2 });
    const back = a.pbu({ mag: MAG1 });
    expect(sendsOf(back).filter((s) => s.message.kind === 'bindingRevocationIndication').map((s) => s.peer)).toEqual([MAG2.id]);
    expect(sendsOf(a.pass(1000)).map((s) => s.peer)).toEqual([MAG2.id]);
  });

  it('no BRI goes to a MAG that has said farewell, or with revocation off', () => {
    const a = new Anchor();
    const pba = a.ask();
    a.deregister(pba);
    expect(brisOf(a.pbu({ mag: MAG2 }))).toEqual([]);
    const off = new Anchor(labConfig({ revocation: false }));
    off.ask();
    expect(brisOf(off.pbu({ mag: MAG2 }))).toEqual([]);
  });

  it('an IPv4-only session is revoked by its address with V set', () => {
    const a = new Anchor();
    a.ask({ prefixes: [] });
    const [bri] = brisOf(a.pbu({ mag: MAG2, prefixes: [] }));
    expect(bri).toMatchObject({ flags: { proxy: true, ipv4Only: true, global: false }, options: [{ kind: 'mnIdentifier' }, { kind: 'ipv4HomeAddressRequest', address: '192.0.2.1', prefixLength: 24 }, { kind: 'timestamp' }] });
  });
});

describe('de-registration', () => {
  it('L41 a de-registration from another MAG than the one in the BCE is ignored', () => {
    const a = new Anchor();
    const pba = a.ask();
    a.ask({ mag: MAG2 });
    const effects = a.deregister(pba, { mag: MAG1 });
    expect(sendsOf(effects)).toEqual([]);
    expect(bindings(a)).toMatchObject([{ mag: MAG2.id, state: 'ACTIVE' }]);
  });

  it('L41 if it is older than the handover, 157 says so', () => {
    const a = new Anchor();
    const pba = a.ask();
    const before = bindings(a)[0]!.timestamp;
    a.ask({ mag: MAG2 });
    expect(pbaOf(a.deregister(pba, { mag: MAG1, timestamp: before + 1n }))?.status).toBe(157);
  });

  it('L42 an accepted de-registration is acknowledged at once and the BCE deleted after 10 s', () => {
    const a = new Anchor();
    const pba = a.ask();
    expect(pbaOf(a.deregister(pba))).toMatchObject({ status: 0, lifetime: 0 });
    a.pass(9_999);
    expect(bindings(a)).toHaveLength(1);
    a.pass(1);
    expect(bindings(a)).toHaveLength(0);
  });

  it('L42 a repeated de-registration does not restart the clock', () => {
    const a = new Anchor();
    const pba = a.ask();
    a.deregister(pba);
    a.pass(6_000);
    expect(pbaOf(a.deregister(pba))?.status).toBe(0);
    a.pass(4_000);
    expect(bindings(a)).toHaveLength(0);
  });

  it.each([MAG1, MAG2])('L43 an accepted PBU in these 10 s keeps the BCE ($id)', (mag) => {
    const a = new Anchor();
    const pba = a.ask();
    a.deregister(pba);
    a.pass(5_000);
    const again = a.ask({ mag });
    expect([hoaOf(again), keyOf(again)]).toEqual([hoaOf(pba), keyOf(pba)]);
    a.pass(60_000);
    expect(bindings(a)).toMatchObject([{ state: 'ACTIVE', mag: mag.id }]);
  });

  it('L44 in these 10 s the traffic of the node is dropped', () => {
    const a = new Anchor();
    const pba = a.ask();
    expect(removedOf(a.deregister(pba))).toEqual([1]);
    expect(pathsOf(a.pbu())).toHaveLength(1);
  });

  it('L45 a selective de-registration keeps the BCE', () => {
    const a = new Anchor();
    const pba = a.ask();
    const effects = a.deregister(pba, { prefixes: [] });
    expect(pbaOf(effects)).toMatchObject({ status: 0, lifetime: 0 });
    expect(prefixesOf(pbaOf(effects)!)).toEqual([]);
    expect(pathsOf(effects)[0]).not.toHaveProperty('ipv4');
    a.pass(60_000);
    expect(bindings(a)).toMatchObject([{ state: 'ACTIVE', homeAddress: undefined, prefixes: [{ address: '2001:db8:f00d:1::' }] }]);
    a.deregister(pba, { hoa: undefined });
    expect(bindings(a)).toMatchObject([{ state: 'RELEASED' }]);
  });

  it('L45 of IPv6 keeps IPv4', () => {
    const a = new Anchor();
    const pba = a.ask();
    const effects = a.deregister(pba, { hoa: undefined });
    expect(pathsOf(effects)[0]).toMatchObject({ ipv4: '192.0.2.1', prefixes: [] });
    expect(bindings(a)).toMatchObject([{ state: 'ACTIVE', prefixes: [] }]);
  });
});

describe('L54 the three LMA variables are configurable', () => {
  it('MinDelayBeforeBCEDelete', () => {
    const a = new Anchor(labConfig({ minDelayBeforeBceDelete: 60_000 }));
    a.deregister(a.ask());
    a.pass(59_999);
    expect(bindings(a)).toHaveLength(1);
    a.pass(1);
    expect(bindings(a)).toHaveLength(0);
  });

  it('MaxDelayBeforeNewBCEAssign', () => {
    const a = new Anchor(labConfig({ maxDelayBeforeNewBceAssign: 400, revocation: false }));
    a.ask();
    a.pbu({ mag: MAG3, mac: TABLET });
    expect(pbaOf(a.pass(399))).toBeUndefined();
    expect(pbaOf(a.pass(1))?.status).toBe(0);
  });

  it('TimestampValidityWindow', () => {
    const a = new Anchor(labConfig({ timestampValidityWindow: 200_000 }));
    expect(a.ask({ timestamp: (BigInt(Math.floor(a.now.wall / 1000)) - 199n) << 16n }).status).toBe(0);
    expect(a.ask({ mac: TABLET, timestamp: (BigInt(Math.floor(a.now.wall / 1000)) - 202n) << 16n }).status).toBe(156);
  });
});

describe('other messages', () => {
  it('H01 every heartbeat request is answered with the same sequence number and the restart counter', () => {
    const [sent] = sendsOf(new Anchor().receive(MAG1, { kind: 'heartbeat', flags: { unsolicited: false, response: false }, sequence: 0xfffffff0, options: [] }));
    expect(sent).toMatchObject({ to: MAG1.from, peer: MAG1.id, message: { kind: 'heartbeat', flags: { unsolicited: false, response: true }, sequence: 0xfffffff0, options: [{ kind: 'restartCounter', counter: 7 }] } });
  });

  it('plain Mobile IPv6 finds no home agent here: 131 without P, or silence without H', () => {
    const a = new Anchor();
    const effects = a.pbu({ flags: { proxy: false, homeRegistration: true } });
    expect(pbaOf(effects)).toMatchObject({ status: 131, flags: { proxy: false }, options: [] });
    expect(sendsOf(a.pbu({ flags: { proxy: false } }))).toEqual([]);
  });

  it('what no LMA expects is counted and dropped', () => {
    const a = new Anchor();
    const e = a.receive(MAG1, { kind: 'updateNotification', sequence: 1, reason: 1, flags: { acknowledge: true, retransmission: false }, options: [] });
    expect(discardsOf(e)).toEqual(['unexpected-updateNotification']);
    expect(a.lma.statistics.dropped).toEqual({ 'unexpected-updateNotification': 1 });
  });

  it('answers to strangers are few', () => {
    const a = new Anchor();
    const ask = () => sendsOf(a.take({ kind: 'unknownMessage', from: MAG1.from, mhType: 17 })).length;
    expect(Array.from({ length: 50 }, ask).filter((n) => n === 1)).toHaveLength(STRANGER_RATE);
    a.pass(500);
    expect(Array.from({ length: 50 }, ask).filter((n) => n === 1)).toHaveLength(STRANGER_RATE / 2);
  });
});
