import * as v from 'valibot';
import type { Audit } from '../../fleet/audit.ts';
import type { LmaLinks, Subscribers } from '../../live/ports.ts';
import { inQuery, refuse, route, shared, type Route } from '../route.ts';
import { binding } from './fleetShapes.ts';
import { lma, refreshed, revoked } from './liveShapes.ts';

export interface LmasParts {
  readonly lmas: LmaLinks;
  readonly subscribers: Pick<Subscribers, 'placesOf'>;
  readonly audit: Pick<Audit, 'record'>;
}

export const lmasRoutes = (parts: LmasParts): Route[] => [
  route({
    method: 'GET',
    path: '/lmas',
    role: 'viewer',
    summary: 'The LMAs: whether they answer, how full their pools are, their counters.',
    command: 'roamstead show lma-service statistics',
    answer: v.array(lma),
    handle: () => [...parts.lmas.all()],
  }),
  route({
    method: 'GET',
    path: '/lmas/:name',
    role: 'viewer',
    summary: 'One LMA.',
    command: 'roamstead show lma statistics',
    answer: lma,
    errors: { 404: 'there is no such LMA' },
    handle: ({ params: { name } }) => parts.lmas.find(name) ?? refuse(404, `there is no LMA ${name}`),
  }),
  route({
    method: 'GET',
    path: '/lmas/:name/bindings',
    role: 'viewer',
    summary: 'Its binding cache, by pages.',
    command: 'roamstead show lma-service session',
    query: v.strictObject({ after: inQuery.text, limit: inQuery.limit(1000) }),
    answer: shared.page(binding),
    errors: { 404: 'there is no such LMA' },
    handle: ({ params: { name }, query: { after, limit } }) => (parts.lmas.find(name) ? parts.lmas.bindings(name, limit, after) : refuse(404, `there is no LMA ${name}`)),
  }),
  route({
    method: 'POST',
    path: '/lmas/:name/bindings/:subscriber/revoke',
    role: 'operator',
    summary: "Ends a subscriber's sessions at this LMA (RFC 5846): its gateway is told, and its addresses rest.",
    command: 'roamstead clear ipv6 mobile pmipv6 lma binding nai NAI',
    answer: revoked,
    errors: { 404: 'it has no binding there', 503: 'the LMA does not answer' },
    async handle({ params: { name, subscriber }, user }) {
      const answers = (await order(parts, 'clear lma binding', { name, subscriber, user, action: 'bindings.revoke' })) as { bindings: number; unanswered: number; refused: number }[];
      return answers.reduce((a, b) => ({ bindings: a.bindings + b.bindings, unanswered: a.unanswered + b.unanswered, refused: a.refused + b.refused }), { bindings: 0, unanswered: 0, refused: 0 });
    },
  }),
  route({
    method: 'POST',
    path: '/lmas/:name/bindings/:subscriber/refresh',
    role: 'operator',
    summary: 'Has its gateway register the subscriber anew (RFC 7077).',
    command: 'roamstead refresh ipv6 mobile pmipv6 lma binding nai NAI',
    answer: refreshed,
    errors: { 404: 'it has no binding there', 503: 'the LMA does not answer' },
    async handle({ params: { name, subscriber }, user }) {
      const answers = (await order(parts, 'refresh lma binding', { name, subscriber, user, action: 'bindings.refresh' })) as { bindings: number; gateways: number }[];
      return answers.reduce((a, b) => ({ bindings: a.bindings + b.bindings, gateways: a.gateways + b.gateways }), { bindings: 0, gateways: 0 });
    },
  }),
];

/** By index, so that no name is needed. */
async function order({ lmas, subscribers, audit }: LmasParts, command: string, { name, subscriber, user, action }: { readonly name: string; readonly subscriber: string; readonly user: string; readonly action: string }): Promise<unknown[]> {
  const places = subscribers.placesOf(subscriber).filter((p) => p.lma === name);
  if (places.length === 0) refuse(404, `${subscriber} has no binding at ${name}`);
  await audit.record({ by: user, action, target: subscriber, after: { lma: name } });
  try {
    return await Promise.all(places.map(({ index }) => lmas.ask(name, { command, scope: 'index', index })));
  } catch (e) {
    return refuse(503, `${name}: ${(e as Error).message}`);
  }
}
