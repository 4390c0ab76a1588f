/** What was imported from the guide's own files runs: an anchor and a gateway, and a phone between them and the internet. */
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../lab/namespaces.ts';
import { INTERNET, shellLab, type ShellLab } from './shellLab.ts';

let lab: ShellLab;
beforeEach(async () => {
  lab = await shellLab();
});
afterEach(() => lab.close());

/** The command's own files, read back. */
function imported(name: string, ...options: string[]): { readonly mag: string; readonly lma: string } {
  const folder = join(lab.folder, 'imported');
  mkdirSync(folder);
  run([process.execPath, lab.command, 'import', 'ios', `test/cli/import/${name}.cfg`, 'test/cli/import/staros-lma.cfg', '--to', folder, ...options]);
  const [mag, lma] = ['mag-M1.yaml', 'lma-lma1.yaml'].map((file) => join(folder, file)) as [string, string];
  run([process.execPath, lab.command, 'agent', '--config', mag, '--check']);
  run([process.execPath, lab.command, 'lma', '--config', lma, '--check']);
  expect(statSync(mag).mode & 0o777).toBe(0o600);
  return { mag: readFileSync(mag, 'utf8'), lma: readFileSync(lma, 'utf8') };
}

it.each([
  ['by its addresses', []],
  ['by its key', ['--keys']],
])('a local profile: the phone gets an address of the pool and reaches the internet, and the anchor knows the gateway %s', async (_, options) => {
  const { mag, lma } = imported('mag-local-profile', ...options);
  await lab.startLma('', () => lma);
  await lab.startAgent('mag-local-profile', `control-socket: ${lab.folder}/agent.sock\nidentities: raw`, 'agent', () => mag);
  const address = lab.lease();
  expect(address).toBe('192.0.2.1');
  expect(lab.run('phone', 'ping', '-c', '3', '-i', '0.2', '-W', '2', INTERNET)).toContain(' 0% packet loss');
  expect(lab.show('agent', 'ipv6', 'mobile', 'pmipv6', 'mag', 'binding')).toMatch(/Domain: D1, Nai: mn0@example\.com\n {2}.*State: ACTIVE\n {2}.*Interface: GigabitEthernet0\/1\/0\.3074\n {2}.*Hoa: 192\.0\.2\.1, att: 4, llid: 0024\.d78e\.21a4/);
  expect(lab.show('lma', 'lma-service', 'session', 'apn', 'example.com')).toMatch(/\nmn0@example\.com .* ACTIVE /);
});
