/** A lab's prefix is its own while it runs, and anybody's once it has ended, however. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { claim, release } from '../../lab/namespaces.ts';

const PREFIX = 'rsclm-';
const OWNER = `/run/roamstead-lab/${PREFIX}pid`;
const other = spawn('sleep', ['infinity'], { stdio: 'ignore' });
afterAll(() => {
  other.kill();
  release(PREFIX);
});

it('a process that has got the number of the last owner since is not it', () => {
  expect([claim(PREFIX), claim(PREFIX)]).toEqual([0, 0]);
  const [, start] = readFileSync(OWNER, 'utf8').split(' ');
  const startOfOther = readFileSync(`/proc/${other.pid}/stat`, 'utf8').split(' ')[21];
  writeFileSync(OWNER, `${other.pid} ${startOfOther}`);
  expect(() => claim(PREFIX)).toThrow(`process ${other.pid} runs a lab with namespaces ${PREFIX}*`);
  writeFileSync(OWNER, `${other.pid} ${Number(startOfOther) - 1}`);
  expect(claim(PREFIX)).toBe(0);
  expect(readFileSync(OWNER, 'utf8')).toBe(`${process.pid} ${start}`);
});
