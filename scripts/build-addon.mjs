/**
 * Builds linux/native/*.c into build/roamstead-<arch>.node with the C compiler alone. Needs nothing but Node, `cc` and
 * the node-api-headers package. Does nothing when the result is newer than its sources.
 *
 *   node scripts/build-addon.mjs              for this machine
 *   node scripts/build-addon.mjs --arch arm64 for one machine, by CC or Debian's cross compiler
 *   node scripts/build-addon.mjs --all        for every machine that a package is made for
 *
 * The file names no library, so that one file loads under glibc and musl: what it calls is in the process that loads it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Machines of packages, by `process.arch`: Debian's compiler for each, and the packages that bring it. */
export const ADDONS = {
  x64: { compiler: 'x86_64-linux-gnu-gcc', packages: 'gcc-x86-64-linux-gnu libc6-dev-amd64-cross' },
  arm64: { compiler: 'aarch64-linux-gnu-gcc', packages: 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross' },
  arm: { compiler: 'arm-linux-gnueabihf-gcc', packages: 'gcc-arm-linux-gnueabihf libc6-dev-armhf-cross' },
};

const FLAGS = [
  // Small: the time is the kernel's.
  '-Os', '-fPIC', '-shared', '-Wall', '-Wextra', '-Werror', '-DNAPI_VERSION=8', '-fvisibility=hidden',
  // No library; what a distribution's compiler adds by itself would need glibc's own.
  '-nostdlib', '-U_FORTIFY_SOURCE', '-U_TIME_BITS', '-U_FILE_OFFSET_BITS', '-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-fno-unwind-tables',
  // Bound when it is loaded, so that a missing function is told then; no pages between the parts, nothing of this machine in the file.
  '-s', '-Wl,-z,now', '-Wl,-z,norelro', '-Wl,-z,noseparate-code', '-Wl,--build-id=none', '-Wl,--hash-style=gnu',
];

/**
 * Returns the path of the addon, built if it was missing or old; throws an Error that says what to do.
 * @param {string} arch as `process.arch` names it
 * @returns {{ path: string, built: boolean }}
 */
export function buildAddon(arch = process.arch, chosen = process.env.CC) {
  const folder = join(root, 'linux/native');
  const sources = readdirSync(folder).map((name) => join(folder, name));
  const path = join(root, `build/roamstead-${arch}.node`);
  const age = (file) => statSync(file).mtimeMs;
  if (existsSync(path) && age(path) > Math.max(...[...sources, fileURLToPath(import.meta.url)].map(age))) return { path, built: false };

  const headers = join(root, 'node_modules/node-api-headers/include');
  if (!existsSync(headers)) throw new Error('The Node-API headers are missing (node_modules/node-api-headers). Run: npm ci');
  mkdirSync(dirname(path), { recursive: true });
  const compiler = chosen || (arch === process.arch ? 'cc' : ADDONS[arch]?.compiler);
  if (!compiler) throw new Error(`No compiler is known for ${arch}: set CC`);
  // Under another name first: a process may be loading the old file, or building the same one.
  const fresh = `${path}.${process.pid}`;
  // 64-bit arithmetic of a 32-bit machine is in libgcc, as a static library.
  const args = [...FLAGS, '-I', headers, '-o', fresh, ...sources.filter((name) => name.endsWith('.c')), '-lgcc'];
  try {
    execFileSync(compiler, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    const wanted = arch === process.arch ? 'gcc libc6-dev' : ADDONS[arch]?.packages;
    if (error.code === 'ENOENT') throw new Error(`There is no C compiler "${compiler}". Install one${wanted ? ` (Debian: apt-get install ${wanted})` : ''} or set CC`, { cause: error });
    throw new Error(`${compiler} could not build ${folder}:\n${error.stderr ?? error.message}`, { cause: error });
  }
  return { path, built: true };
}

/** Every addon of a package. CC is this machine's compiler here, and the others are Debian's. */
export const buildAddons = () => Object.keys(ADDONS).map((arch) => buildAddon(arch, arch === process.arch ? process.env.CC : undefined));

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const at = process.argv.indexOf('--arch');
    const all = process.argv.includes('--all') ? buildAddons() : [buildAddon(at < 0 ? undefined : process.argv[at + 1])];
    for (const { path, built } of all) console.log(`${path}${built ? '' : ' is up to date'}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
