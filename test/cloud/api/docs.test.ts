import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { MOST_BODY } from '../../../cloud/api/body.ts';
import { SCRYPT } from '../../../cloud/api/passwords.ts';
import { ABSOLUTE, IDLE } from '../../../cloud/api/sessions.ts';
import { inQuery, route, shared } from '../../../cloud/api/route.ts';
import { startApi } from '../../../cloud/api/start.ts';
import { apiWorld } from './world.ts';

const API = readFileSync(join(import.meta.dirname, '../../../docs/API.md'), 'utf8');
const homes = route({ method: 'GET', path: '/homes', role: 'viewer', summary: 'Homes.', query: v.object({ limit: inQuery.limit(500) }), answer: shared.page(v.object({})), handle: () => ({ items: [], total: 0 }) });

it('the examples of docs/API.md run as they stand there', async () => {
  const script = [...API.matchAll(/```sh\n(.*?)```/gs)].map((m) => m[1]).join('\n').replace('timeout 1', 'timeout 0.2');
  const world = await apiWorld();
  const errors: Error[] = [];
  const api = await startApi({ config: { listen: { host: '127.0.0.1', port: 0 }, names: [], 'behind-proxy': false }, access: world.access, live: world.live, routes: [homes], site: '/nonexistent', version: '1', now: () => world.now, onError: (e) => errors.push(e) });
  try {
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { env: { ...process.env, CLOUD: api.address } });
    expect(stdout).toContain('{"user":"token nightly report","role":"viewer","csrf":"","version":"1"}{"items":[],"total":0}retry: 2000');
    expect(stdout).toContain('"name":"bea","role":"operator"');
    expect(world.access.users.byName('bea')).toBeUndefined();
    expect((await world.audit.list()).map((e) => `${e.by} ${e.action}`).slice(3)).toEqual([
      'owner session.begin', 'owner tokens.add', 'owner tokens.add', 'token administration users.add', 'token administration users.change', 'token administration users.remove',
    ]);
    expect(errors).toEqual([]);
  } finally {
    await api.close();
  }
});

it('the page says the numbers that the program has', () => {
  const hour = 3_600_000;
  const said = [`N 2^${Math.log2(SCRYPT.n)}, r ${SCRYPT.r}, p ${SCRYPT.p}`, `${IDLE / hour} hours`, `${ABSOLUTE / hour / 24} days`, `${MOST_BODY / 2 ** 20} MiB`];
  expect(said.filter((words) => !API.includes(words))).toEqual([]);
});
