import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLevel, type Level } from '../../cloud/store/level.ts';
import { levelStore } from '../../cloud/store/levelStore.ts';

let folder: string;
const errors: string[] = [];
const onError = (e: Error): void => void errors.push(e.message);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rs-level-'));
  errors.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

async function all(level: Level, prefix = ''): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const part of level.read(prefix)) found.push(...part.map(([k, v]): [string, string] => [k, v]));
  return found;
}

it('what begins with a prefix is read in order, and nothing else', async () => {
  const level = await openLevel(folder, onError);
  await level.write([['b 2', '2'], ['a 1', 'x'], ['b 1', '1'], ['c 1', 'x'], ['b 3', 'gone'], ['b 3', undefined]]);
  expect([await all(level, 'b '), await level.get('a 1'), await level.get('b 3')]).toEqual([[['b 1', '1'], ['b 2', '2']], 'x', undefined]);
  await level.close();
  await expect(level.write([['a', 'b']])).rejects.toThrow(/is closed/);
});

it('one process has it', async () => {
  const level = await openLevel(folder, onError);
  await expect(openLevel(folder, onError)).rejects.toThrow(/in use by another process/);
  await level.close();
});

it('a folder that cannot be one is an error in words', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(openLevel(join(folder, 'file'), onError)).rejects.toThrow(/file cannot be used: /);
});

it('a damaged database is repaired, and the rest of it is there', async () => {
  const level = await openLevel(folder, onError);
  await level.write([['a', '1']]);
  await level.close();
  writeFileSync(join(folder, 'CURRENT'), 'nonsense');
  const again = await openLevel(folder, onError);
  expect([await all(again), errors]).toEqual([[['a', '1']], [expect.stringMatching(/is damaged .* repaired/)]]);
  await again.close();
});

it('a log that ends in the middle of a record loses that record alone', async () => {
  const level = await openLevel(folder, onError);
  for (const key of ['a', 'b', 'c']) await level.write([[key, '1'.repeat(100)]]);
  await level.close();
  const log = join(folder, readdirSync(folder).find((name) => name.endsWith('.log')) as string);
  writeFileSync(log, readFileSync(log).subarray(0, -30));
  const again = await openLevel(folder, onError);
  expect((await all(again)).map(([key]) => key)).toEqual(['a', 'b']);
  await again.close();
});

it('bindings that a newer version wrote are left alone', async () => {
  const level = await openLevel(folder, onError);
  await level.write([['version', '2']]);
  await level.close();
  await expect(levelStore(folder, onError)).rejects.toThrow(/has version 2, and this program knows 1/);
});
