/** Real 802.11 in a virtual machine. */
import { runInMachine, type MachineLabOptions } from '../machine/run.ts';
import type { Result } from './results.ts';

/** Runs the whole story, about two minutes. @throws LabError when there is no machine or it ended early */
export const runWifiLab = (options: MachineLabOptions<Result>): Promise<Result[]> => runInMachine('lab-wifi.mjs', options);
