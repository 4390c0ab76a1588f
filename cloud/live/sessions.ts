/**
 * Who is where: the sessions of all LMAs, as rows by LMA and index, found by subscriber and by gateway. Names are pseudonyms from the
 * moment on that they come in. A change costs a few map operations, whatever there is.
 */
import type { Binding, Subscriber } from '../api/resources/subscribers.ts';
import type { Page } from '../api/resources/answers.ts';
import type { GatewayId } from '../../runtime/fleet/topics.ts';
import type { UnixMillis } from '../../protocol/units.ts';
import type { KnownHomes, SubscriberQuery, Subscribers } from './ports.ts';

/** One session at one LMA. Strings that many share are one string. */
export interface SessionRow {
  /** Grows: what a page ends with. */
  readonly number: number;
  readonly lma: string;
  readonly index: number;
  subscriber: string;
  service: string;
  apn: string;
  mag: string;
  state: string;
  addresses: readonly string[];
  coa: string;
  encap: string;
  lifetime: number;
  /** When this service heard of it. */
  since: UnixMillis;
  lastHandover: UnixMillis;
  handovers: number;
  bytesUp: number;
  bytesDown: number;
}

export type SessionFacts = Pick<SessionRow, 'subscriber' | 'service' | 'apn' | 'mag' | 'state' | 'addresses' | 'coa' | 'encap' | 'lifetime'> & Partial<Pick<SessionRow, 'bytesUp' | 'bytesDown'>>;

export interface Resync {
  row(index: number, facts: SessionFacts, now: UnixMillis): void;
  end(): void;
}

export interface SessionModel extends Subscribers {
  /** It is there, new or changed. */
  set(lma: string, index: number, facts: SessionFacts, now: UnixMillis): void;
  end(lma: string, index: number): void;
  /** Octets that passed until now. */
  count(lma: string, index: number, bytesUp: number, bytesDown: number): void;
  /** All sessions of an LMA are told anew, while changes go on: those are newer. What is not told until `end` is over. */
  resync(lma: string): Resync;
  sizeOf(lma: string): number;
  bindingsAt(lma: string, limit: number, after: string | undefined): Page<Binding>;
  /** How many are where: by gateway and LMA. */
  tunnels(): Iterable<{ readonly mag: string; readonly lma: string; readonly sessions: number }>;
}

export function createSessions(homes: Pick<KnownHomes, 'byIdentity' | 'name' | 'home'>): SessionModel {
  const byLma = new Map<string, Map<number, SessionRow>>();
  const bySubscriber = new Map<string, SessionRow | SessionRow[]>();
  /** Active ones, and how many of them are at which LMA. */
  const byMag = new Map<string, { readonly rows: Set<SessionRow>; readonly lmas: Map<string, number> }>();
  const texts = new Map<string, string>();
  /** Indexes that were told of since the resync of their LMA began. */
  const told = new Map<string, Set<number>>();
  let numbers = 0;
  let active = 0;

  const one = (text: string): string => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    if (texts.size > 50_000) texts.clear();
    texts.set(text, text);
    return text;
  };

  function place(row: SessionRow, here: boolean): void {
    if (row.state !== 'ACTIVE') return;
    active += here ? 1 : -1;
    const there = byMag.get(row.mag) ?? { rows: new Set<SessionRow>(), lmas: new Map<string, number>() };
    if (here) byMag.set(row.mag, there);
    if (here) there.rows.add(row);
    else if (there.rows.delete(row) && there.rows.size === 0) byMag.delete(row.mag);
    const left = (there.lmas.get(row.lma) ?? 0) + (here ? 1 : -1);
    if (left > 0) there.lmas.set(row.lma, left);
    else there.lmas.delete(row.lma);
  }

  function name(row: SessionRow): void {
    const known = bySubscriber.get(row.subscriber);
    if (!known) bySubscriber.set(row.subscriber, row);
    else bySubscriber.set(row.subscriber, [...rowsIn(known), row]);
  }

  function unname(row: SessionRow): void {
    const left = rowsIn(bySubscriber.get(row.subscriber)).filter((r) => r !== row);
    if (left.length === 0) bySubscriber.delete(row.subscriber);
    else bySubscriber.set(row.subscriber, left.length === 1 ? (left[0] as SessionRow) : left);
  }

  function remove(rows: Map<number, SessionRow>, row: SessionRow): void {
    place(row, false);
    unname(row);
    rows.delete(row.index);
  }

  function set(lma: string, index: number, f: SessionFacts, now: UnixMillis): void {
    const rows = byLma.get(lma) ?? new Map<number, SessionRow>();
    byLma.set(lma, rows);
    told.get(lma)?.add(index);
    const known = rows.get(index);
    const shared = { service: one(f.service), apn: one(f.apn), mag: one(f.mag), state: one(f.state), coa: one(f.coa), encap: one(f.encap), addresses: f.addresses, lifetime: f.lifetime };
    if (!known) {
      const row: SessionRow = { number: ++numbers, lma: one(lma), index, subscriber: f.subscriber, ...shared, since: now, lastHandover: 0, handovers: 0, bytesUp: f.bytesUp ?? 0, bytesDown: f.bytesDown ?? 0 };
      rows.set(index, row);
      name(row);
      return place(row, true);
    }
    place(known, false);
    if (known.mag !== f.mag) {
      known.handovers += 1;
      known.lastHandover = now;
    }
    if (known.subscriber !== f.subscriber) {
      unname(known);
      known.subscriber = f.subscriber;
      name(known);
    }
    Object.assign(known, shared, f.bytesUp === undefined ? {} : { bytesUp: f.bytesUp, bytesDown: f.bytesDown ?? 0 });
    place(known, true);
  }

  const identityOf = (home: GatewayId): string | undefined => homes.home(home)?.identity;
  const rowsAt = (home: GatewayId): ReadonlySet<SessionRow> => byMag.get(identityOf(home) ?? '')?.rows ?? new Set();

  function bindingOf(r: SessionRow): Binding {
    const home = homes.byIdentity(r.mag);
    return { subscriber: r.subscriber, ...(home === undefined ? {} : { home }), lma: r.lma, service: r.service, ...(r.apn === '' ? {} : { apn: r.apn }), state: r.state, addresses: r.addresses, careOf: r.coa, transport: r.encap, lifetime: r.lifetime, since: r.since };
  }

  function subscriberOf(rows: readonly SessionRow[]): Subscriber | undefined {
    // Where somebody has several, the one that is active and newest says where that is.
    const [main] = rows.toSorted((a, b) => Number(b.state === 'ACTIVE') - Number(a.state === 'ACTIVE') || b.lastHandover - a.lastHandover || b.since - a.since);
    if (!main) return undefined;
    const home = homes.byIdentity(main.mag);
    const homeName = home === undefined ? undefined : homes.name(home);
    const sum = (of: (r: SessionRow) => number): number => rows.reduce((n, r) => n + of(r), 0);
    return {
      id: main.subscriber,
      ...(home === undefined ? {} : { home }),
      ...(homeName === undefined ? {} : { homeName }),
      lma: main.lma,
      since: Math.min(...rows.map((r) => r.since)),
      ...(main.lastHandover === 0 ? {} : { lastHandover: main.lastHandover }),
      handovers: sum((r) => r.handovers),
      state: main.state === 'ACTIVE' ? 'active' : 'released',
      addresses: rows.flatMap((r) => r.addresses),
      bytesUp: sum((r) => r.bytesUp),
      bytesDown: sum((r) => r.bytesDown),
    };
  }

  /** Each subscriber once: by the first of its sessions that fit. @param above rows up to this number are left out */
  function* candidates({ ids, home, lma, state }: SubscriberQuery, above: number): Generator<SessionRow> {
    const fits = (r: SessionRow): boolean => (lma === undefined || r.lma === lma) && (state === undefined || (r.state === 'ACTIVE') === (state === 'active')) && (home === undefined || homes.byIdentity(r.mag) === home);
    const few = ids ? ids.flatMap((id) => rowsIn(bySubscriber.get(id))) : home === undefined ? undefined : [...rowsAt(home)];
    const rows = few?.toSorted((x, y) => x.number - y.number) ?? merged(lma === undefined ? [...byLma.values()] : [byLma.get(lma) ?? new Map<number, SessionRow>()]);
    for (const row of rows) {
      if (row.number <= above) continue;
      const known = bySubscriber.get(row.subscriber);
      if (known === row ? fits(row) : rowsIn(known).find(fits) === row) yield row;
    }
  }

  return {
    get size() {
      return active;
    },
    set,
    end(lma, index) {
      told.get(lma)?.add(index);
      const rows = byLma.get(lma);
      const row = rows?.get(index);
      if (rows && row) remove(rows, row);
    },
    count(lma, index, bytesUp, bytesDown) {
      const row = byLma.get(lma)?.get(index);
      if (row) Object.assign(row, { bytesUp, bytesDown });
    },
    resync(lma) {
      const seen = new Set<number>();
      told.set(lma, seen);
      return {
        row(index, facts, now) {
          if (told.get(lma) === seen && !seen.has(index)) set(lma, index, facts, now);
        },
        end() {
          if (told.get(lma) !== seen) return;
          told.delete(lma);
          const rows = byLma.get(lma);
          for (const row of rows?.values() ?? []) if (!seen.has(row.index)) remove(rows as Map<number, SessionRow>, row);
        },
      };
    },
    sizeOf: (lma) => byLma.get(lma)?.size ?? 0,
    list(query) {
      // Of all of them the number is known, so that those before and behind the page need no look.
      const all = query.ids === undefined && query.home === undefined && query.lma === undefined && query.state === undefined;
      const { items, total, next } = paged(candidates(query, all ? Number(query.after ?? 0) : 0), query.limit, query.after, all ? bySubscriber.size : undefined);
      return { items: items.flatMap((r) => subscriberOf(rowsIn(bySubscriber.get(r.subscriber))) ?? []), total, ...(next === undefined ? {} : { next }) };
    },
    find: (id) => subscriberOf(rowsIn(bySubscriber.get(id))),
    at: (mag) => byMag.get(mag)?.rows.size ?? 0,
    bindingsOf: (home, limit) => paged(rowsAt(home), limit, undefined).items.map(bindingOf),
    bindingsAt(lma, limit, after) {
      const page = paged(byLma.get(lma)?.values() ?? [], limit, after);
      return { ...page, items: page.items.map(bindingOf) };
    },
    bindingsOfSubscriber: (id) => rowsIn(bySubscriber.get(id)).map(bindingOf),
    placesOf: (id) => rowsIn(bySubscriber.get(id)).map(({ lma, index }) => ({ lma, index })),
    *tunnels() {
      for (const [mag, { lmas }] of byMag) for (const [lma, count] of lmas) yield { mag, lma, sessions: count };
    },
  };
}

const rowsIn = (rows: SessionRow | SessionRow[] | undefined): readonly SessionRow[] => (rows === undefined ? [] : Array.isArray(rows) ? rows : [rows]);

/** Each in order of number; so is what comes out. */
function* merged(all: readonly ReadonlyMap<number, SessionRow>[]): Generator<SessionRow> {
  const heads = all.map((rows) => rows.values()).map((rows) => ({ rows, head: rows.next() }));
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const h of heads) if (h.head.done !== true && (first === undefined || first.head.done === true || h.head.value.number < first.head.value.number)) first = h;
    if (!first || first.head.done === true) return;
    yield first.head.value;
    first.head = first.rows.next();
  }
}

/** Rows come by number. One pass, and no copy of what is not shown; with a `total` not even a look. */
function paged(rows: Iterable<SessionRow>, limit: number, after: string | undefined, total?: number): Page<SessionRow> {
  const from = Number(after ?? 0);
  const items: SessionRow[] = [];
  let seen = 0;
  let more = false;
  for (const row of rows) {
    if (more && total !== undefined) break;
    seen += 1;
    if (row.number <= from) continue;
    if (items.length < limit) items.push(row);
    else more = true;
  }
  return { items, total: total ?? seen, ...(more ? { next: String(items.at(-1)?.number) } : {}) };
}
