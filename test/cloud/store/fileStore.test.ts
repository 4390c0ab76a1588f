/** What the contract (test/contracts/fleetStore.ts) does not see: the disk behind the store in files. */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open as openHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { FileHandle } from 'node:fs/promises';
import type { Change, Streamed } from '../../../cloud/fleet/ports.ts';
import { openFileStore } from '../../../cloud/fleet/store/fileStore.ts';

async function within(story: (folder: string, open: (more?: object) => ReturnType<typeof openFileStore>, errors: string[]) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rs-disk-'));
  const errors: string[] = [];
  try {
    await story(folder, (more = {}) => openFileStore({ folder, onError: (e) => errors.push(e.message), ...more }), errors);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Counts, or makes fail, calls of all file handles. */
async function spied(method: 'datasync' | 'sync' | 'write') {
  const handle = await openHandle('/dev/null', 'r');
  const spy = vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, method);
  await handle.close();
  return spy;
}

const line = (at: number, text = ''): Change => ({ append: 'events', record: { at, text } as Streamed });
/** Closed meanwhile: nothing. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
const segmentsOf = (folder: string) => readdirSync(join(folder, 'streams')).toSorted();

test('commits that are begun together wait for one fsync, and each alone for its own', () =>
  within(async (_, open) => {
    const store = await open();
    const sync = await spied('datasync');
    try {
      await Promise.all(Array.from({ length: 100 }, (_, i) => store.commit([line(i)])));
      expect(sync.mock.calls).toHaveLength(1);
      for (let i = 0; i < 3; i++) await store.commit([line(i)]);
      expect(sync.mock.calls).toHaveLength(4);
    } finally {
      sync.mockRestore();
      await store.close();
    }
  }));

test('however many look through the history, at most four segments of it are open at once, and all are answered', () =>
  within(async (folder, open) => {
    const store = await open({ checkpointOctets: 200, segmentOctets: 300 });
    for (let i = 0; i < 30; i++) await store.commit([line(i, 'x'.repeat(50))]);
    const openSegments = () => readdirSync('/proc/self/fd').filter((fd) => linkOf(`/proc/self/fd/${fd}`).startsWith(join(folder, 'streams'))).length;
    let most = 0;
    const answered = new Set<number>();
    const found = Promise.all(Array.from({ length: 60 }, (_, i) => store.read('events', { from: i % 30, to: i % 30 }).finally(() => answered.add(i))));
    while (answered.size < 60) {
      most = Math.max(most, openSegments());
      await setImmediate();
    }
    expect((await found).map((lines) => lines.map((l) => l.at))).toEqual(Array.from({ length: 60 }, (_, i) => [i % 30]));
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(4);
    await store.close();
  }));

test('after an fsync that failed the commit is refused, and everything is written anew before the next one counts', () =>
  within(async (folder, open, errors) => {
    const store = await open();
    await store.commit([line(1), { put: 'groups', record: { id: 'a' } }]);
    const sync = await spied('datasync');
    sync.mockRejectedValueOnce(new Error('EIO: i/o error, fdatasync'));
    await expect(store.commit([line(2)])).rejects.toThrow(/EIO/);
    sync.mockRestore();
    expect(segmentsOf(folder)).toEqual([]);
    await store.commit([line(3)]);
    expect(segmentsOf(folder)).toHaveLength(1);
    expect((await store.read('events')).map((l) => [l.number, l.at])).toEqual([[1, 1], [2, 3]]);
    await store.close();
    const again = await open();
    expect([(await again.read('events')).map((l) => l.at), await again.list('groups'), errors]).toEqual([[1, 3], [{ id: 'a' }], []]);
    await again.close();
  }));

test('when that fails, too, the next one is refused in words as well, and the one after it goes on', () =>
  within(async (_, open) => {
    const store = await open();
    await store.commit([line(1)]);
    const [datasync, sync] = [await spied('datasync'), await spied('sync')];
    try {
      datasync.mockRejectedValueOnce(new Error('EIO'));
      sync.mockRejectedValueOnce(new Error('EIO again'));
      await expect(store.commit([line(2)])).rejects.toMatchObject({ name: 'FleetStoreError' });
      await expect(store.commit([line(3)])).rejects.toMatchObject({ name: 'FleetStoreError', message: expect.stringMatching(/EIO again/) as string });
      await store.commit([line(4)]);
      expect((await store.read('events')).map((l) => [l.number, l.at])).toEqual([[1, 1], [2, 4]]);
    } finally {
      datasync.mockRestore();
      sync.mockRestore();
      await store.close();
    }
  }));

test('a checkpoint that fails half-way loses and doubles nothing, in the same process and in the next', () =>
  within(async (_, open, errors) => {
    const store = await open({ checkpointOctets: 200, segmentOctets: 150 });
    for (let i = 0; i < 30; i++) {
      const sync = await spied('sync');
      // Another one of its writes each time: segment, collection, folder, state.
      for (let before = 0; before < i % 6; before++) sync.mockImplementationOnce(async () => undefined);
      sync.mockRejectedValueOnce(new Error('EIO'));
      await store.commit([line(i, 'x'.repeat(60)), { put: 'groups', record: { id: `g${i}` } }, ...(i % 10 === 9 ? [{ drop: 'events', numbers: [i - 1] }] : [])]);
      sync.mockRestore();
    }
    expect(errors.length).toBeGreaterThan(5);
    const expected = Array.from({ length: 30 }, (_, i) => i).filter((i) => i % 10 !== 7);
    expect((await store.read('events')).map((l) => l.at)).toEqual(expected);
    await store.close();
    const again = await open();
    expect([(await again.read('events')).map((l) => l.at), (await again.list('groups')).length]).toEqual([expected, 30]);
    await again.close();
  }));

test('a purge takes whole segments away and writes one anew; what is dropped stands nowhere on the disk', () =>
  within(async (folder, open) => {
    const store = await open({ segmentOctets: 500, checkpointOctets: 500 });
    for (let i = 0; i < 60; i++) await store.commit([line(i, `text of ${i}.`)]);
    const before = segmentsOf(folder);
    const kept = new Map(before.map((f) => [f, statSync(join(folder, 'streams', f)).ino]));
    expect(await store.purge('events', 31)).toBe(31);
    const after = segmentsOf(folder);
    expect(after.filter((f) => !kept.has(f))).toHaveLength(1);
    expect(after.length).toBeLessThan(before.length);
    await store.commit([{ drop: 'events', numbers: [41, 60] }]);
    const everything = (readdirSync(folder, { recursive: true }) as string[]).filter((f) => statSync(join(folder, f)).isFile()).map((f) => readFileSync(join(folder, f), 'utf8')).join('');
    expect([5, 30, 40, 59].filter((i) => everything.includes(`text of ${i}.`))).toEqual([]);
    expect([31, 39, 41, 58].filter((i) => !everything.includes(`text of ${i}.`))).toEqual([]);
    await store.close();
  }));

test('a reader who is on the way keeps the files that a purge takes', () =>
  within(async (folder, open) => {
    const store = await open({ segmentOctets: 500, checkpointOctets: 500 });
    await store.commit(Array.from({ length: 200 }, (_, i) => line(i, 'x'.repeat(40))));
    const [read, purged] = await Promise.all([store.read('events'), store.purge('events', 150)]);
    expect([read.length, purged]).toEqual([200, 150]);
    expect((await store.read('events')).length).toBe(50);
    expect(segmentsOf(folder).length).toBeLessThan(12);
    await store.close();
  }));

test('what is no name, no id, no time and no JSON is refused in words', () =>
  within(async (_, open) => {
    const store = await open();
    const refused = (change: unknown) => store.commit([change as Change]).then(() => 'taken', (e: Error) => e.message);
    const loop: { id: string; self?: unknown } = { id: 'a' };
    loop.self = loop;
    expect(await Promise.all([{ put: '../etc', record: { id: 'a' } }, { put: 'groups', record: { id: '' } }, { put: 'groups', record: { id: 'a\u0000' } }, { remove: 'groups', id: 'x'.repeat(501) }, { append: 'events', record: { at: Number.NaN } }, { put: 'groups', record: loop }].map(refused))).toEqual([
      expect.stringMatching(/"\.\.\/etc" cannot be the name/), expect.stringMatching(/needs an id/), expect.stringMatching(/needs an id/), expect.stringMatching(/needs an id/), expect.stringMatching(/has no time/), expect.stringMatching(/is no JSON/),
    ]);
    await store.close();
  }));

test('a store of a newer program is left alone', () =>
  within(async (folder, open) => {
    await (await open()).close();
    writeFileSync(join(folder, 'state.json'), '{"version":2,"files":0,"streams":{}}');
    await expect(open()).rejects.toThrow(/newer program \(version 2\)/);
    writeFileSync(join(folder, 'state.json'), '{"version":1,"files":0,"streams":{}}');
    await (await open()).close();
  }));
