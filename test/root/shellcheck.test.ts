/** Every shell script of the house is POSIX sh as busybox has it, by shellcheck's rules. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** What is made or fetched, and not written here. */
const NOT_OURS = ['build', 'dist', 'node_modules'];
const folders = readdirSync('.', { withFileTypes: true }).filter((e) => e.isDirectory() && !e.name.startsWith('.') && !NOT_OURS.includes(e.name)).map((e) => e.name);

const scripts = folders.flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile() && !/\.(?:ts|mjs|tsx|json|md|c|h|o)$/.test(e.name) && !e.parentPath.includes('node_modules')))
  .map((e) => join(e.parentPath, e.name))
  .filter((path) => /^#!\/bin\/sh\b|^# shellcheck shell=|\n# shellcheck shell=/.test(readFileSync(path, 'utf8').slice(0, 1000)));

it('shellcheck has nothing to say', () => {
  expect(scripts).toContain('agent/openwrt/files/etc/init.d/roamstead');
  expect(scripts).toContain('test/openwrt/doubles/functions.sh');
  expect(scripts).toContain('examples/underlay/wireguard.sh');
  const { status, stdout, stderr, error } = spawnSync('shellcheck', ['--shell=dash', '--severity=style', ...scripts], { encoding: 'utf8' });
  expect({ status, stdout, stderr, error }).toEqual({ status: 0, stdout: '', stderr: '', error: undefined });
});
