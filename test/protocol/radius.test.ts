/** RADIUS packets and attributes: vectors in both directions, every layout, refusals, properties (RFC 2865, 2866, 2869, 3162, 6572). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError, EncodeError } from '../../protocol/codec.ts';
import { radiusAttributes, valueOf, valuesOf, type RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { ACCT_STATUS_TYPE, CODE, ERROR_CAUSE, MIP6_FEATURE, nameIn, TERMINATE_CAUSE } from '../../protocol/radius/codes.ts';
import { decodePacket, encodePacket, messageAuthenticatorAt, trim } from '../../protocol/radius/packet.ts';
import { stationIdOf } from '../../protocol/radius/stationId.ts';
import { splitAvPair } from '../../protocol/radius/vendorSpecific.ts';
import { hexOf, octetsOf } from '../vectors/index.ts';
import { everyPrefixHolds, holdsForAnyOctets, reasonOf } from './codecs.ts';
import { anyPacket, coveredKinds, radiusDecoder } from './radiusPackets.ts';
import { CAPTURED_AT, radiusVectors } from './radiusVectors.ts';

const ZEROS = new Uint8Array(16);
/** The attributes of a packet with these octets behind its header. */
const attributesOf = (hex: string): readonly RadiusAttribute[] => decodePacket(packetWith(hex)).attributes;
function packetWith(hex: string): Uint8Array {
  const body = octetsOf(hex.replaceAll(' ', ''));
  const length = 20 + body.length;
  return Uint8Array.from([2, 7, length >> 8, length & 255, ...ZEROS, ...body]);
}
const encoded = (...attributes: RadiusAttribute[]): string => hexOf(encodePacket({ code: 1, identifier: 0, authenticator: ZEROS, attributes }).subarray(20));
const unknown = (type: number, hex: string): RadiusAttribute => ({ kind: 'unknown', type, value: octetsOf(hex) });
const withoutSeal = (attributes: readonly RadiusAttribute[]) => attributes.filter((a) => a.kind !== 'messageAuthenticator' && a.kind !== 'userPassword');

describe('packets that others made', () => {
  it.each(Object.entries(radiusVectors))('%s comes back octet for octet', (name, octets) => {
    const again = hexOf(encodePacket(decodePacket(octets)));
    // FreeRADIUS leaves out a prefix's octets behind its length; they are written here.
    if (name === 'profileAccept' || name === 'stopRequest') expect(decodePacket(octetsOf(again)).attributes).toEqual(decodePacket(octets).attributes);
    else expect(again).toBe(hexOf(octets));
  });

  it('RFC 2865 §7.1: a user and where to send them', () => {
    expect(decodePacket(radiusVectors.telnetRequest)).toEqual({
      code: CODE.ACCESS_REQUEST,
      identifier: 0,
      authenticator: octetsOf('0f403f9473978057bd83d5cb98f4227a'),
      attributes: [
        { kind: 'userName', value: 'nemo' },
        { kind: 'userPassword', value: '0d:be:70:8d:93:d4:13:ce:31:96:e4:3f:78:2a:0a:ee' },
        { kind: 'nasIpAddress', value: '192.168.1.16' },
        { kind: 'nasPort', value: 3 },
      ],
    });
    expect(decodePacket(radiusVectors.telnetAccept).attributes).toEqual([{ kind: 'serviceType', value: 1 }, unknown(15, '00000000'), unknown(14, 'c0a80103')]);
  });

  it('RFC 2865 §7.3: a challenge', () => {
    const { code, attributes } = decodePacket(radiusVectors.challenge);
    expect(code).toBe(CODE.ACCESS_CHALLENGE);
    expect(attributes).toEqual([
      { kind: 'replyMessage', value: 'Challenge 32769430.  Enter response at prompt.' },
      { kind: 'state', value: '33:32:37:36:39:34:33:30' },
    ]);
  });

  it('a profile of RFC 6572 attributes', () => {
    expect(withoutSeal(decodePacket(radiusVectors.profileAccept).attributes)).toEqual([
      { kind: 'mobileNodeIdentifier', value: 'mn0@example.com' },
      { kind: 'serviceSelection', value: 'example.com' },
      { kind: 'pmip6HomeLmaIpv6Address', value: '2001:db8:cafe:1024::101' },
      { kind: 'pmip6HomeLmaIpv4Address', value: '10.8.24.101' },
      { kind: 'pmip6HomeHnPrefix', value: { prefixLength: 64, prefix: '2001:db8:9:5::' } },
      // FreeRADIUS clears the host bits of what its dictionary calls a prefix.
      { kind: 'pmip6HomeIpv4HoA', value: { prefixLength: 24, address: '10.9.0.0' } },
      { kind: 'pmip6HomeIpv4Gateway', value: '10.9.0.1' },
      { kind: 'pmip6HomeInterfaceId', value: '02:24:d7:ff:fe:8e:21:a4' },
      { kind: 'mip6FeatureVector', value: MIP6_FEATURE.PMIP6_SUPPORTED | MIP6_FEATURE.IP4_HOA_SUPPORTED },
      { kind: 'chargeableUserIdentity', value: '63:75:69:2d:6d:6e:30' },
      { kind: 'class', value: '01:02' },
      { kind: 'sessionTimeout', value: 3600 },
      { kind: 'acctInterimInterval', value: 600 },
    ]);
  });

  it("the seed's Cisco-AVPairs", () => {
    expect(valuesOf(decodePacket(radiusVectors.ciscoAccept).attributes, 'ciscoAvPair')).toEqual([
      'mn-nai=mn0@example.com',
      'mn-service=ipv4',
      'home-lma-ipv6-address=2001:db8:cafe:1024::101',
      'home-lma-ipv4-address=10.8.24.101',
      'home-lma=lma1',
      'mn-apn=example.com',
      'cisco-mpc-protocol-interface=pmipv6',
    ]);
  });

  it('a question for a profile', () => {
    expect(withoutSeal(decodePacket(radiusVectors.profileRequest).attributes)).toEqual([
      { kind: 'userName', value: stationIdOf('00:24:d7:8e:21:a4') },
      { kind: 'callingStationId', value: '00-24-d7-8e-21-a4' },
      { kind: 'nasIdentifier', value: 'mag1' },
      { kind: 'nasIpAddress', value: '192.0.2.7' },
      { kind: 'nasIpv6Address', value: '2001:db8::7' },
      { kind: 'nasPortType', value: 19 },
      { kind: 'serviceType', value: 1 },
      { kind: 'nasPortId', value: 'wlan0' },
    ]);
  });

  it('an accounting stop', () => {
    const { code, attributes } = decodePacket(radiusVectors.stopRequest);
    expect(code).toBe(CODE.ACCOUNTING_REQUEST);
    expect(withoutSeal(attributes)).toEqual([
      { kind: 'userName', value: 'mn0@example.com' },
      { kind: 'acctStatusType', value: ACCT_STATUS_TYPE.STOP },
      { kind: 'acctSessionId', value: '5a1' },
      { kind: 'acctMultiSessionId', value: 'm1' },
      { kind: 'acctLinkCount', value: 1 },
      { kind: 'acctAuthentic', value: 1 },
      { kind: 'acctDelayTime', value: 2 },
      { kind: 'acctSessionTime', value: 61 },
      { kind: 'acctInputOctets', value: 0xffff_ffff },
      { kind: 'acctInputGigawords', value: 2 },
      { kind: 'acctInputPackets', value: 10 },
      { kind: 'acctOutputOctets', value: 5 },
      { kind: 'acctOutputGigawords', value: 1 },
      { kind: 'acctOutputPackets', value: 9 },
      { kind: 'acctTerminateCause', value: TERMINATE_CAUSE.LOST_CARRIER },
      { kind: 'eventTimestamp', value: CAPTURED_AT / 1000 },
      { kind: 'framedIpAddress', value: '10.9.0.5' },
      { kind: 'framedIpv6Prefix', value: { prefixLength: 64, prefix: '2001:db8:9:5::' } },
      { kind: 'nasIdentifier', value: 'mag1' },
    ]);
  });

  it('a CoA-Request keeps two Proxy-States apart and in their order (RFC 5176 §3.1)', () => {
    const { code, attributes } = decodePacket(radiusVectors.coaRequest);
    expect(code).toBe(CODE.COA_REQUEST);
    expect(valuesOf(attributes, 'proxyState')).toEqual(['0a:0b', '0c']);
  });
});

describe('layouts', () => {
  it.each([
    ['the prefix length of a home address is the low 6 bits of 16', '9b08 0018 0a090005', { kind: 'pmip6HomeIpv4HoA', value: { prefixLength: 24, address: '10.9.0.5' } }],
    ['a whole home address', '9b08 0020 0a090005', { kind: 'pmip6HomeIpv4HoA', value: { prefixLength: 32, address: '10.9.0.5' } }],
    ['an IPv6 prefix of all octets', '9714 0040 20010db8000900050000000000000000', { kind: 'pmip6HomeHnPrefix', value: { prefixLength: 64, prefix: '2001:db8:9:5::' } }],
    ['an address to be assigned', '9714 0080 00000000000000000000000000000000', { kind: 'pmip6HomeHnPrefix', value: { prefixLength: 128, prefix: '::' } }],
    ['a feature vector of 64 bits', '7c0a 0001 0100 0000 0000', { kind: 'mip6FeatureVector', value: MIP6_FEATURE.PMIP6_SUPPORTED | MIP6_FEATURE.IP4_HOA_ONLY_SUPPORTED }],
    ['an Error-Cause', '6506 000001f7', { kind: 'errorCause', value: ERROR_CAUSE.SESSION_CONTEXT_NOT_FOUND }],
    ['a Cisco-AVPair', '1a0e 00000009 0108 613d6262 6363', { kind: 'ciscoAvPair', value: 'a=bbcc' }],
    ["another vendor's attribute", '1a0b 00000137 0405 010203', { kind: 'vendorSpecific', value: { vendor: 311, type: 4, data: octetsOf('010203') } }],
    ['a vendor with a layout of its own', '1a09 00000137 ff0000', { kind: 'vendorSpecific', value: { vendor: 311, data: octetsOf('ff0000') } }],
  ] as const)('%s', (_, hex, attribute) => {
    expect(attributesOf(hex)).toEqual([attribute]);
    expect(encoded(attribute as RadiusAttribute)).toBe(hex.replaceAll(' ', ''));
  });

  it('an IPv6 prefix needs no octets behind its length, and bits there do not count', () => {
    const prefix = { prefixLength: 62, prefix: '2001:db8:9:4::' };
    for (const hex of ['970c 003e 20010db800090004', '970c 003e 20010db800090007']) expect(attributesOf(hex)).toEqual([{ kind: 'pmip6HomeHnPrefix', value: prefix }]);
  });

  it('reserved bits are ignored', () => {
    expect(attributesOf('9b08 ffd8 0a090005')).toEqual([{ kind: 'pmip6HomeIpv4HoA', value: { prefixLength: 24, address: '10.9.0.5' } }]);
  });

  it('several Cisco-AVPairs in one Vendor-Specific attribute are several', () => {
    expect(attributesOf('1a0f 00000009 0105 613d62 0104 633d')).toEqual([
      { kind: 'ciscoAvPair', value: 'a=b' },
      { kind: 'ciscoAvPair', value: 'c=' },
    ]);
  });

  it.each([
    ['text that is no UTF-8', '0103ff', 1],
    ['an empty user name', '0102', 1],
    ['an empty Class', '1902', 25],
    ['an address of 3 octets', '04050a0000', 4],
    ['an integer of 5 octets', '1b070000000001', 27],
    ['a prefix of 129 bits', '97140081 20010db8000900050000000000000000', 151],
    ['a prefix with fewer octets than bits', '970a 0040 20010db80009', 151],
    ['a prefix of 17 octets', '9715 0040 2001 0db8 0009 0005 0000 0000 0000 0000 00', 151],
    ['a prefix without a length', '970300', 151],
    ['a home address of 3 octets', '9b0700180a0900', 155],
    ['a feature vector of 4 octets', '7c0600000001', 124],
    ['a Message-Authenticator of 15 octets', '5011000000000000000000000000000000', 80],
    ['a Vendor-Specific attribute without a value', '1a0600000009', 26],
    ['a Vendor-Specific attribute without a vendor', '1a050000 09', 26],
  ])('%s counts as unknown and is kept', (_, hex, type) => {
    const compact = hex.replaceAll(' ', '');
    expect(attributesOf(hex)).toEqual([unknown(type, compact.slice(4))]);
    expect(encoded(...attributesOf(hex))).toBe(compact);
  });

  it("a Cisco-AVPair that is no text is a vendor's attribute", () => {
    expect(attributesOf('1a09 00000009 0103ff')).toEqual([{ kind: 'vendorSpecific', value: { vendor: 9, type: 1, data: octetsOf('ff') } }]);
  });

  it('an unknown attribute stays in its place', () => {
    expect(attributesOf('0103 61 c803 07 2003 62').map((a) => a.kind)).toEqual(['userName', 'unknown', 'nasIdentifier']);
  });

  it('valueOf gives the first, valuesOf all in their order', () => {
    const all = attributesOf('1903 01 1903 02');
    expect([valueOf(all, 'class'), valuesOf(all, 'class'), valueOf(all, 'state')]).toEqual(['01', ['01', '02'], undefined]);
  });

  it.each([
    ['mn-nai=mn0@example.com', { name: 'mn-nai', value: 'mn0@example.com' }],
    ['home-lma*lma1', { name: 'home-lma', value: 'lma1' }],
    ['a=b=c', { name: 'a', value: 'b=c' }],
    ['empty=', { name: 'empty', value: '' }],
    ['nothing', undefined],
    ['=value', undefined],
  ])('the pair %s', (pair, parts) => {
    expect(splitAvPair(pair)).toEqual(parts);
  });
});

describe('a packet', () => {
  it.each([
    ['fewer octets than a header', '0107', 'truncated'],
    ['a Length below 20', `01070013${'00'.repeat(16)}`, 'length'],
    ['a Length above 4096', `01071001${'00'.repeat(4093)}`, 'length'],
    ['a Length above the octets that came', `01070015${'00'.repeat(16)}`, 'truncated'],
    ['an attribute without a Length', `01070015${'00'.repeat(16)}01`, 'truncated'],
    ['an attribute of Length 0', `01070016${'00'.repeat(16)}0100`, 'length'],
    ['an attribute of Length 1', `01070016${'00'.repeat(16)}0101`, 'length'],
    ['an attribute longer than the packet', `01070017${'00'.repeat(16)}010461`, 'truncated'],
  ])('with %s is refused', (_, hex, reason) => {
    expect(reasonOf(() => decodePacket(octetsOf(hex)))).toBe(reason);
  });

  it('ends at its Length: what is behind it is padding (RFC 2865 §3)', () => {
    const padded = Uint8Array.from([...radiusVectors.telnetRequest, 1, 1, 1]);
    expect(decodePacket(padded)).toEqual(decodePacket(radiusVectors.telnetRequest));
    expect(trim(padded)).toEqual(radiusVectors.telnetRequest);
  });

  it.each<[string, RadiusAttribute, RegExp]>([
    ['an attribute of 254 octets', { kind: 'userName', value: 'x'.repeat(254) }, /254 octets; an attribute holds 253/],
    ['an empty attribute', { kind: 'callingStationId', value: '' }, /must not be empty/],
    ['an address that is none', { kind: 'nasIpAddress', value: '1.2.3' }, /no IPv4 address/],
    ['a prefix of 129 bits', { kind: 'framedIpv6Prefix', value: { prefixLength: 129, prefix: '::' } }, /no 129 bits/],
    ['an IPv4 prefix length of 64', { kind: 'pmip6HomeIpv4HoA', value: { prefixLength: 64, address: '10.0.0.1' } }, /does not fit/],
    ["a vendor's attribute of 248 octets", { kind: 'vendorSpecific', value: { vendor: 9, type: 2, data: new Uint8Array(248) } }, /248 octets/],
  ])('is not made of %s', (_, attribute, message) => {
    const make = () => encoded(attribute);
    expect(make).toThrow(EncodeError);
    expect(make).toThrow(message);
  });

  it('is not made of more than 4096 octets, or with another authenticator than one of 16', () => {
    const many = Array.from({ length: 17 }, (): RadiusAttribute => ({ kind: 'userName', value: 'x'.repeat(240) }));
    expect(() => encoded(...many)).toThrow(/holds 4096/);
    expect(() => encodePacket({ code: 1, identifier: 0, authenticator: new Uint8Array(15), attributes: [] })).toThrow(EncodeError);
  });

  it.each([
    ['first', '5012' + '11'.repeat(16) + '010361', 22],
    ['last', '0103615012' + '11'.repeat(16), 25],
    ['of a wrong length', '5004aaaa', undefined],
    ['absent', '010361', undefined],
  ])('its Message-Authenticator %s', (_, hex, at) => {
    expect(messageAuthenticatorAt(packetWith(hex))).toBe(at);
  });
});

describe('properties', () => {
  it('every row of the table is in them', () => {
    expect([...coveredKinds].sort()).toEqual(Object.keys(radiusAttributes).sort());
  });

  it('what is encoded is decoded again', () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        expect(decodePacket(encodePacket(packet))).toEqual(packet);
      }),
      { numRuns: 500 },
    );
  });

  it('any octets are refused or come back with equal meaning', () => holdsForAnyOctets(radiusDecoder, 1000));
  it('every cut of a good packet is refused or read', () => everyPrefixHolds(radiusDecoder));

  it('a refusal is a DecodeError with a reason', () => {
    expect(() => decodePacket(new Uint8Array(3))).toThrow(DecodeError);
  });
});

describe('names', () => {
  it.each([
    [CODE, 40, 'DISCONNECT_REQUEST'],
    [ERROR_CAUSE, 503, 'SESSION_CONTEXT_NOT_FOUND'],
    [ERROR_CAUSE, 999, '999'],
  ])('of a number', (table, number, name) => {
    expect(nameIn(table, number)).toBe(name);
  });
});
