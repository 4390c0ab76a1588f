/**
 * A root file system with busybox and Node and nothing else, in a folder of its own: the package's files lie in it as on a router.
 * Everything is copied; what is mounted is mounted in a mount namespace that goes with its processes.
 */
import { chmodSync, copyFileSync, cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { run } from '../../lab/namespaces.ts';
import { repository } from '../../lab/paths.ts';
import { modeOf } from '../../packaging/openwrt.ts';
import { filesBelow } from '../../packaging/payload.ts';
import { busyboxRoot, type Answer, type BusyboxRoot } from './busyboxRoot.ts';

const FILES = join(repository, 'agent/openwrt/files');
const DOUBLES = join(repository, 'test/openwrt');

export interface MinimalRoot extends Pick<BusyboxRoot, 'folder' | 'read' | 'write' | 'remove'> {
  /** Runs a line of shell in it, as `enter` says. */
  sh(line: string, enter?: readonly string[]): Answer;
}

/** The package's files, as they lie in the repository. */
function layFiles(folder: string): void {
  cpSync(FILES, folder, { recursive: true });
  for (const name of filesBelow(FILES)) chmodSync(join(folder, name), modeOf(name));
}

/** Made with the doubles of rc.common, functions.sh and uci; `configs` become files of /etc/config, over those of the package that is laid there. */
export async function minimalRoot(configs: Readonly<Record<string, string>>, layPackage: (folder: string) => void = layFiles): Promise<MinimalRoot> {
  const root = busyboxRoot('roamstead-router-', ['dev', 'proc', 'sys', 'etc/config', 'lib', 'tmp/run', 'tmp/lock', 'usr/bin', 'usr/lib', 'usr/sbin', 'sbin']);
  const { at } = root;
  symlinkSync('/tmp', at('var'));
  run(['mknod', '-m', '0666', at('dev/null'), 'c', '1', '3']);
  run(['mknod', '-m', '0666', at('dev/urandom'), 'c', '1', '9']);
  root.copyProgram(process.execPath, 'usr/bin/node');
  layPackage(root.folder);
  copyFileSync(join(DOUBLES, 'doubles/rc.common'), at('etc/rc.common'));
  chmodSync(at('etc/rc.common'), 0o755);
  copyFileSync(join(DOUBLES, 'doubles/functions.sh'), at('lib/functions.sh'));
  await build({ entryPoints: [join(DOUBLES, 'uciDouble.ts')], outfile: at('usr/lib/uci-double.mjs'), bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' });
  root.write('sbin/uci', '#!/bin/sh\necho "$*" >>/tmp/uci-calls\nexec node /usr/lib/uci-double.mjs "$@"\n', 0o755);
  root.write('sbin/reload_config', '#!/bin/sh\necho reload_config >>/tmp/uci-calls\n', 0o755);
  for (const [name, text] of Object.entries(configs)) root.write(`etc/config/${name}`, text, name === 'roamstead' ? 0o600 : 0o644);
  return { ...root, sh: (line, enter) => root.run(['/bin/sh', '-c', line], { HOME: '/tmp' }, enter) };
}
