/** What makes a bundle old: whatever is in it, or makes it. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sourcesChanged } from '../../scripts/build.mjs';

/** Seconds since 1970. */
const OLD = 1_000_000_000;
const NEW = OLD + 60;
let folder: string;
const touch = (name: string, at: number): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), '');
  utimesSync(join(folder, name), at, at);
};

const COUNTS = ['agent/mag/mag.ts', 'scripts/outputs.mjs', 'package.json', 'package-lock.json'];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-age-'));
  for (const name of COUNTS) touch(name, OLD);
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(COUNTS)('a newer %s', (name) => {
  expect(sourcesChanged(folder)).toBe(OLD * 1000);
  touch(name, NEW);
  expect(sourcesChanged(folder)).toBe(NEW * 1000);
  touch(name, OLD);
});

it('no test, and no page of documentation', () => {
  touch('test/agent/mag.test.ts', NEW);
  touch('agent/README.md', NEW);
  expect(sourcesChanged(folder)).toBe(OLD * 1000);
});
