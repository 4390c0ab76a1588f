/**
 * What a protocol entity wants from the data path, as desired state: one `Path` per mobility session. The port is the same
 * on both ends; a MAG's path also names the access link, an LMA's whether other subscribers may reach it.
 */
import type { Ipv4, Prefix } from './address.ts';
import type { Mac } from './mac.ts';
import type { Millis } from './units.ts';

/** GRE with key over IPv6 (48 octets), over IPv4 (28), or behind IPv4-UDP 5437 and a TLV header (40) (RFC 5845 §3, RFC 5844 §4). */
export type TunnelTransport = 'gre6' | 'gre4' | 'udp4';

/** Octets that each transport puts before the inner packet. */
export const TUNNEL_OVERHEAD: Readonly<Record<TunnelTransport, number>> = { gre6: 48, gre4: 28, udp4: 40 };

export interface Tunnel {
  readonly transport: TunnelTransport;
  readonly local: string;
  readonly remote: string;
  /** `udp4` only. 0 = not learned yet: nothing is sent until a packet with a known key tells (MAG behind a NAT). */
  readonly remotePort?: number;
  /** GRE key put on what is sent: the uplink key at the MAG, the downlink key at the LMA. */
  readonly sendKey: number;
  /** GRE key expected on what is received; also finds the session, so it is unique among live paths. */
  readonly receiveKey: number;
  /** Largest inner packet in octets: TCP MSS is clamped to it, larger packets meet an ICMP error. */
  readonly mtu: number;
}

/** The most that passes in one direction, counted in octets of inner packets. */
export interface Rate {
  /** Bits per second */
  readonly rate: number;
  /** Octets that may pass at once after a pause. */
  readonly burst: number;
}

/** No rate: no limit. */
export interface Rates {
  readonly up?: Rate;
  readonly down?: Rate;
}

/**
 * Whether a path's packets pass. `drop`: they are counted and dropped, and the path stays. `hold`: up likewise, and down they are
 * held until the path forwards again, if it says how many may be. `queue`: up passes, and down what was held goes first; a path that
 * holds is on it for a moment before it forwards.
 */
export type PathAction = 'forward' | 'drop' | 'hold' | 'queue';

/** The most of one subscriber's packets that are held for it. */
export interface HoldLimits {
  readonly packets: number;
  readonly octets: number;
  /** From the `hold` on: then they are dropped, and what comes later, too. */
  readonly milliseconds: Millis;
  /** So long after a move the new home is taken to be ready, if nothing has come from there yet. */
  readonly settle: Millis;
}

/** The most of all subscribers' packets together. */
export interface HoldRoom {
  readonly packets: number;
  readonly octets: number;
}

/** What became of held packets since the start, and what there is now. */
export interface HoldCounters {
  readonly held: number;
  readonly released: number;
  /** There was no room, for the subscriber's or for all. */
  readonly overflowed: number;
  /** It took too long. */
  readonly expired: number;
  /** The session ended meanwhile. */
  readonly ended: number;
  /** Paths that were to hold and could not, because too many did. */
  readonly refused: number;
  /** Now. */
  readonly sessions: number;
  readonly packets: number;
  readonly octets: number;
}

export interface Path {
  /** Small dense number: counters are kept under it, and it is not reused while anyone may still ask for them. */
  readonly index: number;
  /** Address space: the same home address may exist once in each. */
  readonly space: number;
  readonly ipv4?: Ipv4;
  /** Home network prefixes, /64 each. */
  readonly prefixes: readonly Prefix[];
  readonly tunnel: Tunnel;
  /** MAG: where the phone is. Packets of its addresses are taken from this interface and MAC only. */
  readonly access?: { readonly interface: string; readonly mac: Mac };
  /** LMA: the session may talk to other subscribers of this LMA that may too. */
  readonly peers?: boolean;
  /** Of the subscriber, in all families together. What exceeds them is dropped (RFC 7222 §4.2). */
  readonly rates?: Rates;
  /** Default: `forward`. */
  readonly action?: PathAction;
  /** LMA: packets down are held while the path is on `hold`, and after a move until the new home is ready. */
  readonly hold?: HoldLimits;
}

/** Cumulative since the path's index was first set, exact under GRO: octets and packets as the inner packets have them. */
export interface PathCounters {
  readonly upOctets: bigint;
  readonly upPackets: bigint;
  readonly downOctets: bigint;
  readonly downPackets: bigint;
}

/** Packets of the subscriber that were dropped because of a rate: its own, or what the home leaves to guests. Cumulative likewise. */
export interface Policed {
  readonly up: bigint;
  readonly down: bigint;
}

/**
 * The port. Calls take effect before they return; none spawns a process or waits. Each throws `PathError` when the system
 * refuses, and then nothing of that path is left half done.
 */
export interface Paths {
  /** Creates the path or moves it (the receiving side first, then the sending side). Setting the same path twice is free. */
  set(path: Path): void;
  /** Removing a path that is not there is free. */
  remove(index: number): void;
  /**
   * Makes the system hold exactly these paths; returns what it had to remove. For the start after a crash. Where paths are refused,
   * the others are set all the same, and the first refusal is thrown; new paths of an LMA are set or refused together.
   */
  reconcile(all: readonly Path[]): { readonly removed: number };
  /** Whether a path of this index is set. One that is not begins anew with its counters. */
  holds(index: number): boolean;
  /** What the system holds now, for taking up after a crash. */
  list(): readonly Path[];
  counters(index: number): PathCounters | undefined;
  /** Undefined where nothing is policed. */
  policed(index: number): Policed | undefined;
  /** When a frame of this station was last received on this access interface; undefined = never. MAG only. */
  lastSeen(accessInterface: string, mac: Mac): Millis | undefined;
  /** When the first downlink packet passed since the path was last set or moved, on the monotonic clock. */
  firstDown(index: number): Millis | undefined;
  /** LMA, if it may hold packets. */
  holding?(): HoldCounters;
  /** Packets dropped, by reason. */
  drops(): Readonly<Record<string, bigint>>;
}

/** The system refused a path. The message says which, what was refused and what to do. */
export class PathError extends Error {
  override readonly name = 'PathError';
}
