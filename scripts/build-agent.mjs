/**
 * Bundles what lies on a home router into dist/agent/: agent.mjs, the chunks that it loads where a configuration needs them,
 * and the BPF object, all in one folder. The addons are looked for in build/ there or above (linux/native.ts).
 */
import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agentModules } from './agent-modules.mjs';
import { BANNER, place, placeBundle } from './outputs.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OBJECT = join(root, 'linux', 'datapath', 'pmip.bpf.o');

/** What esbuild makes of it, in memory: one entry, its chunks, and their source maps. */
export async function bundleAgent(folder = join(root, 'dist', 'agent')) {
  const esbuild = await import('esbuild');
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: { agent: 'cli/agentMain.ts' },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    // Names would be 44 kB more. A stack trace of a router is read with scripts/trace.mjs and the maps, which stay here.
    sourcemap: 'external',
    legalComments: 'none',
    external: ['*.node'],
    plugins: [agentModules],
    banner: { js: BANNER },
    logLevel: 'silent',
  });
  const isMap = ({ path }) => path.endsWith('.map');
  return { outputFiles: result.outputFiles.filter((file) => !isMap(file)), maps: result.outputFiles.filter(isMap), metafile: result.metafile };
}

/** @param {number} changed when a source last was @returns {Promise<string[]>} the files written; none when all are up to date */
export async function buildAgent(changed) {
  const folder = join(root, 'dist', 'agent');
  const entry = statSync(join(folder, 'agent.mjs'), { throwIfNoEntry: false });
  const object = join(folder, 'pmip.bpf.o');
  if (entry && existsSync(object) && entry.mtimeMs >= Math.max(changed, statSync(OBJECT).mtimeMs, statSync(fileURLToPath(import.meta.url)).mtimeMs)) return [];
  const { outputFiles, maps } = await bundleAgent(folder);
  mkdirSync(folder, { recursive: true });
  place(object, (file) => copyFileSync(OBJECT, file));
  placeBundle(folder, 'agent.mjs', outputFiles, ['pmip.bpf.o']);
  const mapsOf = join(root, 'dist', 'agent-maps');
  placeBundle(mapsOf, '', maps.map(({ path, contents }) => ({ path: join(mapsOf, basename(path)), contents })));
  return ['dist/agent'];
}
