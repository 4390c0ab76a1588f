/** What reaches a MAG and what it wants done: the whole contract between `step` and its shell. */
import type { Ipv4, Prefix } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import type { Discard, Endpoint, Received, Send, Transition } from '../../protocol/entity.ts';
import type { Path } from '../../protocol/paths.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Configure } from './configure.ts';
import type { GaveUp, GiveUp } from './ownRevocation.ts';
import type { ProfileAnswer, StationFacts } from './profile.ts';
import type { RetainedBinding } from './retained.ts';
import type { AccessSession } from './session.ts';
import type { CareOf } from './transport.ts';

export type MagEvent =
  | Received
  /** A Mobility Header of a type that the decoder does not know. */
  | { readonly kind: 'unknownMessage'; readonly from: Endpoint }
  /** A station may use the access link: hostapd said so at `at`, or its first packet did. `lastSeen`: its last frame before that, if known. */
  | { readonly kind: 'stationAttached'; readonly station: StationFacts; readonly at: Millis; readonly lastSeen?: Millis }
  | { readonly kind: 'stationDetached'; readonly interface: string; readonly mac: Mac; readonly reason: string }
  /** All stations of an access interface, after a gap in its events. A new one is attached when it shows itself. */
  | { readonly kind: 'stationList'; readonly interface: string; readonly macs: readonly Mac[] }
  /** The answer to a `loadProfile`, with its number: what answers an older question comes too late. */
  | { readonly kind: 'profile'; readonly mac: Mac; readonly question: number; readonly answer: ProfileAnswer }
  /** What the profile source says of a station now, learned in the background. The same as before changes nothing. */
  | { readonly kind: 'profileChanged'; readonly mac: Mac; readonly answer: ProfileAnswer }
  /** An operator or the AAA server (RFC 5176 §3.1) ends the session: de-registered, and the phone sent away. */
  | { readonly kind: 'disconnect'; readonly mac: Mac; readonly reason: string }
  /** A frame of the station was received at `at`. */
  | { readonly kind: 'seen'; readonly mac: Mac; readonly at: Millis }
  /** The phone asks for addresses (DHCP, RS). */
  | { readonly kind: 'wantBinding'; readonly station: StationFacts; readonly wantedIpv4?: Ipv4 }
  | { readonly kind: 'releaseIpv4'; readonly mac: Mac }
  | { readonly kind: 'declineIpv4'; readonly mac: Mac }
  /** The home's own addresses, at start and whenever they change; neither family = the uplink is down. */
  | { readonly kind: 'careOf'; readonly careOf: CareOf }
  | { readonly kind: 'clock'; readonly synchronised: boolean }
  /** What outlived the last agent on this gateway. */
  | { readonly kind: 'restore'; readonly bindings: readonly RetainedBinding[] }
  /** An operator clears bindings, or this gateway goes down. */
  | GiveUp
  /** An administrator lifts every refusal. */
  | { readonly kind: 'retryDenied' }
  /** Other LMAs, timers or limits from now on. */
  | Configure
  /** Every LMA is asked for a heartbeat now, sessions or not. */
  | { readonly kind: 'probeLmas' }
  /** Every session is registered anew, one after the other. */
  | { readonly kind: 'refreshAll' }
  | { readonly kind: 'timer' };

export type MagEffect =
  | Send
  | Transition
  | Discard
  | { readonly kind: 'setPath'; readonly path: Path }
  | { readonly kind: 'removePath'; readonly index: number }
  /** Ask the profile source, and give its answer back as `profile` with the same number. */
  | { readonly kind: 'loadProfile'; readonly station: StationFacts; readonly question: number }
  /** Was a frame seen since `since`? If not, ask by unicast ARP and NS; answer with `seen`, or `stationAttached` for one without a binding. */
  | { readonly kind: 'checkPresence'; readonly interface: string; readonly mac: Mac; readonly ipv4?: { readonly address: Ipv4; readonly router: Ipv4 }; readonly prefixes: readonly Prefix[]; readonly since: Millis }
  /** The access side's view of the phone changed: DHCP, RA and ARP follow it. */
  | { readonly kind: 'session'; readonly interface: string; readonly mac: Mac; readonly session: AccessSession }
  | { readonly kind: 'deauthenticate'; readonly interface: string; readonly mac: Mac; readonly reason: string }
  /** Keep the NAT's mapping of the data port open. */
  | { readonly kind: 'keepalive'; readonly path: Path }
  /** Write down what must outlive the agent, or drop it. */
  | { readonly kind: 'retain'; readonly binding: RetainedBinding }
  | { readonly kind: 'forget'; readonly mac: Mac }
  /** What became of a `giveUp` that asked. */
  | GaveUp;
