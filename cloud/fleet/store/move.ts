/** From one store to the other. */
import { FleetStoreError, type Change, type FleetStore, type Stored, type Streamed } from '../ports.ts';
import type { WholeStore } from './steps.ts';

const PART = 1000;

export interface Moved {
  readonly records: number;
  readonly lines: number;
}

/**
 * Copies everything into a store that is empty, numbers of lines included, so that the audit log stays the chain that it is. The
 * old one stays as it is. Nobody else may write to either meanwhile, which both see to. What was cut off may be begun again: what
 * was there and has gone from the old one since, such as somebody who was erased, goes from the new one.
 * @throws FleetStoreError when there is something in the new store already that is not from this one
 */
export async function moveStore(from: WholeStore, to: WholeStore, progress: (text: string) => void): Promise<Moved> {
  let records = 0;
  let lines = 0;
  await refuseForeign(from, to);
  const { collections, streams } = await from.names();
  for (const stream of streams) lines += await moveStream(from, to, stream, progress);
  for (const collection of collections) {
    const all = await from.list<Stored>(collection);
    for (let at = 0; at < all.length; at += PART) await to.commit(all.slice(at, at + PART).map((record) => ({ put: collection, record })));
    records += all.length;
    if (all.length > 0) progress(`${collection}: ${all.length}`);
  }
  return { records, lines };
}

async function moveStream(from: FleetStore, to: FleetStore, stream: string, progress: (text: string) => void): Promise<number> {
  let after = await dropGone(from, to, stream);
  for (let moved = 0; ; ) {
    const part = await from.read<Streamed>(stream, { after, limit: PART });
    const changes: Change[] = part.map((record) => ({ append: stream, record, number: record.number }));
    await to.commit(changes);
    after = part.at(-1)?.number ?? after;
    moved += part.length;
    if (part.length > 0) progress(`${stream}: ${moved}`);
    if (part.length < PART) return moved;
  }
}

/** Of an attempt that was cut off. @returns the last number that is there */
async function dropGone(from: FleetStore, to: FleetStore, stream: string): Promise<number> {
  for (let after = 0; ; ) {
    const there = await to.read<Streamed>(stream, { after, limit: PART });
    const last = there.at(-1)?.number;
    if (last === undefined) return after;
    const here = new Set((await from.read<Streamed>(stream, { after, before: last + 1, limit: last - after })).map((l) => l.number));
    const gone = there.map((l) => l.number).filter((n) => !here.has(n));
    if (gone.length > 0) await to.commit([{ drop: stream, numbers: gone }]);
    after = last;
  }
}

/** Collections come last: a store that has some is in use. Lines have to be those of the old one. */
async function refuseForeign(from: FleetStore, to: WholeStore): Promise<void> {
  const { collections, streams } = await to.names();
  for (const collection of collections) {
    for (const record of await to.list<Stored>(collection)) {
      if (!(await from.get(collection, record.id))) throw new FleetStoreError(`the new store has ${collection} of its own (${record.id}): only an empty one can take all of this`);
    }
  }
  for (const stream of streams) {
    const [there] = await to.read<Streamed>(stream, { newestFirst: true, limit: 1 });
    if (!there) continue;
    const [here] = await from.read<Streamed>(stream, { after: there.number - 1, limit: 1 });
    if (here?.number !== there.number || here.at !== there.at) throw new FleetStoreError(`the new store has a history of its own in ${stream}: only an empty one can take all of this`);
  }
}
