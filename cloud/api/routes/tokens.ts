import * as v from 'valibot';
import type { Access } from '../access.ts';
import type { Token } from '../resources/people.ts';
import { route, shared, type Route } from '../route.ts';
import type { TokenRecord } from '../tokens.ts';
import { label } from './words.ts';

const facts = { id: v.string(), name: v.string(), role: shared.role, by: v.optional(v.string()), createdAt: shared.time, expiresAt: v.optional(shared.time), lastUsed: v.optional(shared.time) };

/** For programs. */
export const tokensRoutes = ({ tokens }: Access): Route[] => {
  const shown = ({ id, name, role, by, createdAt, expiresAt, lastUsed }: TokenRecord): Token => ({
    id, name, role, by, createdAt, ...(expiresAt === undefined ? {} : { expiresAt }), ...(lastUsed === undefined ? {} : { lastUsed }),
  });
  return [
    route({
      method: 'GET',
      path: '/tokens',
      role: 'owner',
      summary: 'All tokens, also those that have ended; never what they are.',
      answer: shared.page(v.object(facts)),
      handle: () => ({ items: tokens.all().map(shown), total: tokens.all().length }),
    }),
    route({
      method: 'POST',
      path: '/tokens',
      role: 'owner',
      summary: 'Makes a token for a program. Its secret is in this answer and nowhere else.',
      command: 'curl -H "authorization: Bearer $TOKEN" --json \'{"name":"…","role":"viewer"}\' $CLOUD/api/v1/tokens',
      body: v.strictObject({ name: label, role: shared.role, expiresAt: v.exactOptional(v.pipe(v.number(), v.integer())) }),
      answer: v.object({ ...facts, secret: v.string() }),
      status: 201,
      errors: { 409: 'the name is taken, or there are too many' },
      async handle({ body, user: by }) {
        const { secret, record } = await tokens.add(body, by);
        return { ...shown(record), secret };
      },
    }),
    route({
      method: 'DELETE',
      path: '/tokens/:id',
      role: 'owner',
      summary: 'Ends a token at once.',
      answer: 'nothing',
      errors: { 404: 'there is no such token' },
      handle: ({ params, user: by }) => tokens.remove(params.id, by),
    }),
  ];
};
