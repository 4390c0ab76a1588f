/**
 * The pure core runs on QuickJS as it does on Node: the very tests of protocol, MAG, conversations and RFC requirements, with their
 * vectors and text scenarios, in an engine without anything of Node's. What a router without Node would need stays possible.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { outcomesOf } from './engine.ts';
import { bundleTests, testFiles } from './suite.ts';
import type { Outcome } from './vitest.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

describe('on QuickJS', () => {
  const files = testFiles(root);
  let outcomes: readonly Outcome[] = [];
  beforeAll(async () => {
    outcomes = await outcomesOf(root, await bundleTests(root, files));
  });

  it('every test of every file passes', () => {
    expect(outcomes.filter((o) => o.failure !== undefined)).toEqual([]);
  });

  it.each(files)('%s was run', (file) => {
    expect(outcomes.filter((o) => o.file === file).length).toBeGreaterThan(0);
  });

  it('each text scenario was compared', () => {
    const scenarios = outcomes.filter((o) => o.file.endsWith('scenarios.test.ts') || o.file.startsWith('test/scenarios/'));
    expect(scenarios.length).toBeGreaterThanOrEqual(30);
  });
});

describe('the engine', () => {
  const script = "globalThis.runTests = () => Promise.resolve([{ file: 'a', name: [typeof process, typeof Buffer, typeof require, typeof TextEncoder, typeof setTimeout, typeof URL].join(' ') }]);";

  it('has nothing of Node', async () => {
    const [outcome] = await outcomesOf(root, script);
    expect(outcome?.name).toBe(Array.from({ length: 6 }, () => 'undefined').join(' '));
  });

  it('a script that throws is no success', async () => {
    await expect(outcomesOf(root, 'throw new TypeError("no such thing")')).rejects.toThrow('no such thing');
  });
});
