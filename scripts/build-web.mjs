/** Builds the dashboard into dist/web, each file beside a .gz and a .br of it, when a source is newer. */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Types of these change nothing of what is built, but a build is cheap. */
const SOURCES = ['web', 'cloud/api/resources', 'scripts/build-web.mjs', 'package-lock.json'];
const NOT = ['mocks', 'README.md'];
/** Smaller files gain nothing. */
const WORTH = 512;

function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  return Math.max(0, ...readdirSync(path).filter((name) => !NOT.includes(name)).map((name) => newest(join(path, name))));
}

function compress(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      compress(path);
      continue;
    }
    const content = readFileSync(path);
    if (content.length < WORTH) continue;
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
    writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }));
  }
}

/** @returns {Promise<string[]>} what was written; nothing when it is up to date */
export async function buildWeb() {
  const out = join(root, 'dist', 'web');
  const built = statSync(join(out, 'index.html'), { throwIfNoEntry: false });
  const changed = Math.max(...SOURCES.map((path) => newest(join(root, path))));
  if (!existsSync(join(root, 'web', 'index.html')) || (built && built.mtimeMs >= changed)) return [];
  const { build } = await import('vite');
  mkdirSync(join(root, 'dist'), { recursive: true });
  const fresh = `${out}.${process.pid}`;
  const old = `${out}.${process.pid}.old`;
  await build({ configFile: join(root, 'web', 'vite.config.ts'), logLevel: 'error', build: { outDir: fresh } });
  compress(fresh);
  // By rename, so that a server that reads it meanwhile has all of the one or all of the other.
  if (existsSync(out)) renameSync(out, old);
  renameSync(fresh, out);
  rmSync(old, { recursive: true, force: true });
  return ['dist/web'];
}
