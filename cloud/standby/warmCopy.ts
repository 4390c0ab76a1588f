/**
 * What the standby knows already when it takes over: all records as they are stored, kept up to date from the commits that the
 * store publishes. Commits are counted, so that one that was missed is noticed, and then all is read again.
 */
import type { Redis } from 'ioredis';
import type { RedisKeys } from '../store/redisKeys.ts';
import { countOf, scan } from '../store/redisStore.ts';

export interface WarmCopy {
  /** The copy, if it is that of this many commits. */
  at(commits: number): ReadonlyMap<string, string> | undefined;
  readonly size: number;
  /** Drops the copy and stops following. */
  close(): void;
}

const RETRY = 1000;

/** Whole after some time, and again some time after every interruption. */
export function followStore(client: Redis, keys: RedisKeys): WarmCopy {
  const follower = client.duplicate();
  let records = new Map<string, string>();
  /** Commits that `records` holds; undefined while it is read anew. */
  let known: number | undefined;
  let early: string[] = [];
  let open = true;

  follower.on('error', () => undefined); // the client itself says that the store is away
  follower.on('message', (_channel: string, text: string) => {
    if (known === undefined) early.push(text);
    else if (!apply(text)) void readAll();
  });
  follower.on('ready', () => {
    follower.subscribe(keys.channel).then(readAll, () => undefined);
  });
  follower.connect().catch(() => undefined);

  /** False: a commit is missing before this one. */
  function apply(text: string): boolean {
    const [number, ...changes] = text.split('\n');
    const count = Number(number);
    if (known === undefined || count > known + 1) return false;
    if (count <= known) return true;
    for (let i = 0; i + 1 < changes.length; i += 2) {
      const [key, record] = [changes[i] as string, changes[i + 1] as string];
      if (record === '') records.delete(key);
      else records.set(key, record);
    }
    known = count;
    return true;
  }

  async function readAll(): Promise<void> {
    known = undefined;
    early = [];
    const fresh = new Map<string, string>();
    try {
      const before = await countOf(client, keys.meta);
      for await (const part of scan(client, keys.bindings)) for (const [key, record] of part) fresh.set(key, record);
      records = fresh;
      known = before;
      // What was written meanwhile may be in there already, and is written again in its order.
      const missed = early.splice(0);
      if (open && !missed.every(apply)) await readAll();
    } catch {
      // The client itself says that the store is away.
      setTimeout(() => open && known === undefined && void readAll(), RETRY).unref();
    }
  }

  return {
    at: (commits) => (known === commits ? records : undefined),
    get size() {
      return records.size;
    },
    close() {
      open = false;
      records = new Map();
      known = undefined;
      follower.disconnect();
    },
  };
}
