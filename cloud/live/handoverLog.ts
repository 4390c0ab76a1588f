/** Handovers as they are kept: the latest in memory, all of them in the store's stream, written together once a second. */
import type { Handover, HandoverSummary } from '../api/resources/handovers.ts';
import type { Page } from '../api/resources/answers.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Change, FleetStore } from '../fleet/ports.ts';
import { onOneAxis } from './axis.ts';
import type { HandoverRecord, Joined } from './join.ts';
import type { HandoverQuery, KnownHomes } from './ports.ts';

export const STREAM = 'handovers';
const MOST_RECENT = 2000;
/** That wait for a store that does not take them, or takes long. */
const MOST_WAITING = 20_000;
/** What was told within this time is looked up together. */
const TOGETHER: Millis = 5000;
const TICKER = 20;

export interface HandoverLog {
  add(joined: Joined): void;
  /** Those since the last call, for whoever looks on. */
  fresh(): readonly HandoverSummary[];
  ticker(): readonly HandoverSummary[];
  find(id: string): Promise<HandoverRecord | undefined>;
  list(query: HandoverQuery): Promise<Page<HandoverSummary>>;
  /** Somebody is erased: nothing of these pseudonyms is kept here. */
  forget(subscribers: ReadonlySet<string>): void;
  /** How many were never written, because more waited than there is room for. */
  lost(): number;
  /** Writes what waits. Never rejects: what the store refuses waits for the next time. */
  flush(): Promise<void>;
}

export interface HandoverLogOptions {
  readonly store: Pick<FleetStore, 'commit' | 'read'>;
  readonly homes: Pick<KnownHomes, 'name'>;
  readonly onError: (error: Error) => void;
}

export function createHandoverLog({ store, homes, onError }: HandoverLogOptions): HandoverLog {
  /** By id, the oldest first. */
  const recent = new Map<string, HandoverRecord>();
  let waiting = new Map<string, Joined>();
  /** What is being written. */
  let leaving = new Map<string, Joined>();
  let unseen: HandoverSummary[] = [];
  let writing: Promise<void> | undefined;
  let [lost, reported] = [0, 0];
  const summary = (r: HandoverRecord): HandoverSummary => summaryOf(r, homes);

  /** One line is written for both halves of what is told twice meanwhile. */
  function wait(joined: Joined): void {
    const { id } = joined.record;
    waiting.delete(id);
    waiting.set(id, joined);
    if (waiting.size <= MOST_WAITING) return;
    waiting.delete(waiting.keys().next().value as string);
    lost += 1;
  }

  /** Of what stands in the history with one end. One read after the other: each holds megabytes, and a cloud that fell behind has hundreds of late halves. */
  async function stale(): Promise<number[]> {
    const late = [...leaving.values()].flatMap(({ record: { id }, toldAt: at }) => (at === undefined ? [] : [{ id, at }])).toSorted((a, b) => a.at - b.at);
    const numbers: number[] = [];
    for (let next = 0; next < late.length; ) {
      const from = late[next]?.at ?? 0;
      const begun = next;
      while (next < late.length && (late[next]?.at ?? 0) <= from + TOGETHER) next += 1;
      const some = late.slice(begun, next);
      const ids = new Set(some.map(({ id }) => id));
      for (const { id, number } of await store.read<HandoverRecord>(STREAM, { from, to: some.at(-1)?.at ?? from })) if (ids.has(id)) numbers.push(number);
    }
    return numbers;
  }

  async function write(): Promise<void> {
    leaving = waiting;
    waiting = new Map();
    try {
      const numbers = await stale();
      const drops: Change[] = numbers.length > 0 ? [{ drop: STREAM, numbers }] : [];
      await store.commit([...drops, ...[...leaving.values()].map((j): Change => ({ append: STREAM, record: j.record }))]);
      if (lost > reported) onError(new Error(`${lost - reported} handovers were not kept, because the store did not take them in time`));
      reported = lost;
    } catch (e) {
      const newer = waiting;
      waiting = leaving;
      for (const joined of newer.values()) wait(joined);
      onError(new Error(`handovers wait for the store: ${(e as Error).message}`));
    }
    leaving = new Map();
  }

  return {
    add(joined) {
      const { record } = joined;
      recent.delete(record.id);
      recent.set(record.id, record);
      if (recent.size > MOST_RECENT) recent.delete(recent.keys().next().value as string);
      wait(joined);
      if (unseen.length < MOST_RECENT) unseen.push(summary(record));
    },
    fresh() {
      const all = unseen;
      unseen = [];
      return all;
    },
    ticker: () => [...recent.values()].slice(-TICKER).toReversed().map(summary),
    async find(id) {
      return recent.get(id) ?? (await store.read<HandoverRecord>(STREAM, { where: { id }, limit: 1, newestFirst: true }))[0];
    },
    async list(query) {
      const before = query.after === undefined ? undefined : Number(query.after);
      const wheres = whereOf(query);
      const span = { ...(query.from === undefined ? {} : { from: query.from }), ...(query.to === undefined ? {} : { to: query.to }), ...(before === undefined ? {} : { before }) };
      const read = await Promise.all(wheres.map((where) => store.read<HandoverRecord>(STREAM, { ...span, where, newestFirst: true, limit: query.limit + 1 })));
      const all = [...new Map(read.flat().map((r) => [r.number, r])).values()].toSorted((a, b) => b.number - a.number);
      const items = all.slice(0, query.limit);
      const more = all.length > items.length;
      return { items: items.map(summary), total: items.length + (more ? 1 : 0), ...(more ? { next: String(items.at(-1)?.number) } : {}) };
    },
    forget(subscribers) {
      for (const r of recent.values()) if (subscribers.has(r.subscriber)) recent.delete(r.id);
      for (const map of [waiting, leaving]) for (const [id, { record }] of map) if (subscribers.has(record.subscriber)) map.delete(id);
      unseen = unseen.filter((h) => !subscribers.has(h.subscriber));
    },
    lost: () => lost,
    flush() {
      writing ??= (waiting.size > 0 ? write() : Promise.resolve()).finally(() => {
        writing = undefined;
      });
      return writing;
    },
  };
}

/** A stream is asked for equal fields only: what may be one thing or another is two questions. */
function whereOf({ subscribers, home, failed }: HandoverQuery): Readonly<Record<string, string | boolean>>[] {
  const base = failed === undefined ? {} : { success: !failed };
  const ends = home === undefined ? [base] : [{ ...base, home }, { ...base, homeBefore: home }];
  return subscribers === undefined ? ends : subscribers.flatMap((subscriber) => ends.map((end) => ({ ...end, subscriber })));
}

type Names = Pick<KnownHomes, 'name'>;

const placeOf = (home: string | undefined, mag: string | undefined, names: Names): HandoverSummary['to'] => {
  const called = home ?? mag ?? '';
  return { home: called, name: (home === undefined ? undefined : names.name(home)) ?? mag ?? called };
};

export function summaryOf(r: HandoverRecord, names: Names): HandoverSummary {
  const from = r.kind === 'handover' && (r.homeBefore ?? r.before) !== undefined ? placeOf(r.homeBefore, r.before, names) : undefined;
  const { duration } = durationOf(r);
  return {
    id: r.id,
    at: r.at,
    subscriber: r.subscriber,
    kind: r.kind,
    ...(from ? { from } : {}),
    to: placeOf(r.home, r.mag, names),
    success: r.success,
    reason: r.reason,
    ...(duration === undefined ? {} : { duration }),
  };
}

/** From associated to paths switched at the home. */
export function durationOf({ homeStages }: Pick<HandoverRecord, 'homeStages'>): { readonly duration?: number } {
  const { associated, pathsSwitched } = homeStages ?? {};
  return associated === undefined || pathsSwitched === undefined ? {} : { duration: Math.round(Math.max(0, pathsSwitched - associated) * 1000) / 1000 };
}

export function storyOf(record: HandoverRecord, names: Names): Omit<Handover, 'messages' | 'capture'> {
  const { homeStages, lmaStages } = record;
  const { stages, missing } = onOneAxis(homeStages, lmaStages);
  return { ...summaryOf(record, names), ...(record.lma === undefined ? {} : { lma: record.lma }), stages, missing: [...halvesMissing(record), ...missing, 'packets lost: neither end counts packets by handover'] };
}

function halvesMissing({ success, homeStages, lma, guessed }: HandoverRecord): string[] {
  if (guessed) return ['whether both parts belong together: the gateway asked again after an answer got lost, so they are joined by home and time'];
  if (lma === undefined && success) return ["the LMA's part: it did not tell of this, or its control socket was not connected; the name is the gateway's own pseudonym"];
  if (lma === undefined) return ['the LMA was not asked, or was not heard'];
  if (!success) return ['stages at the home: a gateway tells none of what was refused'];
  return homeStages ? [] : ["the home's part: its gateway told nothing of this; it is offline, not of this fleet, or its message is on the way"];
}
