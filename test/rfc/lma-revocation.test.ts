/** RFC 5846 §6, §8: what the anchor takes away by order, and what a gateway may take away itself. */
import { describe, expect, it } from 'vitest';
import type { LmaVariables } from '../../cloud/lma/config.ts';
import type { RevocationReport, Revoke } from '../../cloud/lma/revocationOrder.ts';
import type { LmaEffect } from '../../cloud/lma/lma.ts';
import { HANDOFF, REVOCATION_STATUS as RS, TRIGGER } from '../../protocol/mobility/codes.ts';
import type { BindingRevocationIndication } from '../../protocol/mobility/messages.ts';
import type { MobilityOption } from '../../protocol/mobility/options.ts';
import { timestampOf } from '../../protocol/units.ts';
import { Anchor, bindings, bra, brisOf, discardsOf, hoaOf, labConfig, MAG1, MAG2, NAT1, NAT2, overIpv4, overIpv6, pathsOf, pbaOf, PHONE, removedOf, sendsOf, TABLET, transitionsOf, type Mag } from '../lma/pbu.ts';

const order = (a: Anchor, scope: Revoke['scope'], more: Partial<Revoke> = {}): LmaEffect[] =>
  a.take({ kind: 'revoke', scope, trigger: TRIGGER.ADMINISTRATIVE, reason: 'by the test', id: 1, ...more });
const reportOf = (effects: readonly LmaEffect[]): RevocationReport | undefined => effects.find((e) => e.kind === 'revoked')?.report;
const kinds = (bri: BindingRevocationIndication | undefined): string[] => bri?.options.map((o) => o.kind) ?? [];

/** `mn0` with two interfaces at the first gateway, `mn1` at the second, a third subscriber of another realm at the first. */
function world(variables: Partial<LmaVariables> = {}, mags: readonly [Mag, Mag] = [MAG1, MAG2]): Anchor {
  const a = new Anchor(labConfig(variables, { nodes: [{ match: '*' }] }));
  a.ask({ mag: mags[0] });
  a.ask({ mag: mags[0], mac: TABLET, handoff: HANDOFF.NEW_INTERFACE });
  a.ask({ mag: mags[1], mn: 'mn1@example.com', mac: '02:00:00:00:00:01' });
  a.ask({ mag: mags[0], mn: 'guest@other.example', mac: '02:00:00:00:00:02' });
  return a;
}
const left = (a: Anchor): string[] => bindings(a).map((b) => `${b.mnId.identifier} ${b.state}`);

describe('one session, one node', () => {
  it('one session is named by its prefixes, and ends with the answer', () => {
    const a = world();
    const effects = order(a, { kind: 'index', index: 2 });
    const [bri] = brisOf(effects);
    expect(bri).toMatchObject({ trigger: TRIGGER.ADMINISTRATIVE, flags: { proxy: true, ipv4Only: false, global: false } });
    expect(kinds(bri)).toEqual(['mnIdentifier', 'homeNetworkPrefix', 'timestamp']);
    expect([sendsOf(effects).length, left(a).length, reportOf(effects)]).toEqual([1, 4, undefined]);
    const answered = a.receive(MAG1, bra(bri!));
    expect(removedOf(answered)).toEqual([2]);
    expect(transitionsOf(answered).map((t) => `${t.from} -> ${t.to}: ${t.reason}`)).toEqual(['ACTIVE -> NONE: revoked: by the test']);
    expect(reportOf(answered)).toEqual({ bindings: 1, unanswered: 0, refused: 0 });
    expect(left(a)).toHaveLength(3);
  });

  it('of a node the MN-Identifier alone is named, once at each gateway', () => {
    const a = world();
    a.ask({ mag: MAG2, mac: '02:00:00:00:00:09', handoff: HANDOFF.NEW_INTERFACE });
    const effects = order(a, { kind: 'nai', nai: 'mn0@example.com' }, { trigger: TRIGGER.USER_INITIATED });
    expect(sendsOf(effects).map((s) => s.peer)).toEqual([MAG1.id, MAG2.id]);
    const [first, second] = brisOf(effects);
    expect([first?.trigger, kinds(first)]).toEqual([TRIGGER.USER_INITIATED, ['mnIdentifier', 'timestamp']]);
    expect(reportOf(a.receive(MAG1, bra(first!)))).toBeUndefined();
    expect(reportOf(a.receive(MAG2, bra(second!, RS.BINDING_DOES_NOT_EXIST)))).toEqual({ bindings: 3, unanswered: 0, refused: 0 });
    expect(left(a)).toEqual(['mn1@example.com ACTIVE', 'guest@other.example ACTIVE']);
  });

  it('who is nowhere is answered at once', () => {
    expect(reportOf(order(world(), { kind: 'nai', nai: 'nobody@example.com' }))).toEqual({ bindings: 0, unanswered: 0, refused: 0 });
  });

  it('a released session is deleted without asking anybody', () => {
    const a = new Anchor();
    a.deregister(a.ask());
    const effects = order(a, { kind: 'all' });
    expect([sendsOf(effects), reportOf(effects), bindings(a)]).toEqual([[], { bindings: 1, unanswered: 0, refused: 0 }, []]);
  });

  it('R08 an IPv4-only revocation has V=1, option 36 and no HNP, and keeps the prefixes', () => {
    const a = new Anchor();
    const pba = a.ask();
    const [bri] = brisOf(order(a, { kind: 'nai', nai: 'mn0@example.com' }, { ipv4Only: true }));
    expect(bri).toMatchObject({ flags: { proxy: true, ipv4Only: true, global: false }, options: [{ kind: 'mnIdentifier' }, { kind: 'ipv4HomeAddressRequest', address: hoaOf(pba), prefixLength: 24 }, { kind: 'timestamp' }] });
    const answered = a.receive(MAG1, bra(bri!));
    expect(pathsOf(answered)[0]).not.toHaveProperty('ipv4');
    expect(reportOf(answered)).toEqual({ bindings: 1, unanswered: 0, refused: 0 });
    expect(bindings(a)).toMatchObject([{ state: 'ACTIVE', homeAddress: undefined, prefixes: [{ length: 64 }] }]);
    expect(a.refresh(pba, { hoa: undefined }).some((e) => e.kind === 'send')).toBe(true);
  });

  it('R08 a session that has nothing but IPv4 ends with it', () => {
    const a = new Anchor();
    a.ask({ prefixes: [] });
    const [bri] = brisOf(order(a, { kind: 'mag', mag: MAG1.id! }, { ipv4Only: true }));
    expect(bri?.flags.global).toBe(false);
    a.receive(MAG1, bra(bri!));
    expect(bindings(a)).toEqual([]);
  });
});

describe('many sessions', () => {
  it('R07 a per-peer BRI from the LMA has no options; where messages are signed, only the time against a replay', () => {
    const byAddress: Mag = overIpv6(undefined, '2001:db8:cafe:1025::15');
    const unsigned = new Anchor(labConfig({}, { authentication: 'optional', mags: [{ id: 'mag1@example.com', addresses: ['2001:db8:cafe:1025::/64'] }] }));
    unsigned.ask({ mag: byAddress });
    const [bare] = brisOf(order(unsigned, { kind: 'mag', mag: byAddress.from.remote }));
    expect(bare).toMatchObject({ trigger: TRIGGER.PER_PEER_POLICY, flags: { proxy: true, ipv4Only: false, global: true }, options: [] });
    const [bri] = brisOf(order(world(), { kind: 'mag', mag: MAG1.id! }));
    expect([bri?.trigger, bri?.flags.global, kinds(bri)]).toEqual([TRIGGER.PER_PEER_POLICY, true, ['timestamp']]);
  });

  it("all of a gateway's end with its one answer", () => {
    const a = world();
    const effects = order(a, { kind: 'mag', mag: MAG1.id! });
    expect(sendsOf(effects)).toHaveLength(1);
    expect(reportOf(a.receive(MAG1, bra(brisOf(effects)[0]!)))).toEqual({ bindings: 3, unanswered: 0, refused: 0 });
    expect(left(a)).toEqual(['mn1@example.com ACTIVE']);
  });

  it('all of everybody: one message to each gateway', () => {
    const a = world();
    const effects = order(a, { kind: 'all' });
    expect(sendsOf(effects).map((s) => s.peer)).toEqual([MAG1.id, MAG2.id]);
    for (const [i, mag] of [MAG1, MAG2].entries()) a.receive(mag, bra(brisOf(effects)[i]!));
    expect(left(a)).toEqual([]);
  });

  it('a realm: G, trigger 129 and the MN-Identifier @realm', () => {
    const a = world();
    const effects = order(a, { kind: 'realm', realm: '@other.example' });
    expect(brisOf(effects)).toMatchObject([{ trigger: TRIGGER.REVOKING_NODE_POLICY, flags: { global: true }, options: [{ kind: 'mnIdentifier', subtype: 1, identifier: '@other.example' }, { kind: 'timestamp' }] }]);
    a.receive(MAG1, bra(brisOf(effects)[0]!));
    expect(left(a)).toEqual(['mn0@example.com ACTIVE', 'mn0@example.com ACTIVE', 'mn1@example.com ACTIVE']);
  });

  it.each([RS.FUNCTION_NOT_SUPPORTED, RS.TRIGGER_NOT_SUPPORTED, RS.GLOBAL_REVOCATION_NOT_AUTHORIZED])('a gateway that cannot revoke in bulk (%i) is asked session by session', (status) => {
    const a = world();
    const single = brisOf(a.receive(MAG1, bra(brisOf(order(a, { kind: 'mag', mag: MAG1.id! }))[0]!, status)));
    expect(single.map((b) => [b.trigger, b.flags.global])).toEqual(Array.from({ length: 3 }, () => [TRIGGER.ADMINISTRATIVE, false]));
    expect(single.map((b) => reportOf(a.receive(MAG1, bra(b)))).at(-1)).toEqual({ bindings: 3, unanswered: 0, refused: 0 });
    expect(left(a)).toHaveLength(1);
  });

  it('no more than 256 messages wait for their answer at once', () => {
    const mags = Array.from({ length: 300 }, (_, i) => overIpv4(`m${i}@example.com`, `10.0.${i >> 8}.${i & 255}`));
    const a = new Anchor(labConfig({}, { mags: mags.map((m) => ({ id: m.id! })), ipv4Pools: [{ name: 'v4', network: '100.64.0.0', prefixLength: 16, router: '100.64.0.1' }] }));
    mags.forEach((mag, i) => a.ask({ mag, mn: `n${i}@example.com`, mac: `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}` }));
    const effects = order(a, { kind: 'all' });
    expect(sendsOf(effects)).toHaveLength(256);
    const more = a.receive(mags[0]!, bra(brisOf(effects)[0]!));
    expect(sendsOf(more)).toHaveLength(1);
    expect(reportOf(a.pass(10_000))).toEqual({ bindings: 300, unanswered: 299, refused: 0 });
  });
});

describe('repetition', () => {
  it('R05 retransmissions double from 1 s up to 2 s, at most BRIMaxRetriesNumber; then the session is cleaned up', () => {
    const a = new Anchor(labConfig({ briMaxRetriesNumber: 3 }));
    a.ask();
    const [bri] = brisOf(order(a, { kind: 'all' }));
    const at: number[] = [];
    const start = a.now.at;
    let report: RevocationReport | undefined;
    for (let ms = 0; ms < 10_000; ms += 500) {
      const effects = a.pass(500);
      for (const again of brisOf(effects)) {
        expect(again).toEqual(bri);
        at.push(a.now.at - start);
      }
      report ??= reportOf(effects);
      if (report && bindings(a).length === 0) break;
    }
    expect(at).toEqual([1000, 3000, 5000]);
    expect([a.now.at - start, report]).toEqual([7000, { bindings: 1, unanswered: 1, refused: 0 }]);
  });

  it('R06 a BRA with an unknown sequence number, or from another gateway, is discarded', () => {
    const a = world();
    const [bri] = brisOf(order(a, { kind: 'mag', mag: MAG1.id! }));
    expect(discardsOf(a.receive(MAG1, bra({ ...bri!, sequence: bri!.sequence + 1 })))).toEqual(['bra-without-bri']);
    expect(discardsOf(a.receive(MAG2, bra(bri!)))).toEqual(['bra-without-bri']);
    expect(left(a)).toHaveLength(4);
    a.receive(MAG1, bra(bri!));
    expect(discardsOf(a.receive(MAG1, bra(bri!)))).toEqual(['bra-without-bri']);
  });

  it('with revocation off nobody is asked, and the report says so', () => {
    const a = world({ revocation: false });
    const effects = order(a, { kind: 'all' });
    expect([sendsOf(effects), reportOf(effects), left(a)]).toEqual([[], { bindings: 4, unanswered: 4, refused: 0 }, []]);
  });

  it('a gateway that refuses because the node is attached keeps it', () => {
    const a = new Anchor();
    a.ask();
    const [bri] = brisOf(order(a, { kind: 'all' }, { ipv4Only: true }));
    expect(reportOf(a.receive(MAG1, bra(bri!, RS.NODE_IS_ATTACHED)))).toEqual({ bindings: 0, unanswered: 0, refused: 1 });
    expect(bindings(a)).toMatchObject([{ state: 'ACTIVE', homeAddress: { address: '192.0.2.1' } }]);
  });
});

describe('a PBU meanwhile (§8.1)', () => {
  it('a refresh gets no answer: its gateway has not heard yet, and a refusal could outlive the revocation', () => {
    const a = new Anchor();
    const pba = a.ask();
    const [bri] = brisOf(order(a, { kind: 'all' }));
    expect(discardsOf(a.refresh(pba))).toEqual(['refresh-of-a-session-being-revoked']);
    expect(reportOf(a.receive(MAG1, bra(bri!)))).toEqual({ bindings: 1, unanswered: 0, refused: 0 });
    expect(bindings(a)).toEqual([]);
  });

  it.each([MAG1, MAG2])('a node that comes again ($id) has a new session, and the old one counts as ended', (mag) => {
    const a = new Anchor();
    a.ask();
    const [bri] = brisOf(order(a, { kind: 'all' }));
    const effects = a.pbu({ mag });
    expect(pbaOf(effects)?.status).toBe(0);
    expect(bindings(a)).toMatchObject([{ index: 2, state: 'ACTIVE', mag: mag.id }]);
    expect(reportOf(a.receive(MAG1, bra(bri!)))).toEqual({ bindings: 1, unanswered: 0, refused: 0 });
    expect(bindings(a)).toHaveLength(1);
  });

  it('after a suspicion that the caches differ, what the gateway says is right', () => {
    const a = new Anchor();
    const pba = a.ask();
    order(a, { kind: 'all' }, { trigger: TRIGGER.OUT_OF_SYNC, ipv4Only: false });
    expect(pbaOf(a.refresh(pba))?.status).toBe(0);
  });

  it('a de-registration is one', () => {
    const a = new Anchor();
    const pba = a.ask();
    const [bri] = brisOf(order(a, { kind: 'all' }));
    expect(pbaOf(a.deregister(pba))?.status).toBe(0);
    a.receive(MAG1, bra(bri!, RS.BINDING_DOES_NOT_EXIST));
    expect(bindings(a)).toEqual([]);
  });
});

describe('by a gateway', () => {
  const identity = (name: string): MobilityOption => ({ kind: 'mnIdentifier', subtype: 1, identifier: name });
  const farewell = (options: readonly MobilityOption[] = [identity(MAG1.id!)], more: Partial<BindingRevocationIndication> = {}): BindingRevocationIndication => ({
    kind: 'bindingRevocationIndication', trigger: TRIGGER.PER_PEER_POLICY, sequence: 501, flags: { proxy: true, ipv4Only: false, global: true }, options, ...more,
  });
  const answered = (effects: readonly LmaEffect[]) => sendsOf(effects).map((s) => (s.message.kind === 'bindingRevocationAcknowledgement' ? [s.peer, s.message.sequence, s.message.status, s.message.flags.global] : [s.message.kind]));

  it('R14 a per-peer BRI removes exactly the entries with that Proxy-CoA, after the delay of a de-registration', () => {
    const a = world();
    const effects = a.receive(MAG1, farewell());
    expect(answered(effects)).toEqual([[MAG1.id, 501, RS.SUCCESS, true]]);
    expect(left(a)).toEqual(['mn0@example.com RELEASED', 'mn0@example.com RELEASED', 'mn1@example.com ACTIVE', 'guest@other.example RELEASED']);
    expect(removedOf(effects).toSorted((x, y) => x - y)).toEqual([1, 2, 4]);
    expect(answered(a.receive(MAG1, farewell()))).toEqual([[MAG1.id, 501, RS.SUCCESS, true]]);
    a.pass(10_000);
    expect(left(a)).toEqual(['mn1@example.com ACTIVE']);
    expect(answered(a.receive(MAG1, farewell()))).toEqual([[MAG1.id, 501, RS.BINDING_DOES_NOT_EXIST, true]]);
  });

  it('R14 of another care-of address, with the option that names it; never those of another gateway behind the same NAT', () => {
    const a = world({}, [NAT1, NAT2]);
    a.receive(NAT1, farewell([identity(NAT1.id!), { kind: 'alternateCareOfAddress', address: '2001:db8::1' }]));
    expect(left(a)).toEqual(['mn0@example.com RELEASED', 'mn0@example.com RELEASED', 'mn1@example.com ACTIVE', 'guest@other.example RELEASED']);
    const b = world();
    b.receive(MAG1, farewell([identity(MAG1.id!), { kind: 'alternateCareOfAddress', address: '2001:db8::1' }]));
    expect(left(b).filter((s) => s.endsWith('RELEASED'))).toEqual([]);
  });

  it.each([
    ['without MN-ID', [] as readonly MobilityOption[]],
    ['in the name of another', [identity(MAG2.id!)]],
  ])('R13 a MAG %s: 130', (_, options) => {
    const a = world();
    expect(answered(a.receive(MAG1, farewell(options)))).toEqual([[MAG1.id, 501, RS.GLOBAL_REVOCATION_NOT_AUTHORIZED, true]]);
    expect(left(a).filter((s) => s.endsWith('RELEASED'))).toEqual([]);
  });

  it('R13 a MAG without the right: 130', () => {
    const a = new Anchor(labConfig({}, { mags: [{ id: MAG1.id!, bulkRevocation: false }] }));
    a.ask();
    expect(answered(a.receive(MAG1, farewell()))).toEqual([[MAG1.id, 501, RS.GLOBAL_REVOCATION_NOT_AUTHORIZED, true]]);
    expect(bindings(a)).toMatchObject([{ state: 'ACTIVE' }]);
  });

  it.each([
    ['R01 G=1 with a per-node trigger', { trigger: TRIGGER.ADMINISTRATIVE }, RS.FUNCTION_NOT_SUPPORTED],
    ['R04 unknown trigger', { trigger: 99 }, RS.TRIGGER_NOT_SUPPORTED],
    ['R01 P=0', { flags: { proxy: false, ipv4Only: false, global: true } }, RS.BINDING_DOES_NOT_EXIST],
    ['one session', { trigger: TRIGGER.ADMINISTRATIVE, flags: { proxy: true, ipv4Only: false, global: false } }, RS.FUNCTION_NOT_SUPPORTED],
    ['a realm', { trigger: TRIGGER.REVOKING_NODE_POLICY }, RS.GLOBAL_REVOCATION_NOT_AUTHORIZED],
  ])('%s is refused', (_, more, status) => {
    const a = world();
    expect(answered(a.receive(MAG1, farewell(undefined, more))).map((s) => s[2])).toEqual([status]);
    expect(left(a).filter((s) => s.endsWith('RELEASED'))).toEqual([]);
  });

  it('one that was recorded before the sessions were registered releases none of them', () => {
    const a = new Anchor();
    const recorded = farewell([identity(MAG1.id!), { kind: 'timestamp', timestamp: timestampOf(a.now.wall) }]);
    a.pass(60_000);
    a.ask({ mac: PHONE });
    expect(answered(a.receive(MAG1, recorded)).map((s) => s[2])).toEqual([RS.BINDING_DOES_NOT_EXIST]);
    expect(bindings(a)).toMatchObject([{ state: 'ACTIVE' }]);
  });

  it('a phone that comes up elsewhere in time goes on with its addresses', () => {
    const a = new Anchor();
    const pba = a.ask();
    a.receive(MAG1, farewell());
    a.pass(5000);
    expect(hoaOf(a.ask({ mag: MAG2 }))).toBe(hoaOf(pba));
    expect(brisOf(a.pass(5000))).toEqual([]);
  });
});
