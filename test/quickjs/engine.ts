/** QuickJS itself, compiled to WebAssembly: the engine that OpenWrt 25.12 has, on any machine that runs the tests. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core';
import type { Outcome } from './vitest.ts';

/** Octets of C stack that a script may use; QuickJS's own default is 256 KiB. */
const STACK = 1 << 20;

/** Evaluates a script that leaves `runTests` behind, and runs it. @throws Error when the script itself throws */
export async function outcomesOf(root: string, script: string): Promise<readonly Outcome[]> {
  const quickjs = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));
  const runtime = quickjs.newRuntime();
  runtime.setMaxStackSize(STACK);
  const context = runtime.newContext();
  const evaluate = (code: string): string => context.unwrapResult(context.evalCode(code, 'tests.js')).consume((value) => context.getString(value));
  context
    .newFunction('readRepositoryFile', (path) => {
      const file = join(root, context.getString(path));
      return existsSync(file) ? context.newString(readFileSync(file, 'utf8')) : context.undefined;
    })
    .consume((read) => context.setProp(context.global, 'readRepositoryFile', read));
  try {
    evaluate(script);
    evaluate('globalThis.outcomes = "[]"; void runTests().then((all) => { outcomes = JSON.stringify(all); });');
    context.unwrapResult(runtime.executePendingJobs());
    return JSON.parse(evaluate('outcomes')) as readonly Outcome[];
  } finally {
    context.dispose();
    runtime.dispose();
  }
}
