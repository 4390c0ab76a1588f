/** What a MAG is told: its identity, its LMAs, its timers (names and defaults of the seed's tables). */
import type { Ipv4, Ipv6 } from '../../protocol/address.ts';
import type { HeartbeatVariables } from '../../protocol/heartbeat.ts';
import type { Millis, Seconds } from '../../protocol/units.ts';

export interface LmaPeer {
  readonly id: string;
  readonly ipv6?: Ipv6;
  readonly ipv4?: Ipv4;
  /** IPv4-UDP data encapsulation (F=1, T=1): `auto` asks for it when our own IPv4 address is a private one, so behind a NAT. */
  readonly forceUdp: 'auto' | 'always' | 'never';
}

export interface MagTimers {
  /** Registration Life Time */
  readonly lifetime: Seconds;
  /** Refresh Time: the longest a binding goes without a PBU */
  readonly refresh: Seconds;
  /** Refresh Retransmit Init / Max time (RFC 6275 INITIAL_BINDACK_TIMEOUT, MAX_BINDACK_TIMEOUT) */
  readonly retransmitInitial: Millis;
  readonly retransmitMaximum: Millis;
  /** Detach Query Period: a phone that has been silent for so long is asked whether it is here (`discover-mn-detach`) */
  readonly detachPeriod: Millis;
  /** Detach Query Response Time: how long each question waits for a frame */
  readonly detachTimeout: Millis;
  /** Questions in all: a silent phone counts as gone after detachPeriod + detachRetries x detachTimeout */
  readonly detachRetries: number;
  /** Detach Delay: how long a phone that hostapd calls disconnected has to attach again; 0 = not at all */
  readonly detachDelay: Millis;
  /** How long a phone has to show itself after the LMA said that it moved (RFC 5846 trigger 2-4, or status 128 to a refresh) */
  readonly doubtTimeout: Millis;
  /** Pause after a refusal that may pass (statuses 128, 130, 133) */
  readonly denyBackoff: Millis;
  /** BRI Init Delay Time, BRI Max Delay Time, and how often a BRI is repeated (RFC 5846 §11) */
  readonly initMinDelayBris: Millis;
  readonly maxBrackTimeout: Millis;
  readonly briMaxRetriesNumber: number;
}

export const defaultTimers: MagTimers = {
  lifetime: 3600,
  refresh: 300,
  retransmitInitial: 1000,
  retransmitMaximum: 32_000,
  detachPeriod: 10_000,
  detachTimeout: 2_000,
  detachRetries: 3,
  detachDelay: 500,
  doubtTimeout: 600,
  denyBackoff: 32_000,
  initMinDelayBris: 1000,
  maxBrackTimeout: 2000,
  briMaxRetriesNumber: 1,
};

export interface MagConfig {
  /** NAI of this gateway: MAG Identifier option, and whose key signs */
  readonly identity: string;
  readonly domain: string;
  /** In order of preference where a profile names none. */
  readonly lmas: readonly LmaPeer[];
  readonly timers: MagTimers;
  /** Timestamps order our PBUs (default), or sequence numbers alone (RFC 5213 §5.5). */
  readonly timestamps: boolean;
  /** Policy says that nobody arrives here from another home: HI 1 instead of 4. */
  readonly noRoaming: boolean;
  /** Phones served at once; absent = as many as come. */
  readonly maximumGuests?: number;
  /** The fixed link-local address of RFC 6543; absent = asked from the LMA for each session. */
  readonly linkLocal?: Ipv6;
  /** Address space of each access interface; 0 where nothing is said. */
  readonly spaces?: Readonly<Record<string, number>>;
  /** An LMA that sends no DHCP Support Mode option means server, not the relay that RFC 5844 makes of it. */
  readonly assumeDhcpServer: boolean;
  /** The LMA may assign a new session to another one of `lmas` (EnableLMARedirectFunction, RFC 6463 §7). */
  readonly redirect?: boolean;
  /** Sessions are to be in a group that one PBU extends (RequestBulkBindingUpdateSupportForMobilitySession, RFC 6602 §6.2). */
  readonly bulk?: boolean;
  /** Restart Counter of RFC 5847, from disk. */
  readonly restartCounter: number;
  /** It is another one than in the last run: what LMAs hold of that run is stale. */
  readonly restarted?: boolean;
  /** Absent: requests are answered, none is sent. */
  readonly heartbeat?: HeartbeatVariables;
  /** Uniform 32-bit numbers, for keys and first sequence numbers. */
  readonly random32: () => number;
}
