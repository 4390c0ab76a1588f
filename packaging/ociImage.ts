/** What is in the agent's image: a Node, the libraries that it names, and the agent; no shell, no package manager. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Arch } from './deb.ts';
import { agentFiles } from './debPackage.ts';
import { readElf } from './elf.ts';
import type { OciImage, OciPlatform, OciRun } from './oci.ts';
import { glibcProgram } from './runtimeFile.ts';
import type { TarEntry } from './tar.ts';

/**
 * Debian's C library: on this machine its own, else that of the cross compiler which the addon was built with. Taken from there and not
 * from somebody's base image, because then nothing is fetched that the build machine does not have and check already.
 */
const MACHINES: Readonly<Record<Arch, OciPlatform & { readonly triplet: string }>> = {
  x64: { architecture: 'amd64', triplet: 'x86_64-linux-gnu' },
  arm64: { architecture: 'arm64', triplet: 'aarch64-linux-gnu' },
  arm: { architecture: 'arm', variant: 'v7', triplet: 'arm-linux-gnueabihf' },
};

export const ociRun = (version: string): OciRun => ({
  entrypoint: ['/usr/bin/node', '/usr/lib/roamstead/agent.mjs'],
  command: ['agent', '--config', '/etc/roamstead/agent.yaml'],
  environment: ['PATH=/usr/bin'],
  // As an upgrade wants it: the next container takes the phones up.
  stopSignal: 'SIGTERM',
  labels: { 'org.opencontainers.image.title': 'roamstead', 'org.opencontainers.image.version': version, 'org.opencontainers.image.licenses': 'Apache-2.0' },
});

/** Every library that the program needs, and what these need, by its name. @throws Error in words for one that is not there */
function librariesOf(needs: readonly string[], triplet: string): Map<string, Buffer> {
  const folders = [`/lib/${triplet}`, `/usr/lib/${triplet}`, `/usr/${triplet}/lib`];
  const found = new Map<string, Buffer>();
  const wanted = [...needs];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (found.has(name)) continue;
    const path = folders.map((folder) => join(folder, name)).find(existsSync);
    if (path === undefined) throw new Error(`--oci: ${name} is in none of ${folders.join(', ')}: install the C and C++ libraries for ${triplet} (the cross compiler g++-${triplet} brings them)`);
    const data = readFileSync(path);
    found.set(name, data);
    const elf = readElf(data);
    if (!elf) throw new Error(`--oci: ${path} is no library of a little-endian machine`);
    wanted.push(...elf.needs);
  }
  return found;
}

/** `root`: the repository, built; `node`: a Node for glibc. @throws Error in words */
export function agentImage(root: string, arch: Arch, node: Buffer): OciImage {
  const { triplet, ...platform } = MACHINES[arch];
  const elf = glibcProgram('--oci', node, arch);
  const loader = elf.loader.slice(1);
  const libraries = librariesOf(elf.needs, triplet);
  const loaderName = loader.slice(loader.lastIndexOf('/') + 1);
  const loaded = libraries.get(loaderName) ?? librariesOf([loaderName], triplet).get(loaderName);
  const file = (name: string, mode: number, data: Uint8Array): TarEntry => ({ kind: 'file', name, mode, data });
  const system: TarEntry[] = [
    file('usr/bin/node', 0o755, node),
    ...(loaded ? [file(loader, 0o755, loaded)] : []),
    ...[...libraries].filter(([name]) => name !== loaderName).map(([name, data]) => file(`lib/${triplet}/${name}`, 0o644, data)),
    ...['etc/roamstead', 'run/roamstead', 'tmp', 'proc', 'sys', 'dev'].map((name): TarEntry => ({ kind: 'directory', name, mode: 0o755 })),
  ];
  return { ...platform, layers: [system, agentFiles(root, arch)] };
}
