/**
 * Bundles what lies on a home router into dist/agent/: agent.mjs, the chunks that it loads where a configuration needs them,
 * and the BPF object, all in one folder. The addons are looked for in build/ there or above (linux/native.ts).
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agentModules } from './agent-modules.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OBJECT = join(root, 'linux', 'datapath', 'pmip.bpf.o');

/** Some dependencies are CommonJS inside and call `require`, which an ESM bundle has not. */
const BANNER = "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** What esbuild makes of it: one entry, in memory. */
export async function bundleAgent() {
  const esbuild = await import('esbuild');
  return esbuild.build({
    absWorkingDir: root,
    entryPoints: { agent: 'cli/agentMain.ts' },
    outdir: join('dist', 'agent'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    external: ['*.node'],
    plugins: [agentModules],
    banner: { js: BANNER },
    logLevel: 'silent',
  });
}

/** @param {number} changed when a source last was @returns {Promise<string[]>} the files written; none when all are up to date */
export async function buildAgent(changed) {
  const folder = join(root, 'dist', 'agent');
  const entry = statSync(join(folder, 'agent.mjs'), { throwIfNoEntry: false });
  const object = join(folder, 'pmip.bpf.o');
  if (entry && existsSync(object) && entry.mtimeMs >= Math.max(changed, statSync(OBJECT).mtimeMs, statSync(fileURLToPath(import.meta.url)).mtimeMs)) return [];
  const { outputFiles } = await bundleAgent();
  mkdirSync(folder, { recursive: true });
  place(object, (file) => copyFileSync(OBJECT, file));
  // The entry last: it names the chunks, and dates the whole.
  for (const file of outputFiles.toSorted((a, b) => Number(basename(a.path) === 'agent.mjs') - Number(basename(b.path) === 'agent.mjs'))) place(file.path, (path) => writeFileSync(path, file.contents));
  const wanted = new Set(['pmip.bpf.o', ...outputFiles.map((file) => basename(file.path))]);
  for (const name of readdirSync(folder)) if (!wanted.has(name)) rmSync(join(folder, name));
  return ['dist/agent'];
}

/** By rename, so that a process that starts meanwhile reads the old file or the new one. */
function place(path, write) {
  const fresh = `${path}.${process.pid}`;
  write(fresh);
  renameSync(fresh, path);
}
