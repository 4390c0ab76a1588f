/** What the anchor's core is told: resolved values only. The YAML form and its names stand in cloud/config.ts. */
import type { Ipv4, Ipv6, Prefix } from '../../protocol/address.ts';
import { DEFAULT_HEARTBEAT, type HeartbeatVariables } from '../../protocol/heartbeat.ts';
import type { HoldLimits } from '../../protocol/paths.ts';
import type { BitRates } from '../../protocol/qos.ts';
import type { Millis, Seconds } from '../../protocol/units.ts';
import type { MagTimers } from './timersOption.ts';
import type { PhoneSettings } from '../../protocol/vendor.ts';

export interface LmaConfig {
  /** Of the lma-service. */
  readonly name: string;
  /** Grows with each restart that loses state (RFC 5847 §3.2). */
  readonly restartCounter: number;
  /** `optional`: a MAG without a key is known by its address, which `mags[].addresses` must then list. */
  readonly authentication: 'required' | 'optional';
  readonly mags: readonly MagConfig[];
  readonly nodes: readonly NodeConfig[];
  /** The first is the service of a request that names none. */
  readonly apns: readonly ApnConfig[];
  readonly ipv4Pools: readonly Ipv4PoolConfig[];
  readonly ipv6Pools: readonly Ipv6PoolConfig[];
  readonly variables: LmaVariables;
  /** New sessions that this anchor does not want are asked for at others (RFC 6463). */
  readonly redirect?: RedirectConfig;
  /** 32 random bits: uplink keys, generated link-local addresses. */
  readonly random32: () => number;
}

export interface MagConfig {
  /** The MAG Identifier (RFC 8278 §4.2) under whose key its messages are signed. */
  readonly id: string;
  /** It shares a key with us: what comes unsigned from its addresses is not its own. */
  readonly keyed?: boolean;
  /** Addresses or prefixes that it may send from; undefined = anywhere. */
  readonly addresses?: readonly string[];
  /** Nodes it may act for, as in `NodeConfig.match`; undefined = all. */
  readonly nodes?: readonly string[];
  /** MTU of its WAN where it reports none itself. */
  readonly wanMtu?: number;
  /** It may revoke all of its sessions at once (RFC 5846 §8.2); default: yes. */
  readonly bulkRevocation?: boolean;
  /** It is another anchor, which asks for gateways' sessions that it does not want itself (EnableLMARedirectAcceptFunction, RFC 6463 §7). */
  readonly redirector?: boolean;
  /** How it is to re-register and beat (RFC 8127). */
  readonly timers?: MagTimers;
}

export interface RedirectConfig {
  /** NAI that this anchor signs as where it asks another one. */
  readonly identity: string;
  readonly to: readonly RedirectTarget[];
  /** `always`: this anchor is being drained. */
  readonly when: 'always' | 'above-load';
  /** Share of the bindings that there may be, 0 to 1. */
  readonly load: number;
  /** How long each of them has to answer. */
  readonly timeout: Millis;
}

export interface RedirectTarget {
  /** Whose key its answers are signed with. */
  readonly id: string;
  readonly ipv6?: Ipv6;
  readonly ipv4?: Ipv4;
}

export interface NodeConfig {
  /** An identifier in full, `@realm` for every NAI of that realm, or `*`. The narrowest row counts. */
  readonly match: string;
  /** Entitled to network-based mobility; else 152. */
  readonly pmipv6?: boolean;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  /** APNs subscribed to; the first serves requests that name none. */
  readonly services?: readonly string[];
  /** Instead of its APN's, each way. */
  readonly rates?: BitRates;
  /** `required`: a gateway brings it only after the operator's server accepted it there; else 154. */
  readonly accessProof?: 'required' | 'none';
}

export interface ApnConfig {
  readonly name: string;
  /** What its phones are told beside their addresses. */
  readonly settings?: PhoneSettings;
  /** The most that a subscriber may send and get. */
  readonly rates?: BitRates;
  /** Their packets are held between two homes. */
  readonly hold?: HoldLimits;
  /** Address space: the same IPv4 home address may exist once in each. */
  readonly space: number;
  /** `sent-by-ms`: whoever asks; `subscribed`: nodes whose row lists the APN. */
  readonly selectionMode: 'sent-by-ms' | 'subscribed';
  readonly ipv4Pool?: string;
  readonly ipv6Pool?: string;
  /** Subscribers may reach other subscribers of APNs that say so too. */
  readonly subscriberToSubscriber?: boolean;
}

export interface Ipv4PoolConfig {
  readonly name: string;
  readonly network: Ipv4;
  /** 8 to 30 */
  readonly prefixLength: number;
  /** The nodes' default router; never handed out. */
  readonly router: Ipv4;
  /** A free address is given to whoever wishes for it. */
  readonly allowStaticAllocation?: boolean;
}

export interface Ipv6PoolConfig {
  readonly name: string;
  /** 8 to 62 bits; its /64s are handed out, save the first. */
  readonly prefix: Prefix;
  readonly allowStaticAllocation?: boolean;
}

/** Protocol variables by their RFC names; the seed's names are in the YAML form. */
export interface LmaVariables {
  /** Longest lifetime granted; the seed's `reg-lifetime`. */
  readonly registrationLifetime: Seconds;
  /** RFC 5213 §9.1; the seed's `session-delete-delay`. */
  readonly minDelayBeforeBceDelete: Millis;
  /** RFC 5213 §9.1; 0 = never wait. */
  readonly maxDelayBeforeNewBceAssign: Millis;
  /** RFC 5213 §9.1; 0 = order only, no window (the seed's `tolerance 0`). */
  readonly timestampValidityWindow: Millis;
  /** RFC 5213 §9.3 */
  readonly mobileNodeGeneratedTimestampInUse: boolean;
  /** RFC 5844 §5.1 */
  readonly acceptForcedIpv4UdpEncapsulationRequest: boolean;
  /** How often a MAG behind a NAT keeps its mapping open (option 31). */
  readonly natKeepalive: Seconds;
  /** `required`: 163 without a key; `optional`: as asked, but only sessions with a key are carried; `refused`: status 2. */
  readonly greKey: 'required' | 'optional' | 'refused';
  /** Off: no Binding Revocation is ever sent. */
  readonly revocation: boolean;
  /** RFC 5846 §11 */
  readonly initMinDelayBris: Millis;
  readonly maxBrackTimeout: Millis;
  readonly briMaxRetriesNumber: number;
  /** RFC 5847 §5 */
  readonly heartbeat: HeartbeatVariables;
  /** RFC 7077 §7 */
  readonly minDelayBetweenUpdateNotificationReplay: Millis;
  readonly maxUpdateNotificationRetransmitCount: number;
  /** Gateways may have sessions in groups that one PBU extends (AcceptBulkBindingUpdateReqForMobilitySession, RFC 6602 §6.1). */
  readonly acceptBulkBindingUpdates: boolean;
  /** How long an address that a phone declined is kept back. */
  readonly declineQuarantine: Millis;
  readonly maximumBindings: number;
}

export const DEFAULT_VARIABLES: LmaVariables = {
  registrationLifetime: 40_000,
  minDelayBeforeBceDelete: 10_000,
  maxDelayBeforeNewBceAssign: 1500,
  timestampValidityWindow: 300,
  mobileNodeGeneratedTimestampInUse: false,
  acceptForcedIpv4UdpEncapsulationRequest: false,
  natKeepalive: 25,
  greKey: 'required',
  revocation: true,
  initMinDelayBris: 1000,
  maxBrackTimeout: 2000,
  briMaxRetriesNumber: 1,
  heartbeat: { ...DEFAULT_HEARTBEAT, enabled: false },
  minDelayBetweenUpdateNotificationReplay: 1000,
  maxUpdateNotificationRetransmitCount: 1,
  acceptBulkBindingUpdates: true,
  declineQuarantine: 600_000,
  maximumBindings: 128_000,
};
