/**
 * Who did what: a stream that is only appended to. Each entry's hash is over the entry and the hash before, so that none can be
 * changed, left out or put in between; the head is kept apart from the entries, so that none can be cut off at the end.
 */
import type { Adapter } from 'lowdb';
import { hashOf } from '../../runtime/fleet/canonical.ts';
import type { AuditEntry } from '../api/resources/network.ts';
import type { Change, FleetStore, Stored, StreamQuery } from './ports.ts';
import { redacted } from './redact.ts';

/** What somebody did. `before` and `after` are kept without secrets. No raw identity of a subscriber belongs in any of it. */
export interface Deed {
  readonly by: string;
  /** Such as `homes.revoke`. */
  readonly action: string;
  readonly target: string;
  readonly reason?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface Audit {
  /** One commit with `changes`: what happened and that it was written down, or neither. One after the other. */
  record(deed: Deed, changes?: readonly Change[]): Promise<AuditEntry>;
  list(query?: StreamQuery): Promise<readonly AuditEntry[]>;
  /** How many there are. */
  count(): Promise<number>;
  verify(): Promise<Verdict>;
  /** Forgets the oldest entries, up to the first that is not older. The chain goes on from the last one that went. @returns how many */
  purge(before: number): Promise<number>;
}

export interface Verdict {
  readonly entries: number;
  /** The first number that is not as it was written, and why. */
  readonly broken?: { readonly number: number; readonly reason: string };
}

interface Link {
  readonly number: number;
  readonly hash: string;
}
interface Head extends Stored, Link {
  /** The last entry that was purged. */
  readonly base: Link;
}

export interface AuditOptions {
  readonly store: FleetStore;
  readonly now: () => number;
  /** A place outside of the store for the head: whoever can write to the store alone cannot rewrite the chain unnoticed. */
  readonly remember?: Adapter<Link>;
  readonly onError: (error: Error) => void;
}

const STREAM = 'audit';
const BEGIN: Link = { number: 0, hash: '' };
const PART = 1000;

export const entryHash = (previous: string, entry: AuditEntry): string => hashOf({ ...entry, hash: undefined, previous });

export function createAudit({ store, now, remember, onError }: AuditOptions): Audit {
  /** Undefined: not known, because the last commit may have happened. */
  let known: Head | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  /** Each after the one before: it needs that one's hash. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = turn.then(run);
    turn = mine.catch(() => undefined);
    return mine;
  }

  const storedHead = async (): Promise<Head> => (await store.get<Head>('settings', 'audit-head')) ?? { id: 'audit-head', ...BEGIN, base: BEGIN };
  const headOf = async (): Promise<Head> => (known ??= await storedHead());

  async function commit(head: Head, changes: readonly Change[]): Promise<void> {
    known = undefined;
    await store.commit([...changes, { put: 'settings', record: head }]);
    known = head;
    await remember?.write({ number: head.number, hash: head.hash }).catch(onError);
  }

  async function append(deed: Deed, changes: readonly Change[]): Promise<AuditEntry> {
    const head = await headOf();
    const { by, action, target, reason, before, after } = deed;
    const said = JSON.parse(JSON.stringify({ by, action, target, reason, before: redacted(before), after: redacted(after) })) as Deed;
    const entry = { ...said, number: head.number + 1, at: now(), hash: '' };
    const written = { ...entry, hash: entryHash(head.hash, entry) };
    await commit({ ...head, number: written.number, hash: written.hash }, [...changes, { append: STREAM, record: written, number: written.number }]);
    return written;
  }

  async function* entries(after: number): AsyncGenerator<AuditEntry> {
    for (let last = after; ; ) {
      const part = await store.read<AuditEntry>(STREAM, { after: last, limit: PART });
      yield* part;
      last = part.at(-1)?.number ?? last;
      if (part.length < PART) return;
    }
  }

  /** @param alone while nobody records: then nothing may stand behind the head */
  async function check(alone: boolean): Promise<Verdict> {
    const remembered = (await remember?.read()) ?? BEGIN;
    const { base, number, hash } = await storedHead();
    let last = base;
    let count = 0;
    const broken = (at: number, reason: string): Verdict => ({ entries: count, broken: { number: at, reason } });
    for await (const entry of entries(0)) {
      if (!alone && entry.number > number) break;
      count += 1;
      if (entry.number !== last.number + 1) return broken(last.number + 1, `entry ${last.number + 1} is missing: entry ${entry.number} stands in its place`);
      if (entry.hash !== entryHash(last.hash, entry)) return broken(entry.number, `entry ${entry.number} or what stood before it was changed: its hash is another`);
      if (entry.number === remembered.number && entry.hash !== remembered.hash) return broken(entry.number, `entry ${entry.number} is another than the one that was remembered outside of the store: the log was rewritten`);
      last = { number: entry.number, hash: entry.hash };
    }
    if (last.number < number) return broken(last.number + 1, `entries ${last.number + 1} to ${number} are missing at the end`);
    if (last.number > number || last.hash !== hash) return broken(last.number, `entry ${last.number} is not the one that was written last`);
    if (last.number < remembered.number) return broken(last.number + 1, `entries ${last.number + 1} to ${remembered.number} are missing at the end: they are remembered outside of the store`);
    return { entries: count };
  }

  async function forget(before: number): Promise<number> {
    let gone = 0;
    for (;;) {
      const part = await store.read<AuditEntry>(STREAM, { limit: PART });
      const kept = part.findIndex((e) => e.at >= before);
      const old = kept < 0 ? part : part.slice(0, kept);
      const last = old.at(-1);
      if (!last) return gone;
      await commit({ ...(await headOf()), base: { number: last.number, hash: last.hash } }, [{ drop: STREAM, numbers: old.map((e) => e.number) }]);
      gone += old.length;
    }
  }

  return {
    record: (deed, changes = []) => inTurn(() => append(deed, changes)),
    list: (query) => store.read<AuditEntry>(STREAM, query),
    count: async () => {
      const { number, base } = await storedHead();
      return number - base.number;
    },
    async verify() {
      // Nobody waits for a long log to be read. What looks broken may be a purge that came between, so that is looked at alone.
      const last = await store.read<AuditEntry>(STREAM, { newestFirst: true, limit: 1 });
      const { number } = await storedHead();
      const verdict = await check(false);
      return verdict.broken || (last[0]?.number ?? 0) > number ? inTurn(() => check(true)) : verdict;
    },
    purge: (before) => inTurn(() => forget(before)),
  };
}
