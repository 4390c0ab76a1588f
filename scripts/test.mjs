/**
 * `npm test`: set-up, types, lint, tests of the core (unit) and of what stands around it (shell); as root on Linux also the tests that need root, the lab, the dashboard in a browser, and the virtual machines.
 * A line per step with its time, the output of a step that failed, and as last line `N passed, N failed`.
 * `--fast` leaves out what needs root.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRoot, root, setup } from './setup.mjs';

const args = process.argv.slice(2);
const unknown = args.find((a) => a !== '--fast');
if (unknown) {
  process.stderr.write(`test: unknown argument ${unknown}; known: --fast (without root and lab)\n`);
  process.exit(2);
}
const say = (line) => process.stdout.write(`${line}\n`);
const scratch = mkdtempSync(join(tmpdir(), 'roamstead-test-'));
const total = { passed: 0, failed: 0 };
/** Some tools colour their output even into a pipe. */
const ANSI = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** Children write into pipes, so that what they print is the same with and without a terminal. */
function run(command, commandArgs, stream) {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', CI: '1' };
    delete env.FORCE_COLOR;
    const child = spawn(command, commandArgs, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk) => {
      const plain = chunk.replace(ANSI, '');
      if (stream) process.stdout.write(plain);
      else output += plain;
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', (error) => resolve({ ok: false, output: `${command}: ${error.message}\n` }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

async function step(name, work) {
  const t0 = performance.now();
  const { ok, output, passed, failed } = await work();
  total.passed += passed;
  total.failed += failed;
  if (!ok) process.stdout.write(output.endsWith('\n') ? output : `${output}\n`);
  say(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(8)} ${((performance.now() - t0) / 1000).toFixed(1).padStart(6)} s  ${passed} passed, ${failed} failed`);
}

const bin = (name) => join(root, 'node_modules', '.bin', name);

const check = (command, ...commandArgs) => async () => {
  const { ok, output } = await run(bin(command), commandArgs, false);
  return { ok, output, passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
};

/** The projects that need root take minutes: their lines are shown as they come. */
const vitest = (project, stream) => async () => {
  const json = join(scratch, `${project}.json`);
  const { ok, output } = await run(bin('vitest'), ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${json}`], stream);
  let result = { numPassedTests: 0, numFailedTests: 0, numFailedTestSuites: 0 };
  try {
    result = JSON.parse(readFileSync(json, 'utf8'));
  } catch {
    // No report: vitest did not get as far as running tests, and says why in its output.
  }
  // A file that does not load has no failed test, yet the run failed.
  const failed = ok ? 0 : Math.max(1, result.numFailedTests);
  return { ok, output, passed: result.numPassedTests, failed };
};

const why = args.includes('--fast') ? '--fast was given' : isRoot ? undefined : `they build network namespaces, which needs root on Linux (this is ${process.platform}, not root)`;

await step('set-up', async () => {
  try {
    await setup({ quiet: true, tests: true, wifi: why === undefined, log: say });
    return { ok: true, output: '', passed: 1, failed: 0 };
  } catch (error) {
    return { ok: false, output: error.message, passed: 0, failed: 1 };
  }
});

if (total.failed === 0) {
  await step('types', check('tsc', '--noEmit'));
  await step('web', check('tsc', '--noEmit', '-p', 'web'));
  await step('lint', check('oxlint', '--type-aware', '--deny-warnings'));
  await step('unit', vitest('unit', false));
  await step('shell', vitest('shell', false));
  if (why) say(`not run: root, lab, browser, machine: ${why}`);
  else {
    await step('root', vitest('root', true));
    await step('lab', vitest('lab', true));
    await step('browser', vitest('browser', true));
    await step('machine', vitest('machine', true));
  }
}

rmSync(scratch, { recursive: true, force: true });
say(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
