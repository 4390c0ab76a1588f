import { defineConfig } from 'vitest/config';

/** A poll waits for something else to happen: on a busy machine that takes longer than vitest's second. */
const expect = { poll: { timeout: 10_000 } };

/** What is not the protocol's core: what runs as a process, keeps files, opens sockets. */
const SHELL = ['agent', 'bench-unit', 'cli', 'cloud', 'contracts', 'lab-unit', 'packaging', 'quickjs', 'runtime'].map((folder) => `test/${folder}/**`);

/** Tests change nothing outside themselves, so a worker may run one file after the other. A test's time is no measure: a busy machine may take ten times as long. */
const quick = { expect, isolate: false, maxWorkers: 2, testTimeout: 60_000, hookTimeout: 60_000 };

/**
 * `unit` is pure and fast; `shell` is what stands around it, with loopback sockets, processes and folders of its own; `fuzz` runs every
 * decoder for longer; `root` needs root and Linux; `lab` builds network namespaces; `machine` boots virtual machines.
 */
export default defineConfig({
  test: {
    // Files that did not change since the last run are not translated again.
    experimental: { fsModuleCache: true },
    projects: [
      { test: { ...quick, name: 'unit', include: ['test/**/*.test.ts'], exclude: [...SHELL, 'test/fuzz/**', 'test/root/**', 'test/lab/**', 'test/machine/**'] } },
      { test: { ...quick, name: 'shell', include: SHELL.map((folder) => `${folder}/*.test.ts`) } },
      { test: { expect, name: 'fuzz', include: ['test/fuzz/**/*.test.ts'], testTimeout: 120_000 } },
      { test: { expect, name: 'root', globalSetup: 'test/root/leftovers.ts', include: ['test/root/**/*.test.ts'], fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { expect, name: 'lab', include: ['test/lab/**/*.test.ts'], exclude: ['test/lab/browser/**'], fileParallelism: false, testTimeout: 600_000, hookTimeout: 120_000 } },
      { test: { expect, name: 'browser', include: ['test/lab/browser/**/*.test.ts'], fileParallelism: false, testTimeout: 300_000, hookTimeout: 120_000 } },
      { test: { expect, name: 'machine', include: ['test/machine/**/*.test.ts'], fileParallelism: false, hookTimeout: 900_000 } },
    ],
  },
});
