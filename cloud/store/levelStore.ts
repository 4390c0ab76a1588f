/** The embedded store of bindings: a database in the anchor's state directory, one writer, each commit on the disk before it is acknowledged. */
import { sorted, type BindingStore, type Loaded } from '../lma/bindingStore.ts';
import { openLevel, StoreError, type Entry } from './level.ts';
import { decodeRecord, encodeRecord, UnreadableRecord } from './record.ts';

const BINDING = 'binding ';
const VERSION = 'version';
const RESTART_COUNTER = 'restart-counter';
/** Of the keys and of the records' columns; a newer one is left alone. */
const CURRENT = '1';

/** @throws StoreError when the folder cannot be used, or a newer version wrote it */
export async function levelStore(folder: string, onError: (error: Error) => void): Promise<BindingStore> {
  const level = await openLevel(folder, onError);
  try {
    const version = await level.get(VERSION);
    if (version === undefined) await level.write([[VERSION, CURRENT]]);
    else if (version !== CURRENT) throw new StoreError(`${folder} has version ${version}, and this program knows ${CURRENT}: start the program that wrote it, or name another folder`);
  } catch (e) {
    await level.close();
    throw e;
  }
  return {
    async *load() {
      for await (const part of level.read(BINDING)) yield decoded(part, BINDING.length);
    },
    commit: (changes) => level.write(changes.map(({ key, record }) => [BINDING + key, record && encodeRecord(record)])),
    async restartCounter() {
      const kept = await level.get(RESTART_COUNTER);
      return kept === undefined ? undefined : Number(kept);
    },
    keepRestartCounter: (counter) => level.write([[RESTART_COUNTER, String(counter)]]),
    close: () => level.close(),
  };
}

/** What can be read of stored records; the rest is named, without the first octets of its key, and left. */
export function decoded(part: readonly Entry[], skipped = 0): Loaded {
  const unreadable: string[] = [];
  const records = part.flatMap(([key, value]) => {
    try {
      return [decodeRecord(value)];
    } catch (e) {
      if (!(e instanceof UnreadableRecord)) throw e;
      unreadable.push(`the stored binding ${key.slice(skipped)} cannot be read: ${e.message}`);
      return [];
    }
  });
  return sorted(records, unreadable);
}
