/**
 * A virtual machine by qemu without hardware support: q35 (microvm hangs at its clock when the host is busy), two processors, the
 * host's root over 9p. Its memory holds all that it writes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Millis } from '../../protocol/units.ts';
import { LabError } from '../namespaces.ts';
import { sleep, start } from '../processes.ts';
import { HOST_ROOT, SHARED, initramfs } from './initramfs.ts';
import type { Kernel } from './kernel.ts';

const MEMORY_MIB = 1024;
/** Of the shared memory that holds translated code; the default of a tenth of the memory is translated over and over. */
const TRANSLATED_MIB = 256;
const KERNEL = 'console=ttyS0 quiet panic=-1 mitigations=off nokaslr audit=0 apparmor=0 selinux=0 random.trust_cpu=on tsc=reliable no_timer_check';
/** Four seconds on an idle machine, twenty on a busy one. Some starts of qemu without hardware support never come that far. */
const UP_MS: Millis = 90_000;
const STARTS = 2;
const LOOK_MS: Millis = 200;

export interface MachineOptions {
  readonly kernel: Kernel;
  /** What the machine runs, as a shell. */
  readonly command: string;
  /** Has `shared`, which the machine writes into, and the console's log. */
  readonly folder: string;
  readonly limitMs: Millis;
  readonly signal: AbortSignal;
  /** Asked all the time, and once more when the machine is off. True: the machine is up. */
  readonly look: () => boolean;
}

const share = (id: string, tag: string, path: string, how: string): string[] => ['-fsdev', `local,id=${id},path=${path},security_model=none,${how}`, '-device', `virtio-9p-pci,fsdev=${id},mount_tag=${tag}`];

const OPTIONS = `-machine q35 -accel tcg,thread=multi,tb-size=${TRANSLATED_MIB} -cpu max -smp 2 -m ${MEMORY_MIB} -nodefaults -no-user-config -display none -serial stdio -no-reboot -device virtio-rng-pci`;

export const qemuArguments = (kernel: Kernel, initrd: string, shared: string): string[] => [
  ...OPTIONS.split(' '),
  '-kernel',
  kernel.image,
  '-initrd',
  initrd,
  '-append',
  KERNEL,
  ...share('root', HOST_ROOT, '/', 'readonly=on,multidevs=remap'),
  ...share('shared', SHARED, shared, 'writeout=immediate'),
];

export const sharedFolder = (folder: string): string => join(folder, 'shared');

/** Runs the machine until it is off. @throws LabError when it does not come up, twice, or exceeds its time */
export async function runMachine(options: MachineOptions): Promise<void> {
  const { kernel, command, folder } = options;
  const shared = sharedFolder(folder);
  mkdirSync(shared, { recursive: true });
  const initrd = join(folder, 'initrd');
  writeFileSync(initrd, initramfs(kernel, command));
  for (let attempt = 1; ; attempt++) {
    const came = await once(options, ['qemu-system-x86_64', ...qemuArguments(kernel, initrd, shared)]);
    if (came) return;
    if (attempt === STARTS) throw new LabError(`the virtual machine did not come up ${STARTS} times; its console is in ${join(folder, 'qemu.log')}`);
  }
}

/** @returns whether it came up */
async function once({ folder, limitMs, signal, look }: MachineOptions, argv: readonly string[]): Promise<boolean> {
  const begun = performance.now();
  const p = start({ name: 'qemu', namespace: undefined, argv, folder });
  try {
    let up = false;
    while (p.running()) {
      up = look();
      const spent = performance.now() - begun;
      if (!up && spent > UP_MS) return false;
      if (spent > limitMs) throw new LabError(`the virtual machine took longer than ${limitMs / 1000} s; what it told and logged is in ${folder}`);
      if (signal.aborted) throw new LabError('interrupted');
      await Promise.race([sleep(LOOK_MS), p.exited]);
    }
    if (look()) return true;
    throw new LabError(`the virtual machine did not start: ${p.log().trim().split('\n').slice(-5).join('\n')}`);
  } finally {
    await p.stop('SIGKILL');
  }
}
