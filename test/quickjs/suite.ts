/** The tests of the pure folders as one script for QuickJS, unchanged, with a small stand-in for vitest. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundleForQuickjs } from '../../bench/quickjs/bundle.ts';

/** What stands in these folders is what a gateway's core has to do. */
export const FOLDERS = ['test/protocol', 'test/mag', 'test/dhcp-server', 'test/rfc', 'test/scenarios'] as const;

/** Files that need Node itself. */
const NEEDS_NODE: ReadonlySet<string> = new Set(['test/protocol/authentication.test.ts']);

export const testFiles = (root: string, folders: readonly string[] = FOLDERS): string[] =>
  folders.flatMap((folder) => readdirSync(join(root, folder)).filter((name) => name.endsWith('.test.ts')).map((name) => `${folder}/${name}`)).filter((file) => !NEEDS_NODE.has(file)).sort();

/** A script that leaves `runTests`, a promise of all outcomes, behind. It reads files by a global `readRepositoryFile`. */
export const bundleTests = (root: string, files: readonly string[]): Promise<string> =>
  bundleForQuickjs({
    root,
    kind: 'script',
    code: [
      "import './bench/quickjs/globals.ts';",
      "import './test/quickjs/globals.ts';",
      ...files.map((file) => `import './${file}';`),
      "import { runAll } from './test/quickjs/vitest.ts';",
      'declare const readRepositoryFile: (path: string) => string | undefined;',
      'Object.assign(globalThis, { runTests: () => runAll(readRepositoryFile) });',
    ].join('\n'),
    instead: { vitest: 'test/quickjs/vitest.ts' },
    before: (file) => `import { beginFile } from 'vitest'; beginFile(${JSON.stringify(file)});`,
  });
