/** Of `npm run package`: packages for Debian and its like, and the container image. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deb, DEB_ARCHITECTURES, type Arch } from './deb.ts';
import { agentDeb, nodeDeb } from './debPackage.ts';
import { ociArchive } from './oci.ts';
import { agentImage, ociRun } from './ociImage.ts';
import { glibcProgram, nodeVersion } from './runtimeFile.ts';

export interface TargetOptions {
  readonly root: string;
  readonly out: string;
  readonly time: number;
  readonly version: string;
  readonly say: (line: string) => void;
}

const ARCHES = Object.keys(DEB_ARCHITECTURES) as Arch[];
/** `amd64`, `arm64`, `armhf` to `process.arch`; undefined: none of Debian's. */
export const archOfDebian = (name: string): Arch | undefined => ARCHES.find((arch) => DEB_ARCHITECTURES[arch] === name);

function write(folder: string, fileName: string, octets: Buffer, say: TargetOptions['say']): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, fileName), octets);
  say(`${join(folder, fileName)}  ${octets.length.toLocaleString('en-US')} octets`);
}

/** The agent's package for each architecture of Debian, in a folder made anew. */
export function writeDebs({ root, out, time, version, say }: TargetOptions): void {
  const folder = join(out, 'debian');
  rmSync(folder, { recursive: true, force: true });
  for (const arch of ARCHES) {
    const { fileName, octets } = deb(agentDeb(root, arch, version, time), time);
    write(folder, fileName, octets, say);
  }
}

/** A given Node for glibc beside them. @throws Error in words */
export function writeNodeDeb(file: string, arch: Arch, { out, time, say }: TargetOptions): void {
  const node = readFileSync(file);
  glibcProgram('--node', node, arch);
  const { fileName, octets } = deb(nodeDeb(node, arch, nodeVersion(node)), time);
  write(join(out, 'debian'), fileName, octets, say);
}

/** One image for all machines that a Node was given for: `amd64=FILE`. @throws Error in words */
export function writeImage(given: readonly string[], { root, out, time, version, say }: TargetOptions): void {
  const images = given.map((word) => {
    const [, name = '', file = ''] = /^(\w+)=(.+)$/.exec(word) ?? [];
    const arch = archOfDebian(name);
    if (!arch) throw new Error(`--oci ${word}: expected ARCH=FILE with ${ARCHES.map((a) => DEB_ARCHITECTURES[a]).join(', ')} and a Node binary for glibc`);
    return agentImage(root, arch, readFileSync(file));
  });
  write(out, `roamstead_${version}_oci.tar`, ociArchive(images, ociRun(version), { time, reference: `roamstead:${version}` }), say);
}
