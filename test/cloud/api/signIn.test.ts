/** The first run, and how people sign in and out. */
import { describe, expect, it } from 'vitest';
import { csrfOf } from '../../../cloud/api/secrets.ts';
import type { Page } from '../../../cloud/api/resources/answers.ts';
import type { Session, SessionInfo } from '../../../cloud/api/resources/people.ts';
import { apiWorld, cookieOf, deeds, FREE, PASSWORD, type Got } from './world.ts';

const HOUR = 3_600_000;
const sessionsOf = (got: Got) => (got.json as Page<Session>).items;
const byNumber = (a: number, b: number): number => a - b;

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
