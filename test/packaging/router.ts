/** A root file system with busybox in which packages' scripts run, without any of our files: package managers put them there. */
import { chmodSync, copyFileSync, existsSync, lstatSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { busyboxRoot, type BusyboxRoot } from '../openwrt/busyboxRoot.ts';

export interface Router extends Omit<BusyboxRoot, 'run' | 'copyProgram'> {
  /** Runs a program of it with nothing but this environment. */
  run(command: readonly string[], environment?: Readonly<Record<string, string>>): { readonly code: number | null; readonly said: string };
  /** What services were told since this was last asked. */
  calls(): string[];
  /** Everything that lies there, a line each: kind, mode, name, target of a link; without what programs leave in /tmp. */
  tree(): string[];
}

/** As OpenWrt's base-files and LuCI have them, with files of theirs: no package of ours makes or removes these. */
const FOLDERS = ['bin', 'sbin', 'usr/bin', 'usr/lib/opkg/info', 'usr/lib/lua/luci/i18n', 'usr/share/luci/menu.d', 'usr/share/rpcd/acl.d', 'etc/config', 'etc/init.d', 'etc/rc.d', 'etc/uci-defaults', 'etc/opkg/keys', 'etc/apk/keys', 'etc/hotplug.d/iface', 'lib/apk/packages', 'lib/upgrade/keep.d', 'tmp', 'var/run', 'www/luci-static/resources/view'];

export function router(): Router {
  const root = busyboxRoot('roamstead-packages-', FOLDERS);
  const { at } = root;
  const doubles = join(import.meta.dirname, 'doubles');
  copyFileSync(join(doubles, 'functions.sh'), at('lib/functions.sh'));
  copyFileSync(join(doubles, 'rc.common'), at('etc/rc.common'));
  chmodSync(at('etc/rc.common'), 0o755);
  for (const path of FOLDERS) root.write(`${path}/openwrt`, '');
  // There is no configuration to ask: nothing of the router's is to be changed.
  root.write('sbin/uci', '#!/bin/sh\nexit 1\n', 0o755);
  return {
    ...root,
    run(command, environment) {
      const { code, stdout, stderr } = root.run(command, environment);
      return { code, said: stdout + stderr };
    },
    calls() {
      const calls = existsSync(at('tmp/calls')) ? root.read('tmp/calls').trim().split('\n') : [];
      rmSync(at('tmp/calls'), { force: true });
      return calls;
    },
    tree: () => linesBelow(root.folder).filter((line) => !line.includes(' tmp/')),
  };
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
