/**
 * Debian's stock kernel, unpacked and not installed: it has mac80211_hwsim, 9p and everything else the lab needs as modules (the
 * cloud flavour has neither). The archive's meta package names the current one.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabError, run } from '../namespaces.ts';

export interface Kernel {
  /** As `uname -r` prints it. */
  readonly release: string;
  readonly image: string;
  /** `lib/modules/<release>`, and the folder that this is in. */
  readonly modules: string;
  readonly root: string;
}

const META = 'linux-image-amd64';

/** Downloads the kernel unless this machine has it already. @throws LabError that says what is missing */
export function debianKernel(say: (text: string) => void): Kernel {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new LabError(`the virtual machine runs this system's own programs under a kernel for x86-64; this is ${process.platform} on ${process.arch}`);
  const name = packageName();
  const folder = cacheFolder();
  const root = join(folder, name);
  if (!existsSync(root)) {
    say(`downloading ${name}`);
    download(name, folder, root);
  }
  const [release = ''] = readdirSync(join(root, 'lib', 'modules'));
  return { release, root, image: join(root, 'boot', `vmlinuz-${release}`), modules: join(root, 'lib', 'modules', release) };
}

function packageName(): string {
  let depends: string;
  try {
    depends = run(['apt-cache', 'depends', META]);
  } catch (error) {
    throw new LabError(`the virtual machine boots Debian's kernel, which comes from apt: ${(error as Error).message}`, { cause: error });
  }
  const name = kernelPackage(depends);
  if (name === undefined) throw new LabError(`apt knows no package ${META}; run \`apt-get update\` as root. Only Debian's archive has it`);
  return name;
}

/** @param depends what `apt-cache depends` prints */
export const kernelPackage = (depends: string): string | undefined => /^\s*Depends: (linux-image-\S+)/m.exec(depends)?.[1];

/** Of the whole machine for root, else of this user. */
function cacheFolder(): string {
  const folder = process.getuid?.() === 0 ? '/var/cache/roamstead' : join(tmpdir(), `roamstead-${process.getuid?.() ?? ''}`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}

/** What is at `root` afterwards is complete, also if several do this at once. */
function download(name: string, folder: string, root: string): void {
  const scratch = mkdtempSync(join(folder, 'unpack-'));
  try {
    // As ourselves: apt's own user may not write here, and warns.
    run(['env', '-C', scratch, 'apt-get', '-q', '-o', 'APT::Sandbox::User=root', 'download', name]);
    const [deb = ''] = readdirSync(scratch);
    const unpacked = join(scratch, 'root');
    run(['dpkg-deb', '-x', join(scratch, deb), unpacked]);
    run(['depmod', '-b', unpacked, ...readdirSync(join(unpacked, 'lib', 'modules'))]);
    if (!existsSync(root)) renameSync(unpacked, root);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
