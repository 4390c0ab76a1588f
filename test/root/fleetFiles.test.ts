/** The fleet's store in files: killed at any moment, on a disk that is full, damaged, and moved to PostgreSQL. */
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAudit } from '../../cloud/fleet/audit.ts';
import type { Stored, Streamed } from '../../cloud/fleet/ports.ts';
import { openFileStore } from '../../cloud/fleet/store/fileStore.ts';
import { moveStore } from '../../cloud/fleet/store/move.ts';
import { openPostgresStore } from '../../cloud/fleet/store/postgresStore.ts';
import { startPostgres } from '../../lab/postgres.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
let parent: string;
let child: string;
let folders = 0;

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'rs-files-'));
  child = join(parent, 'writer.mjs');
  await build({ entryPoints: [join(root, 'test/root/fleetWriter.ts')], outfile: child, bundle: true, platform: 'node', format: 'esm', logLevel: 'silent', banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" } });
});
afterAll(() => rmSync(parent, { recursive: true }));

const folder = (): string => join(parent, `store${++folders}`);
const open = (at: string, errors: string[] = [], more: object = {}) => openFileStore({ folder: at, onError: (e) => errors.push(e.message), checkpointOctets: 3000, segmentOctets: 1500, ...more });

/** Writes until it is killed. @returns the last round that it says was acknowledged */
async function writeAndKill(at: string, from: number, rounds: number, wait: number): Promise<number> {
  const process_ = spawn(process.execPath, [child, at, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = -1;
  const ended = new Promise((resolve) => process_.on('close', resolve));
  for await (const line of createInterface(process_.stdout)) {
    last = Number(line);
    if (last >= from + rounds && !process_.killed) setTimeout(() => process_.kill('SIGKILL'), wait);
  }
  await ended;
  return last;
}

it('killed again and again: what was acknowledged is there, in collections and streams alike, and nothing by halves', async () => {
  const at = folder();
  let next = 0;
  for (let kill = 0; kill < 12; kill++) {
    const acknowledged = await writeAndKill(at, next, 5, kill * 3);
    const errors: string[] = [];
    const store = await open(at, errors);
    const [record] = await store.list<Stored & { readonly round: number }>('gateways');
    const rounds = (await store.read<Streamed & { readonly round: number; readonly dropped?: boolean }>('events')).map((l) => l.round);
    const done = record?.round ?? -1;
    expect(done).toBeGreaterThanOrEqual(acknowledged);
    // Each round drops the line before the last and is in both streams.
    expect(rounds).toEqual(Array.from({ length: done + 1 }, (_, i) => i).filter((r) => r % 7 !== 3 || r > done - 2));
    expect((await store.read('handovers')).map((l) => l.number)).toEqual(Array.from({ length: done + 1 }, (_, i) => i + 1));
    expect(errors.every((e) => e.includes('was not finished'))).toBe(true);
    await store.close();
    next = done + 1;
  }
  expect(next).toBeGreaterThan(60);
});

it('a torn last line is dropped and told of, wherever it tears; a flipped bit too', async () => {
  const whole = folder();
  const first = await open(whole, [], { checkpointOctets: 1e6 });
  await first.commit([{ put: 'groups', record: { id: 'a' } }, { append: 'events', record: { at: 1 } }]);
  await first.commit([{ put: 'groups', record: { id: 'b' } }, { append: 'events', record: { at: 2 } }]);
  const journal = readFileSync(join(whole, 'journal'));
  await first.close();
  const begin = journal.indexOf(10) + 1;
  const tears = [...Array.from({ length: journal.length - begin - 1 }, (_, i) => journal.subarray(0, begin + 1 + i)), Buffer.concat([journal.subarray(0, begin), Buffer.alloc(40)]), Buffer.from(journal).fill('X', begin + 12, begin + 13)];
  for (const torn of tears.filter((_, i) => i % 5 === 0 || i > tears.length - 4)) {
    const at = folder();
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, 'journal'), torn);
    const errors: string[] = [];
    const store = await open(at, errors);
    expect([await store.list('groups'), await store.read('events'), errors.length]).toEqual([[{ id: 'a' }], [{ at: 1, number: 1 }], 1]);
    await store.commit([{ append: 'events', record: { at: 3 } }]);
    await store.close();
    const again = await open(at, errors);
    expect([(await again.read('events')).map((l) => l.number), errors.length]).toEqual([[1, 2], 1]);
    await again.close();
  }
});

it('while the disk is full a commit says so and nothing of it is there; with room it goes on', async () => {
  const at = folder();
  mkdirSync(at);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', at]);
  try {
    const errors: string[] = [];
    const store = await open(at, errors);
    let kept = 0;
    const big = 'x'.repeat(3000);
    for (;;) {
      const refused = await store.commit([{ append: 'events', record: { at: kept, big } as Streamed }, { put: 'groups', record: { id: 'n', n: kept } as Stored }]).then(() => undefined, (e: Error) => e.message);
      if (refused !== undefined) {
        expect(refused).toMatch(/is full .*ENOSPC.*: make room/);
        break;
      }
      kept += 1;
    }
    expect([kept > 20, await store.get('groups', 'n'), (await store.read('events')).length]).toEqual([true, { id: 'n', n: kept - 1 }, kept]);
    execFileSync('mount', ['-o', 'remount,size=2m', at]);
    await store.commit([{ append: 'events', record: { at: kept } }]);
    await store.close();
    const again = await open(at, errors);
    expect((await again.read('events')).map((l) => l.number)).toEqual(Array.from({ length: kept + 1 }, (_, i) => i + 1));
    await again.close();
  } finally {
    execFileSync('umount', [at]);
  }
});

it('one process has it; what is there is its owner\'s alone', async () => {
  const at = folder();
  const store = await open(at);
  await store.commit([{ put: 'groups', record: { id: 'a' } }, { append: 'events', record: { at: 1 } }]);
  await expect(open(at)).rejects.toThrow(/in use by another process/);
  await store.close();
  const modes = [at, ...(readdirSync(at, { recursive: true }) as string[]).map((f) => join(at, f))].map((f) => statSync(f).mode & 0o077);
  expect(modes.every((m) => m === 0)).toBe(true);
});

it('a collection that is damaged keeps the store shut, in words; a segment that lost its end is told when it is read', async () => {
  const at = folder();
  const store = await open(at);
  await store.commit([{ put: 'groups', record: { id: 'a' } }, { append: 'events', record: { at: 1 } }]);
  await store.close();
  const [segment] = readdirSync(join(at, 'streams'));
  truncateSync(join(at, 'streams', segment ?? ''), 5);
  const shorter = await open(at);
  await expect(shorter.read('events')).rejects.toThrow(/has 5 octets, and \d+ were written/);
  await shorter.close();
  appendFileSync(join(at, 'collections', 'groups.json'), '}');
  await expect(open(at)).rejects.toThrow(/groups\.json is no JSON .*put a copy of it there/);
});

it('everything moves to PostgreSQL, numbers and the chain of the audit log included, and an attempt that was cut off goes on', async () => {
  const server = await startPostgres();
  const from = await open(folder());
  const to = await openPostgresStore({ connection: server.connection(), onError: () => undefined });
  try {
    const audit = createAudit({ store: from, now: () => 1, onError: () => undefined });
    for (let i = 0; i < 20; i++) await audit.record({ by: 'anna', action: 'x', target: `t${i}`, after: { text: 'nul\u0000', n: 1e21 } }, [{ put: 'groups', record: { id: `g${i}` } }]);
    await from.commit(Array.from({ length: 2500 }, (_, i) => ({ append: 'events', record: { at: i } })));
    await from.commit([{ drop: 'events', numbers: [3, 2400] }]);
    await audit.purge(0);
    await expect(moveStore({ ...from, list: () => Promise.reject(new Error('cut')) }, to, () => undefined)).rejects.toThrow('cut');
    const told: string[] = [];
    expect(await moveStore(from, to, (text) => told.push(text))).toEqual({ records: 21, lines: 0 });
    expect(told).toEqual(['groups: 20', 'settings: 1']);
    for (const stream of ['events', 'audit']) expect(await to.read(stream)).toEqual(await from.read(stream));
    expect(await to.list('groups')).toEqual(await from.list('groups'));
    const moved = createAudit({ store: to, now: () => 2, onError: () => undefined });
    expect(await moved.verify()).toEqual({ entries: 20 });
    expect((await moved.record({ by: 'anna', action: 'x', target: 'after' })).number).toBe(21);
    await expect(moveStore(from, to, () => undefined)).rejects.toThrow(/history of its own in audit/);
  } finally {
    await from.close();
    await to.close();
    await server.close();
  }
});
