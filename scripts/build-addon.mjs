/**
 * Builds linux/native/*.c into build/roamstead-<arch>.node with the C compiler alone. Needs nothing but Node, `cc` and
 * the node-api-headers package. Does nothing when the result is newer than its sources.
 *
 *   node scripts/build-addon.mjs              for this machine
 *   CC=aarch64-linux-gnu-gcc node scripts/build-addon.mjs --arch arm64
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Returns the path of the addon, built if it was missing or old; throws an Error that says what to do.
 * @param {string} arch as `process.arch` names it
 * @returns {{ path: string, built: boolean }}
 */
export function buildAddon(arch = process.arch) {
  const folder = join(root, 'linux/native');
  const sources = readdirSync(folder).map((name) => join(folder, name));
  const path = join(root, `build/roamstead-${arch}.node`);
  const age = (file) => statSync(file).mtimeMs;
  if (existsSync(path) && age(path) > Math.max(...[...sources, fileURLToPath(import.meta.url)].map(age))) return { path, built: false };

  const headers = join(root, 'node_modules/node-api-headers/include');
  if (!existsSync(headers)) throw new Error('The Node-API headers are missing (node_modules/node-api-headers). Run: npm ci');
  mkdirSync(dirname(path), { recursive: true });
  const compiler = process.env.CC || 'cc';
  // Under another name first: a process may be loading the old file, or building the same one.
  const fresh = `${path}.${process.pid}`;
  const args = ['-O2', '-fPIC', '-shared', '-Wall', '-Wextra', '-Werror', '-DNAPI_VERSION=8', '-I', headers, '-o', fresh, ...sources.filter((name) => name.endsWith('.c'))];
  try {
    execFileSync(compiler, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    if (error.code === 'ENOENT') throw new Error(`There is no C compiler "${compiler}". Install one (Debian: apt-get install gcc libc6-dev) or set CC`, { cause: error });
    throw new Error(`${compiler} could not build ${folder}:\n${error.stderr ?? error.message}`, { cause: error });
  }
  return { path, built: true };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const at = process.argv.indexOf('--arch');
    const { path, built } = buildAddon(at < 0 ? undefined : process.argv[at + 1]);
    console.log(`${path}${built ? '' : ' is up to date'}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
