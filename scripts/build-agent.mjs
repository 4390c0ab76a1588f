/**
 * Bundles what lies on a gateway into dist/agent/, and what OpenWrt's package holds of it into dist/agent-openwrt/: agent.mjs, the chunks
 * that it loads where a configuration needs them, and the BPF object, all in one folder. The addons are looked for in build/ there or above (linux/native.ts).
 */
import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agentModules, withoutYaml } from './agent-modules.mjs';
import { BANNER, place, placeBundle } from './outputs.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OBJECT = join(root, 'linux', 'datapath', 'pmip.bpf.o');

/** What OpenWrt's package holds reads UCI; others read YAML. */
const BUNDLES = { agent: { uciOnly: false }, 'agent-openwrt': { uciOnly: true } };

/**
 * In memory: one entry, its chunks, and their source maps. esbuild bundles and minifies; rolldown, which Vite brings, takes another 4 %
 * off what a package holds.
 */
export async function bundleAgent(folder = join(root, 'dist', 'agent'), { uciOnly } = BUNDLES.agent) {
  const [esbuild, { minifySync }] = await Promise.all([import('esbuild'), import('rolldown/utils')]);
  const { outputFiles, metafile } = await esbuild.build({
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
    plugins: uciOnly ? [withoutYaml, agentModules] : [agentModules],
    banner: { js: BANNER },
    logLevel: 'silent',
  });
  const texts = new Map(outputFiles.map(({ path, text }) => [path, text]));
  const minified = [...texts].filter(([path]) => path.endsWith('.mjs')).map(([path, text]) => {
    const { code, map, errors } = minifySync(basename(path), text, { module: true, compress: { target: 'es2022' }, sourcemap: true, inputMap: JSON.parse(texts.get(`${path}.map`)) });
    if (errors.length > 0) throw new Error(`rolldown could not minify ${path}: ${errors[0].message}`);
    return { path, code, map: JSON.stringify(map) };
  });
  return {
    outputFiles: minified.map(({ path, code }) => ({ path, contents: Buffer.from(code) })),
    maps: minified.map(({ path, map }) => ({ path: `${path}.map`, contents: Buffer.from(map) })),
    metafile,
  };
}

/** @param {number} changed when a source last was @returns {Promise<string[]>} the folders written; none when all are up to date */
export async function buildAgent(changed) {
  const newest = Math.max(changed, statSync(OBJECT).mtimeMs);
  const folders = Object.keys(BUNDLES).map((name) => join(root, 'dist', name));
  if (folders.every((folder) => upToDate(folder, newest))) return [];
  const made = await Promise.all(folders.map((folder) => bundleAgent(folder, BUNDLES[basename(folder)])));
  for (const [n, { outputFiles }] of made.entries()) {
    const folder = folders[n];
    mkdirSync(folder, { recursive: true });
    place(join(folder, 'pmip.bpf.o'), (file) => copyFileSync(OBJECT, file));
    placeBundle(folder, 'agent.mjs', outputFiles, ['pmip.bpf.o']);
  }
  // Chunks have their content's hash in their names.
  const mapsOf = join(root, 'dist', 'agent-maps');
  placeBundle(mapsOf, '', made.flatMap(({ maps }) => maps.map(({ path, contents }) => ({ path: join(mapsOf, basename(path)), contents }))));
  return Object.keys(BUNDLES).map((name) => `dist/${name}`);
}

function upToDate(folder, newest) {
  const entry = statSync(join(folder, 'agent.mjs'), { throwIfNoEntry: false });
  return entry !== undefined && existsSync(join(folder, 'pmip.bpf.o')) && entry.mtimeMs >= newest;
}
