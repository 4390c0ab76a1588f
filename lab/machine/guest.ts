/** Inside the virtual machine: lets the story happen and tells of it. The machine goes off with all that is left. */
import { appendFileSync, cpSync, lstatSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { RESULTS } from './results.ts';
import type { Outcome } from './results.ts';

/** @param shared the folder that the host reads */
export async function runGuest(shared: string, story: (tell: (result: object) => void) => Promise<void>): Promise<void> {
  const write = (result: object) => appendFileSync(join(shared, RESULTS), `${JSON.stringify(result)}\n`);
  const tell = (outcome: Outcome) => write(outcome);
  tell({ kind: 'booted', kernel: release() });
  try {
    await story(write);
    tell({ kind: 'done' });
  } catch (error) {
    tell({ kind: 'failed', error: error instanceof Error ? error.message : String(error) });
  }
  // The machine's own /tmp: all in it is the lab's.
  cpSync(tmpdir(), join(shared, 'logs'), { recursive: true, filter: (path) => lstatSync(path).isFile() || lstatSync(path).isDirectory() });
}
