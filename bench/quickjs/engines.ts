/** The two engines of the comparison, ready to run bench/quickjs/gateway.ts: QuickJS with the module in C, and this Node with its addon. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { locateAddon } from '../../linux/native.ts';
import { bundleForQuickjs } from './bundle.ts';
import type { GatewaySetup } from './gateway.ts';

export interface Engine {
  readonly name: string;
  /** Octets of what is to be installed for it: the program itself, the bundle, the module in C. */
  readonly octets: { readonly program: number; readonly bundle: number; readonly module: number };
  readonly argv: (setup: GatewaySetup) => readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Engines {
  readonly quickjs: Engine;
  readonly node: Engine;
}

const WHAT_TO_DO = 'QuickJS is measured where there is one: build it (git: bellard/quickjs, `make qjs`) and name it with QJS=/path/to/qjs; quickjs.h is looked for beside it, in $QUICKJS_INCLUDE and in /usr/include/quickjs';
const SOURCES = join('bench', 'quickjs');
const ENTRY = (before: string, setup: string, end: string): string => `${before}
import { runGateway } from './bench/quickjs/gateway.ts';
void runGateway(JSON.parse(${setup}), () => ${end});`;

const inPath = (name: string): string | undefined => (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)).find((path) => existsSync(path));
const sizeOf = (path: string): number => statSync(path).size;

/** What `strip` leaves of a program, as a package would have it. */
function strippedSize(path: string, folder: string): number {
  const out = join(folder, 'stripped');
  return spawnSync('strip', ['-o', out, path]).status === 0 ? sizeOf(out) : sizeOf(path);
}

/** Builds both in `folder`. A text says why there is no QuickJS, and what to do. @throws Error when a build fails */
export async function prepareEngines(root: string, folder: string): Promise<Engines | string> {
  const qjs = process.env['QJS'] ?? inPath('qjs');
  if (qjs === undefined || !existsSync(qjs)) return WHAT_TO_DO;
  const headers = [process.env['QUICKJS_INCLUDE'], dirname(qjs), '/usr/include/quickjs'].find((path) => path !== undefined && existsSync(join(path, 'quickjs.h')));
  if (headers === undefined) return WHAT_TO_DO;
  const addon = locateAddon(join(root, 'bench'));
  if (addon === undefined) return 'the addon for Node is not built: node scripts/build-addon.mjs';

  const module = join(folder, 'roamstead.so');
  const built = spawnSync('cc', ['-O2', '-s', '-fPIC', '-shared', '-I', headers, join(root, SOURCES, 'roamstead.c'), '-o', module], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the module for QuickJS does not build: ${built.stderr || String(built.error)}`);

  const forQuickjs = join(folder, 'gateway.quickjs.mjs');
  const globals = "import './bench/quickjs/globals.ts';\nimport './bench/quickjs/host.ts';\nimport * as std from 'std';";
  writeFileSync(forQuickjs, await bundleForQuickjs({ root, kind: 'module', minify: true, code: ENTRY(globals, 'scriptArgs[1]', 'std.exit(0)') }));

  const forNode = join(folder, 'gateway.node.mjs');
  const esbuild = createRequire(join(root, 'package.json'))('esbuild') as typeof import('esbuild');
  await esbuild.build({
    absWorkingDir: root,
    stdin: { contents: ENTRY('', 'process.argv[2]', 'process.exit(0)'), resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    outfile: forNode,
    define: { 'import.meta.url': JSON.stringify(`file://${root}/entry.js`) },
    logLevel: 'silent',
  });

  return {
    quickjs: {
      name: 'QuickJS',
      octets: { program: strippedSize(qjs, folder), bundle: sizeOf(forQuickjs), module: sizeOf(module) },
      argv: (setup) => [qjs, '-m', forQuickjs, JSON.stringify(setup)],
      env: {},
    },
    node: {
      name: `Node ${process.versions.node}`,
      octets: { program: strippedSize(process.execPath, folder), bundle: sizeOf(forNode), module: sizeOf(addon) },
      argv: (setup) => [process.execPath, forNode, JSON.stringify(setup)],
      env: { ROAMSTEAD_NATIVE: addon },
    },
  };
}
