/**
 * Every mobility option of the product, one row each: IANA number, alignment, layout, RFC. Types, encoder, decoder, printer
 * and fuzz target follow from this table. Types that are not in it are skipped by the protocol and kept as `unknown`.
 */
import { bits, DecodeError, flags, hex, ipv4, ipv6, optional, octets, reserved, sized, struct, text, u16, u32, u64, u8, mapped, type Codec, type Reader, type Writer } from '../codec.ts';
import { lifetimeFromUnits, lifetimeToUnits, type Seconds } from '../units.ts';
import { ANYWHERE, option, type OptionOf, type OptionRow, type UnknownOption } from './option.ts';
import { accessNetworkIdentifiers, dscp, ipOrNothing, magParameters, qosAttributes, typedIdentifier } from './suboptions.ts';

/** Seconds on our side, units of 4 s on the wire (RFC 6275 §6.1.7). */
export const lifetime: Codec<Seconds> = mapped(u16, lifetimeFromUnits, lifetimeToUnits);
const anyIp = ipOrNothing(ipv4, ipv6);

/** A redirect names one LMA: K tells IPv6, N tells IPv4, exactly one is set (RFC 6463 §4.2). */
const redirect: Codec<{ address: string }> = {
  read: (r: Reader) => {
    const kind = r.uint(2) & 0xc000;
    if (kind !== 0x8000 && kind !== 0x4000) throw new DecodeError('value', 'a Redirect option names one address family');
    return { address: (kind === 0x8000 ? ipv6 : ipv4).read(r) };
  },
  write: (w: Writer, v) => {
    w.uint(v.address.includes(':') ? 0x8000 : 0x4000, 2);
    (v.address.includes(':') ? ipv6 : ipv4).write(w, v.address);
  },
};

/** A mobile network prefix; the V bit is 1 for IPv4 (RFC 7148 §4.1). */
const delegatedPrefix: Codec<{ prefixLength: number; prefix: string }> = {
  read: (r: Reader) => {
    const v4 = (r.uint(1) & 0x80) !== 0;
    return { prefixLength: r.uint(1), prefix: (v4 ? ipv4 : ipv6).read(r) };
  },
  write: (w: Writer, v) => {
    const v4 = !v.prefix.includes(':');
    w.uint(v4 ? 0x80 : 0, 1);
    w.uint(v.prefixLength, 1);
    (v4 ? ipv4 : ipv6).write(w, v.prefix);
  },
};

/** The prefix length is the top 6 of 16 bits (RFC 5844 §3.3.1). */
const ipv4WithTopLength = { prefixLength: bits(u16, 10, 6), address: ipv4 };

export const mobilityOptions = {
  bindingRefreshAdvice: option(2, [2, 0], struct({ interval: lifetime }), 'RFC 6275 §6.2.4'),
  alternateCareOfAddress: option(3, [8, 6], struct({ address: ipv6 }), 'RFC 6275 §6.2.5'),
  mnIdentifier: option(8, ANYWHERE, typedIdentifier(0), 'RFC 4283 §3, RFC 8371 §3'),
  /** Subtype 1 is MN-HA, the one in use here; 2 is MN-AAA. See authentication.ts for what it covers. */
  authentication: option(9, [4, 1], struct({ subtype: u8, spi: u32, authenticator: octets() }), 'RFC 4285 §5'),
  vendorSpecific: option(19, [4, 2], struct({ vendor: u32, subtype: u8, data: octets() }), 'RFC 5094 §3'),
  serviceSelection: option(20, ANYWHERE, struct({ service: nonEmpty(text) }), 'RFC 5149 §3'),
  homeNetworkPrefix: option(22, [8, 4], struct({ _: reserved(1), prefixLength: u8, prefix: ipv6 }), 'RFC 5213 §8.3'),
  handoffIndicator: option(23, ANYWHERE, struct({ _: reserved(1), indicator: u8 }), 'RFC 5213 §8.4'),
  accessTechnologyType: option(24, ANYWHERE, struct({ _: reserved(1), technology: u8 }), 'RFC 5213 §8.5'),
  mnLinkLayerIdentifier: option(25, [4, 0], struct({ _: reserved(2), identifier: hex() }), 'RFC 5213 §8.6'),
  linkLocalAddress: option(26, [8, 6], struct({ address: ipv6 }), 'RFC 5213 §8.7'),
  timestamp: option(27, [8, 2], struct({ timestamp: u64 }), 'RFC 5213 §8.8'),
  restartCounter: option(28, [4, 2], struct({ counter: u32 }), 'RFC 5847 §3.2'),
  natDetection: option(31, [4, 0], struct({ flags: flags(u16, { forceUdp: 0x8000 }), refreshSeconds: u32 }), 'RFC 5555 §3.2.2'),
  ipv4CareOfAddress: option(32, [4, 0], struct({ _: reserved(2), address: ipv4 }), 'RFC 5555 §3.1.2'),
  greKey: option(33, [4, 0], struct({ _: reserved(2), key: optional(u32) }), 'RFC 5845 §6.1'),
  ipv4HomeAddressRequest: option(36, [4, 0], struct(ipv4WithTopLength), 'RFC 5844 §3.3.1'),
  ipv4HomeAddressReply: option(37, [4, 0], struct({ status: u8, prefixLength: bits(u8, 2, 6), address: ipv4 }), 'RFC 5844 §3.3.2'),
  ipv4DefaultRouter: option(38, [4, 0], struct({ _: reserved(2), address: ipv4 }), 'RFC 5844 §3.3.3'),
  ipv4DhcpSupportMode: option(39, ANYWHERE, struct({ flags: flags(u16, { server: 0x0001 }) }), 'RFC 5844 §3.3.4'),
  redirectCapability: option(46, [4, 0], struct({ _: reserved(2) }), 'RFC 6463 §4.1'),
  redirect: option(47, [4, 0], redirect, 'RFC 6463 §4.2'),
  loadInformation: option(48, [4, 0], struct({ priority: u16, sessionsInUse: u32, maximumSessions: u32, usedCapacity: u32, maximumCapacity: u32 }), 'RFC 6463 §4.3'),
  alternateIpv4CareOfAddress: option(49, [4, 2], struct({ address: ipv4 }), 'RFC 6463 §4.4'),
  mobileNodeGroupIdentifier: option(50, [4, 0], struct({ subtype: u8, _: reserved(1), group: u32 }), 'RFC 6602 §4.3'),
  accessNetworkIdentifier: option(52, [4, 0], struct({ identifiers: accessNetworkIdentifiers }), 'RFC 6757 §3'),
  delegatedMobileNetworkPrefix: option(55, [8, 2], delegatedPrefix, 'RFC 7148 §4.1'),
  qualityOfService: option(58, [4, 0], struct({ serviceRequest: u8, dscp, operation: u8, _: reserved(3), attributes: qosAttributes }), 'RFC 7222 §4.1'),
  lmaUserPlaneAddress: option(59, [8, 2], struct({ _: reserved(2), address: anyIp }), 'RFC 7389 §4'),
  lmaControlledMagParameters: option(62, [4, 2], struct({ parameters: magParameters }), 'RFC 8127 §4'),
  magMultipathBinding: option(63, ANYWHERE, struct({ technology: u8, label: u8, bindingId: u8, flags: flags(u8, { bulk: 0x80, overwrite: 0x40 }), _: reserved(2) }), 'RFC 8278 §4.1'),
  magIdentifier: option(64, ANYWHERE, typedIdentifier(1), 'RFC 8278 §4.2'),
} as const;

export type MobilityOption = OptionOf<typeof mobilityOptions> | UnknownOption;
export type OptionKind = MobilityOption['kind'];
export type OptionNamed<K extends OptionKind> = Extract<MobilityOption, { readonly kind: K }>;

/** Names of the types that have no row, for whoever reads a capture. */
export const otherOptionNames: Readonly<Record<number, string>> = {
  4: 'Nonce Indices', 5: 'Binding Authorization Data', 6: 'Mobile Network Prefix', 7: 'MH Link-Layer Address', 10: 'Mesg-ID',
  11: 'CGA Parameters Request', 12: 'CGA Parameters', 13: 'Signature', 14: 'Permanent Home Keygen Token', 15: 'Care-of Test Init', 16: 'Care-of Test',
  17: 'DNS-UPDATE-TYPE', 18: 'Experimental', 21: 'Binding Authorization Data for FMIPv6', 29: 'IPv4 Home Address', 30: 'IPv4 Address Acknowledgement',
  34: 'MH IPv6 Address/Prefix', 35: 'Binding Identifier', 40: 'Context Request', 41: 'LMA Address', 42: 'MN Link-local Address Interface Identifier', 43: 'Transient Binding',
  44: 'Flow Summary', 45: 'Flow Identification', 51: 'MAG IPv6 Address', 53: 'IPv4 Traffic Offload Selector', 54: 'Dynamic IP Multicast Selector', 56: 'Active Multicast Subscription IPv4',
  57: 'Active Multicast Subscription IPv6', 60: 'Multicast Mobility', 61: 'Multicast Acknowledgement',
};

const PAD1 = 0;
const PADN = 1;
const byType = new Map<number, { kind: string; row: OptionRow<unknown> }>(Object.entries(mobilityOptions).map(([kind, row]) => [row.type, { kind, row }]));
const byKind = new Map(Object.entries(mobilityOptions).map(([kind, row]) => [kind, { type: row.type, align: row.align, body: sized(u8, row.body as Codec<unknown>) }]));
const unknownBody = sized(u8, octets());

/** Options to the end of the header, padding left out. An option that runs past it refuses the message. */
export function readOptions(r: Reader): MobilityOption[] {
  const all: MobilityOption[] = [];
  while (r.remaining > 0) {
    const type = r.uint(1);
    if (type === PAD1) continue;
    const body = r.window(r.uint(1));
    if (type === PADN) continue; // its content is ignored (RFC 6275 §6.2.3)
    const known = byType.get(type);
    if (known) {
      all.push(named(known, body));
      body.finish(); // a fixed-length option of another length refuses the message (protocol rule W12)
    } else all.push({ kind: 'unknown', type, data: body.take(body.remaining).slice() });
  }
  return all;
}

function named({ kind, row }: { readonly kind: string; readonly row: OptionRow<unknown> }, body: Reader): MobilityOption {
  const value: Record<string, unknown> = {};
  value['kind'] = kind;
  if (row.body.readInto) row.body.readInto(body, value);
  else Object.assign(value, row.body.read(body));
  return value as MobilityOption;
}

/** Options on their alignment; `w` stands right after the fixed part and counts from the header's first octet. */
export function writeOptions(w: Writer, all: readonly MobilityOption[]): void {
  for (const item of all) {
    if (item.kind === 'unknown') {
      w.uint(item.type, 1);
      unknownBody.write(w, item.data);
      continue;
    }
    const { type, align, body } = byKind.get(item.kind) as NonNullable<ReturnType<typeof byKind.get>>;
    const [x, y] = align;
    pad(w, (((y - w.length) % x) + x) % x);
    w.uint(type, 1);
    body.write(w, item);
  }
  pad(w, (8 - (w.length % 8)) % 8);
}

/** Pad1 for one octet, PadN for more (RFC 6275 §6.2.2, §6.2.3). */
function pad(w: Writer, count: number): void {
  if (count === 1) w.uint(PAD1, 1);
  else if (count > 1) {
    w.uint(PADN, 1);
    w.uint(count - 2, 1);
    w.zeros(count - 2);
  }
}

/** RFC 5149 §3: a service name of no octets is not allowed. */
function nonEmpty(codec: Codec<string>): Codec<string> {
  return mapped(
    codec,
    (value) => {
      if (value === '') throw new DecodeError('value', 'a service name is not empty');
      return value;
    },
    (value) => value,
  );
}

/** The first option of a kind. */
export function find<K extends OptionKind>(options: readonly MobilityOption[], kind: K): OptionNamed<K> | undefined {
  for (const o of options) if (o.kind === kind) return o as OptionNamed<K>;
  return undefined;
}

/** Every option of a kind, in order. */
export function findAll<K extends OptionKind>(options: readonly MobilityOption[], kind: K): OptionNamed<K>[] {
  const all: OptionNamed<K>[] = [];
  for (const o of options) if (o.kind === kind) all.push(o as OptionNamed<K>);
  return all;
}
