/** Access-Request out of what is known of a station; a profile out of an Access-Accept; and whatever is no profile refused in words. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessRequest, clientNai, userNameOf } from '../../agent/aaa/accessRequest.ts';
import { grantOf, type Grant } from '../../agent/aaa/grant.ts';
import { formatHex } from '../../protocol/mac.ts';
import { Reader, Writer } from '../../protocol/codec.ts';
import { readAttributes, writeAttributes, type RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { MIP6_FEATURE } from '../../protocol/radius/codes.ts';

const MAC = '00:24:d7:8e:21:a4';
const hexOf = (text: string, type?: number): string => formatHex(Uint8Array.from([...(type === undefined ? [] : [type]), ...new TextEncoder().encode(text)]));

describe('the question', () => {
  const station = { interface: 'br-access', mac: MAC };
  const attributes = accessRequest({ station, interfaceName: 'Wi-Fi', ipv4: '192.0.2.1' });

  it('names the station as the seed’s radius-server lines want it', () => {
    expect(attributes).toEqual([
      { kind: 'userName', value: '00-24-d7-8e-21-a4' },
      { kind: 'serviceType', value: 1 },
      { kind: 'callingStationId', value: '00-24-d7-8e-21-a4' },
      { kind: 'nasPortType', value: 19 },
      { kind: 'nasPortId', value: 'Wi-Fi' },
      { kind: 'framedIpAddress', value: '192.0.2.1' },
      { kind: 'chargeableUserIdentity', value: '00' },
    ]);
    expect(accessRequest({ station, interfaceName: 'Wi-Fi' }).map((a) => a.kind)).not.toContain('framedIpAddress');
  });
  it('can be written', () => {
    const w = new Writer();
    writeAttributes(w, attributes);
    expect(readAttributes(new Reader(w.finish()))).toEqual(attributes);
  });
  it('is about the identity that EAP proved, else the NAI of option 61, else the MAC', () => {
    const clientId = hexOf('mn1@example.com', 0);
    expect(userNameOf({ ...station, identity: 'alice@home.example', clientId })).toBe('alice@home.example');
    expect(userNameOf({ ...station, clientId })).toBe('mn1@example.com');
    expect(userNameOf(station)).toBe('00-24-d7-8e-21-a4');
  });
  it.each([
    ['text of type 0', hexOf('mn1@example.com', 0), 'mn1@example.com'],
    ['text without a type', hexOf('mn1@example.com'), 'mn1@example.com'],
    ['a MAC', '01:00:24:d7:8e:21:a4', undefined],
    ['a DUID', 'ff:00:00:00:01:00:01:00:01:2a:2a:2a:2a:00:24:d7:8e:21:a4', undefined],
    ['a name without a realm', hexOf('phone', 0), undefined],
    ['a realm alone', hexOf('@example.com', 0), undefined],
    ['a line break', hexOf('mn1@example.com\n', 0), undefined],
    ['octets that are no UTF-8', '00:ff:fe:40:61:2e:62', undefined],
    ['nothing', '', undefined],
  ])('option 61 with %s', (_, clientId, nai) => {
    expect(clientNai(clientId)).toBe(nai);
  });
});

const pair = (value: string): RadiusAttribute => ({ kind: 'ciscoAvPair', value });
const LMA1 = { id: 'lma1', ipv6: '2001:db8:cafe:1024::101', forceUdp: 'auto' } as const;
const LMA2 = { id: 'lma2', ipv6: '2001:db8:cafe:1024::102', ipv4: '10.8.24.102', forceUdp: 'auto' } as const;
const context = { lmas: [LMA1, LMA2], dns: ['198.51.100.250', '2001:db8::53'] };
const granted = (...attributes: RadiusAttribute[]): Grant => {
  const result = grantOf(attributes, context);
  if ('refused' in result) throw new Error(result.refused);
  return result.grant;
};
const refusal = (...attributes: RadiusAttribute[]): string => {
  const result = grantOf(attributes, context);
  return 'refused' in result ? result.refused : 'granted';
};
const SEED = ['mn-nai=mn0@example.com', 'mn-service=ipv4', 'home-lma-ipv6-address=2001:db8:cafe:1024::101', 'home-lma-ipv4-address=10.8.24.101', 'home-lma=lma1', 'mn-apn=example.com', 'cisco-mpc-protocol-interface=pmipv6'].map(pair);
const vector = (...features: bigint[]): RadiusAttribute => ({ kind: 'mip6FeatureVector', value: features.reduce((a, b) => a | b, 0n) });
const { PMIP6_SUPPORTED, IP4_HOA_SUPPORTED, IP4_HOA_ONLY_SUPPORTED, IP4_TRANSPORT_SUPPORTED } = MIP6_FEATURE;

describe('a profile', () => {
  it('of the seed’s Cisco-AVPairs', () => {
    expect(granted(...SEED)).toEqual({ nai: 'mn0@example.com', apn: 'example.com', lmas: ['lma1'], ipv4: true, ipv6: false, dns4: ['198.51.100.250'], dns6: ['2001:db8::53'], class: [] });
  });
  it('of RFC 6572', () => {
    expect(
      granted(
        { kind: 'mobileNodeIdentifier', value: 'mn1@example.com' },
        { kind: 'serviceSelection', value: 'example.com' },
        { kind: 'pmip6HomeLmaIpv6Address', value: LMA2.ipv6 },
        { kind: 'pmip6HomeLmaIpv4Address', value: LMA2.ipv4 },
        vector(PMIP6_SUPPORTED, IP4_HOA_SUPPORTED, IP4_TRANSPORT_SUPPORTED),
        { kind: 'pmip6HomeIpv4HoA', value: { prefixLength: 24, address: '192.0.2.9' } },
        { kind: 'pmip6HomeHnPrefix', value: { prefixLength: 64, prefix: '2001:db8:f00d:9::' } },
      ),
    ).toMatchObject({ nai: 'mn1@example.com', apn: 'example.com', lmas: ['lma2'], ipv4: true, ipv6: true, wantedIpv4: '192.0.2.9', wantedPrefixes: [{ address: '2001:db8:f00d:9::', length: 64 }] });
  });
  it('of nothing is the domain’s: both families, any LMA', () => {
    expect(granted()).toEqual({ lmas: [], ipv4: true, ipv6: true, dns4: ['198.51.100.250'], dns6: ['2001:db8::53'], class: [] });
  });
  it('where both speak, the RFC’s attribute wins', () => {
    expect(granted(...SEED, { kind: 'mobileNodeIdentifier', value: 'mn1@example.com' }, { kind: 'serviceSelection', value: 'other.example' }, vector(PMIP6_SUPPORTED))).toMatchObject({ nai: 'mn1@example.com', apn: 'other.example', ipv4: false, ipv6: true });
    expect(granted(pair(`home-lma-ipv6-address=${LMA1.ipv6}`), { kind: 'pmip6HomeLmaIpv6Address', value: LMA2.ipv6 }).lmas).toEqual(['lma2']);
  });
  it.each([
    ['IPv6', vector(PMIP6_SUPPORTED), { ipv4: false, ipv6: true }],
    ['IPv4', vector(PMIP6_SUPPORTED, IP4_HOA_ONLY_SUPPORTED), { ipv4: true, ipv6: false }],
    ['both', vector(PMIP6_SUPPORTED, IP4_HOA_SUPPORTED), { ipv4: true, ipv6: true }],
    ['dual by name', pair('mn-service=dual'), { ipv4: true, ipv6: true }],
    ['ipv6 by name', pair('mn-service=ipv6'), { ipv4: false, ipv6: true }],
  ])('for %s (RFC 6572 §4.10)', (_, attribute, service) => {
    expect(granted(attribute)).toMatchObject(service);
  });
  it('takes a visited LMA only where no home LMA is named', () => {
    const visited: RadiusAttribute = { kind: 'pmip6VisitedLmaIpv4Address', value: LMA2.ipv4 };
    expect(granted(visited).lmas).toEqual(['lma2']);
    expect(granted(visited, pair('home-lma=lma1')).lmas).toEqual(['lma1']);
  });
  it('may leave the prefix to the LMA, and wishes of a family that it has not are not passed on', () => {
    expect(granted({ kind: 'pmip6HomeHnPrefix', value: { prefixLength: 128, prefix: '::' } })).not.toHaveProperty('wantedPrefixes');
    expect(granted(pair('mn-service=ipv6'), { kind: 'pmip6HomeIpv4HoA', value: { prefixLength: 24, address: '192.0.2.9' } })).not.toHaveProperty('wantedIpv4');
    expect(granted({ kind: 'pmip6HomeIpv4HoA', value: { prefixLength: 0, address: '0.0.0.0' } })).not.toHaveProperty('wantedIpv4');
  });
  it('carries what accounting, policy and session end need', () => {
    expect(granted({ kind: 'class', value: '01:02' }, { kind: 'chargeableUserIdentity', value: '61:62' }, pair('certificate-serial=0a1b'), { kind: 'sessionTimeout', value: 600 }, { kind: 'acctInterimInterval', value: 120 }, pair('ip:dns-servers=192.0.2.53 2001:DB8::5'))).toMatchObject({
      class: ['01:02'],
      cui: '61:62',
      certificate: '0a1b',
      sessionTimeout: { after: 600, askAgain: false },
      interimInterval: 120,
      dns4: ['192.0.2.53'],
      dns6: ['2001:db8::5'],
    });
    expect(granted({ kind: 'sessionTimeout', value: 600 }, { kind: 'terminationAction', value: 1 }).sessionTimeout).toEqual({ after: 600, askAgain: true });
    expect(granted({ kind: 'chargeableUserIdentity', value: '00' })).not.toHaveProperty('cui');
  });
  it('is not disturbed by what is meant for others', () => {
    expect(granted(...SEED, pair('shell:priv-lvl=15'), pair('no separator'), { kind: 'unknown', type: 250, value: new Uint8Array(3) }, { kind: 'replyMessage', value: 'welcome' })).toEqual(granted(...SEED));
  });
});

describe('refused', () => {
  it.each<[string, RadiusAttribute[], string]>([
    ['an LMA by a name that nobody configured', [pair('home-lma=lma9')], "the profile's LMA (lma9) is not among the configured local-mobility-anchors"],
    ['an LMA by such an address', [{ kind: 'pmip6HomeLmaIpv6Address', value: '2001:db8::bad' }], "the profile's LMA (2001:db8::bad) is not among the configured local-mobility-anchors"],
    ['an LMA by such an IPv4 address', [pair('home-lma-ipv4-address=192.0.2.66')], "the profile's LMA (192.0.2.66) is not among the configured local-mobility-anchors"],
    ['a name and an address of two LMAs', [pair('home-lma=lma1'), pair(`home-lma-ipv6-address=${LMA2.ipv6}`)], `the profile contradicts the configured LMA (lma1, ${LMA2.ipv6})`],
    ['a name and the address of another family of another LMA', [pair('home-lma=lma1'), pair(`home-lma-ipv4-address=${LMA2.ipv4}`)], `the profile contradicts the configured LMA (lma1, ${LMA2.ipv4})`],
    ['addresses of two LMAs', [pair(`home-lma-ipv6-address=${LMA1.ipv6}`), pair(`home-lma-ipv4-address=${LMA2.ipv4}`)], `the profile contradicts the configured LMA (${LMA1.ipv6}, ${LMA2.ipv4})`],
    ['an address that is none', [pair('home-lma-ipv6-address=lma1')], 'the Cisco-AVPair home-lma-ipv6-address is no such address'],
    ['an address of the wrong family', [pair('home-lma-ipv4-address=2001:db8::1')], 'the Cisco-AVPair home-lma-ipv4-address is no such address'],
    ['two NAIs', [pair('mn-nai=a@example.com'), pair('mn-nai=b@example.com')], 'the Cisco-AVPair mn-nai is there twice, with different values'],
    ['two identifiers', [{ kind: 'mobileNodeIdentifier', value: 'a@example.com' }, { kind: 'mobileNodeIdentifier', value: 'b@example.com' }], 'Mobile-Node-Identifier is there twice, with different values'],
    ['an empty NAI', [pair('mn-nai=')], 'the Cisco-AVPair mn-nai is empty'],
    ['a service that nobody knows', [pair('mn-service=ipx')], 'mn-service is none of ipv4, ipv6 and dual'],
    ['a service with a name of JavaScript', [pair('mn-service=constructor')], 'mn-service is none of ipv4, ipv6 and dual'],
    ['another protocol', [pair('cisco-mpc-protocol-interface=gtpv1')], 'the profile is for gtpv1 and not for pmipv6'],
    ['a node without PMIPv6', [vector(IP4_HOA_SUPPORTED)], 'MIP6-Feature-Vector without PMIP6_SUPPORTED: this node may not use Proxy Mobile IPv6'],
    ['both IPv4 features', [vector(PMIP6_SUPPORTED, IP4_HOA_SUPPORTED, IP4_HOA_ONLY_SUPPORTED)], 'MIP6-Feature-Vector with IP4_HOA_SUPPORTED and IP4_HOA_ONLY_SUPPORTED, which exclude each other'],
    ['a feature vector that cannot be read', [{ kind: 'unknown', type: 124, value: new Uint8Array(3) }], 'attribute 124 (MIP6-Feature-Vector) has a value that cannot be read'],
    ['a prefix that is no /64', [{ kind: 'pmip6HomeHnPrefix', value: { prefixLength: 56, prefix: '2001:db8::' } }], 'PMIP6-Home-HN-Prefix of /56: home network prefixes are /64'],
    ['resolvers that are none', [pair('ip:dns-servers=resolver.example')], 'the Cisco-AVPair ip:dns-servers is no list of addresses'],
  ])('%s', (_, attributes, words) => {
    expect(refusal(...attributes)).toBe(words);
  });

  it('the same said twice is no contradiction', () => {
    expect(granted(...SEED, ...SEED)).toEqual(granted(...SEED));
  });

  it('whatever octets an Access-Accept has, nothing is thrown', () => {
    const attribute = fc.tuple(fc.oneof(fc.constantFrom(26, 27, 89, 124, 145, 146, 147, 148, 149, 150, 151, 155), fc.nat(255)), fc.uint8Array({ maxLength: 40 }));
    const ciscoPair = fc.tuple(fc.constantFrom('mn-nai', 'mn-service', 'mn-apn', 'home-lma', 'home-lma-ipv4-address', 'home-lma-ipv6-address', 'ip:dns-servers'), fc.string({ maxLength: 30 })).map(([name, value]) => pair(`${name}=${value}`));
    fc.assert(
      fc.property(fc.array(attribute, { maxLength: 8 }), fc.array(ciscoPair, { maxLength: 4 }), (raw, pairs) => {
        const octets = Uint8Array.from(raw.flatMap(([type, value]) => [type, value.length + 2, ...value]));
        const result = grantOf([...readAttributes(new Reader(octets)), ...pairs], context);
        expect('grant' in result ? result.grant.lmas.every((id) => id === 'lma1' || id === 'lma2') : result.refused !== '').toBe(true);
      }),
    );
  });
});
