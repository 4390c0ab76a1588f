/** The MAG as a whole: configuration, Binding Update List, what is known of the uplink and the clock; and one step's context. */
import type { Ipv4 } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import { Deadlines } from '../../protocol/deadlines.ts';
import { transition, type Transition } from '../../protocol/entity.ts';
import type { Millis, Now, Timestamp } from '../../protocol/units.ts';
import { stateName, type Entry, type Lessons, type State } from './binding.ts';
import { createList, removeEntry, type BindingUpdateList } from './bindingUpdateList.ts';
import type { MagConfig } from './config.ts';
import type { MagEffect } from './events.ts';
import type { GroupUpdate } from './group.ts';
import type { Anchor } from './heartbeat.ts';
import type { OwnRevocation } from './ownRevocation.ts';
import { retain } from './retained.ts';
import { accessSession, pathOf } from './session.ts';
import type { HeartbeatTimers } from './timers.ts';
import type { CareOf } from './transport.ts';
import type { Tunnel } from '../../protocol/paths.ts';

export interface Mag {
  /** Its LMAs, timers and limits may be others later (configure.ts). */
  config: MagConfig;
  readonly list: BindingUpdateList;
  /** When each binding next wants a `timer`, by its phone */
  readonly deadlines: Deadlines<Mac>;
  careOf: CareOf;
  /** False: no PBU with a timestamp leaves, the state says "waiting for clock". */
  clockSynchronised: boolean;
  /** How many times a profile was asked for */
  questions: number;
  /** Of the last PBU; MAG-wide, so monotonic for every session (RFC 5213 §5.5) */
  sequence: number;
  /** Of the last PBU, so that no two carry the same */
  timestamp: Timestamp;
  /** Instants of each phone's PBUs within the last second, for MAX_UPDATE_RATE */
  readonly updates: Map<Mac, readonly Millis[]>;
  /** Stations that left while denied until an administrator acts: a new association lifts nothing. */
  readonly refused: Map<Mac, Extract<State, { name: 'denied' }>>;
  /** Address families refused until an administrator acts (statuses 170 and 172), likewise. */
  readonly refusedFamilies: Map<Mac, Lessons>;
  /** IPv4 addresses that silent phones were told to use: one that wakes and gets another has to hear of it. */
  readonly stillTold: Map<Mac, Ipv4>;
  /** Of the heartbeats to an LMA that says so itself (RFC 8127), by its id. */
  readonly heartbeatTimers: Map<string, HeartbeatTimers>;
  /** Timestamp of the newest Update Notification, by the LMA's address. */
  readonly notified: Map<string, Timestamp>;
  /** PBUs for all sessions with an LMA, and until when none is sent, by the LMA's id (RFC 6602). */
  readonly groupUpdates: Map<string, GroupUpdate>;
  readonly groupPauses: Map<string, Millis>;
  /** LMAs that hold sessions or did, by id; none are kept with heartbeats off. */
  readonly anchors: Map<string, Anchor>;
  /** The LMAs were told that this gateway lost its state. */
  announced: boolean;
  /** Own Binding Revocation Indications that wait for their answer, by sequence number, and the last of these. */
  readonly ownRevocations: Map<number, OwnRevocation>;
  revocation: number;
  /** What is due with an LMA, by what it is. */
  readonly peerDeadlines: Deadlines<PeerDue>;
  /** When the last Binding Error left, for its rate limit */
  lastBindingError: Millis;
}

export type PeerDue = { readonly kind: 'heartbeat'; readonly anchor: Anchor } | { readonly kind: 'revocation'; readonly own: OwnRevocation };

export const createMag = (config: MagConfig): Mag => ({
  config,
  list: createList(),
  deadlines: new Deadlines(),
  careOf: { mtu: 1500 },
  clockSynchronised: false,
  questions: 0,
  sequence: config.random32() & 0xffff,
  timestamp: 0n,
  updates: new Map(),
  refused: new Map(),
  refusedFamilies: new Map(),
  stillTold: new Map(),
  heartbeatTimers: new Map(),
  notified: new Map(),
  groupUpdates: new Map(),
  groupPauses: new Map(),
  anchors: new Map(),
  announced: false,
  ownRevocations: new Map(),
  revocation: 0,
  peerDeadlines: new Deadlines(),
  lastBindingError: -Infinity,
});

/** One step: the state, the instant, and the effects so far. */
export interface Context {
  readonly mag: Mag;
  readonly now: Now;
  readonly effects: MagEffect[];
  /** Phones whose binding may have another deadline now */
  readonly touched: Set<Mac>;
}

/** Every change of state goes through here, and says why. */
export function become(c: Context, entry: Entry, state: State, reason: string, extra: Pick<Transition, 'stages' | 'detail' | 'exchange'> = {}): void {
  const from = stateName(entry);
  entry.state = state;
  c.touched.add(entry.mac);
  c.effects.push(transition(c.now, { entity: 'mag', subject: entry.profile?.nai ?? entry.mac, linkLayerId: entry.mac, from, to: stateName(entry), reason, ...extra }));
  announce(c, entry);
  persist(c, entry);
}

/** Tells the access side what DHCP, RA and ARP may now say. */
export function announce(c: Context, entry: Entry): void {
  const session = accessSession(c.mag.config, entry);
  if (session.ipv4) entry.toldIpv4 = session.ipv4.address;
  c.effects.push({ kind: 'session', interface: entry.interface, mac: entry.mac, session });
}

/** The access side forgets the phone on this interface. */
export function announceGone(c: Context, entry: Entry): void {
  const { ipv4: _, ...session } = accessSession(c.mag.config, entry);
  c.effects.push({ kind: 'session', interface: entry.interface, mac: entry.mac, session: { ...session, state: 'none', prefixes: [] } });
}

/** Keeps the record that outlives the agent in step with the entry. */
export function persist(c: Context, entry: Entry): void {
  const record = retain(entry, c.now);
  c.effects.push(record ? { kind: 'retain', binding: record } : { kind: 'forget', mac: entry.mac });
}

/** Gives the data path what the binding now wants; nothing if that is what it has. */
export function openPath(c: Context, entry: Entry, tunnel: Tunnel): void {
  const path = pathOf(c.mag.config, entry, tunnel);
  if (JSON.stringify(path) === JSON.stringify(entry.path)) return;
  entry.path = path;
  c.effects.push({ kind: 'setPath', path });
}

export function closePath(c: Context, entry: Entry): void {
  if (!entry.path) return;
  delete entry.path;
  delete entry.keepaliveAt;
  c.effects.push({ kind: 'removePath', index: entry.index });
}

/** The entry and everything that it set up goes; nothing is sent (RFC 5213 §6.9.1.4: BUL entry, routes, tunnel, access link). */
export function drop(c: Context, entry: Entry, reason: string): void {
  closePath(c, entry);
  if (entry.state.name === 'denied' && entry.state.until === 'administrator') remember(c.mag.refused, entry.mac, entry.state);
  const from = stateName(entry);
  removeEntry(c.mag.list, entry);
  c.touched.add(entry.mac);
  c.effects.push(transition(c.now, { entity: 'mag', subject: entry.profile?.nai ?? entry.mac, linkLayerId: entry.mac, from, to: 'gone', reason }));
  announceGone(c, entry);
  c.effects.push({ kind: 'forget', mac: entry.mac });
}

/** Bounded: the oldest refusal is forgotten first. */
const MAX_REFUSED = 1024;

export function remember<T>(refusals: Map<Mac, T>, mac: Mac, refusal: T): void {
  refusals.delete(mac);
  refusals.set(mac, refusal);
  const oldest = refusals.keys().next();
  if (refusals.size > MAX_REFUSED && !oldest.done) refusals.delete(oldest.value);
}
