/** The whole service on the loopback: set up over HTTP, stopped, started again with all that it acknowledged. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cloudSchema, problemsOf } from '../../../cloud/fleet/config.ts';
import { runFleet, type RunningFleet } from '../../../cloud/fleet/main.ts';
import { ask } from '../../../runtime/control.ts';
import { parseConfig } from '../../../runtime/configFile.ts';

let folder: string;
let fleet: RunningFleet | undefined;
let log: string[];
const site = () => join(folder, 'site');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-fleet-'));
  log = [];
  mkdirSync(site());
  writeFileSync(join(site(), 'index.html'), '<!doctype html><title>Roamstead</title>');
});
afterEach(async () => {
  await fleet?.stop();
  fleet = undefined;
  rmSync(folder, { recursive: true });
});

const configOf = (more = '') => parseConfig('cloud.yaml', `role: fleet\nhttp: { listen: "127.0.0.1:0" }\nbroker: { kind: embedded, listen: "127.0.0.1:0", names: [127.0.0.1] }\nstate-directory: ${join(folder, 'state')}\n${more}`, cloudSchema, problemsOf);
const begin = async (more?: string): Promise<RunningFleet> => {
  fleet = await runFleet(configOf(more), (level, message, facts) => void log.push(`${level} ${message} ${JSON.stringify(facts ?? {})}`), { version: '1', site: site(), lmas: [] });
  return fleet;
};

it('the first start prints the set-up link; what was acknowledged is there after the next one', async () => {
  const first = await begin();
  const token = /\/setup#(\S+)/.exec(log.join('\n'))?.[1];
  const api = (running: RunningFleet, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${running.port}/api/v1${path}`, { method, headers: { 'content-type': 'application/json', ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const made = await api(first, 'POST', '/setup', { token, name: 'ann', password: 'correct horse battery' });
  const { csrf } = (await made.json()) as { csrf: string };
  const session = { cookie: made.headers.get('set-cookie')?.split(';')[0] ?? '', 'x-roamstead-csrf': csrf };
  expect((await api(first, 'POST', '/groups', { name: 'Pilot' }, session)).status).toBe(201);
  const rollout = { scope: { kind: 'fleet' }, concern: 'timers', document: { timers: { 'binding-lifetime': 600 } }, canary: 1, ramp: 2, watch: 60, tolerance: { success: 0.1, time: 2 } };
  expect(((await (await api(first, 'POST', '/rollouts', rollout, session)).json()) as { status: string }).status).toBe('done');
  expect(await ask(join(folder, 'state', 'control.sock'), { command: 'claim credential' })).toMatch(/^-----BEGIN PRIVATE KEY-----[^]*-----BEGIN CERTIFICATE-----/);
  await expect(begin()).rejects.toThrow(/^state-directory: .* cannot be this cloud's: another process answers/);
  await first.stop();

  log.length = 0;
  const second = await begin();
  expect(log.join('\n')).not.toContain('/setup#');
  const get = async (path: string): Promise<unknown> => (await api(second, 'GET', path, undefined, session)).json();
  expect(await get('/groups')).toMatchObject([{ name: 'Homes' }, { name: 'Pilot' }]);
  expect(await get('/documents?concern=timers')).toMatchObject({ document: rollout.document, by: 'ann' });
  expect(await get('/audit/verify')).toEqual({ entries: 3 });
  expect(log.filter((l) => l.startsWith('error'))).toEqual([]);
});

it.each([
  ['its folder is a file', 'state-directory: /dev/null/x', /^state-directory: \/dev\/null\/x cannot be made/],
  ['nobody has the address', 'broker: { kind: embedded, listen: "192.0.2.9:0", names: [a] }', /^the broker cannot listen at 192\.0\.2\.9/],
])('it says in words why it cannot start, and leaves nothing behind: %s', async (_, line, words) => {
  const key = line.split(':')[0] ?? '';
  const text = `role: fleet\nhttp: { listen: "127.0.0.1:0" }\nstate-directory: ${join(folder, 'state')}\nbroker: { kind: embedded, listen: "127.0.0.1:0", names: [a] }\n`.split('\n').filter((l) => !l.startsWith(`${key}:`)).join('\n');
  const config = parseConfig('cloud.yaml', `${text}\n${line}\n`, cloudSchema, problemsOf);
  await expect(runFleet(config, () => undefined, { version: '1', site: site(), lmas: [] })).rejects.toThrow(words);
});
