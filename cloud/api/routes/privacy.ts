/** The two things that are done with a subscriber's identity, each with a reason and a line in the audit log. */
import * as v from 'valibot';
import type { Erase, Reveal } from '../../privacy/parts.ts';
import { SHORTEST_REASON } from '../../privacy/reveal.ts';
import { route, type Route } from '../route.ts';

const reason = v.pipe(v.string(), v.trim(), v.minLength(SHORTEST_REASON, `a reason has at least ${SHORTEST_REASON} characters`), v.maxLength(500));

export function privacyRoutes({ reveal, erase }: { readonly reveal: Reveal; readonly erase: Erase }): Route[] {
  return [
    route({
      method: 'POST',
      path: '/subscribers/:id/reveal',
      role: 'operator',
      summary: 'Whom a pseudonym names. Written to the audit log with the reason before it is answered; who may is configured.',
      command: `curl -H "authorization: Bearer $TOKEN" --json '{"reason":"…"}' "$CLOUD/api/v1/subscribers/{id}/reveal"`,
      errors: { 404: 'whom it names is not known any more' },
      body: v.strictObject({ reason }),
      answer: v.object({ nai: v.string(), mac: v.optional(v.string()), audit: v.number() }),
      handle: ({ params, body, user, role }) => reveal(params.id, body.reason, { user, role }),
    }),
    route({
      method: 'POST',
      path: '/subscribers/erase',
      role: 'operator',
      summary: 'Forgets one subscriber, named by NAI, MAC, address or pseudonym: their sessions end, and the sealed identity and every line of history go. `sessions.left` could not be ended because an LMA does not answer: they begin anew as somebody who was never seen.',
      command: `curl -H "authorization: Bearer $TOKEN" --json '{"subscriber":"mn-…","reason":"…"}' "$CLOUD/api/v1/subscribers/erase"`,
      errors: { 404: 'nobody who is known had it', 409: 'several subscribers had it' },
      body: v.strictObject({ subscriber: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(300)), reason }),
      answer: v.object({ pseudonyms: v.array(v.string()), lines: v.number(), sessions: v.object({ ended: v.number(), left: v.number() }) }),
      handle: ({ body, user, role }) => erase(body.subscriber, body.reason, { user, role }),
    }),
  ];
}
