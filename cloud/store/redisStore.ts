/** The shared store of bindings in Redis or Valkey: written by whoever holds the lease, read by who takes over. */
import { setImmediate } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { BindingStore, StoreChange } from '../lma/bindingStore.ts';
import type { Entry } from './level.ts';
import { decoded } from './levelStore.ts';
import { encodeRecord } from './record.ts';
import { RedisError, run } from './redis.ts';
import { COMMIT, KEEP, redisKeys, VERSION } from './redisKeys.ts';

/** A script keeps every other command waiting, so large commits go in parts, in order. */
const PART = 1000;

export interface RedisStoreOptions {
  readonly client: Redis;
  readonly name: string;
  /** Of the lease, while this anchor has it. */
  readonly token: () => string | undefined;
  /** A copy that is up to date; undefined where there is none, and all is read. */
  readonly warm?: (commits: number) => ReadonlyMap<string, string> | undefined;
}

/** @throws RedisError from each of its functions while the store is away or the lease is another's */
export function redisStore({ client, name, token, warm }: RedisStoreOptions): BindingStore {
  const keys = redisKeys(name);
  /** Undefined: not known, because the last commit may have happened. */
  let commits: number | undefined;
  /** One commit at a time: each says how many there were before it. */
  let last: Promise<unknown> = Promise.resolve();

  function held(): string {
    const mine = token();
    if (mine === undefined) throw new RedisError('another anchor has the lease, or may have it soon');
    return mine;
  }

  async function commitPart(changes: readonly StoreChange[]): Promise<void> {
    const mine = held();
    const before = commits ?? (await countOf(client, keys.meta));
    commits = undefined;
    const values = changes.flatMap(({ key, record }) => [key, record ? encodeRecord(record) : '']);
    commits = Number(await run(client, COMMIT, [keys.lease, keys.bindings, keys.meta], [mine, String(before), keys.channel, ...values]));
  }

  return {
    async *load() {
      await checkVersion(client, keys.meta, () => run(client, KEEP, [keys.lease, keys.meta], [held(), 'version', VERSION]));
      commits = await countOf(client, keys.meta);
      const copy = warm?.(commits);
      if (!copy) for await (const part of scan(client, keys.bindings)) yield decoded(part);
      else
        for (const part of partsOf([...copy])) {
          yield decoded(part);
          // The lease is renewed meanwhile.
          await setImmediate();
        }
    },
    commit(changes) {
      const mine = last.then(async () => {
        for (const part of partsOf(changes)) await commitPart(part);
      });
      last = mine.catch(() => undefined);
      return mine;
    },
    async restartCounter() {
      const kept = await client.hget(keys.meta, 'restart-counter');
      return kept === null ? undefined : Number(kept);
    },
    async keepRestartCounter(counter) {
      await run(client, KEEP, [keys.lease, keys.meta], [held(), 'restart-counter', String(counter)]);
    },
    close: () => Promise.resolve(),
  };
}

export const countOf = async (client: Redis, meta: string): Promise<number> => Number((await client.hget(meta, 'commits')) ?? 0);

/** All fields of a hash, each once even if the hash grows meanwhile. */
export async function* scan(client: Redis, hash: string): AsyncGenerator<readonly Entry[]> {
  const seen = new Set<string>();
  for (let cursor = '0'; ; ) {
    const [next, flat] = await client.hscan(hash, cursor, 'COUNT', PART);
    const part: Entry[] = [];
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const key = flat[i] as string;
      if (!seen.has(key)) part.push([key, flat[i + 1] as string]);
      seen.add(key);
    }
    yield part;
    if (next === '0') return;
    cursor = next;
  }
}

async function checkVersion(client: Redis, meta: string, mark: () => Promise<unknown>): Promise<void> {
  const version = await client.hget(meta, 'version');
  if (version === null) await mark();
  else if (version !== VERSION) throw new RedisError(`the store has version ${version}, and this program knows ${VERSION}: start the program that wrote it, or give this one another name there`);
}

function* partsOf<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < all.length; i += PART) yield all.slice(i, i + PART);
}
