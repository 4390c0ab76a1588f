import * as v from 'valibot';
import type { Access } from '../access.ts';
import type { User } from '../resources/people.ts';
import { refuse, route, shared, type Route } from '../route.ts';
import type { UserRecord } from '../users.ts';
import { newUser } from './words.ts';

const user = v.object({ id: v.string(), name: v.string(), role: shared.role, createdAt: shared.time, lastSeen: v.optional(shared.time), sessions: v.number() });

/** Who may sign in. */
export const usersRoutes = ({ users, sessions }: Access): Route[] => {
  const shown = ({ id, name, role, createdAt, lastSeen }: UserRecord): User => ({ id, name, role, createdAt, ...(lastSeen === undefined ? {} : { lastSeen }), sessions: sessions.of(id).length });
  const allOf = (id: string) => sessions.take(sessions.of(id).map((s) => s.id));
  return [
    route({
      method: 'GET',
      path: '/users',
      role: 'owner',
      summary: 'Everybody who may sign in.',
      answer: shared.page(user),
      handle: () => ({ items: users.all().map(shown), total: users.size }),
    }),
    route({
      method: 'POST',
      path: '/users',
      role: 'owner',
      summary: 'Adds a user. A password has 12 characters or more.',
      command: 'curl -H "authorization: Bearer $TOKEN" --json \'{"name":"…","role":"viewer","password":"…"}\' $CLOUD/api/v1/users',
      body: v.strictObject({ name: newUser.name, role: shared.role, password: newUser.password }),
      answer: user,
      status: 201,
      errors: { 409: 'the name is taken' },
      handle: async ({ body, user: by }) => shown(await users.add(body, by)),
    }),
    route({
      method: 'PATCH',
      path: '/users/:id',
      role: 'owner',
      summary: 'Changes name, role or password. All sessions of this user end.',
      command: 'curl -X PATCH -H "authorization: Bearer $TOKEN" --json \'{"role":"operator"}\' $CLOUD/api/v1/users/{id}',
      body: v.strictObject({ name: v.exactOptional(newUser.name), role: v.exactOptional(shared.role), password: v.exactOptional(newUser.password) }),
      answer: user,
      errors: { 404: 'there is no such user', 409: 'the name is taken, or this is the last owner' },
      handle: async ({ params, body, user: by }) => shown(await users.change(params.id, body, by, () => allOf(params.id))),
    }),
    route({
      method: 'DELETE',
      path: '/users/:id',
      role: 'owner',
      summary: 'Removes a user. All their sessions end.',
      answer: 'nothing',
      errors: { 404: 'there is no such user', 409: 'this is the last owner' },
      handle: ({ params, user: by }) => users.remove(params.id, by, () => allOf(params.id)),
    }),
    route({
      method: 'DELETE',
      path: '/users/:id/sessions',
      role: 'owner',
      summary: 'Signs a user out everywhere.',
      answer: 'nothing',
      errors: { 404: 'there is no such user' },
      async handle({ params, user: by }) {
        if (!users.byId(params.id)) refuse(404, 'there is no such user');
        await users.change(params.id, {}, by, () => allOf(params.id));
      },
    }),
  ];
};
