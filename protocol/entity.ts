/**
 * What the two protocol entities, MAG and LMA, have in common: how a message reaches them, and the record that every change
 * of state leaves behind. An entity is `step(state, event, now) -> effects`, with `deadline(state)` for the one timer.
 */
import type { MobilityMessage } from './mobility/messages.ts';
import type { Millis, Now, UnixMillis } from './units.ts';

/** One hop of signalling as this side sees it: IPv6 protocol 135, or bare behind IPv4-UDP 5436. */
export interface Endpoint {
  readonly transport: 'ipv6' | 'udp';
  /** Our address: the destination of what came, the source of what goes. */
  readonly local: string;
  readonly remote: string;
  /** `udp` only: the peer's port, which a NAT may have translated. */
  readonly remotePort?: number;
}

/** A decoded message. `peer` is the identity whose key authenticated it (RFC 4285), if one did. */
export interface Received {
  readonly kind: 'message';
  readonly from: Endpoint;
  readonly message: MobilityMessage;
  readonly peer?: string;
}

export interface Send {
  readonly kind: 'send';
  readonly to: Endpoint;
  readonly message: MobilityMessage;
  /** The identity whose key signs it; the shell adds the authentication option. */
  readonly peer?: string;
}

/** `from -> to: reason`, the one record that feeds the log, the event stream, the dashboard's timeline and the test transcripts. */
export interface Transition {
  readonly kind: 'transition';
  readonly entity: 'mag' | 'lma';
  /** The subscriber's MN-ID, or the peer's identity for peer-wide changes. Pseudonymised wherever people look. */
  readonly subject: string;
  /** The phone's MAC (link-layer identifier), if known. */
  readonly linkLayerId?: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly at: Millis;
  readonly wall: UnixMillis;
  /** What a handover line is made of: instants on the same clock as `at`, by stage name. */
  readonly stages?: Readonly<Record<string, Millis>>;
  /** What tells the PBU that brought it about from all others of its gateway: its timestamp. Both ends know it, so their records can be laid side by side. */
  readonly exchange?: string;
  /** Facts worth keeping beside the reason: status, care-of address, lifetime. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** A discarded input, counted by reason. */
export interface Discard {
  readonly kind: 'discard';
  readonly reason: string;
}

export const transition = (now: Now, t: Omit<Transition, 'kind' | 'at' | 'wall'>): Transition => ({ kind: 'transition', at: now.at, wall: now.wall, ...t });
export const discard = (reason: string): Discard => ({ kind: 'discard', reason });

/** `from -> to: reason` as logs and transcripts print it. */
export const describeTransition = (t: Transition): string => `${t.subject} ${t.from} -> ${t.to}: ${t.reason}`;
