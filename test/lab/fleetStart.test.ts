/** `npm start` as a person meets it: the dashboard's address and the link that makes its owner, and in it the lab's homes and handovers. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Overview } from '../../cloud/api/resources/network.ts';
import type { SessionInfo } from '../../cloud/api/resources/people.ts';
import { clear } from '../../lab/namespaces.ts';
import { repository } from '../../lab/paths.ts';
import { sleep, until } from '../../lab/processes.ts';

const PREFIX = 'rsfst-';
let child: ChildProcess;
let said = '';
beforeAll(() => {
  child = spawn(process.execPath, [join(repository, 'scripts', 'start.mjs'), '--pause', '500', '--prefix', PREFIX], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
});
afterAll(() => child.kill('SIGKILL'));

it('says early where the dashboard is; its first owner sees the homes, which the lab claimed, and phones that roam', async () => {
  const link = await until('the link', 60_000, () => /(http:\/\/127\.0\.0\.1:\d+)\/setup#(\S+)/.exec(said) ?? undefined);
  const [, address = '', token] = link;
  const made = await fetch(`${address}/api/v1/setup`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token, name: 'ada', password: 'four words of a kind' }) });
  expect((await made.json()) as SessionInfo).toMatchObject({ user: 'ada', role: 'owner' });
  const headers = { cookie: made.headers.get('set-cookie')?.split(';')[0] ?? '' };
  const page = await fetch(`${address}/`);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  await until('a handover between two homes that have names', 60_000, async () => {
    await sleep(250);
    const { homes, ticker } = (await (await fetch(`${address}/api/v1/overview`, { headers })).json()) as Overview;
    return homes.online === 2 && ticker.some((h) => h.success && h.from?.name !== undefined && h.to.name?.startsWith('Home ') && h.duration !== undefined);
  });
  expect(said).toContain('Home 1 is claimed');
});

it('ends with Ctrl-C, and leaves no namespace', async () => {
  const code = new Promise((resolve) => void child.once('exit', resolve));
  child.kill('SIGTERM');
  expect(await code).toBe(0);
  expect(clear(PREFIX)).toBe(0);
});
