/**
 * The fleet's store in a folder, for fleets of some hundreds: collections by lowdb, streams as NDJSON. A commit is one line of the
 * write-ahead journal; every few megabytes a checkpoint writes what changed to the files themselves and empties the journal.
 * Layout: `journal`, `collections/<name>.json`, `streams/<file>`, and `state.json`, which says what the streams consist of.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Low } from 'lowdb';
import { openControl } from '../../../runtime/control.ts';
import { durableJson, syncFolder } from '../../../runtime/durableJson.ts';
import { createTurns } from '../../turns.ts';
import { FleetStoreError, type Stored, type Streamed } from '../ports.ts';
import { createFileStream, type FileStream } from './fileStream.ts';
import { createGroup } from './group.ts';
import { openJournal } from './journal.ts';
import { lineOf, type Kept, type Segment } from './segments.ts';
import { mentionsOf, named, planned, stepsOf, type Numbered, type Step, type WholeStore } from './steps.ts';

export interface FileStoreOptions {
  readonly folder: string;
  readonly onError: (error: Error) => void;
  /** Of the journal, until it is written out. */
  readonly checkpointOctets?: number;
  readonly segmentOctets?: number;
}

interface State {
  readonly version: 1;
  /** Names that were given to files so far. */
  readonly files: number;
  readonly streams: Readonly<Record<string, { readonly last: number; readonly segments: readonly Segment[] }>>;
}
interface Collection {
  readonly file: Low<{ readonly records: readonly Stored[] }>;
  readonly records: Map<string, Stored>;
  dirty: boolean;
}

const CHECKPOINT_OCTETS = 4 * 1024 * 1024;
/** Looks through history at once: each holds a segment, its text and its lines. */
const READERS = 4;

/** @throws FleetStoreError when the folder cannot be used, or another process has it */
export async function openFileStore({ folder, onError, checkpointOctets = CHECKPOINT_OCTETS, segmentOctets }: FileStoreOptions): Promise<WholeStore> {
  const inWords = (e: unknown): FleetStoreError => (e instanceof FleetStoreError ? e : new FleetStoreError(wordsOf(folder, e as Error), { cause: e }));
  const path = (...names: readonly string[]): string => join(folder, ...names);
  const collections = new Map<string, Collection>();
  const streams = new Map<string, FileStream>();
  const last = new Map<string, number>();
  const state = new Low<State>(durableJson(path('state.json')), { version: 1, files: 0, streams: {} });
  let files = 0;
  let reading = 0;
  const turn = createTurns(READERS);
  let unneeded: string[] = [];
  let closed = false;

  mkdirSync(path('collections'), { recursive: true, mode: 0o700 });
  mkdirSync(path('streams'), { recursive: true, mode: 0o700 });
  const lock = await openControl(path('lock'), onError).catch((e: unknown) => {
    throw new FleetStoreError(`${folder} is in use by another process, and only one may have it (${(e as Error).message})`, { cause: e });
  });
  try {
    await load();
  } catch (e) {
    lock.close();
    throw inWords(e);
  }
  const { journal, commits } = await openJournal(path('journal'), onError).catch((e: unknown) => {
    lock.close();
    throw inWords(e);
  });
  // That the folder, and what was made in it, is there at all.
  for (const made of [folder, dirname(folder)]) await syncFolder(made);
  for (const steps of commits) replay(steps);

  async function load(): Promise<void> {
    await state.read();
    if ((state.data.version as number) !== 1) throw new FleetStoreError(`${folder} was written by a newer program (version ${String(state.data.version)}): start that one`);
    ({ files } = state.data);
    const known = new Set<string>();
    for (const [name, { last: number, segments }] of Object.entries(state.data.streams)) {
      last.set(name, number);
      streamOf(name, segments);
      for (const s of segments) known.add(s.file);
    }
    // Of a checkpoint that did not come to its end: the journal has all of it.
    for (const file of readdirSync(path('streams'))) if (!known.has(file)) rmSync(path('streams', file));
    for (const file of readdirSync(path('collections'))) {
      if (file.endsWith('.json')) await collectionOf(file.slice(0, -'.json'.length)).file.read();
      else rmSync(path('collections', file));
    }
    for (const { file, records } of collections.values()) for (const r of file.data.records) records.set(r.id, frozen(r));
  }

  function streamOf(name: string, segments: readonly Segment[] = []): FileStream {
    const found = streams.get(name);
    if (found) return found;
    const fileName = (first: number): string => `${name}-${String(first).padStart(16, '0')}-${++files}.ndjson`;
    const stream = createFileStream({ folder: path('streams'), segments, fileName, ...(segmentOctets !== undefined && { segmentOctets }) });
    streams.set(name, stream);
    return stream;
  }

  function collectionOf(name: string): Collection {
    const found = collections.get(name);
    if (found) return found;
    const made: Collection = { file: new Low(durableJson(path('collections', `${name}.json`)), { records: [] }), records: new Map(), dirty: false };
    collections.set(name, made);
    return made;
  }

  function apply(step: Numbered): void {
    if (step.kind === 'append') streamOf(step.name).append(lineOf(step.number, step.at, step.text));
    else if (step.kind === 'drop') streamOf(step.name).drop(step.numbers);
    else {
      const collection = collectionOf(step.name);
      if (step.kind === 'put') collection.records.set(step.id, frozen(JSON.parse(step.text) as Stored));
      else collection.records.delete(step.id);
      collection.dirty = true;
    }
  }

  /** Lines that a checkpoint had written already are not written twice. */
  function replay(steps: readonly Numbered[]): void {
    for (const step of steps) {
      if (step.kind === 'append') {
        if (step.number <= (last.get(step.name) ?? 0)) continue;
        last.set(step.name, step.number);
      }
      apply(step);
    }
  }

  const group = createGroup<readonly Step[]>(async (batch) => {
    if (journal.doubtful())
      await checkpoint().catch((e: unknown) => {
        throw inWords(e);
      });
    const before = new Map(last);
    const plan = planned(batch, last);
    const good = plan.filter((p): p is readonly Numbered[] => !(p instanceof Error));
    try {
      if (good.length > 0) await journal.append(good);
    } catch (e) {
      for (const name of last.keys()) last.set(name, before.get(name) ?? 0);
      throw inWords(e);
    }
    for (const steps of good) steps.forEach(apply);
    // Whoever is erased is gone from the disk, the journal included, when that is acknowledged.
    const erased = good.some((steps) => steps.some((s) => s.kind === 'drop'));
    if (erased || journal.octets() > checkpointOctets) await checkpoint().catch((e: unknown) => onError(inWords(e)));
    return plan.map((p) => (p instanceof Error ? p : undefined));
  });

  async function checkpoint(): Promise<void> {
    const written = new Map<string, readonly Segment[]>();
    for (const [name, stream] of streams) if (stream.dirty()) written.set(name, await stream.write());
    for (const collection of collections.values()) {
      if (!collection.dirty) continue;
      collection.file.data = { records: [...collection.records.values()] };
      await collection.file.write();
      collection.dirty = false;
    }
    await settle(written);
    await journal.clear();
  }

  /** From here on the streams consist of this. */
  async function settle(written: ReadonlyMap<string, readonly Segment[]>): Promise<void> {
    await syncFolder(path('streams'));
    const streamStates = [...streams].map(([name, s]) => [name, { last: last.get(name) ?? 0, segments: written.get(name) ?? s.segments() }] as const);
    state.data = { version: 1, files, streams: Object.fromEntries(streamStates) };
    await state.write();
    for (const [name, segments] of written) unneeded.push(...(streams.get(name)?.settle(segments) ?? []));
    sweep();
  }

  /** A reader may still have the old files to read. */
  function sweep(): void {
    if (reading > 0) return;
    for (const file of unneeded) rmSync(path('streams', file), { force: true });
    unneeded = [];
  }

  function usable(): void {
    if (closed) throw new FleetStoreError('the store is closed');
  }

  if (commits.length > 0) await group.alone(checkpoint).catch((e: unknown) => onError(inWords(e)));

  return {
    get: async <T extends Stored>(collection: string, id: string) => collections.get(collection)?.records.get(id) as T | undefined,
    list: async <T extends Stored>(collection: string) => [...(collections.get(collection)?.records.values() ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1)) as T[],
    async commit(changes) {
      usable();
      if (changes.length > 0) await group.add(stepsOf(changes));
    },
    async read<T extends Streamed>(stream: string, query = {}) {
      mentionsOf(query);
      return turn(async () => {
        usable();
        reading += 1;
        try {
          return ((await streams.get(stream)?.read(query)) ?? []) as (T & Kept)[];
        } catch (e) {
          throw inWords(e);
        } finally {
          reading -= 1;
          sweep();
        }
      });
    },
    purge(name, before) {
      return group.alone(async () => {
        usable();
        try {
          await checkpoint();
          const { segments, lines } = await streamOf(named(name)).without(before);
          if (lines > 0) await settle(new Map([[name, segments]]));
          return lines;
        } catch (e) {
          throw inWords(e);
        }
      });
    },
    names: async () => ({ collections: [...collections.keys()].toSorted(), streams: [...streams.keys()].toSorted() }),
    async close() {
      if (closed) return;
      closed = true;
      await group.alone(async () => {
        await checkpoint().catch((e: unknown) => onError(inWords(e)));
        await journal.close();
      });
      lock.close();
    },
  };
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}

function wordsOf(folder: string, e: Error): string {
  if (/ENOSPC|EDQUOT/.test(e.message)) return `the disk of ${folder} is full (${e.message}): make room, and it goes on by itself`;
  if (/EACCES|EROFS|EPERM/.test(e.message)) return `${folder} cannot be written (${e.message}): it has to be this user's`;
  return `the store in ${folder}: ${e.message}`;
}
