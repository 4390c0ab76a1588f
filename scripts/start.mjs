/** `npm start`: set-up, then the lab with a phone that roams, and the dashboard unless it is to be done once (or --no-dashboard). Arguments go on to `roamstead lab`; standard output is the lab's alone. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, setup } from './setup.mjs';

try {
  await setup({ quiet: true });
} catch (error) {
  process.stderr.write(`set-up failed: ${error.message}\n`);
  process.exit(1);
}

const given = process.argv.slice(2);
const usual = ['--roam', ...(given.includes('--once') ? [] : ['--dashboard'])];
const child = spawn(process.execPath, [join(root, 'bin', 'roamstead'), 'lab', ...usual, ...given], { stdio: 'inherit' });
// A terminal's Ctrl-C reaches the child by itself; this process only waits for it to clean up.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
