/** One Binding Update List entry: one attached phone and its session with one LMA (RFC 5213 §6.1, 5844 §3.2.1, 5845 §4.1). */
import type { Ipv4, Ipv6, Prefix } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import type { Endpoint } from '../../protocol/entity.ts';
import type { BindingRevocationIndication } from '../../protocol/mobility/messages.ts';
import type { Path } from '../../protocol/paths.ts';
import type { BitRates } from '../../protocol/qos.ts';
import type { Millis, Seconds, Timestamp } from '../../protocol/units.ts';
import type { PhoneSettings } from '../../protocol/vendor.ts';
import type { LmaPeer } from './config.ts';
import type { Profile } from './profile.ts';
import type { ReregistrationTimers } from './timers.ts';

export interface Ipv4Lease {
  readonly address: Ipv4;
  readonly prefixLength: number;
  readonly router: Ipv4;
}

/** What the LMA gave. What it says of resolvers comes before the profile's word. */
export interface Assigned extends PhoneSettings {
  readonly ipv4?: Ipv4Lease;
  readonly prefixes: readonly Prefix[];
  /** Address of the MAG on the access link, if the LMA chose one (option 26). */
  readonly linkLocal?: Ipv6;
  /** The most that it lets pass. */
  readonly rates?: BitRates;
}

/** One PBU on the wire. */
export interface Outstanding {
  readonly sequence: number;
  readonly timestamp?: Timestamp;
  readonly sentAt: Millis;
  readonly handoff: number;
  readonly forceUdp: boolean;
  /** It offered to be assigned another LMA (RFC 6463 §4.1). */
  readonly redirectable?: boolean;
  readonly transport?: Endpoint['transport'];
}

/** `initial` asks for a session, `refresh` extends it (HI 5), `move` re-registers it from a new care-of address or after a doubt (HI 4). */
export type RequestKind = 'initial' | 'refresh' | 'move';

/**
 * A PBU that waits for its PBA, with its retransmissions (RFC 5213 §6.9.4). Any of the outstanding numbers may match; none
 * is outstanding while the PBU itself waits for the clock, the uplink or its turn.
 */
export interface Request {
  readonly kind: RequestKind;
  readonly outstanding: readonly Outstanding[];
  readonly interval: Millis;
  readonly retransmitAt: Millis;
}

/** Why the phone has to show itself now, and what happens if it does. */
export type ProbePurpose = 'presence' | 'move' | 'retry' | 'overtaken' | 'refresh refused' | 'revocation';

/** The phone must show itself before the binding is extended (RFC 5213 §6.13). Only frames from `since` on count. */
export interface Probe {
  readonly purpose: ProbePurpose;
  readonly since: Millis;
  readonly attempt: number;
  readonly nextAt: Millis;
}

/** Somebody said at `since` that the phone left; unless it attaches again it counts as gone at `until`. */
export interface Departure {
  readonly since: Millis;
  readonly until: Millis;
  readonly reason: string;
}

export type State =
  | { readonly name: 'profile' } // waiting for the profile source
  | { readonly name: 'waiting'; readonly for: 'clock' | 'care-of address'; readonly retryAt?: Millis }
  | { readonly name: 'registering'; readonly request: Request }
  | { readonly name: 'active'; readonly request?: Request; readonly grantedUntil: Millis; readonly refreshAt: Millis }
  /** `next`: the session that begins here when this one is over. */
  | { readonly name: 'deregistering'; readonly request: Request; readonly giveUpAt: Millis; readonly next?: Profile | undefined }
  /** Lifted by the next attach, by an administrator alone (RFC 5213 §6.9.1.2), or after a pause at `retryAt`. */
  | { readonly name: 'denied'; readonly status?: number; readonly reason: string; readonly until: 'attach' | 'administrator' | 'pause'; readonly retryAt?: Millis };

/** What this LMA taught us about this session, for the life of the entry; `askAnew` until it accepts. */
export interface Lessons {
  readonly noIpv4?: boolean; // 170
  readonly noIpv6?: boolean; // 172
  readonly noForceUdp?: boolean; // 129 after F=1
  readonly noTlv?: boolean; // 3
  readonly noQos?: boolean; // 179
  readonly noRedirect?: boolean; // redirected to an LMA that is not configured
  readonly askAnew?: 'prefixes' | 'ipv4' | 'both'; // 155, 159, 171: no wishes any more
}

/** Where a handover line's stages begin: when the station was noticed. */
export interface Stages {
  readonly associated: Millis;
  readonly profile?: Millis;
  readonly pbuSent?: Millis;
}

export interface Entry {
  readonly mac: Mac;
  interface: string;
  readonly index: number;
  readonly downlinkKey: number;
  identity?: string;
  clientId?: string;
  /** Number of the `loadProfile` that is not answered yet */
  question?: number;
  profile?: Profile;
  lma?: LmaPeer;
  /** The LMA that another one assigned (RFC 6463): stands above those of the profile, for this session. */
  assignedLma?: LmaPeer;
  /** Its LMA extends it with all the others (RFC 6602). */
  grouped?: true;
  /** LMAs of the profile that refused with 153 or 154 */
  refusedBy: readonly string[];
  state: State;
  assigned: Assigned;
  uplinkKey?: number;
  /** As last given to the data path */
  path?: Path;
  granted: Seconds;
  lessons: Lessons;
  wantedIpv4?: Ipv4;
  wantedPrefixes?: readonly Prefix[];
  lastSeen: Millis;
  probe?: Probe;
  departure?: Departure;
  stages?: Stages;
  /** In the sequence number scheme: what the LMA's last number of this session adds to ours (status 135). */
  sequenceOffset?: number;
  /** The IPv4 address that the phone was last told to use. */
  toldIpv4?: Ipv4;
  /** The phone gave its IPv4 address back; it is asked for again when the phone wants one. */
  ipv4Released?: boolean;
  /** No PBU was accepted since the phone attached: of a one-device account it takes the session over. */
  justAttached?: boolean;
  keepaliveEvery?: Millis;
  keepaliveAt?: Millis;
  dhcpServer: boolean;
  /** Of the newest PBU that asked for or extended the session: an older BRI is about what was before. */
  newestUpdate?: Timestamp;
  /** Set by the LMA for this session (RFC 8127). */
  timers?: ReregistrationTimers;
  /** A BRI that waits for the phone to show itself or not */
  revocation?: { readonly from: Endpoint; readonly peer?: string; readonly indication: BindingRevocationIndication };
}

/** Name of the state as logs and `show` print it; the seed's ACTIVE among them. */
export function stateName(entry: Entry): string {
  switch (entry.state.name) {
    case 'profile':
      return 'profile';
    case 'waiting':
      return `waiting for ${entry.state.for}`;
    case 'registering':
      return 'registering';
    case 'active':
      return 'active';
    case 'deregistering':
      return 'deregistering';
    case 'denied':
      return 'denied';
  }
}

/** The PBU that the state waits for, if one is out. */
export const requestOf = (state: State): Request | undefined => ('request' in state ? state.request : undefined);
