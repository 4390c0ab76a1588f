/** What somebody sees who takes a fresh checkout, in which nothing is installed, and does not begin with `npm start`. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-fresh-'));
  for (const name of ['package.json', 'package-lock.json', 'scripts', 'bin', 'cli', 'packaging', 'web']) cpSync(name, join(folder, name), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

const NOBODY = { uid: 65534, gid: 65534 };
const run = (args: readonly string[], as: Partial<typeof NOBODY> = {}): { readonly code: number | null; readonly err: string } => {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', ...as });
  return { code: status, err: stderr };
};

it.each([
  ['bin/roamstead', 'roamstead: dist/roamstead is not there; run `npm run setup`\n'],
  ['scripts/build.mjs', 'build failed: npm packages are missing; run `npm run setup`\n'],
  ['scripts/package.mjs', 'package: npm packages are missing; run `npm run setup`\n'],
])('%s says what is missing, and what brings it', (file, said) => {
  const { code, err } = run([file, '--help']);
  expect(err.endsWith(said), err).toBe(true);
  expect([code, /^\s+at /m.test(err)]).toEqual([1, false]);
});

it('set-up in a checkout that this user may not write says so, and nothing of npm', () => {
  chmodSync(folder, 0o555);
  const { code, err } = run(['scripts/setup.mjs'], process.getuid?.() === 0 ? NOBODY : {});
  chmodSync(folder, 0o755);
  expect([code, err]).toEqual([1, `set-up failed: npm packages are missing, and this user may not write in ${folder}: begin as its owner, or in a copy of your own\n`]);
});
