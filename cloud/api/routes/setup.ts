import * as v from 'valibot';
import type { Access } from '../access.ts';
import { networkOf } from '../client.ts';
import { newUser, sessionInfo, signedIn, waitFor } from './words.ts';
import { refuse, route, type Route } from '../route.ts';

/** The first run. */
export const setUpRoutes = (access: Access, version: string): Route[] => [
  route({
    method: 'GET',
    path: '/setup',
    role: 'anyone',
    summary: 'Whether somebody has still to make the first owner, with the link that is in the log.',
    answer: v.object({ needed: v.boolean() }),
    handle: () => ({ needed: access.setUp.needed() }),
  }),
  route({
    method: 'POST',
    path: '/setup',
    role: 'anyone',
    summary: 'Makes the first owner and signs them in. The token is the part of the set-up link behind #, and works once.',
    body: v.strictObject({ token: v.pipe(v.string(), v.maxLength(200)), name: newUser.name, password: newUser.password }),
    answer: sessionInfo,
    status: 201,
    errors: { 403: 'the link is not, or no longer, valid', 409: 'the set-up was done already' },
    async handle(call) {
      const { token, name, password } = call.body;
      const { setUp, guard, users } = access;
      if (setUp.link('') === undefined) refuse(409, 'the set-up was done already: sign in');
      waitFor(guard.attempt('', `set-up ${networkOf(call.ip)}`, call.now));
      if (!setUp.accepts(token)) refuse(403, 'this link is not, or no longer, valid: the log of the cloud has the one of its last start', 'token');
      guard.succeeded('', `set-up ${networkOf(call.ip)}`);
      const user = await users.add({ name, role: 'owner', password }, 'set-up', () => setUp.accepts(token));
      setUp.done();
      return signedIn(access, user, call, version);
    },
  }),
];
