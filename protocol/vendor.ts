/**
 * What no PMIPv6 option carries goes into Vendor-Specific options (RFC 5094) under the documentation enterprise number of
 * RFC 5612, until the project owns one. A peer that does not know them skips them.
 */
import { formatIpv4, formatIpv6, parseIp, type Ipv4, type Ipv6 } from './address.ts';
import { decode, DecodeError, encode, text, u16, u32, type Codec } from './codec.ts';
import { findAll, type MobilityOption, type OptionNamed } from './mobility/options.ts';

export const ENTERPRISE = 32473;
export const VENDOR = {
  /** PBA: resolvers of the APN, 4 octets each, the first first */
  IPV4_DNS: 1,
  /** PBA: the same, 16 octets each */
  IPV6_DNS: 2,
  /** PBU: MTU of the gateway's WAN in octets, 2 octets */
  WAN_MTU: 3,
  /** PBU de-registering IPv4: the phone found the address in use (DHCPDECLINE), so give it to nobody for a while; no octets */
  ADDRESS_CONFLICT: 4,
  /** PBA: largest packet in octets that a phone of this APN is to send, 2 octets; the gateway's tunnel may hold less */
  MTU: 5,
  /** PBU of one anchor to another (RFC 6463): the MAG Identifier, a NAI, of the gateway that it speaks for */
  ON_BEHALF_OF: 6,
  /** PBA of a bulk update (RFC 6602): how many sessions it extended, 4 octets */
  BULK_COUNT: 7,
} as const;

export const vendorOption = (subtype: number, data: Uint8Array): OptionNamed<'vendorSpecific'> => ({ kind: 'vendorSpecific', vendor: ENTERPRISE, subtype, data });
export const wanMtuOption = (mtu: number): MobilityOption => vendorOption(VENDOR.WAN_MTU, encode(u16, mtu));

export const findVendor = (options: readonly MobilityOption[], subtype: number): Uint8Array | undefined =>
  findAll(options, 'vendorSpecific').find((o) => o.vendor === ENTERPRISE && o.subtype === subtype)?.data;

export const bulkCountOption = (count: number): MobilityOption => vendorOption(VENDOR.BULK_COUNT, encode(u32, count));
export const findBulkCount = (options: readonly MobilityOption[]): number | undefined => readable(u32, findVendor(options, VENDOR.BULK_COUNT));
export const onBehalfOption = (mag: string): MobilityOption => vendorOption(VENDOR.ON_BEHALF_OF, encode(text, mag));

/** For whom another anchor speaks; undefined if it does not say. */
export function findOnBehalf(options: readonly MobilityOption[]): string | undefined {
  return readable(text, findVendor(options, VENDOR.ON_BEHALF_OF));
}

/** The reported WAN MTU; undefined if absent or nonsense (below the IPv6 minimum of 1280 no tunnel could work). */
export const findWanMtu = (options: readonly MobilityOption[]): number | undefined => findMtu(options, VENDOR.WAN_MTU);

/** What an APN tells the phones of its sessions beside their addresses. */
export interface PhoneSettings {
  readonly dns4?: readonly Ipv4[];
  readonly dns6?: readonly Ipv6[];
  /** Octets */
  readonly mtu?: number;
}

const IPV4_OCTETS = 4;
const IPV6_OCTETS = 16;

/** Those that are there, as options of a PBA. */
export function settingsOptions({ dns4 = [], dns6 = [], mtu }: PhoneSettings): MobilityOption[] {
  const addresses = (subtype: number, all: readonly string[]): MobilityOption[] => (all.length > 0 ? [vendorOption(subtype, Uint8Array.from(all.flatMap((a) => [...parseIp(a)])))] : []);
  return [...addresses(VENDOR.IPV4_DNS, dns4), ...addresses(VENDOR.IPV6_DNS, dns6), ...(mtu === undefined ? [] : [vendorOption(VENDOR.MTU, encode(u16, mtu))])];
}

/** What a PBA says of them; what is no list of addresses, or no MTU, is as if it were not there. */
export function findSettings(options: readonly MobilityOption[]): PhoneSettings {
  const dns4 = addressesOf(findVendor(options, VENDOR.IPV4_DNS), IPV4_OCTETS).map(formatIpv4);
  const dns6 = addressesOf(findVendor(options, VENDOR.IPV6_DNS), IPV6_OCTETS).map(formatIpv6);
  const mtu = findMtu(options, VENDOR.MTU);
  return { ...(dns4.length > 0 ? { dns4 } : {}), ...(dns6.length > 0 ? { dns6 } : {}), ...(mtu === undefined ? {} : { mtu }) };
}

const addressesOf = (data: Uint8Array = new Uint8Array(), octets: number): Uint8Array[] =>
  data.length % octets === 0 ? Array.from({ length: data.length / octets }, (_, i) => data.subarray(i * octets, (i + 1) * octets)) : [];

function findMtu(options: readonly MobilityOption[], subtype: number): number | undefined {
  const mtu = readable(u16, findVendor(options, subtype));
  return mtu !== undefined && mtu >= 1280 ? mtu : undefined;
}

/** What the octets hold, or nothing if they hold something else. */
function readable<T>(codec: Codec<T>, data: Uint8Array | undefined): T | undefined {
  try {
    return data && decode(codec, data);
  } catch (e) {
    if (e instanceof DecodeError) return undefined;
    throw e;
  }
}
