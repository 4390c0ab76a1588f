/** What happens over each underlay, as the virtual machine tells it. */
import type { Outcome } from '../machine/results.ts';
import type { ProbeReport } from '../traffic/probe.ts';
import type { TcpReport } from '../traffic/tcp.ts';
import type { Millis } from '../../protocol/units.ts';

export const UNDERLAYS = ['esp-signalling', 'esp-tunnel', 'wireguard'] as const;
export type Underlay = (typeof UNDERLAYS)[number];

/** Packets on the anchor's wire, by what somebody who listens there can tell of them. */
export interface Wire {
  readonly clearSignalling: number;
  readonly clearTunnels: number;
  readonly protected: number;
}

export interface Addresses {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

/** A phone attached, roamed there and back under traffic. */
export interface Carried {
  readonly kind: 'carried';
  readonly underlay: Underlay;
  readonly datapath: readonly string[];
  readonly before: Addresses;
  readonly after: Addresses;
  readonly switchedMs: readonly Millis[];
  readonly udp: readonly ProbeReport[];
  readonly tcp: readonly TcpReport[];
  readonly wire: Wire;
}

/** A home that signals without protection. */
export interface Refused {
  readonly kind: 'refused';
  readonly underlay: Underlay;
  /** Packets that the anchor's kernel dropped for want of protection. */
  readonly dropped: number;
  /** The home that holds the session according to the LMA, while the phone stands in the other. */
  readonly servedBy: string;
  /** The same once that home is protected again. */
  readonly servedByAfter: string;
}

export type Result = Outcome | Carried | Refused;
