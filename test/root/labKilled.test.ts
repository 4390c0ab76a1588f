/** What a lab or a test started ends with it, also when it is killed, and also what runs as a user of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rs-killed-'));
  // Its user has to come by.
  chmodSync(folder, 0o711);
});
afterAll(() => rmSync(folder, { recursive: true }));

it('PostgreSQL', async () => {
  const contents = `import { startPostgres } from ${JSON.stringify(resolve('lab/postgres.ts'))};
    console.log((await startPostgres()).process().pid);`;
  const outfile = join(folder, 'lab.mjs');
  await build({ stdin: { contents, resolveDir: resolve('.') }, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' });
  const lab = spawn(process.execPath, [outfile], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: folder } });
  const [said] = (await Promise.race([once(lab.stdout, 'data'), once(lab, 'exit')])) as [Buffer | number];
  const server = `/proc/${Number(said)}`;
  expect(existsSync(server)).toBe(true);
  lab.kill('SIGKILL');
  await expect.poll(() => existsSync(server)).toBe(false);
});
