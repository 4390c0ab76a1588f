/** Inside the virtual machine: builds the world with radios and lets the story happen. The machine goes off with all that is left. */
import { appendFileSync, cpSync, lstatSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAaaWorld } from '../../aaa/world.ts';
import { DEFAULTS, planOf } from '../../topology.ts';
import type { LabOptions } from '../../topology.ts';
import { RESULTS } from '../results.ts';
import type { Result } from '../results.ts';
import { aaaOf } from './configuration.ts';
import { radioAccessWith } from './radioAccess.ts';
import { simulatedRadios } from './radios.ts';
import { story } from './story.ts';

const LAB: LabOptions = { ...DEFAULTS, aaa: true };

/** @param shared the folder that the host reads */
export async function runGuest(shared: string): Promise<void> {
  const tell = (result: Result) => appendFileSync(join(shared, RESULTS), `${JSON.stringify(result)}\n`);
  tell({ kind: 'booted', kernel: release() });
  try {
    tell({ kind: 'step', what: 'radios and namespaces of two homes and a phone, a RADIUS server' });
    const plan = planOf(LAB);
    const radios = simulatedRadios(plan);
    const world = await openAaaWorld(LAB, aaaOf(plan), radioAccessWith(radios));
    await story({ world, radios, tell });
    tell({ kind: 'done' });
  } catch (error) {
    tell({ kind: 'failed', error: error instanceof Error ? error.message : String(error) });
  }
  // The machine's own /tmp: all in it is the lab's.
  cpSync(tmpdir(), join(shared, 'logs'), { recursive: true, filter: (path) => lstatSync(path).isFile() || lstatSync(path).isDirectory() });
}
