/** A ledger with a data path by hand and a clock that is moved: what tests of accounting stand on. */
import { createLedger, deadline, step, type Ledger, type LedgerEffect, type LedgerEvent } from '../../cloud/accounting/ledger.ts';
import type { AccountingRecord, RecordEvent, SessionPart } from '../../cloud/accounting/record.ts';
import type { StoredSession } from '../../cloud/accounting/session.ts';
import type { SessionEffect, SessionFacts } from '../../cloud/lma/accounting.ts';
import { fakePaths, type FakePaths } from '../../linux/datapath/fakePaths.ts';
import type { Path } from '../../protocol/paths.ts';
import type { Now } from '../../protocol/units.ts';

export const WALL = Date.UTC(2026, 10, 23, 12);

export const factsOf = (index: number, more: Partial<SessionFacts> = {}): SessionFacts => ({
  index,
  subscriber: `mn${index}@example.com`,
  linkLayerId: `02:00:00:00:00:0${index}`,
  technology: 4,
  apn: 'internet',
  space: 0,
  homeAddress: `192.0.2.${index}`,
  prefixes: [`2001:db8:0:${index}::/64`],
  mag: 'home1@example.com',
  proxyCoa: '2001:db8:b::1',
  ...more,
});

export const pathOf = (index: number): Path => ({
  index,
  space: 0,
  ipv4: `192.0.2.${index}`,
  prefixes: [],
  tunnel: { transport: 'gre6', local: '2001:db8:a::1', remote: '2001:db8:b::1', sendKey: 100 + index, receiveKey: 200 + index, mtu: 1400 },
});

/** The anchor's side of one service: sets paths, tells the ledger, keeps what it is asked to keep. */
export class Book {
  now: Now = { at: 1000, wall: WALL };
  ledger: Ledger;
  readonly records: AccountingRecord[] = [];
  readonly kept = new Map<string, StoredSession>();
  private runs = 0;

  readonly paths: FakePaths;
  readonly interval: number;

  constructor(paths: FakePaths = fakePaths({ role: 'lma' }), interval = 600) {
    this.paths = paths;
    this.interval = interval;
    this.ledger = this.fresh();
  }

  private fresh(): Ledger {
    this.runs += 1;
    return createLedger({ service: 'lma1', run: `run${this.runs}`, interval: this.interval, toRadius: (apn) => apn !== 'free', paths: this.paths });
  }

  feed(event: LedgerEvent): LedgerEffect[] {
    const effects = step(this.ledger, event, this.now);
    for (const e of effects) {
      if (e.kind === 'record') this.records.push(e.record);
      else if (e.kind === 'keep') this.kept.set(e.session.id, JSON.parse(JSON.stringify(e.session)) as StoredSession);
      else this.kept.delete(e.id);
    }
    return effects;
  }

  begin(): this {
    this.feed({ kind: 'begin', sessions: [...this.kept.values()], seq: this.records.at(-1)?.seq ?? 0 });
    return this;
  }

  /** The process is killed and started; the anchor restores these, and reconciles their paths. */
  restart(restored: readonly SessionFacts[], withPaths: readonly number[] = restored.map((f) => f.index)): void {
    this.ledger = this.fresh();
    this.begin();
    for (const facts of restored) this.session('start', facts, 'taken up from the store');
    this.paths.reconcile(withPaths.map(pathOf));
    this.feed({ kind: 'settle' });
  }

  session(change: SessionEffect['change'], session: SessionFacts, reason: string): LedgerEffect[] {
    return this.feed({ kind: 'session', change, session, reason });
  }

  setPath(index: number): void {
    this.paths.set(pathOf(index));
    this.feed({ kind: 'pathSet', index });
  }

  removePath(index: number): void {
    this.paths.remove(index);
    this.feed({ kind: 'pathRemoved', index });
  }

  start(facts: SessionFacts): void {
    this.setPath(facts.index);
    this.session('start', facts, 'new session');
  }

  /** Moves the clock, and wakes the ledger as often as it wants. */
  pass(ms: number): void {
    const until = this.now.at + ms;
    for (let due = deadline(this.ledger); due && due.at <= until; due = deadline(this.ledger)) {
      this.now = { at: due.at, wall: this.now.wall + (due.at - this.now.at) };
      this.feed({ kind: 'timer' });
    }
    this.now = { at: until, wall: this.now.wall + (until - this.now.at) };
  }

  events(): RecordEvent[] {
    return this.records.map((r) => r.event);
  }

  last(): SessionPart {
    return this.records.at(-1)?.of as SessionPart;
  }
}
