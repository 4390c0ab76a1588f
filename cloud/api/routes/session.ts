import * as v from 'valibot';
import type { Access } from '../access.ts';
import { noCookie } from '../auth.ts';
import { networkOf } from '../client.ts';
import type { Session } from '../resources/people.ts';
import { refuse, route, shared, type Call, type Route } from '../route.ts';
import { expiryOf, type SessionRecord } from '../sessions.ts';
import { newUser, sessionInfo, signedIn, waitFor } from './words.ts';

const session = v.object({ id: v.string(), user: v.string(), createdAt: shared.time, lastSeen: shared.time, expiresAt: shared.time, ip: v.string(), agent: v.string(), current: v.boolean() });

/** A password cannot be tried by a token's holder, nor sessions be had by one. */
const ofPeople = (call: Pick<Call, 'session'>): { readonly id: string; readonly userId: string; readonly csrf: string } => call.session ?? refuse(409, 'a token has no session: sign in as a user');

/** Signing in and out. */
export const sessionRoutes = (access: Access, version: string): Route[] => {
  const { users, sessions, guard, audit, refusals } = access;
  const shown = (record: SessionRecord, current: string | undefined): Session => ({
    id: record.id.slice(0, 32), user: users.byId(record.userId)?.name ?? '', createdAt: record.createdAt, lastSeen: record.lastSeen, expiresAt: expiryOf(record), ip: record.ip, agent: record.agent, current: record.id === current,
  });
  const visible = (call: Pick<Call, 'session' | 'role'>) => sessions.all().filter((s) => call.role === 'owner' || s.userId === call.session?.userId);
  return [
    route({
      method: 'GET',
      path: '/session',
      role: 'anyone',
      summary: 'Who is signed in, and what has to be sent along with changes; null when it is nobody. A token has no csrf and needs none.',
      answer: v.nullable(sessionInfo),
      handle: ({ user, role, session: own }) => (role === 'anyone' ? null : { user, role, csrf: own?.csrf ?? '', version }),
    }),
    route({
      method: 'POST',
      path: '/session',
      role: 'anyone',
      summary: 'Signs in and sets the cookie.',
      body: v.strictObject({ name: v.pipe(v.string(), v.trim(), v.maxLength(64)), password: newUser.password }),
      answer: sessionInfo,
      errors: { 401: 'name or password is wrong' },
      async handle(call) {
        const { name, password } = call.body;
        const from = networkOf(call.ip);
        waitFor(guard.attempt(name, from, call.now));
        const user = await users.signIn(name, password);
        if (!user) {
          if (refusals('', call.now) === 0) await audit.record({ by: '', action: 'session.refused', target: users.byName(name)?.name ?? 'an unknown name', reason: `from ${call.ip}` });
          return refuse(401, 'name or password is wrong');
        }
        guard.succeeded(name, from);
        await audit.record({ by: user.name, action: 'session.begin', target: user.name, reason: `from ${call.ip}` }, sessions.take(call.session ? [call.session.id] : []));
        return signedIn(access, user, call, version);
      },
    }),
    route({
      method: 'DELETE',
      path: '/session',
      role: 'viewer',
      summary: 'Signs out.',
      answer: 'nothing',
      errors: { 409: 'a token asked' },
      async handle(call) {
        const own = ofPeople(call);
        call.header('set-cookie', noCookie(call.secure));
        await audit.record({ by: call.user, action: 'session.end', target: call.user }, sessions.take([own.id]));
      },
    }),
    route({
      method: 'PUT',
      path: '/session/password',
      role: 'viewer',
      summary: 'Changes the own password. All other sessions of this user end.',
      body: v.strictObject({ current: newUser.password, password: newUser.password }),
      answer: 'nothing',
      errors: { 409: 'a token asked' },
      async handle(call) {
        const own = ofPeople(call);
        waitFor(guard.attempt(call.user, networkOf(call.ip), call.now));
        if (!(await users.signIn(call.user, call.body.current))) refuse(400, 'this is not the password of now', 'current');
        guard.succeeded(call.user, networkOf(call.ip));
        await users.change(own.userId, { password: call.body.password }, call.user, () => sessions.take(sessions.of(own.userId).map((s) => s.id).filter((id) => id !== own.id)));
      },
    }),
    route({
      method: 'GET',
      path: '/sessions',
      role: 'viewer',
      summary: 'Where one is signed in; for owners: where everybody is.',
      answer: shared.page(session),
      handle(call) {
        const items = visible(call).map((s) => shown(s, call.session?.id));
        return { items, total: items.length };
      },
    }),
    route({
      method: 'DELETE',
      path: '/sessions/:id',
      role: 'viewer',
      summary: 'Ends a session of one’s own; owners those of others, too.',
      answer: 'nothing',
      errors: { 404: 'there is no such session' },
      async handle(call) {
        const record = visible(call).find((s) => s.id.slice(0, 32) === call.params.id) ?? refuse(404, 'there is no such session');
        await audit.record({ by: call.user, action: 'session.end', target: users.byId(record.userId)?.name ?? '' }, sessions.take([record.id]));
      },
    }),
  ];
};
