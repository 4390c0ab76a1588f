/** First run, session, users, tokens, audit log, settings. Any password of four characters or more is right. */
import type { Role, Session, SessionInfo, Token, User } from '../../cloud/api/resources/people.ts';
import type { Settings } from '../../cloud/api/resources/network.ts';
import { Refusal, type MockRoute } from './server.ts';
import { paged } from './subscriberRoutes.ts';
import { record, type World } from './world.ts';

export interface Door {
  setUpNeeded: boolean;
  user: { readonly name: string; readonly role: Role } | undefined;
}

const session = (door: Door): SessionInfo => {
  if (!door.user) throw new Refusal(401, 'Nobody is signed in.');
  return { user: door.user.name, role: door.user.role, csrf: 'mock', version: '0.1.0' };
};

interface Credentials {
  readonly name?: string;
  readonly user?: string;
  readonly password?: string;
  readonly role?: Role;
  readonly expiresAt?: number;
}

function signIn(world: World, door: Door, body: unknown): SessionInfo {
  const { name, user = name, password = '' } = (body ?? {}) as Credentials;
  const known = world.users.find((u) => u.name === user);
  if (!known || password.length < 4) throw new Refusal(401, 'The name or the password is wrong.');
  door.user = { name: known.name, role: known.role };
  return session(door);
}

export const accessRoutes = (world: World, door: Door): MockRoute[] => [
  { method: 'GET', path: '/setup', open: true, handle: () => ({ needed: door.setUpNeeded }) },
  {
    method: 'POST',
    path: '/setup',
    open: true,
    handle({ body, now }) {
      const { name = 'ada' } = (body ?? {}) as Credentials;
      world.users = [{ id: 'user-1', name, role: 'owner', createdAt: now, lastSeen: now, sessions: 1 }, ...world.users.slice(1)];
      door.setUpNeeded = false;
      door.user = { name, role: 'owner' };
      return session(door);
    },
  },
  { method: 'GET', path: '/session', open: true, handle: () => (door.user ? session(door) : null) },
  { method: 'POST', path: '/session', open: true, handle: ({ body }) => signIn(world, door, body) },
  {
    method: 'DELETE',
    path: '/session',
    handle() {
      door.user = undefined;
    },
  },
  { method: 'GET', path: '/sessions', handle: ({ now, query }) => paged<Session>([{ id: 'session-1', user: door.user?.name ?? '', createdAt: now - 3_600_000, lastSeen: now, expiresAt: now + 43_200_000, current: true, ip: '192.0.2.7', agent: 'Firefox on Linux' }], query) },
  { method: 'DELETE', path: '/sessions/:id', handle: () => undefined },
  { method: 'GET', path: '/users', handle: ({ query }) => paged(world.users, query) },
  {
    method: 'POST',
    path: '/users',
    handle({ body, now, user }) {
      const { name = '', role = 'viewer' } = (body ?? {}) as Credentials;
      if (world.users.some((u) => u.name === name)) throw new Refusal(409, `There is a user ${name} already.`, 'name');
      const created: User = { id: `user-${world.users.length + 1}`, name, role, createdAt: now, sessions: 0 };
      world.users.push(created);
      record(world, { at: now, by: user, action: 'users.add', target: name, after: { role } });
      return created;
    },
  },
  {
    method: 'PATCH',
    path: '/users/:id',
    handle({ params, body }) {
      const { role } = (body ?? {}) as Credentials;
      world.users = world.users.map((u) => (u.id === params['id'] && role ? { ...u, role } : u));
      return world.users.find((u) => u.id === params['id']);
    },
  },
  {
    method: 'DELETE',
    path: '/users/:id',
    handle({ params }) {
      world.users = world.users.filter((u) => u.id !== params['id']);
    },
  },
  { method: 'GET', path: '/tokens', handle: ({ query }) => paged(world.tokens, query) },
  {
    method: 'POST',
    path: '/tokens',
    handle({ body, now }): Token {
      const { name = 'token', role = 'viewer', expiresAt } = (body ?? {}) as Credentials;
      const created: Token = { id: `token-${world.tokens.length + 1}`, name, role, createdAt: now, ...(expiresAt === undefined ? {} : { expiresAt }) };
      world.tokens.push(created);
      return { ...created, secret: `rs_${world.random.hex(40)}` };
    },
  },
  {
    method: 'DELETE',
    path: '/tokens/:id',
    handle({ params }) {
      world.tokens = world.tokens.filter((t) => t.id !== params['id']);
    },
  },
  { method: 'GET', path: '/audit', handle: ({ query }) => paged(world.audit.toReversed().filter((e) => (['by', 'action', 'target'] as const).every((k) => !query.get(k) || e[k].includes(query.get(k) ?? ''))), query, 50) },
  { method: 'GET', path: '/audit/verify', handle: () => ({ entries: world.audit.length }) },
  { method: 'GET', path: '/settings', handle: () => world.settings },
  {
    method: 'PATCH',
    path: '/settings',
    handle({ body, user, now }): Settings {
      const { retention, pseudonyms, positions, smallestGroup } = body as Partial<Settings>;
      const { settings: before } = world;
      world.settings = { retention: { ...before.retention, ...retention }, pseudonyms: { ...before.pseudonyms, ...pseudonyms }, positions: { ...before.positions, ...positions }, smallestGroup: smallestGroup ?? before.smallestGroup };
      record(world, { at: now, by: user, action: 'settings.change', target: 'privacy', before, after: world.settings });
      return world.settings;
    },
  },
];
