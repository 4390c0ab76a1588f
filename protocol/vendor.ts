/**
 * What no PMIPv6 option carries goes into Vendor-Specific options (RFC 5094) under the documentation enterprise number of
 * RFC 5612, until the project owns one. A peer that does not know them skips them.
 */
import { decode, DecodeError, encode, u16 } from './codec.ts';
import { findAll, type MobilityOption, type OptionNamed } from './mobility/options.ts';

export const ENTERPRISE = 32473;
export const VENDOR = {
  IPV4_DNS: 1,
  IPV6_DNS: 2,
  /** PBU: MTU of the gateway's WAN in octets, 2 octets */
  WAN_MTU: 3,
  /** PBU de-registering IPv4: the phone found the address in use (DHCPDECLINE), so give it to nobody for a while; no octets */
  ADDRESS_CONFLICT: 4,
} as const;

export const vendorOption = (subtype: number, data: Uint8Array): OptionNamed<'vendorSpecific'> => ({ kind: 'vendorSpecific', vendor: ENTERPRISE, subtype, data });
export const wanMtuOption = (mtu: number): MobilityOption => vendorOption(VENDOR.WAN_MTU, encode(u16, mtu));

export const findVendor = (options: readonly MobilityOption[], subtype: number): Uint8Array | undefined =>
  findAll(options, 'vendorSpecific').find((o) => o.vendor === ENTERPRISE && o.subtype === subtype)?.data;

/** The reported WAN MTU; undefined if absent or nonsense (below the IPv6 minimum of 1280 no tunnel could work). */
export function findWanMtu(options: readonly MobilityOption[]): number | undefined {
  const data = findVendor(options, VENDOR.WAN_MTU);
  if (!data) return undefined;
  try {
    const mtu = decode(u16, data);
    return mtu >= 1280 ? mtu : undefined;
  } catch (e) {
    if (e instanceof DecodeError) return undefined;
    throw e;
  }
}
