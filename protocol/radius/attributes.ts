/**
 * The RADIUS attributes that the product reads or writes, one row each: IANA type, layout, RFC. Types, encoder, decoder and
 * fuzz target follow from this table. Everything else is kept as `unknown`, in its place.
 *
 * An attribute whose Value does not fit its row counts as unknown too (RFC 6929 §2.8: invalid attributes are treated as
 * unknown ones); only a Length that does not fit the packet refuses the packet (RFC 2865 §5).
 */
import { bits, decode, DecodeError, encode, EncodeError, hex, ipv4, ipv6, mapped, octets, Reader, struct, text, u16, u32, u64, Writer, type Codec, type ValueOf } from '../codec.ts';
import { maskIpv6, type Ipv6 } from '../address.ts';
import { readVendorSpecific, writeVendorSpecific, type VendorAttribute } from './vendorSpecific.ts';

interface Row<T> {
  /** IANA "RADIUS Attribute Types" number. */
  readonly type: number;
  readonly body: Codec<T>;
  readonly rfc: string;
}

const row = <T>(type: number, body: Codec<T>, rfc: string): Row<T> => ({ type, body, rfc });

/** An empty text or string attribute is neither sent nor believed (RFC 2865 §5). */
const nonEmpty = (codec: Codec<string>): Codec<string> =>
  mapped(
    codec,
    (value) => {
      if (value === '') throw new DecodeError('length', 'an empty attribute');
      return value;
    },
    (value) => {
      if (value === '') throw new EncodeError('an attribute must not be empty');
      return value;
    },
  );
const words = nonEmpty(text);
const string = nonEmpty(hex());

/** Reserved, prefix length, and no more octets of the prefix than are wanted (RFC 3162 §2.3). Bits behind the length are cleared. */
const ipv6Prefix: Codec<{ prefixLength: number; prefix: Ipv6 }> = {
  read: (r) => {
    const prefixLength = r.uint(2) & 0xff;
    const raw = r.take(r.remaining);
    if (prefixLength > 128 || raw.length > 16 || raw.length * 8 < prefixLength) throw new DecodeError('length', `${raw.length} octets of a prefix of ${prefixLength} bits`);
    const whole = new Uint8Array(16);
    whole.set(raw);
    return { prefixLength, prefix: maskIpv6(decode(ipv6, whole), prefixLength) };
  },
  write: (w, v) => {
    if (v.prefixLength > 128) throw new EncodeError(`an IPv6 prefix has no ${v.prefixLength} bits`);
    w.uint(0, 1);
    w.uint(v.prefixLength, 1);
    ipv6.write(w, maskIpv6(v.prefix, v.prefixLength));
  },
};

/** The prefix length is the low 6 of 16 bits: the other way round than in the IPv4 Home Address options (RFC 6572 §4.12). */
const ipv4HomeAddress = struct({ prefixLength: bits(u16, 0, 6), address: ipv4 });

export const radiusAttributes = {
  userName: row(1, words, 'RFC 2865 §5.1'),
  /** As on the wire, hidden with the shared secret (RFC 2865 §5.2). */
  userPassword: row(2, hex(), 'RFC 2865 §5.2'),
  nasIpAddress: row(4, ipv4, 'RFC 2865 §5.4'),
  nasPort: row(5, u32, 'RFC 2865 §5.5'),
  serviceType: row(6, u32, 'RFC 2865 §5.6'),
  framedIpAddress: row(8, ipv4, 'RFC 2865 §5.8'),
  filterId: row(11, words, 'RFC 2865 §5.11'),
  framedMtu: row(12, u32, 'RFC 2865 §5.12'),
  replyMessage: row(18, words, 'RFC 2865 §5.18'),
  state: row(24, string, 'RFC 2865 §5.24'),
  class: row(25, string, 'RFC 2865 §5.25'),
  sessionTimeout: row(27, u32, 'RFC 2865 §5.27'),
  idleTimeout: row(28, u32, 'RFC 2865 §5.28'),
  terminationAction: row(29, u32, 'RFC 2865 §5.29'),
  calledStationId: row(30, words, 'RFC 2865 §5.30'),
  callingStationId: row(31, words, 'RFC 2865 §5.31'),
  nasIdentifier: row(32, words, 'RFC 2865 §5.32'),
  proxyState: row(33, string, 'RFC 2865 §5.33'),
  acctStatusType: row(40, u32, 'RFC 2866 §5.1'),
  acctDelayTime: row(41, u32, 'RFC 2866 §5.2'),
  acctInputOctets: row(42, u32, 'RFC 2866 §5.3'),
  acctOutputOctets: row(43, u32, 'RFC 2866 §5.4'),
  acctSessionId: row(44, words, 'RFC 2866 §5.5'),
  acctAuthentic: row(45, u32, 'RFC 2866 §5.6'),
  acctSessionTime: row(46, u32, 'RFC 2866 §5.7'),
  acctInputPackets: row(47, u32, 'RFC 2866 §5.8'),
  acctOutputPackets: row(48, u32, 'RFC 2866 §5.9'),
  acctTerminateCause: row(49, u32, 'RFC 2866 §5.10'),
  acctMultiSessionId: row(50, words, 'RFC 2866 §5.11'),
  acctLinkCount: row(51, u32, 'RFC 2866 §5.12'),
  acctInputGigawords: row(52, u32, 'RFC 2869 §5.1'),
  acctOutputGigawords: row(53, u32, 'RFC 2869 §5.2'),
  /** Seconds since 1970. */
  eventTimestamp: row(55, u32, 'RFC 2869 §5.3'),
  nasPortType: row(61, u32, 'RFC 2865 §5.41'),
  connectInfo: row(77, words, 'RFC 2869 §5.11'),
  /** One fragment of at most 253 octets; several follow each other. */
  eapMessage: row(79, hex(), 'RFC 2869 §5.13, RFC 3579 §3.1'),
  messageAuthenticator: row(80, hex(16), 'RFC 2869 §5.14, RFC 3579 §3.2'),
  acctInterimInterval: row(85, u32, 'RFC 2869 §5.16'),
  nasPortId: row(87, words, 'RFC 2869 §5.17'),
  /** Opaque, so hex; many servers put text into it. */
  chargeableUserIdentity: row(89, string, 'RFC 4372 §2.2'),
  nasIpv6Address: row(95, ipv6, 'RFC 3162 §2.1'),
  framedInterfaceId: row(96, hex(8), 'RFC 3162 §2.2'),
  framedIpv6Prefix: row(97, ipv6Prefix, 'RFC 3162 §2.3'),
  errorCause: row(101, u32, 'RFC 5176 §3.5'),
  mip6FeatureVector: row(124, u64, 'RFC 6572 §4.1'),
  mobileNodeIdentifier: row(145, words, 'RFC 6572 §4.2'),
  serviceSelection: row(146, words, 'RFC 6572 §4.3'),
  pmip6HomeLmaIpv6Address: row(147, ipv6, 'RFC 6572 §4.4'),
  pmip6VisitedLmaIpv6Address: row(148, ipv6, 'RFC 6572 §4.5'),
  pmip6HomeLmaIpv4Address: row(149, ipv4, 'RFC 6572 §4.6'),
  pmip6VisitedLmaIpv4Address: row(150, ipv4, 'RFC 6572 §4.7'),
  /** `::` of 128 bits asks the AAA to assign one. */
  pmip6HomeHnPrefix: row(151, ipv6Prefix, 'RFC 6572 §4.8'),
  pmip6VisitedHnPrefix: row(152, ipv6Prefix, 'RFC 6572 §4.9'),
  pmip6HomeInterfaceId: row(153, hex(8), 'RFC 6572 §4.10'),
  pmip6VisitedInterfaceId: row(154, hex(8), 'RFC 6572 §4.11'),
  pmip6HomeIpv4HoA: row(155, ipv4HomeAddress, 'RFC 6572 §4.12'),
  pmip6VisitedIpv4HoA: row(156, ipv4HomeAddress, 'RFC 6572 §4.13'),
  pmip6HomeDhcp4ServerAddress: row(157, ipv4, 'RFC 6572 §4.14'),
  pmip6VisitedDhcp4ServerAddress: row(158, ipv4, 'RFC 6572 §4.15'),
  pmip6HomeDhcp6ServerAddress: row(159, ipv6, 'RFC 6572 §4.16'),
  pmip6VisitedDhcp6ServerAddress: row(160, ipv6, 'RFC 6572 §4.17'),
  pmip6HomeIpv4Gateway: row(161, ipv4, 'RFC 6572 §4.18'),
  pmip6VisitedIpv4Gateway: row(162, ipv4, 'RFC 6572 §4.19'),
} as const;

type Rows = typeof radiusAttributes;
type RowAttribute = { [K in keyof Rows]: { readonly kind: K; readonly value: ValueOf<Rows[K]['body']> } }[keyof Rows];

/** An attribute without a row, or one whose value does not fit its row. */
export interface UnknownAttribute {
  readonly kind: 'unknown';
  readonly type: number;
  readonly value: Uint8Array;
}

/** One attribute: `kind` is its row's name. A Vendor-Specific attribute comes as one item for each sub-attribute in it. */
export type RadiusAttribute = RowAttribute | VendorAttribute | UnknownAttribute;
export type AttributeKind = RadiusAttribute['kind'];
export type AttributeValue<K extends AttributeKind> = Extract<RadiusAttribute, { readonly kind: K }>['value'];

const VENDOR_SPECIFIC = 26;
const byType = new Map<number, { kind: string; row: Row<unknown> }>(Object.entries(radiusAttributes).map(([kind, r]) => [r.type, { kind, row: r }]));

/** All attributes to the end of the packet, in their order. @throws DecodeError if a Length does not fit (RFC 2865 §5) */
export function readAttributes(r: Reader): RadiusAttribute[] {
  const all: RadiusAttribute[] = [];
  while (r.remaining > 0) {
    const type = r.uint(1);
    const length = r.uint(1);
    if (length < 2) throw new DecodeError('length', `attribute ${type} has length ${length}`);
    all.push(...meaningOf(type, r.take(length - 2)));
  }
  return all;
}

function meaningOf(type: number, value: Uint8Array): readonly RadiusAttribute[] {
  const known = byType.get(type);
  try {
    if (type === VENDOR_SPECIFIC) return readVendorSpecific(value);
    if (known) return [{ kind: known.kind, value: decode(known.row.body, value) } as RadiusAttribute];
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
  }
  return [{ kind: 'unknown', type, value: Uint8Array.from(value) }];
}

/** @throws EncodeError if a value does not fit its row, or 253 octets */
export function writeAttributes(w: Writer, all: readonly RadiusAttribute[]): void {
  for (const attribute of all) {
    const [type, value] = octetsOf(attribute);
    if (value.length > 253) throw new EncodeError(`${attribute.kind} has ${value.length} octets; an attribute holds 253`);
    w.uint(type, 1);
    w.uint(value.length + 2, 1);
    w.bytes(value);
  }
}

function octetsOf(attribute: RadiusAttribute): [type: number, value: Uint8Array] {
  if (attribute.kind === 'unknown') return [attribute.type, encode(octets(), attribute.value)];
  if (attribute.kind === 'ciscoAvPair' || attribute.kind === 'vendorSpecific') return [VENDOR_SPECIFIC, writeVendorSpecific(attribute)];
  const { type, body }: Row<unknown> = radiusAttributes[attribute.kind];
  return [type, encode(body, attribute.value)];
}

/** The value of the first attribute of a kind. */
export function valueOf<K extends AttributeKind>(attributes: readonly RadiusAttribute[], kind: K): AttributeValue<K> | undefined {
  return valuesOf(attributes, kind)[0];
}

/** The values of all attributes of a kind, in their order. */
export function valuesOf<K extends AttributeKind>(attributes: readonly RadiusAttribute[], kind: K): AttributeValue<K>[] {
  return attributes.filter((a): a is Extract<RadiusAttribute, { readonly kind: K }> => a.kind === kind).map((a) => a.value as AttributeValue<K>);
}
