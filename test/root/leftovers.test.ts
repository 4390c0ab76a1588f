import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { clearAll, inside, ipBatch, namespacesHere } from '../../lab/namespaces.ts';
import { repository } from '../../lab/paths.ts';
import clearLeftovers from './leftovers.ts';

/** Of a process that has ended. */
const dead = spawnSync('true').pid;
const DEAD = [`rsdp-left-home1-${dead}`, `rssh-${dead}-phone`, `rnll${dead}`, `rwa${dead}n2`];
const LIVING = [`rsdp-left-${process.pid}`, `rsleft-home${dead}`, `left-${dead}`];
const folder = join(repository, 'build', `shell-${dead}`);
afterAll(() => clearAll(namespacesHere().filter((name) => [...DEAD, ...LIVING].includes(name))));

it('of a process that has ended goes with what runs there; what anybody else made stays', async () => {
  ipBatch(undefined, [...DEAD, ...LIVING].map((name) => `netns add ${name}`));
  mkdirSync(folder);
  const [command, ...args] = inside(DEAD[0] ?? '', ['sleep', 'infinity']) as [string, ...string[]];
  const sleeper = spawn(command, args, { stdio: 'ignore' });
  const ended = once(sleeper, 'exit');
  await expect.poll(() => spawnSync('ip', ['netns', 'pids', DEAD[0] ?? '']).stdout.toString().trim()).toBe(String(sleeper.pid));
  clearLeftovers();
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(namespacesHere().filter((name) => [...DEAD, ...LIVING].includes(name)).toSorted()).toEqual(LIVING.toSorted());
  expect(existsSync(folder)).toBe(false);
});
