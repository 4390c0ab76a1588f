import { defineConfig } from 'vitest/config';

/** A poll waits for something else to happen: on a busy machine that takes longer than vitest's second. */
const expect = { poll: { timeout: 10_000 } };

/** `unit` is pure and fast; `fuzz` runs every decoder for longer; `root` needs root and Linux; `lab` builds network namespaces; `machine` boots virtual machines. */
export default defineConfig({
  test: {
    // Files that did not change since the last run are not translated again.
    experimental: { fsModuleCache: true },
    projects: [
      // Pure tests change nothing outside themselves, so a worker may run one file after the other. A test's time is no measure: a busy machine may take ten times as long.
      { test: { expect, name: 'unit', isolate: false, maxWorkers: 2, testTimeout: 60_000, hookTimeout: 60_000, include: ['test/**/*.test.ts'], exclude: ['test/fuzz/**', 'test/root/**', 'test/lab/**', 'test/machine/**'] } },
      { test: { expect, name: 'fuzz', include: ['test/fuzz/**/*.test.ts'], testTimeout: 120_000 } },
      { test: { expect, name: 'root', globalSetup: 'test/root/leftovers.ts', include: ['test/root/**/*.test.ts'], fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { expect, name: 'lab', include: ['test/lab/**/*.test.ts'], exclude: ['test/lab/browser/**'], fileParallelism: false, testTimeout: 600_000, hookTimeout: 120_000 } },
      { test: { expect, name: 'browser', include: ['test/lab/browser/**/*.test.ts'], fileParallelism: false, testTimeout: 300_000, hookTimeout: 120_000 } },
      { test: { expect, name: 'machine', include: ['test/machine/**/*.test.ts'], fileParallelism: false, hookTimeout: 900_000 } },
    ],
  },
});
