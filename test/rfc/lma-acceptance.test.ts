/** The LMA's requirements of protocol.md 13, L01 to L19: who is accepted, and in which order requests count. */
import { describe, expect, it } from 'vitest';
import { ACCEPTANCE } from '../../cloud/lma/acceptance.ts';
import { STATUS } from '../../protocol/mobility/codes.ts';
import { find, findAll } from '../../protocol/mobility/options.ts';
import { timestampOf } from '../../protocol/units.ts';
import { Anchor, bindings, labConfig, MAG1, MAG2, overIpv6, pbaOf } from '../lma/pbu.ts';

const reply37 = (pba: NonNullable<ReturnType<typeof pbaOf>>) => find(pba.options, 'ipv4HomeAddressReply');

describe('acceptance of a PBU', () => {
  it('L01 no MN-ID option: 160 with a zero-length identifier', () => {
    const pba = new Anchor().ask({ mn: undefined });
    expect(pba.status).toBe(STATUS.MISSING_MN_IDENTIFIER_OPTION);
    expect(find(pba.options, 'mnIdentifier')).toEqual({ kind: 'mnIdentifier', subtype: 1, identifier: '' });
  });

  it('L02 MAG not authorised: 154', () => {
    const a = new Anchor(labConfig({}, { mags: [{ id: 'mag1@example.com', nodes: ['@elsewhere.example'] }, { id: 'mag2@example.com', nodes: ['@example.com'] }] }));
    expect(a.ask().status).toBe(154);
    expect(a.ask({ mag: MAG2 }).status).toBe(0);
  });

  it('L03 unknown node: 153', () => {
    expect(new Anchor().ask({ mn: 'mn0@elsewhere.example' }).status).toBe(153);
  });

  it('L04 node not entitled: 152', () => {
    const a = new Anchor(labConfig({}, { nodes: [{ match: '@example.com' }, { match: 'mn0@example.com', pmipv6: false }] }));
    expect(a.ask().status).toBe(152);
    expect(a.ask({ mn: 'mn1@example.com' }).status).toBe(0);
  });

  it('L05 neither HNP nor option 36: 158', () => {
    expect(new Anchor().ask({ prefixes: [], hoa: undefined }).status).toBe(158);
  });

  it('L06 only option 36 is not rejected for lack of HNP', () => {
    const pba = new Anchor().ask({ prefixes: [] });
    expect(pba.status).toBe(0);
    expect(findAll(pba.options, 'homeNetworkPrefix')).toEqual([]);
  });

  it('L07 no HI option: 161', () => {
    const pba = new Anchor().ask({ handoff: undefined });
    expect([pba.status, find(pba.options, 'handoffIndicator')?.indicator]).toEqual([161, 0]);
  });

  it('L08 no ATT option: 162', () => {
    const pba = new Anchor().ask({ att: undefined });
    expect([pba.status, find(pba.options, 'accessTechnologyType')?.technology]).toEqual([162, 0]);
  });

  it('L09 the missing Home Address option is no fault', () => {
    // The option lives in an IPv6 destination options header, which an endpoint has no place for: nothing to miss.
    expect(new Anchor().ask().status).toBe(0);
  });

  it.each([
    ['the node', { nodes: [{ match: '*', ipv6: false }] }],
    ['the service', { apns: [{ name: 'example.com', space: 0, selectionMode: 'sent-by-ms', ipv4Pool: 'v4' } as const] }],
  ])('L10 IPv6 asked but not allowed: 172 (%s has none)', (_, config) => {
    const a = new Anchor(labConfig({}, config));
    expect(a.ask().status).toBe(172);
    expect(a.ask({ prefixes: [] }).status).toBe(0);
  });

  it.each([
    ['the node', { nodes: [{ match: '*', ipv4: false }] }],
    ['the service', { apns: [{ name: 'example.com', space: 0, selectionMode: 'sent-by-ms', ipv6Pool: 'v6' } as const] }],
  ])('L11 IPv4 asked but not allowed: 170 (%s has none)', (_, config) => {
    const a = new Anchor(labConfig({}, config));
    const pba = a.ask();
    expect([pba.status, reply37(pba)?.status]).toEqual([170, 129]);
    expect(a.ask({ hoa: undefined }).status).toBe(0);
  });

  it('L12 two options 36: 173', () => {
    expect(new Anchor().ask({ more: [{ kind: 'ipv4HomeAddressRequest', prefixLength: 0, address: '0.0.0.0' }] }).status).toBe(173);
  });

  it('L13 service not allowed: 151, and an existing binding is deleted on a refused change', () => {
    const apns = [{ name: 'example.com', space: 0, selectionMode: 'sent-by-ms', ipv4Pool: 'v4', ipv6Pool: 'v6' } as const, { name: 'gold.example.com', space: 0, selectionMode: 'subscribed', ipv6Pool: 'v6' } as const];
    const a = new Anchor(labConfig({}, { apns }));
    expect(a.ask({ service: 'gold.example.com', mn: 'mn1@example.com', hoa: undefined }).status).toBe(151);
    expect(a.ask({ service: 'nowhere.example.com', mn: 'mn1@example.com' }).status).toBe(151);
    a.ask({ service: 'example.com' });
    expect(bindings(a)).toHaveLength(1);
    expect(a.ask({ service: 'gold.example.com', hoa: undefined }).status).toBe(151);
    expect(bindings(a)).toEqual([]);
  });

  it('the first check that fails answers, in the order of protocol.md 8.1', () => {
    expect(ACCEPTANCE.map((c) => c.step)).toEqual([5, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
    const a = new Anchor();
    const allWrong = { mn: undefined, handoff: undefined, att: undefined, prefixes: [], hoa: undefined, timestamp: 1n };
    expect(a.ask(allWrong).status).toBe(160);
    expect(a.ask({ ...allWrong, mn: 'mn0@elsewhere.example' }).status).toBe(153);
    expect(a.ask({ ...allWrong, mn: 'mn0@example.com' }).status).toBe(156);
    expect(a.ask({ ...allWrong, mn: 'mn0@example.com', timestamp: undefined }).status).toBe(158);
    expect(a.ask({ ...allWrong, mn: 'mn0@example.com', timestamp: undefined, hoa: '0.0.0.0' }).status).toBe(161);
    expect(a.ask({ ...allWrong, mn: 'mn0@example.com', timestamp: undefined, hoa: '0.0.0.0', handoff: 4 }).status).toBe(162);
    expect(bindings(a)).toEqual([]);
  });
});

describe('the order of requests', () => {
  const clock = (a: Anchor, ms = 0) => timestampOf(a.now.wall + ms);
  const stampOf = (pba: NonNullable<ReturnType<typeof pbaOf>>) => find(pba.options, 'timestamp')?.timestamp;

  it('L14 with a timestamp the sequence number is ignored but copied', () => {
    const a = new Anchor();
    a.ask({ sequence: 500 });
    expect(a.ask({ sequence: 3 })).toMatchObject({ status: 0, sequence: 3 });
  });

  it('L15 a timestamp outside the window, or equal to the last: 156 with the LMA clock', () => {
    const a = new Anchor();
    for (const away of [-302, 302]) {
      const pba = a.ask({ timestamp: clock(a, away) });
      expect([pba.status, stampOf(pba)]).toEqual([156, clock(a)]);
    }
    const last = clock(a, 10);
    expect(a.ask({ timestamp: last }).status).toBe(0);
    const pba = a.ask({ timestamp: last });
    expect([pba.status, stampOf(pba)]).toEqual([156, clock(a)]);
  });

  it('L15 the edges of the window are inside, and a window of 0 checks the order only', () => {
    expect(new Anchor().ask({ timestamp: timestampOf(new Anchor().now.wall + 1 + 300) }).status).toBe(0);
    expect(new Anchor(labConfig({ timestampValidityWindow: 0 })).ask({ timestamp: 1n }).status).toBe(0);
    expect(new Anchor(labConfig({ mobileNodeGeneratedTimestampInUse: true })).ask({ timestamp: 1n }).status).toBe(0);
  });

  it('L16 a timestamp below the last accepted: 157 with the LMA clock', () => {
    const a = new Anchor();
    a.ask({ timestamp: clock(a, 100) });
    const pba = a.ask({ timestamp: clock(a, 50), mag: MAG2 });
    expect([pba.status, stampOf(pba)]).toEqual([157, clock(a)]);
    expect(bindings(a)[0]?.mag).toBe(MAG1.id);
  });

  it('L17 a valid timestamp comes back unchanged', () => {
    const a = new Anchor();
    const sent = clock(a, 77);
    expect(stampOf(a.ask({ timestamp: sent }))).toBe(sent);
  });

  it('L18 no timestamp in the PBU: none in the PBA, sequence rules apply', () => {
    const a = new Anchor();
    const pba = a.ask({ timestamp: undefined, sequence: 40 });
    expect([pba.status, stampOf(pba)]).toEqual([0, undefined]);
    const refused = a.ask({ timestamp: undefined, sequence: 40 });
    expect([refused.status, stampOf(refused)]).toEqual([135, undefined]);
  });

  it('L19 sequence numbers compare modulo 65536, not newer: 135 with the last accepted number', () => {
    const a = new Anchor();
    const next = (sequence: number) => a.ask({ timestamp: undefined, sequence });
    expect(next(65_535).status).toBe(0);
    expect(next(0).status).toBe(0);
    expect(next(65_535)).toMatchObject({ status: 135, sequence: 0 });
    expect(next(32_767).status).toBe(0);
    expect(next(32_767 + 32_768)).toMatchObject({ status: 135, sequence: 32_767 });
    expect(next(32_767 + 32_767).status).toBe(0);
  });

  it('a refused request changes nothing, not even the last timestamp', () => {
    const a = new Anchor();
    a.ask();
    const before = structuredClone(a.store);
    expect(a.ask({ key: undefined, timestamp: clock(a, 200) }).status).toBe(163);
    expect(a.store).toEqual(before);
    expect(a.ask({ timestamp: clock(a, 100), mag: overIpv6(MAG1.id, MAG1.from.remote) }).status).toBe(0);
  });
});
