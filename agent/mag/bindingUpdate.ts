/** What a PBU carries (RFC 5213 §6.9.1, 5844 §3.2.3, 5845 §4.2; the order of protocol options is ours). */
import { ANY_IPV4, ANY_IPV6 } from '../../protocol/address.ts';
import { ATT_WLAN, HANDOFF } from '../../protocol/mobility/codes.ts';
import { noUpdateFlags, type BindingUpdate } from '../../protocol/mobility/messages.ts';
import type { MobilityOption } from '../../protocol/mobility/options.ts';
import { NAI } from '../../protocol/mobility/suboptions.ts';
import type { Seconds, Timestamp } from '../../protocol/units.ts';
import { VENDOR, vendorOption, wanMtuOption } from '../../protocol/vendor.ts';
import type { Entry, RequestKind } from './binding.ts';
import type { MagConfig } from './config.ts';
import { groupOption } from './group.ts';
import type { Profile } from './profile.ts';
import { qosRequest } from './qos.ts';

export interface Wish {
  readonly sequence: number;
  readonly timestamp?: Timestamp;
  /** 0 de-registers */
  readonly lifetime: Seconds;
  readonly handoff: number;
  /** The first PBU of a session: names the service, asks for a link-local address if none is fixed. */
  readonly initial: boolean;
  readonly forceUdp: boolean;
  readonly wanMtu: number;
  /** De-registration of one family alone (RFC 5844 §3.2.3.3). */
  readonly only?: 'ipv4' | 'ipv6';
  readonly addressConflict?: boolean;
  readonly redirectable?: boolean;
}

export function buildBindingUpdate(config: MagConfig, entry: Entry & { readonly profile: Profile }, wish: Wish): BindingUpdate {
  const deregistering = wish.lifetime === 0;
  const v6 = entry.profile.ipv6 && !entry.lessons.noIpv6 && wish.only !== 'ipv4';
  // A farewell to the whole session names each family that was ever asked for: what the LMA holds of it is not known for
  // certain, and one family alone would be a selective de-registration.
  const whole = deregistering && wish.only === undefined;
  const v4 = entry.profile.ipv4 && !entry.lessons.noIpv4 && (whole || !entry.ipv4Released) && wish.only !== 'ipv6';
  const options: (MobilityOption | undefined)[] = [
    { kind: 'mnIdentifier', subtype: NAI, identifier: entry.profile.nai },
    wish.initial && entry.profile.apn ? { kind: 'serviceSelection', service: entry.profile.apn } : undefined,
    { kind: 'handoffIndicator', indicator: wish.handoff },
    { kind: 'accessTechnologyType', technology: ATT_WLAN },
    { kind: 'mnLinkLayerIdentifier', identifier: entry.mac },
    ...(v6 ? prefixOptions(entry) : []),
    config.linkLocal || deregistering ? undefined : { kind: 'linkLocalAddress', address: entry.assigned.linkLocal ?? ANY_IPV6 },
    v4 ? ipv4Option(entry, deregistering) : undefined,
    deregistering ? undefined : { kind: 'greKey', key: entry.downlinkKey }, // RFC 5845 §4.2: not when de-registering
    wish.redirectable ? { kind: 'redirectCapability' } : undefined,
    config.bulk && !deregistering ? groupOption : undefined,
    wish.timestamp === undefined ? undefined : { kind: 'timestamp', timestamp: wish.timestamp },
    { kind: 'magIdentifier', subtype: NAI, identifier: config.identity },
    deregistering ? undefined : wanMtuOption(wish.wanMtu),
    deregistering ? undefined : qosRequest(entry, wish.handoff),
    wish.addressConflict ? vendorOption(VENDOR.ADDRESS_CONFLICT, new Uint8Array(0)) : undefined,
  ];
  return {
    kind: 'bindingUpdate',
    sequence: wish.sequence,
    flags: { ...noUpdateFlags, acknowledge: true, proxy: true, forceUdp: wish.forceUdp, tlv: wish.forceUdp, bulk: config.bulk === true && !deregistering },
    lifetime: wish.lifetime,
    options: options.filter((o) => o !== undefined),
  };
}

/** Each assigned prefix, those that the node named, or one ALL_ZERO (RFC 5213 §6.9.1.1(3)). */
function prefixOptions(entry: Entry): MobilityOption[] {
  const { prefixes } = entry.assigned;
  const named = prefixes.length > 0 ? prefixes : (entry.wantedPrefixes ?? []);
  if (named.length > 0) return named.map((p) => ({ kind: 'homeNetworkPrefix', prefixLength: p.length, prefix: p.address }));
  return [{ kind: 'homeNetworkPrefix', prefixLength: 0, prefix: ANY_IPV6 }];
}

/** The assigned home address, the one that the node named, or any (RFC 5844 §3.2.3.1). */
function ipv4Option(entry: Entry, deregistering: boolean): MobilityOption {
  const lease = entry.assigned.ipv4;
  if (lease) return { kind: 'ipv4HomeAddressRequest', prefixLength: lease.prefixLength, address: lease.address };
  if (entry.wantedIpv4 && !deregistering) return { kind: 'ipv4HomeAddressRequest', prefixLength: 32, address: entry.wantedIpv4 };
  return { kind: 'ipv4HomeAddressRequest', prefixLength: 0, address: ANY_IPV4 };
}

/**
 * HI: 5 for a refresh; else 4 unless it is known better (RFC 5213 §6.9.1.1(4), §6.9.1.3). 3 is never guessed, nor is 2: that
 * an account has one device is known from its profile, so whatever just attached for it goes on with its session.
 */
export function handoffOf(config: MagConfig, entry: Entry, kind: RequestKind): number {
  if (kind === 'refresh') return HANDOFF.NOT_CHANGED;
  if (entry.justAttached && entry.profile?.exclusive) return HANDOFF.BETWEEN_INTERFACES;
  return kind === 'initial' && config.noRoaming ? HANDOFF.NEW_INTERFACE : HANDOFF.UNKNOWN;
}
