/** Bundles the command, the gateway's part of it, the lab's helper programs and the dashboard into dist/, when a source is newer than the bundle. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildAgent } from './build-agent.mjs';
import { buildWeb } from './build-web.mjs';
import { buildCommand } from './build-command.mjs';
import { BANNER, place } from './outputs.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = ['protocol', 'runtime', 'agent', 'cloud', 'linux', 'cli', 'lab', 'bench', 'packaging', 'web/mocks', 'scripts'];
/** The version, and those of all dependencies: they are in the bundles, too. */
const MANIFESTS = ['package.json', 'package-lock.json'];
const ENTRIES = { 'lab-traffic': 'lab/traffic/main.ts', 'lab-wifi': 'lab/wifi/main.ts', 'lab-underlay': 'lab/underlay/main.ts', bench: 'bench/main.ts', package: 'packaging/main.ts', 'web-mock': 'web/mocks/main.ts' };

function newest(dir) {
  let latest = 0;
  if (!existsSync(dir)) return latest;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) latest = Math.max(latest, newest(path));
    else if (/\.(?:ts|mjs)$/.test(entry.name)) latest = Math.max(latest, statSync(path).mtimeMs);
  }
  return latest;
}

/** When something that the bundles are made of, or by, was last changed. @param {string} repository @returns {number} */
export const sourcesChanged = (repository = root) => Math.max(...SOURCES.map((dir) => newest(join(repository, dir))), ...MANIFESTS.map((name) => statSync(join(repository, name)).mtimeMs));

/** @returns {Promise<string[]>} the files written; none when all are up to date. @throws Error in words */
export async function build() {
  try {
    return await buildStale();
  } catch (error) {
    throw error.code === 'ERR_MODULE_NOT_FOUND' ? new Error('npm packages are missing; run `npm run setup`', { cause: error }) : error;
  }
}

async function buildStale() {
  const changed = sourcesChanged();
  const stale = Object.keys(ENTRIES).filter((name) => {
    const out = statSync(join(root, 'dist', `${name}.mjs`), { throwIfNoEntry: false });
    return existsSync(join(root, ENTRIES[name])) && (!out || out.mtimeMs < changed);
  });
  return [...(stale.length === 0 ? [] : await bundle(stale)), ...(await buildCommand(changed)), ...(await buildAgent(changed)), ...(await buildWeb())];
}

async function bundle(names) {
  const esbuild = await import('esbuild');
  mkdirSync(join(root, 'dist'), { recursive: true });
  const written = [];
  for (const name of names) {
    const result = await esbuild.build({
      absWorkingDir: root,
      entryPoints: [ENTRIES[name]],
      outfile: join('dist', `${name}.mjs`),
      bundle: true,
      write: false,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      sourcemap: true,
      // classic-level looks for its prebuilt binaries beside its own files.
      external: ['*.node', 'classic-level'],
      banner: { js: BANNER },
      logLevel: 'silent',
    });
    for (const file of result.outputFiles) place(file.path, (path) => writeFileSync(path, file.contents));
    written.push(`dist/${name}.mjs`);
  }
  return written;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const written = await build();
    for (const entry of Object.values(ENTRIES)) if (!existsSync(join(root, entry))) process.stderr.write(`build: ${entry} does not exist, so it is not bundled\n`);
    process.stderr.write(`build: ${written.length > 0 ? written.join(', ') : 'up to date'}\n`);
  } catch (error) {
    process.stderr.write(`build failed: ${error.message}\n`);
    process.exit(1);
  }
}
