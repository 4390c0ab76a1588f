import * as v from 'valibot';
import type { Audit } from '../../fleet/audit.ts';
import type { Handovers, Subscribers } from '../../live/ports.ts';
import type { Pseudonyms } from '../../privacy/parts.ts';
import { PSEUDONYM } from '../../privacy/words.ts';
import type { Binding } from '../resources/subscribers.ts';
import { inQuery, mayAs, refuse, route, shared, type Call, type Route } from '../route.ts';
import { binding } from './fleetShapes.ts';
import { handoverSummary, subscriber } from './liveShapes.ts';

export interface SubscribersParts {
  readonly subscribers: Pick<Subscribers, 'list' | 'find' | 'bindingsOfSubscriber'>;
  readonly handovers: Pick<Handovers, 'list'>;
  /** Before one is shown. */
  readonly freshen: (id: string) => Promise<void>;
  readonly pseudonyms: Pick<Pseudonyms, 'search'>;
  readonly audit: Pick<Audit, 'record'>;
}


/**
 * The pseudonyms that a text means. A pseudonym tells nobody anything; whoever asks by a name or an address learns which pseudonym
 * it has, and that is written down, without the name.
 */
async function meant({ pseudonyms, audit }: SubscribersParts, search: string, { user, role }: Pick<Call, 'user' | 'role'>): Promise<readonly string[]> {
  const text = search.trim();
  if (PSEUDONYM.test(text)) return [text];
  if (!mayAs(role, 'operator')) refuse(403, 'only an operator may search by a name or an address; a pseudonym (mn-…) is found by everybody', 'search');
  const found = await pseudonyms.search(text);
  await audit.record({ by: user, action: 'subscribers.search', target: found.join(' ') || 'nobody', reason: text.includes('@') ? 'searched by NAI' : 'searched by address' });
  return found;
}

export const subscribersRoutes = (parts: SubscribersParts): Route[] => [
  route({
    method: 'GET',
    path: '/subscribers',
    role: 'viewer',
    summary: 'Subscribers with a session, by pseudonym. `search` is a pseudonym, or, for operators and audited, an NAI or an address in full.',
    command: 'curl -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/subscribers?search=mn-…"',
    query: v.strictObject({ search: inQuery.text, home: inQuery.text, lma: inQuery.text, state: v.optional(v.picklist(['active', 'released'])), after: inQuery.text, limit: inQuery.limit(1000) }),
    answer: shared.page(subscriber),
    async handle(call) {
      const { search, home, lma, state, after, limit } = call.query;
      const ids = search === undefined || search === '' ? undefined : await meant(parts, search, call);
      return parts.subscribers.list({ limit, ...(ids ? { ids } : {}), ...(home === undefined ? {} : { home }), ...(lma === undefined ? {} : { lma }), ...(state === undefined ? {} : { state }), ...(after === undefined ? {} : { after }) });
    },
  }),
  route({
    method: 'GET',
    path: '/subscribers/:id',
    role: 'viewer',
    summary: 'One subscriber: where it is now.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/subscribers/{id}',
    answer: subscriber,
    errors: { 404: 'nobody with this pseudonym has a session' },
    async handle({ params: { id } }) {
      await parts.freshen(id);
      return parts.subscribers.find(id) ?? refuse(404, `nobody called ${id} has a session now; pseudonyms change from time to time`);
    },
  }),
  route({
    method: 'GET',
    path: '/subscribers/:id/bindings',
    role: 'viewer',
    summary: 'Its bindings at the LMAs.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/subscribers/{id}/bindings',
    answer: v.array(binding),
    handle: ({ params: { id } }): Binding[] => [...parts.subscribers.bindingsOfSubscriber(id)],
  }),
  route({
    method: 'GET',
    path: '/subscribers/:id/handovers',
    role: 'viewer',
    summary: 'Where it came from and went, the newest first.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/subscribers/{id}/handovers',
    query: v.strictObject({ after: inQuery.number, limit: inQuery.limit(1000) }),
    answer: shared.page(handoverSummary),
    handle: ({ params: { id }, query: { after, limit } }) => parts.handovers.list({ subscribers: [id], limit, ...(after === undefined ? {} : { after: String(after) }) }),
  }),
];
