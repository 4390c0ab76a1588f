/** `npm run bench`: bundles the benchmark and runs it; the set-up has been done. Arguments go on to it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { root } from './setup.mjs';

await build();
const child = spawn(process.execPath, ['--enable-source-maps', join(root, 'dist', 'bench.mjs'), ...process.argv.slice(2)], { stdio: 'inherit' });
// A terminal's Ctrl-C reaches the child by itself.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
