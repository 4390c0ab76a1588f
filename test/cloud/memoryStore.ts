/** The fleet's store in memory: what the others are compared with, and the fake that can refuse. */
import { mentionsOf } from '../../cloud/fleet/store/steps.ts';
import { FleetStoreError, type Change, type FleetStore, type Stored, type Streamed, type StreamQuery } from '../../cloud/fleet/ports.ts';

type Line = Streamed & { readonly number: number };

export interface MemoryStore extends FleetStore {
  /** From now on commits are refused with this reason; undefined ends it. A function may look at each of them. */
  refuse(reason: string | undefined | ((changes: readonly Change[]) => string | undefined)): void;
  /** What was committed so far, a commit each. */
  readonly commits: readonly (readonly Change[])[];
}

const copied = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export function createMemoryStore(): MemoryStore {
  const collections = new Map<string, Map<string, Stored>>();
  const streams = new Map<string, { lines: Line[]; last: number }>();
  const commits: (readonly Change[])[] = [];
  let reason: Parameters<MemoryStore['refuse']>[0];
  let closed = false;

  const streamOf = (name: string) => {
    const found = streams.get(name) ?? { lines: [], last: 0 };
    streams.set(name, found);
    return found;
  };

  function apply(change: Change): void {
    if ('put' in change) {
      const records = collections.get(change.put) ?? new Map<string, Stored>();
      collections.set(change.put, records.set(change.record.id, copied(change.record)));
    } else if ('remove' in change) collections.get(change.remove)?.delete(change.id);
    else if ('append' in change) {
      const stream = streamOf(change.append);
      stream.last = change.number ?? stream.last + 1;
      stream.lines.push({ ...copied(change.record), number: stream.last });
    } else {
      const stream = streamOf(change.drop);
      stream.lines = stream.lines.filter((l) => !change.numbers.includes(l.number));
    }
  }

  function check(changes: readonly Change[]): void {
    if (closed) throw new FleetStoreError('the store is closed');
    const why = typeof reason === 'function' ? reason(changes) : reason;
    if (why !== undefined) throw new FleetStoreError(why);
    const last = new Map<string, number>();
    for (const change of changes) {
      if (!('append' in change)) continue;
      const before = last.get(change.append) ?? streams.get(change.append)?.last ?? 0;
      const number = change.number ?? before + 1;
      if (number <= before) throw new FleetStoreError(`${change.append} has number ${before} already, and ${number} was to follow`);
      last.set(change.append, number);
    }
  }

  return {
    get: async <T extends Stored>(collection: string, id: string) => {
      const record = collections.get(collection)?.get(id);
      return record && copied(record as T);
    },
    list: async <T extends Stored>(collection: string) =>
      [...(collections.get(collection)?.values() ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1)).map((r) => copied(r as T)),
    async commit(changes) {
      check(changes);
      changes.forEach(apply);
      commits.push(copied(changes));
    },
    read: async <T extends Streamed>(stream: string, query: StreamQuery = {}) => {
      mentionsOf(query);
      const { from = -Infinity, to = Infinity, after = 0, before = Infinity, where = {}, mentions, newestFirst, limit } = query;
      const found = (streams.get(stream)?.lines ?? []).filter(
        (l) => l.at >= from && l.at <= to && l.number > after && l.number < before && Object.entries(where).every(([k, v]) => (l as unknown as Record<string, unknown>)[k] === v) && (mentions?.some((word) => JSON.stringify(l).includes(word)) ?? true),
      );
      return (newestFirst ? found.toReversed() : found).slice(0, limit).map((l) => copied(l as unknown as T & { readonly number: number }));
    },
    async purge(stream, before) {
      const { lines } = streamOf(stream);
      streamOf(stream).lines = lines.filter((l) => l.at >= before);
      return lines.length - streamOf(stream).lines.length;
    },
    async close() {
      closed = true;
    },
    refuse(next) {
      reason = next;
    },
    commits,
  };
}
