/** `roamstead cloud` as a process, with its LMA beside it: what each survives of the other. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { start, until, type LabProcess } from '../../lab/processes.ts';
import { ask } from '../../runtime/control.ts';

const ROAMSTEAD = resolve('bin/roamstead');
let folder: string;
let cloud: LabProcess;
const pids = new Set<number>();

const path = (name: string): string => join(folder, name);
const run = (...args: string[]) => spawnSync(process.execPath, [ROAMSTEAD, 'cloud', ...args], { encoding: 'utf8' });
const begin = (name: string): LabProcess => start({ name, namespace: undefined, argv: [process.execPath, ROAMSTEAD, 'cloud', '--config', path('cloud.yaml')], folder });
const answers = (): Promise<boolean> => ask(path('lma.sock'), { command: 'show standby' }).then(() => true, () => false);
const gone = (pid: number): boolean => !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
function lmaPid(log: string): number {
  const pid = Number(/the LMA is started pid=(\d+)(?![^]*the LMA is started)/.exec(log)?.[1]);
  pids.add(pid);
  return pid;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-cloud-'));
  const lma = readFileSync('examples/cloud-lma.yaml', 'utf8').replace('[127.0.0.1]', '[127.0.0.201]');
  writeFileSync(path('lma.yaml'), `${lma}\ncontrol-socket: ${path('lma.sock')}\nstate-directory: ${path('lma')}\n`);
  const file = readFileSync('examples/cloud.yaml', 'utf8').replace('lma: cloud-lma.yaml', 'lma: lma.yaml').replace('127.0.0.1:8080', '127.0.0.1:0').replace('127.0.0.1:8883', '127.0.0.1:0').replace('/var/lib/roamstead/fleet', path('fleet'));
  writeFileSync(path('cloud.yaml'), file);
});
afterAll(async () => {
  await cloud?.stop();
  for (const pid of pids) if (!gone(pid)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true });
});

it('the example starts, with an LMA that is started anew when it is killed', async () => {
  cloud = begin('first');
  await until('the cloud answers', 30_000, () => cloud.log().includes('/setup#'));
  await until('the LMA answers', 30_000, answers);
  expect(run('--config', path('cloud.yaml')).stderr).toContain('another process answers');
  const first = lmaPid(cloud.log());
  process.kill(first, 'SIGKILL');
  await until('the LMA is started anew', 30_000, () => lmaPid(cloud.log()) !== first);
  await until('the new one answers', 30_000, answers);
  expect(cloud.log()).toContain('the LMA ended (SIGKILL); it is started anew in 1 s');
});

it('its files are asked of it while it runs, and a mistake is told in words', () => {
  const [credential, authority] = [run('claim-credential', '--config', path('cloud.yaml')).stdout, run('authority', '--config', path('cloud.yaml')).stdout];
  expect([credential.match(/-----BEGIN [A-Z ]+-----/g), authority.match(/-----BEGIN [A-Z ]+-----/g)]).toEqual([['-----BEGIN PRIVATE KEY-----', '-----BEGIN CERTIFICATE-----'], ['-----BEGIN CERTIFICATE-----']]);
  expect(run('claim-credential', '--config', path('cloud.yaml')).stdout).toBe(credential);
  expect(run('claim-credential', '--new', '--config', path('cloud.yaml')).stdout).not.toBe(credential);
  expect([run('mosquitto-config', '--config', path('cloud.yaml')), run('colour', '--config', path('cloud.yaml')), run('--role', 'both', '--config', path('cloud.yaml'))].map((r) => [r.status, r.stderr.split('\n')[0]])).toEqual([
    [2, 'roamstead: the configuration says that the broker is embedded: for Mosquitto say "broker: { kind: mosquitto, … }"'],
    [2, 'roamstead: unknown: cloud colour; known are claim-credential, authority, mosquitto-config, migrate'],
    [2, 'roamstead: --role both: expected all, fleet or lma'],
  ]);
  expect(run('--check', '--config', path('cloud.yaml')).stdout).toBe(`${path('cloud.yaml')}: correct\n`);
});

it('when it is killed its LMA goes on, and the next one leaves that alone', async () => {
  const lma = lmaPid(cloud.log());
  const { pid } = cloud;
  process.kill(pid, 'SIGKILL');
  // Its output goes on with the LMA: what counts is the process.
  await until('the cloud is gone', 30_000, () => gone(pid));
  expect([gone(lma), await answers()]).toEqual([false, true]);
  cloud = begin('second');
  await until('the next one answers', 30_000, () => cloud.log().includes('the fleet service answers'));
  expect(cloud.log()).toContain('an LMA that was started before answers');
  process.kill(lma, 'SIGTERM');
  await until('one of its own is started', 30_000, () => cloud.log().includes('the LMA is started'));
});

it('SIGTERM ends both', async () => {
  const lma = lmaPid(cloud.log());
  await until('the LMA answers', 30_000, answers);
  process.kill(cloud.pid, 'SIGTERM');
  expect(await cloud.exited).toBe(0);
  expect([gone(lma), await answers()]).toEqual([true, false]);
});
