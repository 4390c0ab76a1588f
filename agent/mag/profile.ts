/**
 * The mobile node's policy profile (RFC 5213 §6.2) and the port that brings it. The seed's two local ways stand here: the
 * local list, else the default profile of the access interface, whose NAI is the phone's MAC.
 */
import { type Ipv4, type Ipv6, type Prefix } from '../../protocol/address.ts';
import { dottedMac, type Mac } from '../../protocol/mac.ts';
import type { BitRates } from '../../protocol/qos.ts';

export interface Profile {
  /** MN-Identifier, subtype 1 */
  readonly nai: string;
  /** Service Selection */
  readonly apn?: string;
  /** Ids of the LMAs that may serve it, first first; empty = the domain's */
  readonly lmas: readonly string[];
  /** What is asked of the LMA, and the most that passes here (RFC 7222). */
  readonly rates?: BitRates;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  readonly dns4: readonly Ipv4[];
  readonly dns6: readonly Ipv6[];
  /** The node asks for this address instead of any. */
  readonly wantedIpv4?: Ipv4;
  /** The node asks for these home network prefixes instead of any. */
  readonly wantedPrefixes?: readonly Prefix[];
  /** The account has one device: a new MAC with this NAI takes the session over (HI 2), instead of getting one of its own. */
  readonly exclusive?: true;
  readonly source: 'local' | 'default' | 'radius';
}

/** What is known of a station when its profile is looked up. */
export interface StationFacts {
  readonly interface: string;
  readonly mac: Mac;
  /** What EAP proved, if it ran. */
  readonly identity?: string;
  /** DHCP option 61 as hex pairs, if DHCP came first. */
  readonly clientId?: string;
}

export type ProfileAnswer = { readonly profile: Profile } | { readonly refused: string };

/** Port: local sources answer at once, others by a promise. An answer without a profile says why in words. */
export interface ProfileSource {
  load(station: StationFacts): ProfileAnswer | Promise<ProfileAnswer>;
}

/** One row of the seed's `nai … apn … lma … int att WLAN l2-addr …`. */
export interface LocalProfile extends Omit<Profile, 'source'> {
  readonly mac: Mac;
  /** Only for stations of this access interface. */
  readonly interface?: string;
}

/** `enable pmipv6 default <profile>` on an access interface: everything but the NAI. */
export type DefaultProfile = Omit<Profile, 'source' | 'nai' | 'wantedIpv4' | 'wantedPrefixes' | 'exclusive'>;

/** The local list first, then the interface's default profile. Pure, so that it answers in the same step. */
export function localProfiles(list: readonly LocalProfile[], defaults: Readonly<Record<string, DefaultProfile>>): { load(station: StationFacts): ProfileAnswer } {
  const byMac = new Map<Mac, LocalProfile[]>();
  for (const row of list) byMac.set(row.mac, [...(byMac.get(row.mac) ?? []), row]);
  return {
    load: (station) => {
      const local = byMac.get(station.mac)?.find((row) => row.interface === undefined || row.interface === station.interface);
      if (local) {
        const { mac: _, interface: __, ...profile } = local;
        return { profile: { ...profile, source: 'local' } };
      }
      const byDefault = defaults[station.interface];
      if (byDefault) return { profile: { ...byDefault, nai: dottedMac(station.mac), source: 'default' } };
      return { refused: `no local profile for this station and no default profile on ${station.interface}` };
    },
  };
}
