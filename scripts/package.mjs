/** `npm run package`: set-up, build, addons for every machine, then the packages. What only signs, or tells, builds nothing but itself. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildAddons } from './build-addon.mjs';
import { build } from './build.mjs';
import { root, setup } from './setup.mjs';

const args = process.argv.slice(2);
const step = (line) => process.stdout.write(`package: ${line}\n`);

try {
  if (!args.some((arg) => ['--sign', '--make-keys', '--help'].includes(arg))) {
    step('set-up');
    await setup({ quiet: true, packaging: true });
    step('addons for every machine');
    for (const { path, built } of buildAddons()) step(`${path}${built ? '' : ' is up to date'}`);
  }
  const written = await build();
  step(`build: ${written.length > 0 ? written.join(', ') : 'up to date'}`);
} catch (error) {
  process.stderr.write(`package: ${error.message}\n`);
  process.exit(1);
}
process.exit(spawnSync(process.execPath, ['--enable-source-maps', join(root, 'dist', 'package.mjs'), ...args], { stdio: 'inherit' }).status ?? 1);
