/** The product's own sources as one file for QuickJS: what Node gives them is replaced by the modules of bench/quickjs/node. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import type { Plugin } from 'esbuild';

/** As far as OpenWrt's QuickJS goes. */
const TARGET = 'es2023';

export interface BundleOptions {
  /** Of the repository. */
  readonly root: string;
  /** TypeScript that imports what is to be run, seen from the repository. */
  readonly code: string;
  /** `script`: to be evaluated; `module`: with imports of the engine's own modules. */
  readonly kind: 'script' | 'module';
  /** Modules that stand in for others, by specifier; paths from the repository. */
  readonly instead?: Readonly<Record<string, string>>;
  /** Put before each test file's own code. */
  readonly before?: (file: string) => string;
  readonly minify?: boolean;
}

/** The bundle's text. @throws Error when something that is imported is not there */
export async function bundleForQuickjs({ root, code, kind, instead = {}, before, minify = false }: BundleOptions): Promise<string> {
  // By `require`, so that the benchmark's own bundle leaves it where it is.
  const esbuild = createRequire(join(root, 'package.json'))('esbuild') as typeof import('esbuild');
  const result = await esbuild.build({
    absWorkingDir: root,
    stdin: { contents: code, resolveDir: root, loader: 'ts', sourcefile: 'entry.ts' },
    bundle: true,
    write: false,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: TARGET,
    format: kind === 'module' ? 'esm' : 'iife',
    external: ['std', 'os'],
    // Files of the repository are looked for in the folders above it.
    define: { 'import.meta.url': JSON.stringify(`file://${root}/entry.js`) },
    logLevel: 'silent',
    minify,
    plugins: [standIns(root, instead), ...(before ? [prefixed(root, before)] : [])],
  });
  return result.outputFiles[0]?.text ?? '';
}

const standIns = (root: string, instead: Readonly<Record<string, string>>): Plugin => ({
  name: 'stand-ins',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path }) => {
      const other = instead[path];
      if (other !== undefined) return { path: join(root, other) };
      // Beside the bundle.
      if (path.endsWith('.so')) return { path: `./${basename(path)}`, external: true };
      if (!path.startsWith('node:')) return undefined;
      const ours = join(root, 'bench', 'quickjs', 'node', `${path.slice('node:'.length).replaceAll('/', '-')}.ts`);
      return existsSync(ours) ? { path: ours } : { errors: [{ text: `QuickJS has no ${path}, and bench/quickjs/node has nothing in its place` }] };
    });
  },
});

const prefixed = (root: string, before: (file: string) => string): Plugin => ({
  name: 'prefixed',
  setup(build) {
    build.onLoad({ filter: /\.test\.ts$/ }, ({ path }) => ({ contents: `${before(path.slice(root.length + 1))}\n${readFileSync(path, 'utf8')}`, loader: 'ts' }));
  },
});
