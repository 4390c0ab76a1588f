import * as v from 'valibot';
import type { Documents } from '../../fleet/parts.ts';
import type { Scope } from '../resources.ts';
import { refuse, route, shared, type Route } from '../route.ts';
import { concern, documentVersion, preview, scope } from './fleetShapes.ts';

const params = v.strictObject({ concern });
/** `fleet`, `group:<id>`, `home:<id>` */
const query = v.strictObject({ scope: v.optional(v.pipe(v.string(), v.regex(/^(?:fleet|group:.{1,64}|home:gw-[a-z2-7]{26})$/, 'expected fleet, group:<id> or home:<id>')), 'fleet') });

function scopeOf(text: string): Scope {
  const [kind, id = ''] = text.split(':', 2);
  return kind === 'group' || kind === 'home' ? { kind, id } : { kind: 'fleet' };
}

/** What is provisioned. It is changed by rollouts only. */
export const documentsRoutes = (documents: Documents): Route[] => [
  route({
    method: 'GET',
    path: '/documents/:concern',
    role: 'viewer',
    summary: 'What a scope (fleet, group:<id>, home:<id>) says of a concern. `document` is null where it says nothing any more.',
    command: 'curl -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/documents/{concern}?scope=fleet"',
    params,
    query,
    answer: documentVersion,
    errors: { 404: 'it never said anything' },
    handle: ({ params: { concern: of }, query: { scope: text } }) => documents.current(scopeOf(text), of) ?? refuse(404, `${text} has no document of ${of}: start a rollout to give it one`),
  }),
  route({
    method: 'GET',
    path: '/documents/:concern/history',
    role: 'viewer',
    summary: 'All versions of a scope\'s document, the newest first.',
    command: 'curl -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/documents/{concern}/history?scope=fleet"',
    params,
    query,
    answer: shared.page(documentVersion),
    async handle({ params: { concern: of }, query: { scope: text } }) {
      const items = await documents.history(scopeOf(text), of);
      return { items, total: items.length };
    },
  }),
  route({
    method: 'POST',
    path: '/documents/preview',
    role: 'viewer',
    summary: 'What a document would change, home by home. `null` takes the scope\'s document away.',
    command: 'curl -H "authorization: Bearer $TOKEN" --json \'{"scope":{"kind":"fleet"},"concern":"timers","document":{…}}\' $CLOUD/api/v1/documents/preview',
    body: v.strictObject({ scope, concern, document: v.unknown() }),
    answer: preview,
    handle: ({ body }) => documents.preview(body.scope, body.concern, body.document),
  }),
];
