/** Stopped before each single thing that the store in files does to the disk: what lies there then is a store, and all of each commit or nothing is in it. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open as openHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Change, FleetStore, Stored, Streamed } from '../../cloud/fleet/ports.ts';
import { openFileStore } from '../../cloud/fleet/store/fileStore.ts';

type Rounded = { readonly round: number };
type Method = (...values: readonly unknown[]) => Promise<unknown>;

const ROUNDS = 15;
const open = (folder: string) => openFileStore({ folder, onError: () => undefined, checkpointOctets: 500, segmentOctets: 300 });

const changesOf = (round: number): Change[] => [
  { append: 'events', record: { at: round, round } as Streamed },
  { put: 'gateways', record: { id: 'one', round } as Stored },
  { put: 'groups', record: { id: `g${round}` } },
  ...(round % 3 === 0 ? [{ remove: 'groups', id: `g${round - 2}` }] : []),
  { append: 'handovers', record: { at: round, round } as Streamed },
  ...(round % 7 === 5 ? [{ drop: 'events', numbers: [round - 1] }] : []),
];

/** What a store has that got the commits of these rounds, and of those after them whatever their number is. */
async function check(store: FleetStore, least: number): Promise<void> {
  const done = (await store.get<Stored & Rounded>('gateways', 'one'))?.round ?? -1;
  expect(done).toBeGreaterThanOrEqual(least);
  const all = Array.from({ length: done + 1 }, (_, i) => i);
  expect((await store.read<Streamed & Rounded>('handovers')).map((l) => [l.number, l.round])).toEqual(all.map((r) => [r + 1, r]));
  expect((await store.read<Streamed & Rounded>('events')).map((l) => l.round)).toEqual(all.filter((r) => r % 7 !== 3 || r + 2 > done));
  expect((await store.list('groups')).map((g) => g.id).toSorted()).toEqual(all.filter((r) => r % 3 !== 1 || r + 2 > done).map((r) => `g${r}`).toSorted());
}

test('before each write, fsync and truncation', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'rs-crash-'));
  const folder = join(parent, 'store');
  const copies: { readonly at: string; readonly least: number }[] = [];
  let done = -1;
  const handle = await openHandle('/dev/null', 'r');
  const methods = Object.getPrototypeOf(handle) as Record<'write' | 'writeFile' | 'sync' | 'datasync' | 'truncate', Method>;
  await handle.close();
  const store = await open(folder);
  try {
    for (const name of ['write', 'writeFile', 'sync', 'datasync', 'truncate'] as const) {
      const original = methods[name];
      vi.spyOn(methods, name).mockImplementation(function stopped(this: unknown, ...values: readonly unknown[]) {
        const at = join(parent, `copy${copies.length}`);
        cpSync(folder, at, { recursive: true, filter: (path) => !path.endsWith('/lock') });
        copies.push({ at, least: done });
        return original.apply(this, values as unknown[]);
      });
    }
    for (let round = 0; round < ROUNDS; round++) {
      await store.commit(changesOf(round));
      done = round;
    }
    vi.restoreAllMocks();
    expect(copies.length).toBeGreaterThan(80);
    for (const { at, least } of copies) {
      const found = await open(at);
      await check(found, least);
      const next = ((await found.get<Stored & Rounded>('gateways', 'one'))?.round ?? -1) + 1;
      await found.commit(changesOf(next));
      await found.close();
      const again = await open(at);
      await check(again, next);
      await again.close();
      // What was dropped or replaced lies nowhere any more.
      const listed = Object.values((JSON.parse(readFileSync(join(at, 'state.json'), 'utf8')) as { streams: Record<string, { segments: { file: string }[] }> }).streams).flatMap((s) => s.segments.map((x) => x.file));
      expect(readdirSync(join(at, 'streams')).toSorted()).toEqual(listed.toSorted());
      expect(readdirSync(at).toSorted()).toEqual(['collections', 'journal', 'state.json', 'streams']);
    }
  } finally {
    vi.restoreAllMocks();
    await store.close();
    rmSync(parent, { recursive: true });
  }
});
