/**
 * A virtual machine with another kernel than the host's: Debian's user-mode-linux, an ordinary process. Its root is the host's, read
 * only, so programs and the checkout are there; /run is its own. Commands go to its console one after the other.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inside } from '../../lab/namespaces.ts';

const PROGRAM = '/usr/bin/linux.uml';
const MODULES = '/usr/lib/uml/modules';
/** Where the file is that is its memory. */
const MEMORY = '/dev/shm';
const BOOT_MS = 40_000;
const COMMAND_MS = 60_000;

export interface GuestOptions {
  /** Network namespace of the host in which it runs; needed for `taps`. */
  readonly namespace?: string;
  /** TAP devices there, which the guest has as eth0, eth1, ... */
  readonly taps?: readonly string[];
  /** Kernel modules to load: nobody loads them on demand. */
  readonly modules?: readonly string[];
}

export interface Guest {
  /** On the host, and readable in the guest under the same path. */
  readonly folder: string;
  readonly kernel: string;
  /** Runs a line of shell; rejects with its output when it fails. What runs in the background has to have its output redirected. */
  run(command: string): Promise<string>;
  close(): Promise<void>;
}

const init = (modules: readonly string[]): string => `#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs run /run
exec </dev/console >/dev/console 2>&1
stty raw -echo
mkdir -p /run/lib/modules; ln -s ${MODULES}/$(uname -r) /run/lib/modules/
for m in ${modules.join(' ')}; do modprobe -d /run $m || exit 1; done
ip link set lo up
echo "##ready $(uname -r)"
while IFS= read -r line; do eval "$line"; echo "##done $?"; done
`;

/** @throws Error with what the machine said when it does not come up */
export async function startGuest({ namespace, taps = [], modules = [] }: GuestOptions = {}): Promise<Guest> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not there: install the Debian package user-mode-linux (npm run setup does)`);
  const folder = mkdtempSync(join(tmpdir(), 'rs-uml-'));
  const script = join(folder, 'init');
  writeFileSync(script, init(modules), { mode: 0o755 });
  const argv = [PROGRAM, 'mem=320M', 'rootfstype=hostfs', 'rootflags=/', 'ro', `init=${script}`, `uml_dir=${folder}`, 'con=null', 'con0=fd:0,fd:1', 'quiet', 'loglevel=1', ...taps.map((tap, i) => `eth${i}=tuntap,${tap}`)];
  const [program, ...args] = namespace === undefined ? (argv as [string, ...string[]]) : (inside(namespace, argv) as [string, ...string[]]);
  // A group of its own, so that the processes of the guest's programs end with it.
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: existsSync(MEMORY) ? MEMORY : folder }, detached: true });
  let said = '';
  let ended = false;
  let heard = (): void => undefined;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += String(chunk);
      heard();
    });
  const end = new Promise<void>((resolve) => {
    child.once('close', () => {
      ended = true;
      heard();
      resolve();
    });
    child.once('error', (error) => {
      said += error.message;
      ended = true;
      heard();
      resolve();
    });
  });

  /** What stands before the next line that fits; that line's first group. */
  const until = (what: string, mark: RegExp, timeout: number) =>
    new Promise<readonly [before: string, group: string]>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what}: no answer within ${timeout / 1000} s; the virtual machine said: ${said}`)), timeout);
      heard = () => {
        const found = mark.exec(said);
        if (!found && !ended) return;
        clearTimeout(timer);
        heard = () => undefined;
        if (!found) return reject(new Error(`${what}: the virtual machine ended; it needs ptrace and may be refused here. It said: ${said}`));
        const before = said.slice(0, found.index);
        said = said.slice(found.index + found[0].length);
        resolve([before, found[1] ?? '']);
      };
      heard();
    });

  function kill(): void {
    if (ended || child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }

  async function close(): Promise<void> {
    const timer = setTimeout(kill, 3000);
    if (!ended) child.stdin.end('poweroff -f -f\n');
    await end;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  }

  let turn: Promise<unknown> = Promise.resolve();
  async function run(command: string): Promise<string> {
    child.stdin.write(`${command}\n`);
    const [out, status] = await until(command, /^##done (\d+)\n/m, COMMAND_MS);
    if (status !== '0') throw new Error(`${command}: exit status ${status}: ${out}`);
    return out;
  }

  try {
    const [, kernel] = await until('boot', /^##ready (\S+)\n/m, BOOT_MS);
    return {
      folder,
      kernel,
      run(command) {
        const next = turn.then(() => run(command));
        turn = next.catch(() => undefined);
        return next;
      },
      close,
    };
  } catch (error) {
    kill();
    await close();
    throw error;
  }
}
