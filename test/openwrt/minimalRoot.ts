/**
 * A root file system with busybox and Node and nothing else, in a folder of its own: the package's files lie in it as on a router.
 * Everything is copied; what is mounted is mounted in a mount namespace that goes with its processes.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { run } from '../../lab/namespaces.ts';

const source = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const FILES = join(source, 'agent/openwrt/files');
const PREFIX = 'roamstead-router-';

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MinimalRoot {
  readonly folder: string;
  /** Runs a line of shell in it, as `enter` says. */
  sh(line: string, enter?: readonly string[]): Answer;
  read(path: string): string;
  write(path: string, text: string, mode?: number): void;
  remove(): void;
}

/** The package's files, as they lie in the repository. */
function layFiles(folder: string): void {
  cpSync(FILES, folder, { recursive: true });
  for (const path of ['etc/init.d/roamstead', 'usr/bin/roamstead', 'usr/lib/roamstead/guest-network.sh', 'usr/lib/roamstead/before-removal.sh']) chmodSync(join(folder, path), 0o755);
  chmodSync(join(folder, 'etc/config/roamstead'), 0o600);
}

/** Made with the doubles of rc.common, functions.sh and uci; `configs` become files of /etc/config, over those of the package that is laid there. */
export async function minimalRoot(configs: Readonly<Record<string, string>>, layPackage: (folder: string) => void = layFiles): Promise<MinimalRoot> {
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  const at = (path: string): string => join(folder, path);
  for (const path of ['bin', 'dev', 'proc', 'sys', 'etc/config', 'lib', 'tmp/run', 'tmp/lock', 'usr/bin', 'usr/lib', 'usr/sbin', 'sbin']) mkdirSync(at(path), { recursive: true });
  symlinkSync('/tmp', at('var'));
  run(['mknod', '-m', '0666', at('dev/null'), 'c', '1', '3']);
  run(['mknod', '-m', '0666', at('dev/urandom'), 'c', '1', '9']);
  copyProgram('/bin/busybox', at, 'bin/busybox');
  for (const applet of run(['busybox', '--list']).split('\n').filter(Boolean)) if (!existsSync(at(`bin/${applet}`))) symlinkSync('busybox', at(`bin/${applet}`));
  copyProgram(process.execPath, at, 'usr/bin/node');
  layPackage(folder);
  copyFileSync(join(source, 'test/openwrt/doubles/rc.common'), at('etc/rc.common'));
  chmodSync(at('etc/rc.common'), 0o755);
  copyFileSync(join(source, 'test/openwrt/doubles/functions.sh'), at('lib/functions.sh'));
  await build({ entryPoints: [join(source, 'test/openwrt/uciDouble.ts')], outfile: at('usr/lib/uci-double.mjs'), bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' });
  const root: MinimalRoot = {
    folder,
    sh(line, enter = []) {
      const [command, ...args] = [...enter, 'chroot', folder, '/bin/sh', '-c', line];
      const r = spawnSync(command, args, { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/tmp' } });
      return { code: r.status, stdout: r.stdout, stderr: r.stderr };
    },
    read: (path) => readFileSync(at(path), 'utf8'),
    write(path, text, mode = 0o644) {
      writeFileSync(at(path), text);
      chmodSync(at(path), mode);
    },
    remove() {
      // Only what this made, and only when nothing is mounted in it.
      const mounted = readFileSync('/proc/self/mounts', 'utf8').split('\n').some((line) => line.split(' ')[1]?.startsWith(folder));
      if (mounted || !folder.startsWith(join(tmpdir(), PREFIX))) throw new Error(`${folder} is not removed: something is mounted in it`);
      rmSync(folder, { recursive: true });
    },
  };
  root.write('sbin/uci', '#!/bin/sh\necho "$*" >>/tmp/uci-calls\nexec node /usr/lib/uci-double.mjs "$@"\n', 0o755);
  root.write('sbin/reload_config', '#!/bin/sh\necho reload_config >>/tmp/uci-calls\n', 0o755);
  for (const [name, text] of Object.entries(configs)) root.write(`etc/config/${name}`, text, name === 'roamstead' ? 0o600 : 0o644);
  return root;
}

/** A program with the libraries that it is linked to, if it is. */
function copyProgram(program: string, at: (path: string) => string, to: string): void {
  copyFileSync(program, at(to));
  chmodSync(at(to), 0o755);
  for (const [library] of spawnSync('ldd', [program], { encoding: 'utf8' }).stdout.matchAll(/\/\S+\.so\S*/g)) {
    mkdirSync(dirname(at(library)), { recursive: true });
    copyFileSync(library, at(library));
  }
}
