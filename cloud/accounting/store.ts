/**
 * What of accounting outlives the process: the sessions, and the records that somebody has not confirmed yet. The port, in memory, and
 * on cloud/store/level.ts in a database of its own.
 */
import type { Level, LevelChange } from '../store/level.ts';
import type { AccountingRecord } from './record.ts';
import type { StoredSession } from './session.ts';

export type StoreChange =
  | { readonly kind: 'record'; readonly record: AccountingRecord }
  | { readonly kind: 'done'; readonly seq: number }
  | { readonly kind: 'keep'; readonly session: StoredSession }
  | { readonly kind: 'forget'; readonly id: string };

export interface Kept {
  readonly sessions: readonly StoredSession[];
  /** Oldest first. */
  readonly records: readonly AccountingRecord[];
  /** The highest number that a record ever had. */
  readonly seq: number;
}

export interface AccountingStore {
  load(): Promise<Kept>;
  /** All or nothing; resolves when it would survive a crash. @throws Error in words */
  commit(changes: readonly StoreChange[]): Promise<void>;
  record(seq: number): Promise<AccountingRecord | undefined>;
  close(): Promise<void>;
}

const SESSION = 'session ';
const RECORD = 'record ';
const LAST = 'last';
/** Keys sort as their numbers do. */
const recordKey = (seq: number): string => RECORD + String(seq).padStart(16, '0');

export function changeOf(c: StoreChange): LevelChange {
  switch (c.kind) {
    case 'record':
      return [recordKey(c.record.seq), JSON.stringify(c.record)];
    case 'done':
      return [recordKey(c.seq), undefined];
    case 'keep':
      return [SESSION + c.session.id, JSON.stringify(c.session)];
    case 'forget':
      return [SESSION + c.id, undefined];
  }
}

export function accountingStore(level: Level): AccountingStore {
  async function all<T>(prefix: string): Promise<T[]> {
    const found: T[] = [];
    for await (const part of level.read(prefix)) for (const [, value] of part) found.push(JSON.parse(value) as T);
    return found;
  }
  return {
    async load() {
      const records = await all<AccountingRecord>(RECORD);
      const last = Number((await level.get(LAST)) ?? 0);
      return { sessions: await all<StoredSession>(SESSION), records, seq: Math.max(last, records.at(-1)?.seq ?? 0) };
    },
    commit(changes) {
      const seq = Math.max(0, ...changes.map((c) => (c.kind === 'record' ? c.record.seq : 0)));
      return level.write([...changes.map(changeOf), ...(seq > 0 ? [[LAST, String(seq)] as const] : [])]);
    },
    async record(seq) {
      const value = await level.get(recordKey(seq));
      return value === undefined ? undefined : (JSON.parse(value) as AccountingRecord);
    },
    close: () => level.close(),
  };
}

/** A database as long as the process lives; another store may be opened on the same `entries` later. */
export function memoryLevel(entries: Map<string, string> = new Map()): Level {
  return {
    get: (key) => Promise.resolve(entries.get(key)),
    async *read(prefix) {
      const found = [...entries].filter(([key]) => key.startsWith(prefix)).toSorted(([a], [b]) => (a < b ? -1 : 1));
      if (found.length > 0) yield await Promise.resolve(found);
    },
    write(changes) {
      for (const [key, value] of changes) {
        if (value === undefined) entries.delete(key);
        else entries.set(key, value);
      }
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
