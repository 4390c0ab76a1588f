/**
 * The tests of the pure folders as one script for QuickJS, unchanged, with a small stand-in for vitest. A new test that asks vitest for more than
 * the stand-in knows teaches it to vitest.ts; one that needs Node is named here.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundleForQuickjs } from '../../bench/quickjs/bundle.ts';

/** What stands in these folders is what a gateway's core has to do. */
export const FOLDERS = ['test/protocol', 'test/mag', 'test/dhcp-server', 'test/rfc', 'test/scenarios'] as const;

/** The HMAC there is Node's own. */
const NEEDS_NODE = ['test/protocol/authentication.test.ts'];
/** Thousands of made-up inputs, which say nothing more about the engine and are most of the time. */
const LONG = ['test/protocol/accessDecoders.test.ts', 'test/protocol/mobilityProperty.test.ts', 'test/protocol/radius.test.ts', 'test/mag/property.test.ts', 'test/mag/storm.test.ts', 'test/dhcp-server/conversation.test.ts'];
const LEFT_OUT: ReadonlySet<string> = new Set([...NEEDS_NODE, ...LONG]);

export const testFiles = (root: string): string[] =>
  FOLDERS.flatMap((folder) => readdirSync(join(root, folder)).filter((name) => name.endsWith('.test.ts')).map((name) => `${folder}/${name}`)).filter((file) => !LEFT_OUT.has(file)).sort();

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
