/**
 * A Debian that boots: this machine's own root under an overlay in memory, systemd as its first process, in a network namespace of the
 * test's. What is installed or removed there is gone with it, and this machine sees nothing of it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabError } from '../../lab/namespaces.ts';
import { start, until } from '../../lab/processes.ts';

export interface DebianMachine {
  /** Its files, seen from here. */
  readonly root: string;
  /** What the command printed. @throws Error with it when it failed */
  run(...argv: string[]): string;
  /** The same, with its exit code. */
  attempt(...argv: string[]): { readonly status: number | null; readonly said: string };
  /** Keeps owner and mode of a file that is there. */
  write(path: string, text: string): void;
  close(): Promise<void>;
}

/** Nothing of this machine's services is started there but the journal, and a gateway's configuration of its own is not there. `$1`: an empty folder. */
const BOOT = `set -eu
mount -t tmpfs none "$1"
cd "$1"
mkdir up work root
mount -t overlay none -o "lowerdir=/,upperdir=$PWD/up,workdir=$PWD/work" root
cd root
mount -t proc proc proc
mount -t sysfs sys sys
mount -t bpf none sys/fs/bpf
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 none sys/fs/cgroup
else
  mount -t tmpfs none sys/fs/cgroup
  mkdir sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd none sys/fs/cgroup/systemd
fi
mount -t tmpfs none run
mount -t tmpfs none tmp
mount -t tmpfs -o mode=755 none dev
for name in null zero full random urandom tty; do
  : >dev/$name
  mount --bind /dev/$name dev/$name
done
mkdir dev/shm dev/pts packages
mount -t devpts -o newinstance,ptmxmode=666 none dev/pts
ln -s pts/ptmx dev/ptmx
: >etc/fstab
: >etc/machine-id
rm -f usr/sbin/policy-rc.d
rm -rf etc/roamstead
rm -rf etc/systemd/system usr/lib/systemd/system/*.target.wants
mkdir -p etc/systemd/system usr/lib/systemd/system/sockets.target.wants
ln -s ../systemd-journald.socket ../systemd-journald-dev-log.socket usr/lib/systemd/system/sockets.target.wants
mkdir before
pivot_root . before
umount -l /before
export container=other
exec /lib/systemd/systemd --unit=basic.target
`;

/** @throws LabError when it does not boot */
export async function debianMachine(namespace: string): Promise<DebianMachine> {
  const folder = mkdtempSync(join(tmpdir(), 'rs-deb-'));
  writeFileSync(join(folder, 'boot'), BOOT);
  const mountPoint = mkdtempSync(join(folder, 'm'));
  const keeper = start({ name: 'debian', namespace, argv: ['unshare', '--mount', '--pid', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child', '--propagation', 'private', 'sh', join(folder, 'boot'), mountPoint], folder });
  const close = async (): Promise<void> => {
    await keeper.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  };
  const ended = async (error: unknown): Promise<never> => {
    await close();
    throw error;
  };
  const init = await until('the first process', 5000, () => Number(spawnSync('pgrep', ['-P', String(keeper.pid)], { encoding: 'utf8' }).stdout) || undefined).catch(ended);
  const attempt: DebianMachine['attempt'] = (...argv) => {
    const [command, ...args] = ['nsenter', `--target=${init}`, '--mount', '--pid', '--uts', '--ipc', '--cgroup', '--net', ...argv] as [string, ...string[]];
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' } });
    return { status, said: `${stdout}${stderr}` };
  };
  await until('systemd', 30_000, () => {
    if (!keeper.running()) throw new LabError(`Debian does not boot: ${keeper.log()}`);
    return /running|degraded/.test(attempt('systemctl', 'is-system-running').said);
  }).catch(ended);
  return {
    root: `/proc/${init}/root`,
    attempt,
    run(...argv) {
      const { status, said } = attempt(...argv);
      if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${said}`);
      return said;
    },
    write: (path, text) => writeFileSync(join(`/proc/${init}/root`, path), text),
    close,
  };
}

