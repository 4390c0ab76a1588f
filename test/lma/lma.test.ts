/** One session's life at the anchor, end to end. */
import { describe, expect, it } from 'vitest';
import { deadline } from '../../cloud/lma/lma.ts';
import { pathLimit } from '../../cloud/lma/numbers.ts';
import { Anchor, bindings, bra, brisOf, discardsOf, hoaOf, keyOf, labConfig, MAG1, MAG2, overIpv6, pathsOf, pbaOf, prefixesOf, removedOf, sendsOf, TABLET, transitionsOf } from './pbu.ts';

describe('a session', () => {
  it('begins with addresses of both families, a key, a path and a stored record, in the order in which they must take effect', () => {
    const a = new Anchor();
    const effects = a.pbu();
    expect(effects.map((e) => e.kind)).toEqual(['setPath', 'storeBinding', 'send', 'transition', 'session']);
    const pba = pbaOf(effects);
    expect(pba).toMatchObject({ status: 0, lifetime: 3600, sequence: 1 });
    expect([prefixesOf(pba!), hoaOf(pba!), keyOf(pba!)]).toEqual([['2001:db8:f00d:1::/64'], '192.0.2.1', 0x0b000007]);
    expect(pathsOf(effects)).toEqual([
      {
        index: 1,
        space: 0,
        ipv4: '192.0.2.1',
        prefixes: [{ address: '2001:db8:f00d:1::', length: 64 }],
        tunnel: { transport: 'gre6', local: '2001:db8:cafe:1024::101', remote: MAG1.from.remote, sendKey: 0x0a000005, receiveKey: 0x0b000007, mtu: 1452 },
        peers: false,
      },
    ]);
  });

  it('is extended without touching the path', () => {
    const a = new Anchor();
    const pba = a.ask();
    a.pass(300_000);
    const effects = a.refresh(pba);
    expect(effects.map((e) => e.kind)).toEqual(['storeBinding', 'send']);
    expect(deadline(a.lma)).toEqual({ at: a.now.at + 3_600_000, why: 'a binding expires' });
  });

  it('goes on at another MAG, which gets the same addresses; the old one is told', () => {
    const a = new Anchor();
    const first = a.ask();
    const effects = a.pbu({ mag: MAG2, key: 0x0a000009 });
    const pba = pbaOf(effects);
    expect([prefixesOf(pba!), hoaOf(pba!), keyOf(pba!)]).toEqual([prefixesOf(first), hoaOf(first), keyOf(first)]);
    expect(pathsOf(effects)[0]?.tunnel).toMatchObject({ remote: MAG2.from.remote, sendKey: 0x0a000009, receiveKey: 0x0b000007 });
    const [bri] = sendsOf(effects).filter((e) => e.message.kind === 'bindingRevocationIndication');
    expect(bri).toMatchObject({ to: MAG1.from, peer: MAG1.id, message: { trigger: 2, flags: { proxy: true, ipv4Only: false, global: false } } });
    expect(transitionsOf(effects).map((t) => `${t.from} -> ${t.to}: ${t.reason}`)).toEqual(['ACTIVE -> ACTIVE: handover from mag1@example.com']);
    expect(a.receive(MAG1, bra(brisOf(effects)[0]!))).toEqual([]);
    expect(a.lma.statistics['handoff-count']).toBe(1);
  });

  it('moves with its gateway to a new address, and nobody is revoked', () => {
    const a = new Anchor();
    a.pbu();
    const effects = a.pbu({ mag: overIpv6(MAG1.id, '2001:db8:99::1') });
    expect(pathsOf(effects)[0]?.tunnel.remote).toBe('2001:db8:99::1');
    expect(brisOf(effects)).toEqual([]);
    expect(a.lma.statistics['handoff-count']).toBe(0);
  });

  it('ends 10 s after its de-registration, and its path at once', () => {
    const a = new Anchor();
    const pba = a.ask();
    const effects = a.deregister(pba);
    expect(pbaOf(effects)).toMatchObject({ status: 0, lifetime: 0 });
    expect(removedOf(effects)).toEqual([1]);
    a.pass(9_999);
    expect(bindings(a)).toHaveLength(1);
    a.pass(1);
    expect(bindings(a)).toEqual([]);
    expect(a.store.size).toBe(0);
    expect(deadline(a.lma)).toBeUndefined();
  });

  it('a second phone gets addresses of its own', () => {
    const a = new Anchor();
    const one = a.ask();
    const two = a.ask({ mn: 'mn1@example.com', mac: TABLET });
    expect(hoaOf(two)).not.toBe(hoaOf(one));
    expect(prefixesOf(two)).not.toEqual(prefixesOf(one));
    expect(keyOf(two)).not.toBe(keyOf(one));
  });
});

describe('the late echo of an old home', () => {
  it('its refresh does not steal the session back', () => {
    const a = new Anchor();
    const pba = a.ask();
    a.pbu({ mag: MAG2 });
    expect(pbaOf(a.refresh(pba))).toMatchObject({ status: 128 });
    expect(bindings(a)[0]?.mag).toBe(MAG2.id);
  });

  it('its de-registration is ignored', () => {
    const a = new Anchor();
    const pba = a.ask();
    a.pbu({ mag: MAG2 });
    const effects = a.deregister(pba);
    expect(pbaOf(effects)).toBeUndefined();
    expect(discardsOf(effects)).toEqual(['de-registration-of-another-mag']);
    expect(bindings(a)[0]?.state).toBe('ACTIVE');
  });
});

describe('the data path', () => {
  it('that refused a path is asked again with the next accepted PBU', () => {
    const a = new Anchor();
    const pba = a.ask();
    expect(pathsOf(a.refresh(pba))).toEqual([]);
    expect(a.take({ kind: 'pathRefused', index: 1 })).toEqual([]);
    expect(pathsOf(a.refresh(pba))).toHaveLength(1);
    expect(a.take({ kind: 'pathRefused', index: 99 })).toEqual([]);
  });

  it('counts under an index that comes back a minute later at the soonest; too many in that time are refused', () => {
    const a = new Anchor(labConfig({ maximumBindings: 1, minDelayBeforeBceDelete: 0 }));
    const comeAndGo = () => {
      const pba = a.ask();
      if (pba.status === 0) a.deregister(pba);
      a.pass(0);
      return pba.status;
    };
    const statuses = Array.from({ length: pathLimit([a.lma.config.variables]) }, comeAndGo);
    expect(statuses.indexOf(130)).toBe(pathLimit([a.lma.config.variables]) - 1); // 0 is never used
    expect([a.lma.ipv4Pools.get('v4')?.used, a.lma.ipv6Pools.get('v6')?.used]).toEqual([0, 0]);
    a.pass(60_000);
    expect(comeAndGo()).toBe(0);
  });
});

describe('strangers', () => {
  it('who are not authenticated get no answer', () => {
    const a = new Anchor();
    expect(a.pbu({ peer: undefined })).toEqual([{ kind: 'discard', reason: 'unauthenticated' }]);
    expect(a.pbu({ peer: 'mag9@example.com' })).toEqual([{ kind: 'discard', reason: 'unknown-mag' }]);
  });

  it('may be let in by address', () => {
    const a = new Anchor(labConfig({}, { authentication: 'optional', mags: [{ id: 'street', addresses: ['2001:db8:cafe::/48'] }] }));
    expect(a.ask({ peer: undefined }).status).toBe(0);
    expect(discardsOf(a.pbu({ peer: undefined, mag: overIpv6(undefined, '2001:db8:beef::1') }))).toEqual(['unknown-mag-address']);
  });
});
