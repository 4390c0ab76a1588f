/** The lab without root, on a loopback of the test's own: what it leaves behind when it cannot begin, and when it has ended. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BANNER } from '../../scripts/outputs.mjs';

const SCRIPT = `
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { startSimulatedWalk } from './lab/simulated/walk.ts';
import { DEFAULTS } from './lab/topology.ts';
import { DATA_PORT } from './protocol/gre.ts';
import { SIGNALLING_PORT } from './protocol/mobility/header.ts';

const taken = async (port) => {
  const socket = createSocket('udp4').bind(port, '127.77.0.254');
  await once(socket, 'listening');
  return socket;
};
const left = () => readdirSync(process.env.TMPDIR).length;
const other = await taken(SIGNALLING_PORT);
const refused = await startSimulatedWalk(DEFAULTS, () => undefined).then(() => 'it began', (e) => e.message);
const leftThen = left();
(await taken(DATA_PORT)).close();
other.close();
const walk = await startSimulatedWalk(DEFAULTS, () => undefined);
const during = left();
await walk.close();
for (const port of [SIGNALLING_PORT, DATA_PORT]) (await taken(port)).close();
console.log(JSON.stringify({ refused, leftThen, during, after: left() }));
`;

let folder: string;
beforeAll(() => {
  // Within the repository, where what is not bundled is found from.
  mkdirSync('build', { recursive: true });
  folder = mkdtempSync(resolve('build', 'walk-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('beside another that has its address it says so; neither then nor at its end anything is left', async () => {
  const outfile = join(folder, 'walk.mjs');
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  await build({ stdin: { contents: SCRIPT, resolveDir: resolve('.'), loader: 'ts' }, outfile, bundle: true, platform: 'node', format: 'esm', external: ['*.node', 'classic-level'], banner: { js: BANNER }, logLevel: 'silent' });
  const said = execFileSync('unshare', ['--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', process.execPath, outfile], { encoding: 'utf8', env: { ...process.env, TMPDIR: temporary } });
  expect(JSON.parse(said)).toEqual({ refused: expect.stringContaining('no signalling on 127.77.0.254:5436'), leftThen: 0, during: 1, after: 0 });
  expect(readdirSync(temporary)).toEqual([]);
});
