import { execFileSync } from 'node:child_process';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { afterwards } from '../../runtime/afterwards.ts';

it('items are handed over after the turn in which they were added, in order', async () => {
  const taken: string[] = [];
  const later = afterwards((item: string) => taken.push(item));
  later.add('a');
  later.add('b');
  await Promise.resolve();
  expect(taken).toEqual([]);
  await turn();
  expect(taken).toEqual(['a', 'b']);
});

it('what is added while items are handed over waits for the next turn', async () => {
  const taken: string[] = [];
  const later = afterwards((item: string) => {
    taken.push(item);
    if (item === 'a') later.add('c');
  });
  later.add('a');
  later.add('b');
  await turn();
  expect(taken).toEqual(['a', 'b']);
  await turn();
  expect(taken).toEqual(['a', 'b', 'c']);
});

it('flushing hands over at once, and nothing twice', async () => {
  const taken: string[] = [];
  const later = afterwards((item: string) => taken.push(item));
  later.add('a');
  later.flush();
  expect(taken).toEqual(['a']);
  await turn();
  expect(taken).toEqual(['a']);
});

it('a process that ends loses nothing', async () => {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    stdin: { contents: "import { afterwards } from './runtime/afterwards.ts'; const l = afterwards((x) => process.stdout.write(x)); l.add('a'); l.add('b'); process.exit(0);", resolveDir: process.cwd() },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  });
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', outputFiles[0]?.text ?? ''], { encoding: 'utf8' })).toBe('ab');
});
