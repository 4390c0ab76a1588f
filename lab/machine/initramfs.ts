/**
 * The first file system of the virtual machine: busybox and the modules that reach the host's root, which then becomes the
 * machine's own, read-only below and with a RAM disk above. Nothing is written to the host but in the folder of results.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { run } from '../namespaces.ts';
import { cpio } from './cpio.ts';
import type { CpioFile } from './cpio.ts';
import type { Kernel } from './kernel.ts';

/** Tags of the two shared folders. */
export const HOST_ROOT = 'hostroot';
export const SHARED = 'shared';
/** Where the machine sees the folder of results. */
export const SHARED_AT = '/mnt/roamstead';

const NEEDED = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'];
const DIRECTORIES = ['bin', 'modules', 'proc', 'sys', 'dev', 'lower', 'upper', 'newroot'];
const BUSYBOX = '/bin/busybox';

/** Paths of the modules and of what they need, in the order in which they are loaded. */
function moduleFiles({ root, release }: Kernel): string[] {
  const files = NEEDED.flatMap((name) => run(['modprobe', '-d', root, '-S', release, '--show-depends', name]).split('\n'));
  return [...new Set(files.filter((line) => line.startsWith('insmod ')).map((line) => line.split(' ')[1] ?? ''))];
}

/** Modules are compressed in newer packages. */
const contents = (file: string): Buffer => (file.endsWith('.xz') ? execFileSync('xz', ['-dc', file], { maxBuffer: 16 << 20 }) : readFileSync(file));

/** @param command what the machine runs as a shell, in its new root; when it ends the machine powers off */
export const initScript = (modules: readonly string[], kernel: Pick<Kernel, 'modules' | 'release'>, command: string): string => `#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
fail() { echo "no start: $1"; poweroff -f; }
for m in ${modules.join(' ')}; do insmod /modules/$m || fail "module $m"; done
p9=trans=virtio,version=9p2000.L,msize=262144
mount -t 9p -o ro,$p9,cache=loose ${HOST_ROOT} /lower || fail "the host's root"
mount -t tmpfs -o size=60% tmpfs /upper
mkdir /upper/files /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /newroot || fail "overlay"
mkdir -p /newroot/lib/modules/${kernel.release} /newroot${SHARED_AT}
mount --bind /newroot${kernel.modules} /newroot/lib/modules/${kernel.release}
mount -t 9p -o rw,$p9 ${SHARED} /newroot${SHARED_AT} || fail "the folder of results"
for d in proc sys dev; do mount --move /$d /newroot/$d; done
mount -t tmpfs -o mode=1777 tmpfs /newroot/tmp
mount -t tmpfs tmpfs /newroot/run
mkdir -p /newroot/dev/pts /newroot/dev/shm /newroot/run/lock
mount -t devpts devpts /newroot/dev/pts
mount -t tmpfs -o mode=1777 tmpfs /newroot/dev/shm
mount -t debugfs debugfs /newroot/sys/kernel/debug
mount -t bpf bpf /newroot/sys/fs/bpf
mount -t cgroup2 cgroup2 /newroot/sys/fs/cgroup
ln -sf /proc/self/fd /newroot/dev/fd
for i in 0/stdin 1/stdout 2/stderr; do ln -sf /proc/self/fd/\${i%/*} /newroot/dev/\${i#*/}; done
ip link set lo up
cat > /newroot/run/init <<'END'
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8
cd /tmp
${command}
sync
echo o > /proc/sysrq-trigger
# The first process must not end before the power does, and the file systems are gone.
while :; do :; done
END
exec switch_root /newroot /bin/sh /run/init
`;

export function initramfs(kernel: Kernel, command: string): Buffer {
  const files = moduleFiles(kernel);
  const names = files.map((file) => basename(file).replace(/\.xz$/, ''));
  const entries: CpioFile[] = [
    ...DIRECTORIES.map((path) => ({ path })),
    { path: 'bin/busybox', data: readFileSync(BUSYBOX), executable: true },
    ...files.map((file, i) => ({ path: join('modules', names[i] ?? ''), data: contents(file) })),
    { path: 'init', data: Buffer.from(initScript(names, kernel, command)), executable: true },
  ];
  return gzipSync(cpio(entries), { level: 1 });
}
