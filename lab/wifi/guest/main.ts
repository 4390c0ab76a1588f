/** Inside the virtual machine: builds the world with radios and lets the story happen. The machine goes off with all that is left. */
import { appendFileSync, cpSync, lstatSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { DEFAULTS, planOf } from '../../topology.ts';
import { openWorld } from '../../world.ts';
import { RESULTS } from '../results.ts';
import type { Result } from '../results.ts';
import { radioAccess } from './radioAccess.ts';
import { simulatedRadios } from './radios.ts';
import { startRadius } from './radius.ts';
import { story } from './story.ts';

/** @param shared the folder that the host reads */
export async function runGuest(shared: string): Promise<void> {
  const tell = (result: Result) => appendFileSync(join(shared, RESULTS), `${JSON.stringify(result)}\n`);
  tell({ kind: 'booted', kernel: release() });
  const logs: [folder: string, name: string][] = [];
  try {
    tell({ kind: 'step', what: 'two homes, a phone, FreeRADIUS and an anchor' });
    const radios = simulatedRadios(planOf(DEFAULTS));
    const world = await openWorld(DEFAULTS, radioAccess(radios));
    logs.push([world.folder, 'lab']);
    const radius = await startRadius(world);
    logs.push([radius.folder, 'freeradius']);
    await story({ world, radios, tell });
    tell({ kind: 'done' });
  } catch (error) {
    tell({ kind: 'failed', error: error instanceof Error ? error.message : String(error) });
  }
  for (const [folder, name] of logs) cpSync(folder, join(shared, 'logs', name), { recursive: true, filter: (path) => lstatSync(path).isFile() || lstatSync(path).isDirectory() });
}
