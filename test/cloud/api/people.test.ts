/** Users and tokens: who may make, change and remove them, and what that ends. */
import { describe, expect, it } from 'vitest';
import type { Page } from '../../../cloud/api/resources/answers.ts';
import type { Token, User } from '../../../cloud/api/resources/people.ts';
import { apiWorld, cookieOf, deeds, PASSWORD, type Got, type World } from './world.ts';

const HOUR = 3_600_000;
const usersOf = (got: Got) => (got.json as Page<User>).items;
const tokensOf = (got: Got) => (got.json as Page<Token>).items;
const byNumber = (a: number, b: number): number => a - b;
const idOf = async (world: World, name: string): Promise<string> => usersOf(await world.ask('GET', '/users', { as: 'owner' })).find((u) => u.name === name)?.id ?? '';

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
