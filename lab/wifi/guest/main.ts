/** Inside the virtual machine: the world with radios, and the story. */
import { openAaaWorld } from '../../aaa/world.ts';
import { runGuest } from '../../machine/guest.ts';
import { DEFAULTS, planOf } from '../../topology.ts';
import type { LabOptions } from '../../topology.ts';
import type { Result } from '../results.ts';
import { aaaOf } from './configuration.ts';
import { radioAccessWith } from './radioAccess.ts';
import { simulatedRadios } from './radios.ts';
import { story } from './story.ts';

const LAB: LabOptions = { ...DEFAULTS, aaa: true };

/** @param shared the folder that the host reads */
export const runWifiGuest = (shared: string): Promise<void> =>
  runGuest(shared, async (tell: (result: Result) => void) => {
    tell({ kind: 'step', what: 'radios and namespaces of two homes and a phone, a RADIUS server' });
    const plan = planOf(LAB);
    const radios = simulatedRadios(plan);
    const world = await openAaaWorld(LAB, aaaOf(plan), radioAccessWith(radios));
    await story({ world, radios, tell });
  });
