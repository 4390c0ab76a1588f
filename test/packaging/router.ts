/** A root file system with busybox in which packages' scripts run, without any of our files: package managers put them there. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Router {
  readonly folder: string;
  at(path: string): string;
  write(path: string, data: string | Uint8Array, mode?: number): void;
  read(path: string): string;
  exists(path: string): boolean;
  /** Runs a program of it with nothing but this environment. */
  run(command: readonly string[], environment?: Readonly<Record<string, string>>): { readonly code: number | null; readonly said: string };
  /** What services were told since this was last asked. */
  calls(): string[];
  /** Everything that lies there, a line each: kind, mode, name, target of a link; without what programs leave in /tmp. */
  tree(): string[];
  remove(): void;
}

const PREFIX = 'roamstead-packages-';
const APPLETS = ['sh', 'cat', 'cp', 'cut', 'grep', 'ln', 'logger', 'md5sum', 'mkdir', 'mv', 'rm', 'sed', 'sleep', 'touch', 'true'];
/** As OpenWrt's base-files and LuCI have them, with files of theirs: no package of ours makes or removes these. */
const FOLDERS = ['bin', 'sbin', 'usr/bin', 'usr/lib/opkg/info', 'usr/lib/lua/luci/i18n', 'usr/share/luci/menu.d', 'usr/share/rpcd/acl.d', 'etc/config', 'etc/init.d', 'etc/rc.d', 'etc/uci-defaults', 'etc/opkg/keys', 'etc/apk/keys', 'etc/hotplug.d/iface', 'lib/apk/packages', 'lib/upgrade/keep.d', 'tmp', 'var/run', 'www/luci-static/resources/view'];

export function router(): Router {
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  const at = (path: string): string => join(folder, path);
  for (const path of FOLDERS) mkdirSync(at(path), { recursive: true });
  copyFileSync('/bin/busybox', at('bin/busybox'));
  for (const applet of APPLETS) symlinkSync('busybox', at(`bin/${applet}`));
  const doubles = join(import.meta.dirname, 'doubles');
  copyFileSync(join(doubles, 'functions.sh'), at('lib/functions.sh'));
  copyFileSync(join(doubles, 'rc.common'), at('etc/rc.common'));
  chmodSync(at('etc/rc.common'), 0o755);
  const made: Router = {
    folder,
    at,
    write(path, data, mode = 0o644) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), data);
      chmodSync(at(path), mode);
    },
    read: (path) => readFileSync(at(path), 'utf8'),
    exists: (path) => lstatSync(at(path), { throwIfNoEntry: false }) !== undefined,
    run(command, environment = {}) {
      const done = spawnSync('chroot', [folder, ...command], { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...environment } });
      return { code: done.status, said: done.stdout + done.stderr };
    },
    calls() {
      const calls = existsSync(at('tmp/calls')) ? made.read('tmp/calls').trim().split('\n') : [];
      rmSync(at('tmp/calls'), { force: true });
      return calls;
    },
    tree: () => linesBelow(folder).filter((line) => !line.includes(' tmp/')),
    remove() {
      if (!folder.startsWith(join(tmpdir(), PREFIX))) throw new Error(`${folder} is not removed: not made here`);
      rmSync(folder, { recursive: true });
    },
  };
  for (const path of FOLDERS) made.write(`${path}/openwrt`, '');
  // There is no configuration to ask: nothing of the router's is to be changed.
  made.write('sbin/uci', '#!/bin/sh\nexit 1\n', 0o755);
  return made;
}

function linesBelow(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below)).sort().flatMap((entry) => {
    const name = below === '' ? entry : `${below}/${entry}`;
    const found = lstatSync(join(folder, name));
    const mode = (found.mode & 0o7777).toString(8);
    if (found.isDirectory()) return [`directory ${mode} ${name}`, ...linesBelow(folder, name)];
    return [found.isSymbolicLink() ? `link ${name} -> ${readlinkSync(join(folder, name))}` : `file ${mode} ${name}`];
  });
}
