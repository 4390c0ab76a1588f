/** Set-up installs packages without their services being started, and leaves no trace of how it did that. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
let policy: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-setup-'));
  policy = join(folder, 'policy-rc.d');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A set-up whose apt-get is this shell command, in a process group of its own, as at a terminal. */
function setUp(command: string) {
  const script = `
    import { spawnSync } from 'node:child_process';
    const { withoutStarting } = await import(${JSON.stringify(resolve('scripts/setup.mjs'))});
    withoutStarting([], () => spawnSync('sh', ['-c', ${JSON.stringify(command)}], { stdio: 'inherit' }), ${JSON.stringify(policy)});
    await new Promise((resolve) => setTimeout(resolve, 50));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  return { group: -(child.pid ?? 0), said: once(child.stdout, 'data').then(([data]) => String(data)), ended: once(child, 'exit').then(([code, signal]) => [code, signal] as unknown[]) };
}
/** One process from its first word on: a shell between two commands may miss a signal. */
const asked = (): string => `exec tail -n +1 -f ${policy}`;

it('the policy refuses while it works, and goes with it', async () => {
  const { said, ended } = setUp(`cat ${policy}`);
  expect([await said, await ended]).toEqual([expect.stringMatching(/^#!\/bin\/sh\n[^]*\nexit 101\n$/), [0, null]]);
  expect(existsSync(policy)).toBe(false);
});

it("goes at a terminal's Ctrl-C", async () => {
  const { group, said, ended } = setUp(asked());
  await said;
  process.kill(group, 'SIGINT');
  expect([await ended, existsSync(policy)]).toEqual([[130, null], false]);
});

it('left by one that was killed, it goes with the next', async () => {
  const { group, said, ended } = setUp(asked());
  await said;
  process.kill(group, 'SIGKILL');
  expect([await ended, existsSync(policy)]).toEqual([[null, 'SIGKILL'], true]);
  await setUp('true').ended;
  expect(existsSync(policy)).toBe(false);
});

it("the machine's own stays as it is", async () => {
  writeFileSync(policy, '#!/bin/sh\nexit 104\n');
  const { said, ended } = setUp(`cat ${policy}`);
  expect([await said, await ended]).toEqual(['#!/bin/sh\nexit 104\n', [0, null]]);
  expect(readFileSync(policy, 'utf8')).toBe('#!/bin/sh\nexit 104\n');
});
