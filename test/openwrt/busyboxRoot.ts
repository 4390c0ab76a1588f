/** A root file system with busybox and nothing else, in a folder of its own. Everything in it is copied; nothing is mounted there. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../../lab/namespaces.ts';

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface BusyboxRoot {
  readonly folder: string;
  readonly at: (path: string) => string;
  write(path: string, data: string | Uint8Array, mode?: number): void;
  read(path: string): string;
  exists(path: string): boolean;
  /** Copies a program of this machine, with the libraries that it is linked to, if it is. */
  copyProgram(program: string, to: string): void;
  /** Runs a program of it with nothing but this environment; `enter`: a command that runs the one behind it, elsewhere. */
  run(command: readonly string[], environment?: Readonly<Record<string, string>>, enter?: readonly string[]): Answer;
  /** @throws Error when something is mounted in it, and then nothing is removed */
  remove(): void;
}

/** `folders` are made in it. */
export function busyboxRoot(prefix: string, folders: readonly string[]): BusyboxRoot {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  const at = (path: string): string => join(folder, path);
  const made: BusyboxRoot = {
    folder,
    at,
    write(path, data, mode = 0o644) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), data);
      chmodSync(at(path), mode);
    },
    read: (path) => readFileSync(at(path), 'utf8'),
    exists: (path) => lstatSync(at(path), { throwIfNoEntry: false }) !== undefined,
    copyProgram(program, to) {
      copyFileSync(program, at(to));
      chmodSync(at(to), 0o755);
      for (const [library] of spawnSync('ldd', [program], { encoding: 'utf8' }).stdout.matchAll(/\/\S+\.so\S*/g)) {
        mkdirSync(dirname(at(library)), { recursive: true });
        copyFileSync(library, at(library));
      }
    },
    run(wanted, environment = {}, enter = []) {
      const [command, ...args] = [...enter, 'chroot', folder, ...wanted] as [string, ...string[]];
      const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...environment } });
      return { code: status, stdout, stderr };
    },
    remove() {
      const mounted = readFileSync('/proc/self/mounts', 'utf8').split('\n').find((line) => line.split(' ')[1]?.startsWith(`${folder}/`));
      if (mounted !== undefined) throw new Error(`${folder} is not removed: something is mounted in it: ${mounted}`);
      rmSync(folder, { recursive: true });
    },
  };
  for (const path of ['bin', ...folders]) mkdirSync(at(path), { recursive: true });
  made.copyProgram('/bin/busybox', 'bin/busybox');
  for (const applet of run(['busybox', '--list']).split('\n').filter(Boolean)) if (!existsSync(at(`bin/${applet}`))) symlinkSync('busybox', at(`bin/${applet}`));
  return made;
}
