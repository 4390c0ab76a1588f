/**
 * A LevelDB in a folder of its own: what `write` was told survives a kill and a power cut. The process that has it open has it
 * alone. Bindings (levelStore.ts) and spools stand on it, each in a database of its own.
 */
import { mkdirSync } from 'node:fs';
import type { ClassicLevel } from 'classic-level';

/** What the disk would not do, in words with what to do about it. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

export type Entry = readonly [key: string, value: string];
/** No value: the entry goes. */
export type LevelChange = readonly [key: string, value: string | undefined];

export interface Level {
  get(key: string): Promise<string | undefined>;
  /** What begins with `prefix`, in the order of the keys, in parts of at most 1000. @throws StoreError */
  read(prefix: string): AsyncIterable<readonly Entry[]>;
  /** All or nothing, in order; resolves when it is on the disk. @throws StoreError, and then what was to be written may or may not be there */
  write(changes: readonly LevelChange[]): Promise<void>;
  close(): Promise<void>;
}

type Database = ClassicLevel;
const PART = 1000;
/** LevelDB ends a part there, too, whatever its entries; by default after 16 KiB. */
const PART_OCTETS = 64 * 1024;

/**
 * Opens or makes the database. One that is damaged is repaired as far as it goes, and `onError` is told.
 * @throws StoreError when the folder cannot be used
 */
export async function openLevel(folder: string, onError: (error: Error) => void): Promise<Level> {
  // Loaded here, because a gateway has no use for it and may not have it.
  const { default: { ClassicLevel: Classic } } = await import('classic-level');
  const inWords = (e: unknown): StoreError => new StoreError(reasonOf(folder, e));
  /** Undefined after a failed write; whoever comes next opens it anew, once the broken one is shut. */
  let current: Promise<Database> | undefined = Promise.resolve(
    await open().catch((e: unknown) => {
      throw inWords(e);
    }),
  );
  let shut: Promise<void> = Promise.resolve();
  let closed = false;

  async function open(): Promise<Database> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const database = new Classic(folder);
    try {
      await database.open();
    } catch (e) {
      if (!hasCode(e, 'LEVEL_CORRUPTION')) throw e;
      await repair(e);
      await database.open();
    }
    return database;
  }

  async function repair(damage: unknown): Promise<void> {
    onError(new StoreError(`${folder} is damaged (${textOf(damage)}): it is repaired, and what cannot be read is lost`));
    await Classic.repair(folder);
  }

  /** After a failed write the log may end in the middle of a record, and what came after that would be lost: it is opened anew first. */
  function usable(): Promise<Database> {
    if (closed) return Promise.reject(new StoreError(`${folder} is closed`));
    const opening = (current ??= shut.then(open));
    opening.catch(() => {
      if (current === opening) current = undefined;
    });
    return opening;
  }

  function giveUp(): Promise<void> {
    const broken = current;
    current = undefined;
    // One that could not be opened has nothing to shut.
    if (broken) shut = broken.then((db) => db.close()).catch(() => undefined);
    return shut;
  }

  return {
    async get(key) {
      try {
        return await (await usable()).get(key);
      } catch (e) {
        throw inWords(e);
      }
    },
    async *read(prefix) {
      let after = prefix;
      for (let damaged = false; ; ) {
        const iterator = (await usable()).iterator({ gt: after, lt: `${prefix}\uffff`, highWaterMarkBytes: PART_OCTETS });
        try {
          // The next part is read while this one is worked on.
          let coming = iterator.nextv(PART);
          for (let part = await coming; part.length > 0; part = await coming) {
            after = (part.at(-1) as Entry)[0];
            coming = iterator.nextv(PART);
            coming.catch(() => undefined);
            yield part;
          }
          return;
        } catch (e) {
          if (!hasCode(e, 'LEVEL_CORRUPTION') || damaged) throw inWords(e);
          damaged = true;
          await iterator.close();
          await giveUp();
          await repair(e);
        } finally {
          await iterator.close();
        }
      }
    },
    async write(changes) {
      const database = usable();
      try {
        // One call for each change: an array of them costs five times as much on this thread.
        const batch = (await database).batch();
        for (const [key, value] of changes) if (value === undefined) batch.del(key);
        else batch.put(key, value);
        await batch.write({ sync: true });
      } catch (e) {
        // Of two that fail the second must not shut what was opened since.
        if (current === database) await giveUp();
        throw inWords(e);
      }
    },
    async close() {
      closed = true;
      await giveUp();
    },
  };
}

/** Of the error or of what caused it: one that comes of opening is wrapped. */
function hasCode(e: unknown, wanted: string): boolean {
  const { code, cause } = e as { readonly code?: unknown; readonly cause?: unknown };
  return code === wanted || (cause instanceof Error && hasCode(cause, wanted));
}

/** LevelDB's own words stand in the cause. */
function textOf(e: unknown): string {
  const { message, cause } = e as Error;
  return cause instanceof Error ? cause.message : message;
}

function reasonOf(folder: string, e: unknown): string {
  const text = textOf(e);
  if (hasCode(e, 'LEVEL_LOCKED')) return `${folder} is in use by another process: only one may have it`;
  if (/no space left|ENOSPC|quota/i.test(text)) return `the disk of ${folder} is full (${text}): make room, and it goes on by itself`;
  return `${folder} cannot be used: ${text}`;
}
