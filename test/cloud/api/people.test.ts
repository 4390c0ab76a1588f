import { describe, expect, it } from 'vitest';
import { csrfOf } from '../../../cloud/api/secrets.ts';
import type { Page, Session, SessionInfo, Token, User } from '../../../cloud/api/resources.ts';
import { apiWorld, FREE, PASSWORD, type Got, type World } from './world.ts';

const HOUR = 3_600_000;
const usersOf = (got: Got) => (got.json as Page<User>).items;
const sessionsOf = (got: Got) => (got.json as Page<Session>).items;
const tokensOf = (got: Got) => (got.json as Page<Token>).items;
const byNumber = (a: number, b: number): number => a - b;
const idOf = async (world: World, name: string): Promise<string> => usersOf(await world.ask('GET', '/users', { as: 'owner' })).find((u) => u.name === name)?.id ?? '';
const cookieOf = (headers: Headers): string => /^roamstead=([^;]+)/.exec(headers.get('set-cookie') ?? '')?.[1] ?? '';
const deeds = async (world: World): Promise<string[]> => (await world.audit.list()).map((e) => `${e.by}: ${e.action} ${e.target}`);

describe('the first run', () => {
  it('the link makes the first owner, signs them in, and works once', async () => {
    const world = await apiWorld([], { empty: true });
    expect((await world.ask('GET', '/setup')).json).toEqual({ needed: true });
    const link = world.access.setUp.link('http://localhost:8080') ?? '';
    expect(link).toMatch(/^http:\/\/localhost:8080\/setup#[\w-]{43}$/);
    const body = { token: link.split('#')[1], name: 'ana', password: PASSWORD };
    const made = await world.ask('POST', '/setup', { body });
    expect(made).toMatchObject({ status: 201, json: { user: 'ana', role: 'owner' } });
    expect((await world.ask('GET', '/session', { as: { cookie: cookieOf(made.headers) } })).json).toMatchObject({ user: 'ana', role: 'owner' });
    expect((await world.ask('GET', '/setup')).json).toEqual({ needed: false });
    expect(world.access.setUp.link('http://x')).toBeUndefined();
    expect(await world.ask('POST', '/setup', { body: { ...body, name: 'eve' } })).toMatchObject({ status: 409 });
    expect(await deeds(world)).toEqual(['set-up: users.add ana']);
  });

  it('when all owners forgot their passwords, whoever starts the cloud makes one more, once', async () => {
    const world = await apiWorld([], { newOwner: true });
    expect((await world.ask('GET', '/setup')).json).toEqual({ needed: false });
    const token = world.access.setUp.link('')?.split('#')[1];
    const both = await Promise.all(['ana', 'eve'].map((name) => world.ask('POST', '/setup', { body: { token, name, password: PASSWORD } })));
    expect(both.map((r) => r.status).toSorted(byNumber)).toEqual([201, 409]);
    expect(world.access.setUp.link('')).toBeUndefined();
    expect((await world.ask('POST', '/setup', { body: { token, name: 'mallory', password: PASSWORD } })).status).toBe(409);
    expect(world.access.users.all().map((u) => u.role)).toEqual(['owner', 'operator', 'viewer', 'owner']);
  });

  it('a name that is taken, or a poor password, uses up no link', async () => {
    const world = await apiWorld([], { newOwner: true });
    const token = world.access.setUp.link('')?.split('#')[1];
    const body = { token, name: 'ana', password: PASSWORD };
    for (let i = 0; i < 10; i++) expect((await world.ask('POST', '/setup', { body: { ...body, password: 'short' } })).status).toBe(400);
    expect((await world.ask('POST', '/setup', { body: { ...body, name: 'owner' } })).status).toBe(409);
    expect((await world.ask('POST', '/setup', { body })).status).toBe(201);
  });

  it('two who use the link at once: one becomes the owner', async () => {
    const world = await apiWorld([], { empty: true });
    const token = world.access.setUp.link('')?.split('#')[1];
    const both = await Promise.all(['ana', 'eve'].map((name) => world.ask('POST', '/setup', { body: { token, name, password: PASSWORD } })));
    expect(both.map((r) => r.status).toSorted(byNumber)).toEqual([201, 409]);
    expect(world.access.users.size).toBe(1);
  });

  it('a wrong link is refused, more slowly each time', async () => {
    const world = await apiWorld([], { empty: true });
    const tries: number[] = [];
    for (let i = 0; i < 6; i++) tries.push((await world.ask('POST', '/setup', { body: { token: 'guessed', name: 'eve', password: PASSWORD } })).status);
    expect(tries).toEqual([403, 403, 403, 403, 429, 429]);
    expect(world.access.users.size).toBe(0);
  });
});

describe('signing in and out', () => {
  it('a password opens a session, whose cookie no script reads and no other site sends', async () => {
    const world = await apiWorld();
    const got = await world.ask('POST', '/session', { body: { name: 'OPERATOR ', password: PASSWORD } });
    expect(got).toMatchObject({ status: 200, json: { user: 'operator', role: 'operator', version: '1.2.3' } });
    expect(got.headers.get('set-cookie')).toMatch(/^roamstead=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
    const secret = cookieOf(got.headers);
    expect((got.json as SessionInfo).csrf).toBe(csrfOf(secret));
    expect(JSON.stringify(world.store.commits)).not.toContain(secret);
    expect(JSON.stringify(world.store.commits)).not.toContain(PASSWORD);
  });

  it('the cookie is a __Host- one where the way is encrypted', async () => {
    const world = await apiWorld([], { behindProxy: true });
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': 'spoofed, 198.51.100.7' };
    const got = await world.ask('POST', '/session', { body: { name: 'viewer', password: PASSWORD }, headers });
    expect(got.headers.get('set-cookie')).toMatch(/^__Host-roamstead=[\w-]{43}; .*; Secure$/);
    expect(got.headers.get('strict-transport-security')).toBe('max-age=31536000');
    const cookie = got.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await world.ask('GET', '/sessions', { headers: { ...headers, cookie } })).status).toBe(200);
    expect(sessionsOf(await world.ask('GET', '/sessions', { headers: { ...headers, cookie } })).map((s) => s.ip)).toContain('198.51.100.7');
  });

  it('an unknown user and a wrong password get the same answer, and take the same way', async () => {
    const world = await apiWorld();
    const unknown = await world.ask('POST', '/session', { body: { name: 'nobody', password: PASSWORD } });
    const wrong = await world.ask('POST', '/session', { body: { name: 'viewer', password: 'x' } });
    expect([unknown.status, unknown.text]).toEqual([wrong.status, wrong.text]);
    expect(unknown.status).toBe(401);
    expect(unknown.headers.get('set-cookie')).toBeNull();
    // Somebody may have typed a password into the wrong field.
    expect((await deeds(world)).slice(-2)).toEqual([': session.refused an unknown name', ': session.refused viewer']);
  });

  it('guessing becomes slow for the address and name, not for the owner of the name elsewhere', async () => {
    const world = await apiWorld();
    const attempt = (ip: string, password = 'wrong') => world.ask('POST', '/session', { ip, body: { name: 'viewer', password } });
    for (let i = 0; i < 4; i++) expect((await attempt('203.0.113.1')).status).toBe(401);
    const slow = await attempt('203.0.113.1', PASSWORD);
    expect([slow.status, slow.headers.get('retry-after')]).toEqual([429, '1']);
    expect((await attempt('203.0.113.2', PASSWORD)).status).toBe(200);
    world.now += 1000;
    expect((await attempt('203.0.113.1')).status).toBe(401);
    expect((await attempt('203.0.113.1')).headers.get('retry-after')).toBe('2');
    world.now += 2000;
    expect((await attempt('203.0.113.1', PASSWORD)).status).toBe(200);
    expect((await attempt('203.0.113.1')).status).toBe(401);
  });

  it('asking who is signed in is no error when it is nobody, but it is one with a wrong token', async () => {
    const world = await apiWorld();
    for (const as of [undefined, { cookie: 'a'.repeat(43) }]) expect(await world.ask('GET', '/session', as ? { as } : {})).toMatchObject({ status: 200, json: null });
    expect(await world.ask('GET', '/session', { as: { token: 'rs_x' } })).toMatchObject({ status: 401 });
    expect(await world.ask('GET', '/setup', { as: { token: 'rs_x' } })).toMatchObject({ status: 401 });
  });

  it('signing in anew ends the session that the browser had', async () => {
    const world = await apiWorld();
    const got = await world.ask('POST', '/session', { as: 'viewer', body: { name: 'viewer', password: PASSWORD } });
    expect((await world.ask('GET', '/sessions', { as: 'viewer' })).status).toBe(401);
    expect(sessionsOf(await world.ask('GET', '/sessions', { as: { cookie: cookieOf(got.headers) } }))).toHaveLength(1);
  });

  it('whoever tries without end does not fill the audit log', async () => {
    const world = await apiWorld([], { limits: FREE });
    for (let i = 0; i < 120; i++) await world.ask('POST', '/session', { ip: `2001:db8:${i.toString(16)}::1`, body: { name: `name${i}`, password: 'x' } });
    expect((await deeds(world)).filter((d) => d.includes('session.refused'))).toHaveLength(100);
  });

  it('signing out ends the session at once', async () => {
    const world = await apiWorld();
    const out = await world.ask('DELETE', '/session', { as: 'viewer' });
    expect([out.status, out.headers.get('set-cookie')]).toEqual([204, 'roamstead=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict']);
    expect((await world.ask('GET', '/sessions', { as: 'viewer' })).status).toBe(401);
  });

  it.each([
    ['idle for 12 hours', [12 * HOUR]],
    ['7 days old, though used', Array.from({ length: 28 }, () => 6 * HOUR)],
  ])('a session that is %s is over', async (_what, steps) => {
    const world = await apiWorld();
    for (const [i, step] of steps.entries()) {
      world.now += step;
      const { status, headers } = await world.ask('GET', '/sessions', { as: 'viewer' });
      const last = i === steps.length - 1;
      expect(status).toBe(last ? 401 : 200);
      if (last) expect(headers.get('set-cookie')).toContain('Max-Age=0');
    }
    await world.access.sessions.tick();
    expect(await world.store.list('sessions')).toEqual([]);
  });

  it('a session survives a restart of the cloud', async () => {
    const before = await apiWorld();
    const after = await apiWorld([], { store: before.store, empty: true });
    expect((await after.ask('GET', '/session', { as: { cookie: before.sessions.operator } })).json).toMatchObject({ user: 'operator' });
  });

  it('one sees one’s own sessions and ends them; owners see and end all', async () => {
    const world = await apiWorld();
    const own = sessionsOf(await world.ask('GET', '/sessions', { as: 'viewer' }));
    expect(own).toEqual([{ id: expect.stringMatching(/^[0-9a-f]{32}$/), user: 'viewer', createdAt: world.now, lastSeen: world.now, expiresAt: world.now + 12 * HOUR, ip: '192.0.2.1', agent: 'test', current: true }]);
    const all = sessionsOf(await world.ask('GET', '/sessions', { as: 'owner' }));
    expect(all.map((s) => s.user).toSorted()).toEqual(['operator', 'owner', 'viewer']);
    const operators = all.find((s) => s.user === 'operator')?.id ?? '';
    expect((await world.ask('DELETE', `/sessions/${operators}`, { as: 'viewer' })).status).toBe(404);
    expect((await world.ask('DELETE', `/sessions/${operators}`, { as: 'owner' })).status).toBe(204);
    expect((await world.ask('GET', '/sessions', { as: 'operator' })).status).toBe(401);
    expect((await deeds(world)).at(-1)).toBe('owner: session.end operator');
  });

  it('a new password needs the old one, and ends the other sessions of its user', async () => {
    const world = await apiWorld();
    const other = cookieOf((await world.ask('POST', '/session', { body: { name: 'viewer', password: PASSWORD } })).headers);
    const change = (current: string, password: string) => world.ask('PUT', '/session/password', { as: 'viewer', body: { current, password } });
    expect((await change('wrong', 'some other words')).json).toMatchObject({ path: 'current' });
    expect((await change(PASSWORD, 'short')).json).toMatchObject({ path: 'password', error: expect.stringContaining('12 characters') });
    expect((await change(PASSWORD, 'some other words')).status).toBe(204);
    expect((await world.ask('GET', '/sessions', { as: 'viewer' })).status).toBe(200);
    expect((await world.ask('GET', '/sessions', { as: { cookie: other } })).status).toBe(401);
    expect((await world.ask('POST', '/session', { body: { name: 'viewer', password: 'some other words' } })).status).toBe(200);
  });
});

describe('users', () => {
  it('are added, changed and removed by owners, which is written down without passwords', async () => {
    const world = await apiWorld();
    const added = await world.ask('POST', '/users', { as: 'owner', body: { name: ' Bea ', role: 'viewer', password: PASSWORD } });
    expect(added).toMatchObject({ status: 201, json: { name: 'Bea', role: 'viewer', sessions: 0 } });
    const id = (added.json as User).id;
    expect((await world.ask('POST', '/users', { as: 'owner', body: { name: 'BEA', role: 'viewer', password: PASSWORD } })).json).toEqual({ error: 'there is a user Bea already', path: 'name' });
    const session = cookieOf((await world.ask('POST', '/session', { body: { name: 'bea', password: PASSWORD } })).headers);
    expect(usersOf(await world.ask('GET', '/users', { as: 'owner' })).find((u) => u.id === id)).toMatchObject({ sessions: 1, lastSeen: world.now });
    expect((await world.ask('PATCH', `/users/${id}`, { as: 'owner', body: { role: 'operator', password: 'quite another phrase' } })).json).toMatchObject({ role: 'operator', sessions: 0 });
    expect((await world.ask('GET', '/sessions', { as: { cookie: session } })).status).toBe(401);
    expect((await world.ask('DELETE', `/users/${id}`, { as: 'owner' })).status).toBe(204);
    expect((await world.ask('DELETE', `/users/${id}`, { as: 'owner' })).status).toBe(404);
    expect((await deeds(world)).slice(3)).toEqual(['owner: users.add Bea', 'Bea: session.begin Bea', 'owner: users.change Bea', 'owner: users.remove Bea']);
    expect(JSON.stringify(await world.audit.list())).not.toMatch(/quite another|salt|hash":"[^"]*","salt/);
    expect((await world.audit.verify()).broken).toBeUndefined();
  });

  it('the last owner is neither removed nor demoted, also not by two at once', async () => {
    const world = await apiWorld();
    const owner = await idOf(world, 'owner');
    expect((await world.ask('DELETE', `/users/${owner}`, { as: 'owner' })).status).toBe(409);
    expect((await world.ask('PATCH', `/users/${owner}`, { as: 'owner', body: { role: 'viewer' } })).json).toMatchObject({ path: 'role' });
    expect((await world.ask('GET', '/sessions', { as: 'owner' })).status).toBe(200);
    const second = await idOf(world, 'operator');
    await world.ask('PATCH', `/users/${second}`, { as: 'owner', body: { role: 'owner' } });
    const both = await Promise.all([owner, second].map((id) => world.ask('DELETE', `/users/${id}`, { as: 'owner' })));
    expect(both.map((r) => r.status).toSorted(byNumber)).toEqual([204, 409]);
  });

  it('whoever is removed is out at once, and stays out after a restart', async () => {
    const world = await apiWorld();
    const id = await idOf(world, 'operator');
    world.now += 90_000;
    await Promise.all([world.ask('GET', '/sessions', { as: 'operator' }), world.ask('DELETE', `/users/${id}`, { as: 'owner' }), world.ask('GET', '/sessions', { as: 'operator' })]);
    expect((await world.ask('GET', '/sessions', { as: 'operator' })).status).toBe(401);
    const again = await apiWorld([], { store: world.store, empty: true });
    expect((await again.ask('GET', '/sessions', { as: { cookie: world.sessions.operator } })).status).toBe(401);
    expect((await world.store.list('sessions')).length).toBe(2);
  });

  it('signing somebody out everywhere leaves the user', async () => {
    const world = await apiWorld();
    const id = await idOf(world, 'viewer');
    expect((await world.ask('DELETE', `/users/${id}/sessions`, { as: 'owner' })).status).toBe(204);
    expect((await world.ask('GET', '/sessions', { as: 'viewer' })).status).toBe(401);
    expect(await idOf(world, 'viewer')).toBe(id);
  });

  it('nothing changes when the store refuses', async () => {
    const world = await apiWorld();
    world.store.refuse('the disk is full');
    expect((await world.ask('POST', '/users', { as: 'owner', body: { name: 'bea', role: 'viewer', password: PASSWORD } })).json).toEqual({ error: 'the store does not take this now: its disk is full, or its server is away; the log says which' });
    world.store.refuse(undefined);
    expect(world.errors.map((e) => e.message).join()).toContain('the disk is full');
    expect(await idOf(world, 'bea')).toBe('');
    expect((await world.ask('POST', '/users', { as: 'owner', body: { name: 'bea', role: 'viewer', password: PASSWORD } })).status).toBe(201);
  });

  it.each([
    ['a short one', 'eleven char', 'at least 12'],
    ['one of the name', 'operator1234', 'operator'],
    ['one of the product', 'roamstead123', 'roamstead'],
    ['the word itself', 'Password2026!', 'password'],
    ['few characters', 'abababababab', 'repeat'],
    ['a row of keys', 'qwertyuiopasdf', 'row'],
    ['a row backwards', 'zyxwvutsrqponm', 'row'],
    ['a giant one', 'x y z 1 2 3 '.repeat(60), '256'],
  ])('a password is refused: %s', async (_what, password, words) => {
    const world = await apiWorld();
    const got = await world.ask('POST', '/users', { as: 'owner', body: { name: 'operator1', role: 'viewer', password } });
    expect([got.status, got.json]).toEqual([400, { error: expect.stringContaining(words), path: 'password' }]);
  });
});

describe('tokens', () => {
  it('let a program in with their role, without cookie and csrf, until they end', async () => {
    const world = await apiWorld();
    const made = await world.ask('POST', '/tokens', { as: 'owner', body: { name: 'backup', role: 'owner', expiresAt: world.now + HOUR } });
    const { secret = '', id } = made.json as Token;
    expect(secret).toMatch(/^rs_[\w-]{43}$/);
    expect(JSON.stringify(world.store.commits)).not.toContain(secret);
    const as = { token: secret };
    expect((await world.ask('GET', '/session', { as })).json).toEqual({ user: 'token backup', role: 'owner', csrf: '', version: '1.2.3' });
    expect((await world.ask('POST', '/users', { as, body: { name: 'bea', role: 'viewer', password: PASSWORD } })).status).toBe(201);
    expect((await deeds(world)).at(-1)).toBe('token backup: users.add bea');
    expect(tokensOf(await world.ask('GET', '/tokens', { as }))).toEqual([{ id, name: 'backup', role: 'owner', by: 'owner', createdAt: world.now, expiresAt: world.now + HOUR, lastUsed: world.now }]);
    world.now += HOUR;
    expect((await world.ask('GET', '/sessions', { as })).status).toBe(401);
  });

  it('end at once when they are removed', async () => {
    const world = await apiWorld();
    const { secret = '', id } = (await world.ask('POST', '/tokens', { as: 'owner', body: { name: 'x', role: 'viewer' } })).json as Token;
    expect((await world.ask('DELETE', `/tokens/${id}`, { as: 'owner' })).status).toBe(204);
    expect((await world.ask('GET', '/sessions', { as: { token: secret } })).status).toBe(401);
    expect(await world.store.list('tokens')).toEqual([]);
    expect((await world.ask('DELETE', `/tokens/${id}`, { as: 'owner' })).status).toBe(404);
  });

  it.each([
    ['a name twice', { name: 'there', role: 'viewer' }, 409, 'name'],
    ['a time that is over', { name: 'y', role: 'viewer', expiresAt: 1 }, 400, 'expiresAt'],
    ['a role that is none', { name: 'y', role: 'root' }, 400, 'role'],
  ])('are refused for %s', async (_what, body, status, path) => {
    const world = await apiWorld();
    await world.ask('POST', '/tokens', { as: 'owner', body: { name: 'there', role: 'viewer' } });
    expect(await world.ask('POST', '/tokens', { as: 'owner', body })).toMatchObject({ status, json: { path } });
  });

  it('have no session to end, and no password', async () => {
    const world = await apiWorld();
    const { secret = '' } = (await world.ask('POST', '/tokens', { as: 'owner', body: { name: 'x', role: 'owner' } })).json as Token;
    expect((await world.ask('DELETE', '/session', { as: { token: secret } })).status).toBe(409);
    expect((await world.ask('PUT', '/session/password', { as: { token: secret }, body: { current: PASSWORD, password: 'some other words' } })).status).toBe(409);
  });
});
