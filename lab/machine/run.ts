/** The host's side of a story in a virtual machine: our programs are put aside for it, it is run, and what it tells is passed on as it comes. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabError } from '../namespaces.ts';
import { repository } from '../paths.ts';
import { SHARED_AT } from './initramfs.ts';
import { debianKernel } from './kernel.ts';
import { runMachine, sharedFolder } from './machine.ts';
import { RESULTS } from './results.ts';
import type { Outcome } from './results.ts';

const LIMIT_MS = 12 * 60_000;
/** Without hardware support everything takes several times longer, and more on a busy host. */
const PATIENCE = 6;
/** Bundles, addon, BPF object and examples: all that the product and the lab are made of. */
const PROGRAM = ['bin', 'dist', `build/roamstead-${process.arch}.node`, 'linux/datapath/pmip.bpf.o', 'examples'];

export interface MachineLabOptions<R> {
  readonly onResult: (result: R) => void;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
  /** Logs of a run that ended well are removed unless they are to be kept. */
  readonly keep: boolean;
}

/**
 * Runs a whole story in a machine of its own, a minute or two. `program`: below dist/, run inside with `guest FOLDER`.
 * @throws LabError when there is no machine or it ended early
 */
export async function runInMachine<R extends { readonly kind: string }>(program: string, { onResult, say, signal, keep }: MachineLabOptions<R>): Promise<R[]> {
  const kernel = debianKernel(say);
  const folder = mkdtempSync(join(tmpdir(), 'rs-machine-'));
  const shared = sharedFolder(folder);
  const told: (R | Outcome)[] = [];
  let read = 0;
  const file = join(shared, RESULTS);
  const look = (): boolean => {
    // The last line may be under way.
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
    for (const line of lines.slice(read)) {
      const result = JSON.parse(line) as R;
      told.push(result);
      onResult(result);
    }
    read = lines.length;
    return read > 0;
  };
  // A copy: who builds meanwhile does not pull the programs away below the machine.
  for (const part of PROGRAM) cpSync(join(repository, part), join(shared, part), { recursive: true, filter: (path) => !path.endsWith('.map') });
  // What the bundles do not hold; the machine sees the host's files under their own names.
  symlinkSync(join(repository, 'node_modules'), join(shared, 'node_modules'));
  const command = `ROAMSTEAD_LAB_PATIENCE=${PATIENCE} ${process.execPath} ${SHARED_AT}/dist/${program} guest ${SHARED_AT}`;
  say(`booting ${kernel.release} in a virtual machine without hardware support`);
  let well = false;
  try {
    await runMachine({ kernel, command, folder, limitMs: LIMIT_MS, signal, look });
    const failed = told.find((r): r is Extract<Outcome, { kind: 'failed' }> => r.kind === 'failed');
    if (failed) throw new LabError(`in the virtual machine: ${failed.error}; logs are in ${folder}`);
    if (!told.some((r) => r.kind === 'done')) throw new LabError(`the virtual machine ended early; its console and logs are in ${folder}`);
    well = true;
    return told as R[];
  } finally {
    if (well && !keep) rmSync(folder, { recursive: true, force: true });
    else say(`logs: ${folder}`);
  }
}
