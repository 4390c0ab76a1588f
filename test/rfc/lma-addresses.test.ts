/** The LMA's requirements of protocol.md 13, L28 to L36 and L47: what a session is given, and how the answer says it. */
import { describe, expect, it } from 'vitest';
import { find, findAll } from '../../protocol/mobility/options.ts';
import { Anchor, assigned, bindings, hoaOf, labConfig, MAG1, MAG2, pbaOf, prefixesOf, TABLET } from '../lma/pbu.ts';

const phone = (n: number) => ({ mn: `mn${n}@example.com`, mac: `02:00:00:00:00:${n.toString(16).padStart(2, '0')}` });
const reply = (pba: Parameters<typeof prefixesOf>[0]) => find(pba.options, 'ipv4HomeAddressReply');
const tiny = labConfig({}, { ipv4Pools: [{ name: 'v4', network: '192.0.2.0', prefixLength: 30, router: '192.0.2.2' }], ipv6Pools: [{ name: 'v6', prefix: { address: '2001:db8::', length: 62 } }] });

describe('addresses', () => {
  it('L28 an allocated prefix is used by nobody else', () => {
    const a = new Anchor();
    const all = Array.from({ length: 50 }, (_, n) => prefixesOf(a.ask(phone(n)))[0]);
    expect(new Set(all).size).toBe(50);
    expect(all).not.toContain('2001:db8:f00d::/64');
  });

  it('L29 no prefix free: 130', () => {
    const a = new Anchor(tiny);
    for (let n = 0; n < 3; n++) expect(a.ask({ ...phone(n), hoa: undefined }).status).toBe(0);
    expect(a.ask({ ...phone(9), hoa: undefined }).status).toBe(130);
  });

  it.each([
    ['owned by another', '2001:db8:beef::/64'],
    ['of another length than 64', '2001:db8:f00d:100::/56'],
    ['kept by the anchor', '2001:db8:f00d::/64'],
  ])('L30 a wanted prefix not owned or not allowed: 155 (%s)', (_, prefix) => {
    const a = new Anchor();
    const pba = a.ask({ prefixes: [prefix] });
    expect([pba.status, prefixesOf(pba)]).toEqual([155, [prefix]]);
  });

  it('L30 a wanted prefix is given where the pool allows static allocation, and nowhere else', () => {
    const wish = { prefixes: ['2001:db8:f00d:42::/64'] };
    expect(prefixesOf(new Anchor().ask(wish))).toEqual(wish.prefixes);
    const v6 = { name: 'v6', prefix: { address: '2001:db8:f00d::', length: 48 } };
    expect(new Anchor(labConfig({}, { ipv6Pools: [v6] })).ask(wish).status).toBe(155);
  });

  it('L31 0.0.0.0 allocates an IPv4 home address in the same BCE as the prefixes', () => {
    const a = new Anchor();
    const pba = a.ask();
    expect(reply(pba)).toMatchObject({ status: 0, prefixLength: 24, address: '192.0.2.1' });
    expect(bindings(a)).toMatchObject([{ homeAddress: { address: '192.0.2.1' }, prefixes: [{ address: '2001:db8:f00d:1::', length: 64 }] }]);
  });

  it.each(['198.51.100.1', '192.0.2.254', '192.0.2.0', '192.0.2.255', '192.0.2.9'])('L32 wanted HoA not allowed: 171 and option 37 status 129 (%s)', (hoa) => {
    const a = new Anchor();
    const pba = a.ask({ hoa });
    expect([pba.status, reply(pba)?.status, reply(pba)?.address]).toEqual([171, 129, hoa]);
    expect(bindings(a)).toEqual([]);
  });

  it('L32 a wanted HoA is given where the pool allows it, the router and the edges of the subnet never', () => {
    const config = labConfig({}, { ipv4Pools: [{ name: 'v4', network: '192.0.2.0', prefixLength: 24, router: '192.0.2.254', allowStaticAllocation: true }] });
    expect(hoaOf(new Anchor(config).ask({ hoa: '192.0.2.9' }))).toBe('192.0.2.9');
    for (const hoa of ['192.0.2.254', '192.0.2.0', '192.0.2.255']) expect(new Anchor(config).ask({ hoa }).status).toBe(171);
  });

  it('L33 no address free: 130 and option 37 status 128', () => {
    const a = new Anchor(tiny);
    expect(a.ask({ ...phone(1), prefixes: [] }).status).toBe(0);
    const pba = a.ask({ ...phone(2), prefixes: [] });
    expect([pba.status, reply(pba)?.status]).toEqual([130, 128]);
  });

  it('L33 a refusal for one family takes nothing of the other', () => {
    const a = new Anchor(tiny);
    a.ask({ ...phone(1), prefixes: [] });
    for (let n = 2; n < 9; n++) expect(a.ask(phone(n)).status).toBe(130);
    for (let n = 10; n < 13; n++) expect(a.ask({ ...phone(n), hoa: undefined }).status).toBe(0);
  });

  it('a session that asks for its second family later gets it', () => {
    const a = new Anchor();
    const first = a.ask({ hoa: undefined });
    const both = pbaOf(a.refresh(first, { hoa: '0.0.0.0' }))!;
    expect([prefixesOf(both), hoaOf(both)]).toEqual([prefixesOf(first), '192.0.2.1']);
    expect(bindings(a)).toHaveLength(1);
  });

  it('an address that a phone declined is given to nobody for a while', () => {
    const a = new Anchor(labConfig({ declineQuarantine: 20_000 }, { ipv4Pools: [{ name: 'v4', network: '192.0.2.0', prefixLength: 30, router: '192.0.2.2' }] }));
    const pba = a.ask();
    expect(pbaOf(a.deregister(pba, { prefixes: [], conflict: true }))).toMatchObject({ status: 0, lifetime: 0 });
    expect(bindings(a)).toMatchObject([{ state: 'ACTIVE', homeAddress: undefined }]);
    expect(a.ask(phone(2)).status).toBe(130);
    a.pass(20_000);
    expect(hoaOf(a.ask(phone(2)))).toBe('192.0.2.1');
  });
});

describe('the answer', () => {
  it('L34 Default-Router option is in accepted PBAs and in no other', () => {
    const a = new Anchor();
    expect(find(a.ask().options, 'ipv4DefaultRouter')?.address).toBe('192.0.2.254');
    expect(find(a.ask({ key: undefined }).options, 'ipv4DefaultRouter')).toBeUndefined();
    expect(find(a.ask({ ...phone(2), hoa: undefined }).options, 'ipv4DefaultRouter')).toBeUndefined();
  });

  it('L35 a rejecting PBA returns the HNP options of the request, one ALL_ZERO if there was none', () => {
    const a = new Anchor();
    const refused = (wish: object) => prefixesOf(a.ask({ key: undefined, ...wish }));
    expect(refused({ prefixes: ['2001:db8:f00d:1::/64', '2001:db8:f00d:2::/64'] })).toEqual(['2001:db8:f00d:1::/64', '2001:db8:f00d:2::/64']);
    expect(refused({})).toEqual(['::/0']);
    expect(refused({ prefixes: [], hoa: undefined })).toEqual(['::/0']);
    expect(refused({ prefixes: [] })).toEqual([]);
  });

  it('L36 MN-ID, HI, ATT, LL-ID are copied; LL-ID and Timestamp only if they were in the request', () => {
    const a = new Anchor();
    for (const extra of [{}, { key: undefined }]) {
      const pba = a.ask({ handoff: 77, att: 99, ...extra });
      expect(pba.options.slice(0, 4)).toEqual([
        { kind: 'mnIdentifier', subtype: 1, identifier: 'mn0@example.com' },
        { kind: 'handoffIndicator', indicator: 77 },
        { kind: 'accessTechnologyType', technology: 99 },
        { kind: 'mnLinkLayerIdentifier', identifier: '00:24:d7:8e:21:a4' },
      ]);
      const bare = a.ask({ ...phone(3), mac: undefined, timestamp: undefined, ...extra });
      expect(findAll(bare.options, 'mnLinkLayerIdentifier')).toEqual([]);
      expect(findAll(bare.options, 'timestamp')).toEqual([]);
    }
  });

  it('L47 Link-local option: generated for ::, kept for the session, copied when NON_ZERO', () => {
    const a = new Anchor();
    const given = (wish: object) => find(a.ask(wish).options, 'linkLocalAddress')?.address;
    expect(given({})).toBeUndefined();
    const generated = given({ linkLocal: '::' });
    expect(generated).toMatch(/^fe80::/);
    expect(given({ linkLocal: '::', mag: MAG2 })).toBe(generated);
    expect(given({ linkLocal: 'fe80::77', mag: MAG1 })).toBe('fe80::77');
    expect(given({ linkLocal: '::', mag: MAG2 })).toBe('fe80::77');
    expect(given({ linkLocal: '::', ...phone(4) })).not.toBe(generated);
  });

  it('a handover that asks for one family releases the other', () => {
    const a = new Anchor();
    const first = a.ask();
    a.ask({ mag: MAG2, prefixes: [], hoa: hoaOf(first) });
    expect(bindings(a)).toMatchObject([{ prefixes: [], homeAddress: { address: '192.0.2.1' } }]);
    expect(prefixesOf(a.ask({ mn: 'mn8@example.com', mac: TABLET, prefixes: assigned(first).prefixes as string[] }))).toEqual(prefixesOf(first));
  });
});
