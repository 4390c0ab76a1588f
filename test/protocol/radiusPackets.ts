/** RADIUS packets as fast-check makes them, and the decoder for the unit properties and the fuzz runs. */
import fc from 'fast-check';
import { formatIpv4, formatIpv6, maskIpv6 } from '../../protocol/address.ts';
import { formatHex } from '../../protocol/mac.ts';
import { radiusAttributes, type RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { decodePacket, encodePacket } from '../../protocol/radius/packet.ts';
import type { Decoder } from './codecs.ts';
import { radiusVectors } from './radiusVectors.ts';

type Kind = keyof typeof radiusAttributes;

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((s) => new TextEncoder().encode(s).length <= 253);
const hexOctets = (length: { minLength: number; maxLength: number }) => fc.uint8Array(length).map(formatHex);
const number = fc.nat(0xffff_ffff);
const ip4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(formatIpv4);
const ip6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatIpv6);
const prefix = fc.tuple(ip6, fc.nat(128)).map(([address, prefixLength]) => ({ prefixLength, prefix: maskIpv6(address, prefixLength) }));
const homeAddress = fc.record({ prefixLength: fc.nat(63), address: ip4 });

/** By the layout that each kind's RFC gives it. */
const layouts: readonly (readonly [fc.Arbitrary<unknown>, readonly Kind[]])[] = [
  [words, ['userName', 'filterId', 'replyMessage', 'calledStationId', 'callingStationId', 'nasIdentifier', 'acctSessionId', 'acctMultiSessionId', 'connectInfo', 'nasPortId', 'mobileNodeIdentifier', 'serviceSelection']],
  [number, ['nasPort', 'serviceType', 'framedMtu', 'sessionTimeout', 'idleTimeout', 'terminationAction', 'acctStatusType', 'acctDelayTime', 'acctInputOctets', 'acctOutputOctets', 'acctAuthentic', 'acctSessionTime']],
  [number, ['acctInputPackets', 'acctOutputPackets', 'acctTerminateCause', 'acctLinkCount', 'acctInputGigawords', 'acctOutputGigawords', 'eventTimestamp', 'nasPortType', 'acctInterimInterval', 'errorCause']],
  [ip4, ['nasIpAddress', 'framedIpAddress', 'pmip6HomeLmaIpv4Address', 'pmip6VisitedLmaIpv4Address', 'pmip6HomeDhcp4ServerAddress', 'pmip6VisitedDhcp4ServerAddress', 'pmip6HomeIpv4Gateway', 'pmip6VisitedIpv4Gateway']],
  [ip6, ['nasIpv6Address', 'pmip6HomeLmaIpv6Address', 'pmip6VisitedLmaIpv6Address', 'pmip6HomeDhcp6ServerAddress', 'pmip6VisitedDhcp6ServerAddress']],
  [prefix, ['framedIpv6Prefix', 'pmip6HomeHnPrefix', 'pmip6VisitedHnPrefix']],
  [homeAddress, ['pmip6HomeIpv4HoA', 'pmip6VisitedIpv4HoA']],
  [hexOctets({ minLength: 1, maxLength: 253 }), ['state', 'class', 'proxyState', 'chargeableUserIdentity']],
  [hexOctets({ minLength: 0, maxLength: 253 }), ['userPassword', 'eapMessage']],
  [hexOctets({ minLength: 16, maxLength: 16 }), ['messageAuthenticator']],
  [hexOctets({ minLength: 8, maxLength: 8 }), ['framedInterfaceId', 'pmip6HomeInterfaceId', 'pmip6VisitedInterfaceId']],
  [fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), ['mip6FeatureVector']],
];
export const coveredKinds: readonly Kind[] = layouts.flatMap(([, kinds]) => kinds);

const fromTable = layouts.map(([value, kinds]) => fc.record({ kind: fc.constantFrom(...kinds), value }));
const unlisted = fc.integer({ min: 200, max: 255 });
const others = [
  fc.record({ kind: fc.constant('ciscoAvPair'), value: words.map((w) => `mn-nai=${w}`) }),
  fc.record({ kind: fc.constant('vendorSpecific'), value: fc.record({ vendor: fc.integer({ min: 10, max: 0xffff_ffff }), type: fc.nat(255), data: fc.uint8Array({ maxLength: 200 }) }) }),
  fc.record({ kind: fc.constant('unknown'), type: unlisted, value: fc.uint8Array({ maxLength: 253 }) }),
];
/** Each value is of the type that its kind's row has; the rows' tests would fail otherwise. */
export const anyAttribute = fc.oneof(...fromTable, ...others) as unknown as fc.Arbitrary<RadiusAttribute>;

export const anyPacket = fc.record({
  code: fc.nat(255),
  identifier: fc.nat(255),
  authenticator: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  attributes: fc.array(anyAttribute, { maxLength: 14 }),
});

export const radiusDecoder: Decoder = { name: 'RADIUS', decode: decodePacket, encode: encodePacket, seeds: Object.values(radiusVectors) };
