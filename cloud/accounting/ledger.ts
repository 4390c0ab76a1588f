/**
 * Who is in session since when, and how much passed: `step` turns what the anchor says of its sessions into records. A session keeps
 * its name over handovers and restarts, and its sums never go back. Pure; the counters are read through `Counted`.
 */
import { Deadlines } from '../../protocol/deadlines.ts';
import { seconds, type Deadline, type Millis, type Now, type Seconds } from '../../protocol/units.ts';
import type { SessionEffect, SessionFacts } from '../lma/accounting.ts';
import { close, createMeter, read, type Counted } from './meter.ts';
import { VERSION, type AccountingRecord, type Held, type RecordEvent, type SessionPart } from './record.ts';
import { addressesOf, homeOf, identityOf, restoredSession, storedSession, type Session, type StoredSession } from './session.ts';
import { REASON, terminateCauseOf } from './terminateCause.ts';

export interface LedgerOptions {
  /** The lma-service. */
  readonly service: string;
  /** The packet gateway whose anchor it is, where it has one. */
  readonly pgw?: string;
  /** Tells this run from every other of this anchor. */
  readonly run: string;
  /** Between interim records; 0 = none. */
  readonly interval: Seconds;
  /** Whether the APN's sessions go to the RADIUS server; without one, whether any do. */
  readonly toRadius: (apn: string | undefined) => boolean;
  readonly paths: Counted;
}

export type LedgerEvent =
  /** Once, before the anchor restores its bindings: the sessions of the last run, and the number of the last record. */
  | { readonly kind: 'begin'; readonly sessions: readonly StoredSession[]; readonly seq: number }
  /** Once, when the paths stand again: what the anchor did not restore has ended. */
  | { readonly kind: 'settle' }
  | SessionEffect
  | { readonly kind: 'pathSet'; readonly index: number }
  | { readonly kind: 'pathRemoved'; readonly index: number }
  | { readonly kind: 'timer' }
  /** Every session ends. */
  | { readonly kind: 'finish' };

export type LedgerEffect =
  | { readonly kind: 'record'; readonly record: AccountingRecord }
  | { readonly kind: 'keep'; readonly session: StoredSession }
  | { readonly kind: 'forget'; readonly id: string };

export interface Ledger {
  readonly options: LedgerOptions;
  /** By index. */
  readonly sessions: Map<number, Session>;
  /** Interim records, by session. */
  readonly deadlines: Deadlines<Session>;
  /** Paths that were set before their session started. */
  readonly early: Set<number>;
  seq: number;
  begun: number;
}

/** Interim records of one step: the sessions of a busy anchor are not read at once. */
const AT_ONCE = 64;

export const createLedger = (options: LedgerOptions): Ledger => ({ options, sessions: new Map(), deadlines: new Deadlines(), early: new Set(), seq: 0, begun: 0 });

export const deadline = (l: Ledger): Deadline | undefined => l.deadlines.next();

export function step(l: Ledger, event: LedgerEvent, now: Now): LedgerEffect[] {
  switch (event.kind) {
    case 'begin':
      return begin(l, event.sessions, event.seq, now);
    case 'settle':
      return settle(l, now);
    case 'session':
      return onSession(l, event, now);
    case 'pathSet':
      return pathSet(l, event.index);
    case 'pathRemoved':
      return pathRemoved(l, event.index, now);
    case 'timer':
      return interim(l, now);
    case 'finish':
      return [...[...l.sessions.values()].flatMap((s) => stop(l, s, REASON.SHUT_DOWN, now)), record(l, now, 'off')];
  }
}

/** RFC 2866 §5.1: Accounting-On ends every session that the server knows of this anchor, so it is said only where none goes on. */
function begin(l: Ledger, sessions: readonly StoredSession[], seq: number, now: Now): LedgerEffect[] {
  l.seq = seq;
  for (const s of sessions) {
    const session = restoredSession(s, now);
    close(session.meter, l.options.paths, s.facts.index);
    l.sessions.set(s.facts.index, session);
    // Spread over an interval, as they were.
    wake(l, session, now.at + Math.max(0, seconds(l.options.interval) - Math.max(0, now.wall - s.wall)));
  }
  return sessions.length > 0 ? [] : [record(l, now, 'on')];
}

function settle(l: Ledger, now: Now): LedgerEffect[] {
  const effects: LedgerEffect[] = [];
  for (const [index, session] of l.sessions) {
    if (!session.confirmed) effects.push(...stop(l, session, REASON.LOST_IN_RESTART, now));
    else if (l.options.paths.holds(index)) session.meter.counting = true;
  }
  return effects;
}

function onSession(l: Ledger, { change, session: facts, reason }: SessionEffect, now: Now): LedgerEffect[] {
  const known = l.sessions.get(facts.index);
  if (change === 'end') return known ? stop(l, known, reason, now) : [];
  if (!known || !isSame(known.facts, facts) || (known.confirmed && change === 'start')) return [...(known ? stop(l, known, REASON.REPLACED, now) : []), ...start(l, facts, change, reason, now)];
  known.confirmed = true;
  return moved(l, known, facts, change, reason, now);
}

const isSame = (a: SessionFacts, b: SessionFacts): boolean => a.subscriber === b.subscriber && a.apn === b.apn;

function start(l: Ledger, facts: SessionFacts, change: SessionEffect['change'], reason: string, now: Now): LedgerEffect[] {
  l.begun += 1;
  const held = addressesOf(facts).map((address): Held => ({ address, since: now.wall }));
  const session: Session = {
    id: `${l.options.run}-${l.begun}`,
    facts,
    startedAt: now.wall,
    began: now.at,
    meter: createMeter(l.early.delete(facts.index)),
    released: change === 'release' ? { reason, at: now.at, wall: now.wall } : undefined,
    held,
    records: 0,
    confirmed: true,
  };
  l.sessions.set(facts.index, session);
  return told(l, session, now, 'start', { reason, ...(held.length > 0 ? { assigned: held } : {}) });
}

function moved(l: Ledger, session: Session, facts: SessionFacts, change: SessionEffect['change'], reason: string, now: Now): LedgerEffect[] {
  const before = session.facts;
  const wasReleased = session.released !== undefined;
  session.facts = facts;
  session.released = change === 'release' ? (session.released ?? { reason, at: now.at, wall: now.wall }) : undefined;
  const from = homeOf(before);
  const to = homeOf(facts);
  const { assigned, returned } = exchange(session, now);
  const elsewhere = from.home !== to.home;
  const changed = elsewhere || from.careOf !== to.careOf || before.linkLayerId !== facts.linkLayerId || assigned.length + returned.length > 0;
  if (!changed) return change === 'release' || wasReleased ? [keep(session, now)] : [];
  return told(l, session, now, elsewhere ? 'move' : 'change', { reason, from, ...(assigned.length > 0 ? { assigned } : {}), ...(returned.length > 0 ? { returned } : {}) });
}

/** What the session was given and gave back since it was looked at last. */
function exchange(session: Session, now: Now): { readonly assigned: Held[]; readonly returned: Held[] } {
  const addresses = addressesOf(session.facts);
  const kept = session.held.filter((h) => addresses.includes(h.address));
  const returned = session.held.filter((h) => !addresses.includes(h.address));
  const assigned = addresses.filter((a) => !kept.some((h) => h.address === a)).map((address): Held => ({ address, since: now.wall }));
  session.held = [...kept, ...assigned];
  return { assigned, returned };
}

function pathSet(l: Ledger, index: number): LedgerEffect[] {
  const session = l.sessions.get(index);
  if (session) session.meter.counting = true;
  else l.early.add(index);
  return [];
}

function pathRemoved(l: Ledger, index: number, now: Now): LedgerEffect[] {
  l.early.delete(index);
  const session = l.sessions.get(index);
  return session && close(session.meter, l.options.paths, index) ? [keep(session, now)] : [];
}

function interim(l: Ledger, now: Now): LedgerEffect[] {
  const effects: LedgerEffect[] = [];
  for (let left = AT_ONCE; left > 0; left--) {
    const session = l.deadlines.due(now.at);
    if (!session) break;
    effects.push(...told(l, session, now, 'interim', { reason: 'interim' }));
  }
  return effects;
}

/** A session that was released and not taken up again ended for the reason that released it. Its addresses were its own until now. */
function stop(l: Ledger, session: Session, reason: string, now: Now): LedgerEffect[] {
  const { released } = session;
  const why = released?.reason ?? reason;
  l.sessions.delete(session.facts.index);
  l.deadlines.drop(session.id);
  const part = partOf(l, session, now, { reason: why, cause: terminateCauseOf(why), ...(session.held.length > 0 ? { returned: session.held } : {}) });
  return [record(l, now, 'stop', part), { kind: 'forget', id: session.id }];
}

type Particulars = Pick<SessionPart, 'reason' | 'cause' | 'from' | 'assigned' | 'returned'>;

/** A record of a session that goes on; the next interim record is an interval away again. */
function told(l: Ledger, session: Session, now: Now, event: RecordEvent, particulars: Particulars): LedgerEffect[] {
  wake(l, session, now.at + seconds(l.options.interval));
  return [record(l, now, event, partOf(l, session, now, particulars)), keep(session, now)];
}

function wake(l: Ledger, session: Session, at: Millis): void {
  if (l.options.interval > 0) l.deadlines.set(session.id, at, 'interim accounting', session);
}

function partOf(l: Ledger, session: Session, now: Now, particulars: Particulars): SessionPart {
  const { facts } = session;
  session.records += 1;
  const { upOctets, upPackets, downOctets, downPackets } = read(session.meter, l.options.paths, facts.index);
  return {
    ...identityOf(session),
    record: session.records,
    addresses: addressesOf(facts),
    usage: { seconds: age(session, now.at), upOctets: Number(upOctets), upPackets: Number(upPackets), downOctets: Number(downOctets), downPackets: Number(downPackets) },
    ...particulars,
  };
}

/** What it waited for after its release is no part of its time. */
const age = ({ began, released }: Session, at: Millis): Seconds => Math.max(0, Math.floor(((released?.at ?? at) - began) / 1000));

const keep = (session: Session, now: Now): LedgerEffect => ({ kind: 'keep', session: storedSession(session, now) });

function record(l: Ledger, now: Now, event: RecordEvent, of?: SessionPart): LedgerEffect {
  l.seq += 1;
  const radius = l.options.toRadius(of?.apn);
  return { kind: 'record', record: { v: VERSION, seq: l.seq, at: now.wall, event, service: l.options.service, ...(l.options.pgw === undefined ? {} : { pgw: l.options.pgw }), radius, ...(of ? { of } : {}) } };
}
