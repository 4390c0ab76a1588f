/** RFC 5847 §3.2: the Restart Counter on disk, at both ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRetention } from '../../agent/retention.ts';
import { memoryStore } from '../../cloud/lma/bindingStore.ts';
import { anchorRestartCounter } from '../../cloud/restartCounter.ts';
import { restartCounter } from '../../runtime/restartCounter.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-restart-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const fails = (e: Error): void => {
  throw e;
};

it('H05 the restart counter grows only on restarts that lose state and is kept on disk', () => {
  const first = restartCounter(folder, false, fails);
  expect(first.lostState).toBe(true);
  expect(restartCounter(folder, false, fails)).toEqual({ counter: first.counter, lostState: false });
  expect(restartCounter(folder, true, fails)).toEqual({ counter: first.counter + 1, lostState: true });
  expect(restartCounter(folder, false, fails)).toEqual({ counter: first.counter + 1, lostState: false });
});

it('H05 a folder that did not outlive a reboot lost the state with the counter, and the next one is later', () => {
  const before = restartCounter(folder, false, fails, 1_800_000_000_000);
  rmSync(folder, { recursive: true });
  const after = restartCounter(folder, false, fails, 1_800_000_060_000);
  expect([after.lostState, after.counter > before.counter]).toEqual([true, true]);
});

it('H05 a gateway whose retained binding cannot be read has lost state', () => {
  const errors: string[] = [];
  const retention = openRetention(folder, (e) => void errors.push(e.message));
  expect([retention.load(), retention.damaged()]).toEqual([[], false]);
  writeFileSync(join(folder, '020000000001.json'), '{"version": 0}');
  expect([retention.load(), retention.damaged(), errors.length]).toEqual([[], true, 1]);
});

it('H05 an anchor whose store keeps its bindings keeps its counter, and an empty store has a new one', async () => {
  const store = memoryStore();
  const first = await anchorRestartCounter(store, folder, fails);
  expect(first.lostState).toBe(true);
  expect(await anchorRestartCounter(store, folder, fails)).toEqual({ counter: first.counter, lostState: false });
  expect(await anchorRestartCounter(memoryStore(), folder, fails)).toEqual({ counter: first.counter + 1, lostState: true });
});
