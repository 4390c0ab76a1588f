/** Encrypted underlays in a virtual machine: this kernel may lack ESP and WireGuard, Debian's has both. */
import { runInMachine, type MachineLabOptions } from '../machine/run.ts';
import type { Result } from './results.ts';

/** Runs every underlay, one after the other, about two minutes. @throws LabError when there is no machine or it ended early */
export const runUnderlayLab = (options: MachineLabOptions<Result>): Promise<Result[]> => runInMachine('lab-underlay.mjs', options);
