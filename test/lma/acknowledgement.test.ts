/** The anchor's answers against the vectors, octet for octet: each vector PBU goes in, the vector PBA must come out. */
import { describe, expect, it } from 'vitest';
import type { LmaConfig } from '../../cloud/lma/config.ts';
import { decodeMessage, encodeMessage } from '../../protocol/mobility/header.ts';
import { timestampOf } from '../../protocol/units.ts';
import { hexOf, mobilityVectors, octetsOf, transportOf } from '../vectors/index.ts';
import { Anchor, buildPbu, EPOCH, labConfig, MAG1, NAT1, overIpv4, pbaOf, TABLET, type Mag, type Wish } from './pbu.ts';

const named = (name: string) => mobilityVectors.find((v) => v.name === name)!;
const message = (name: string) => decodeMessage(octetsOf(named(name).mh_hex as string), transportOf(named(name)));
const at = (a: Anchor, seconds: number): Anchor => Object.assign(a, { now: { at: seconds * 1000, wall: EPOCH + seconds * 1000 } });

/** What comes out for a vector that goes in, octets over the transport of the vector `like`. */
function answer(a: Anchor, name: string, like: string, mag: Mag = MAG1): string {
  return hexOf(encodeMessage(pbaOf(a.receive(mag, message(name)))!, transportOf(named(like))));
}

describe('accepted', () => {
  it('attach, then de-registration', () => {
    const a = at(new Anchor(), 0.5);
    expect(answer(a, 'pbu-initial-dualstack', 'pba-accept-dualstack')).toBe(named('pba-accept-dualstack').mh_hex);
    expect(answer(at(a, 600), 'pbu-dereg', 'pba-dereg')).toBe(named('pba-dereg').mh_hex);
  });

  it('refresh, with less granted than asked', () => {
    const a = at(new Anchor(labConfig({ registrationLifetime: 1800 })), 0.5);
    a.receive(MAG1, message('pbu-initial-dualstack'));
    expect(answer(at(a, 300), 'pbu-refresh', 'pba-refresh')).toBe(named('pba-refresh').mh_hex);
  });

  it('handover to a gateway that knows nothing', () => {
    const a = at(new Anchor(), 0.5);
    a.receive(MAG1, message('pbu-initial-dualstack'));
    const pba = pbaOf(at(a, 620).receive(NAT1, message('pbu-handover-unknown')))!;
    expect(pba.options.filter((o) => o.kind === 'homeNetworkPrefix' || o.kind === 'ipv4HomeAddressReply')).toEqual(message('pba-accept-dualstack').options.filter((o) => o.kind === 'homeNetworkPrefix' || o.kind === 'ipv4HomeAddressReply'));
  });

  it('GRE not required', () => {
    expect(answer(at(new Anchor(labConfig({ greKey: 'refused' })), 0.5), 'pbu-initial-dualstack', 'pba-2-gre-not-required')).toBe(named('pba-2-gre-not-required').mh_hex);
  });

  it('GRE over IPv4, without the TLV header', () => {
    const a = at(new Anchor(labConfig({ acceptForcedIpv4UdpEncapsulationRequest: true })), 0.5);
    const update = message('v4-pbu-force-udp-tlv-gre');
    if (update.kind !== 'bindingUpdate') throw new Error(update.kind);
    const pba = pbaOf(a.receive(overIpv4(MAG1.id, '198.51.100.15'), { ...update, flags: { ...update.flags, forceUdp: false } }))!;
    expect(hexOf(encodeMessage(pba, { kind: 'udp' }))).toBe(named('v4-pba-3-gre-no-tlv').mh_hex);
  });
});

describe('refused', () => {
  const initial: Wish = { handoff: 1, timestamp: timestampOf(EPOCH + 500) };
  const refusals: readonly { readonly vector: string; readonly wish: Wish; readonly config?: Partial<LmaConfig>; readonly wall?: number }[] = [
    { vector: 'pba-err-151-service-authorization-failed', wish: { service: 'nowhere' } },
    { vector: 'pba-err-153-not-lma-for-this-mn', wish: {}, config: { nodes: [] } },
    { vector: 'pba-err-154-mag-not-authorized', wish: {}, config: { mags: [{ id: 'mag1@example.com', nodes: [] }] } },
    { vector: 'pba-err-156-timestamp-mismatch', wish: {}, wall: 5 },
    { vector: 'pba-err-160-missing-mn-id', wish: { mn: undefined } },
    { vector: 'pba-err-163-gre-key-required', wish: { key: undefined } },
    { vector: 'pba-err-170-no-ipv4-service', wish: {}, config: { nodes: [{ match: '*', ipv4: false }] } },
    { vector: 'pba-err-171-no-ipv4-hoa', wish: { hoa: '192.0.2.1' } },
    { vector: 'pba-err-172-no-ipv6-service', wish: {}, config: { nodes: [{ match: '*', ipv6: false }] } },
    { vector: 'pba-err-130-insufficient-resources', wish: {}, config: labConfig({ maximumBindings: 0 }) },
  ];

  it.each(refusals)('$vector', ({ vector, wish, config = {}, wall = 0.5 }) => {
    const a = at(new Anchor(labConfig({}, config)), wall);
    const pba = pbaOf(a.receive(MAG1, buildPbu({ ...initial, ...wish }, a.now, 1)))!;
    expect(hexOf(encodeMessage(pba, transportOf(named(vector))))).toBe(named(vector).mh_hex);
  });

  it('pba-err-155-not-authorized-hnp and pba-err-159-prefix-set-mismatch', () => {
    const a = at(new Anchor(), 0.4);
    a.pbu({ mn: 'mn1@example.com', mac: TABLET });
    const update = buildPbu({ ...initial, prefixes: ['2001:db8:f00d:1::/64'] }, at(a, 0.5).now, 1);
    expect(hexOf(encodeMessage(pbaOf(a.receive(MAG1, update))!, transportOf(named('pba-err-155-not-authorized-hnp'))))).toBe(named('pba-err-155-not-authorized-hnp').mh_hex);
    const b = at(new Anchor(), 0.4);
    b.pbu({ prefixes: ['2001:db8:f00d:5::/64'] });
    expect(hexOf(encodeMessage(pbaOf(b.receive(MAG1, update))!, transportOf(named('pba-err-159-prefix-set-mismatch'))))).toBe(named('pba-err-159-prefix-set-mismatch').mh_hex);
  });

  it('pba-err-157-timestamp-lower', () => {
    const a = at(new Anchor(), 5);
    a.receive(MAG1, buildPbu({ timestamp: timestampOf(EPOCH + 5000) }, a.now, 1));
    const pba = pbaOf(a.receive(MAG1, buildPbu(initial, a.now, 1)))!;
    expect(hexOf(encodeMessage(pba, transportOf(named('pba-err-157-timestamp-lower'))))).toBe(named('pba-err-157-timestamp-lower').mh_hex);
  });

  it('pba-err-135-seq-out-of-window', () => {
    const a = new Anchor();
    const first = a.ask({ timestamp: undefined, sequence: 41 });
    expect(first.status).toBe(0);
    const pba = pbaOf(a.refresh(first, { timestamp: undefined, sequence: 41 }))!;
    expect(hexOf(encodeMessage(pba, transportOf(named('pba-err-135-seq-out-of-window'))))).toBe(named('pba-err-135-seq-out-of-window').mh_hex);
  });
});
