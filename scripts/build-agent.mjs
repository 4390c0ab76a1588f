/**
 * Bundles what lies on a home router into dist/agent/: agent.mjs, the chunks that it loads where a configuration needs them,
 * and the BPF object, all in one folder. The addons are looked for in build/ there or above (linux/native.ts).
 */
import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agentModules } from './agent-modules.mjs';
import { BANNER, place, placeBundle } from './outputs.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OBJECT = join(root, 'linux', 'datapath', 'pmip.bpf.o');

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
  placeBundle(folder, 'agent.mjs', outputFiles, ['pmip.bpf.o']);
  return ['dist/agent'];
}
