/** A gateway with a valid key, or an address of its own, that lies about the subscribers and the addresses of others. */
import { describe, expect, it } from 'vitest';
import { HANDOFF, REVOCATION_STATUS, TRIGGER } from '../../protocol/mobility/codes.ts';
import type { BindingRevocationIndication } from '../../protocol/mobility/messages.ts';
import { Anchor, bindings, discardsOf, labConfig, MAG1, MAG2, MAG3, overIpv6, pbaOf, sendsOf, type Mag } from './pbu.ts';

const ALICE = 'alice@example.com';
const PROVEN = { nodes: [{ match: '@example.com', accessProof: 'required' as const }] };

describe('a farewell in the name of another home’s subscriber', () => {
  it.each([
    ['names a service that there is not', { service: 'nowhere' }],
    ['names no phone, and says that it went to another interface', { service: 'nowhere', mac: undefined, handoff: HANDOFF.BETWEEN_INTERFACES }],
    ['names nothing wrong', {}],
  ])('ends nothing when it %s', (_, wish) => {
    const a = new Anchor(labConfig({}, PROVEN));
    a.take({ kind: 'proved', mag: MAG1.id ?? '', linkLayerId: '00:24:d7:8e:21:a4', names: [ALICE], lifetime: 600 });
    expect(a.ask({ mn: ALICE }).status).toBe(0);
    a.pbu({ mn: ALICE, mag: MAG2, lifetime: 0, ...wish });
    expect(bindings(a)).toMatchObject([{ mag: MAG1.id, state: 'ACTIVE' }]);
  });

  it('does not take back what another home’s gateway asked for and is held back', () => {
    const a = new Anchor(labConfig({ revocation: false }));
    a.ask();
    expect(pbaOf(a.pbu({ mag: MAG2, mac: '02:00:00:00:00:01' }))).toBeUndefined();
    a.pbu({ mag: MAG3, mac: '02:00:00:00:00:01', lifetime: 0, prefixes: [], hoa: '0.0.0.0' });
    expect(pbaOf(a.pass(2000))).toMatchObject({ status: 0 });
    expect(bindings(a).map((b) => b.mag)).toEqual([MAG1.id, MAG2.id]);
  });
});

describe('an Alternate Care-of Address', () => {
  const careOf = (address: string) => ({ more: [{ kind: 'alternateCareOfAddress' as const, address }] });

  it('is one from which the gateway’s own row lets it speak', () => {
    const a = new Anchor(labConfig({}, { mags: [{ id: MAG1.id ?? '', addresses: ['2001:db8:cafe:1025::/64'] }, { id: MAG2.id ?? '' }] }));
    expect(discardsOf(a.pbu(careOf('2001:db8:bad::1')))).toEqual(['care-of-address-of-another-mag']);
    expect(a.ask(careOf('2001:db8:cafe:1025::99')).status).toBe(0);
  });

  it('makes no gateway without a key another one', () => {
    const [first, second]: readonly Mag[] = [overIpv6(undefined, '2001:db8:1::1'), overIpv6(undefined, '2001:db8:2::1')];
    const a = new Anchor(labConfig({}, { authentication: 'optional', mags: [{ id: 'one', addresses: ['2001:db8:1::1'] }, { id: 'two', addresses: ['2001:db8:2::1'] }] }));
    expect(a.ask({ mag: first as Mag }).status).toBe(0);
    a.pbu({ mag: second as Mag, lifetime: 0, ...careOf('2001:db8:1::1') });
    const bri: BindingRevocationIndication = {
      kind: 'bindingRevocationIndication',
      trigger: TRIGGER.PER_PEER_POLICY,
      sequence: 1,
      flags: { proxy: true, ipv4Only: false, global: true },
      options: [{ kind: 'mnIdentifier', subtype: 1, identifier: 'two' }, ...careOf('2001:db8:1::1').more],
    };
    expect(sendsOf(a.receive(second as Mag, bri)).map((s) => s.message)).toMatchObject([{ status: REVOCATION_STATUS.BINDING_DOES_NOT_EXIST }]);
    expect(bindings(a)).toMatchObject([{ proxyCoa: '2001:db8:1::1', state: 'ACTIVE' }]);
  });
});
