import * as v from 'valibot';
import type { Documents, Homes, Registry } from '../../fleet/parts.ts';
import type { Binding, Home } from '../resources.ts';
import { inQuery, refuse, route, shared, type Route } from '../route.ts';
import { home, homeDetails, homeEvent, position } from './fleetShapes.ts';

export interface HomesRoutesParts {
  readonly registry: Pick<Registry, 'homes' | 'home' | 'details' | 'events'>;
  readonly homes: Pick<Homes, 'change' | 'revoke' | 'remove'>;
  readonly documents: Pick<Documents, 'effective'>;
  readonly bindingsOf: (home: string) => readonly Binding[];
}

const notes = v.pipe(v.string(), v.maxLength(2000));

/** The homes of the fleet, which are its gateways. */
export const homesRoutes = ({ registry, homes, documents, bindingsOf }: HomesRoutesParts): Route[] => [
  route({
    method: 'GET',
    path: '/homes',
    role: 'viewer',
    summary: 'All homes by name, or those of a group, in a status, or whose name or id has this text in it.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/homes',
    query: v.strictObject({ group: inQuery.text, status: v.optional(v.picklist(['online', 'degraded', 'offline', 'paused', 'revoked'])), search: inQuery.text, after: inQuery.text, limit: inQuery.limit(5000) }),
    answer: shared.page(home),
    handle({ query }) {
      const search = query.search?.toLowerCase();
      const fits = (h: Home): boolean =>
        (query.group === undefined || h.group === query.group) &&
        (query.status === undefined || h.status === query.status) &&
        (search === undefined || [h.name, h.id, h.identity].some((text) => text.toLowerCase().includes(search)));
      const all = registry.homes().filter(fits).toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
      const rest = query.after === undefined ? all : all.filter((h) => placeOf(h) > (query.after ?? ''));
      const items = rest.slice(0, query.limit);
      const last = items.at(-1);
      return { items, total: all.length, ...(last && rest.length > items.length ? { next: placeOf(last) } : {}) };
    },
  }),
  route({
    method: 'GET',
    path: '/homes/:id',
    role: 'viewer',
    summary: 'One home: how it is and why, its bindings, and each configured value with where it comes from.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/homes/{id}',
    answer: homeDetails,
    errors: { 404: 'there is no such home' },
    handle: ({ params: { id } }) => ({ ...(registry.details(id) ?? refuse(404, `there is no home ${id}`)), bindings: bindingsOf(id), effective: documents.effective(id) }),
  }),
  route({
    method: 'PATCH',
    path: '/homes/:id',
    role: 'operator',
    summary: 'Changes name, group, notes or position. `null` takes the position away.',
    command: 'curl -X PATCH -H "authorization: Bearer $TOKEN" --json \'{"name":"…"}\' $CLOUD/api/v1/homes/{id}',
    body: v.strictObject({ name: v.optional(shared.name), group: v.optional(v.pipe(v.string(), v.maxLength(64))), notes: v.optional(notes), position: v.optional(v.nullable(position)) }),
    answer: home,
    errors: { 404: 'there is no such home', 409: 'it takes part in a rollout', 422: 'there is no such group' },
    handle: ({ params, body: { name, group, notes: text, position: at }, user }) =>
      homes.change(params.id, { ...(name === undefined ? {} : { name }), ...(group === undefined ? {} : { group }), ...(text === undefined ? {} : { notes: text }), ...(at === undefined ? {} : { position: at }) }, user),
  }),
  route({
    method: 'POST',
    path: '/homes/:id/revoke',
    role: 'operator',
    summary: 'Ends the gateway\'s access at once: its connection, its certificate, its bindings.',
    command: 'curl -X POST -H "authorization: Bearer $TOKEN" --json \'{"reason":"…"}\' $CLOUD/api/v1/homes/{id}/revoke',
    body: v.strictObject({ reason: v.pipe(v.string(), v.trim(), v.minLength(1, 'say why'), v.maxLength(500)) }),
    answer: 'nothing',
    errors: { 404: 'there is no such home', 409: 'it is revoked already' },
    handle: ({ params, body, user }) => homes.revoke(params.id, user, body.reason),
  }),
  route({
    method: 'DELETE',
    path: '/homes/:id',
    role: 'operator',
    summary: 'Removes a home that is offline or revoked, with its documents.',
    command: 'curl -X DELETE -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/homes/{id}',
    answer: 'nothing',
    errors: { 404: 'there is no such home', 409: 'it is online' },
    handle: ({ params, user }) => homes.remove(params.id, user),
  }),
  route({
    method: 'GET',
    path: '/homes/:id/events',
    role: 'viewer',
    summary: 'What happened at a home, the newest first.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/homes/{id}/events',
    query: v.strictObject({ after: inQuery.number, limit: inQuery.limit(1000) }),
    answer: shared.page(homeEvent),
    errors: { 404: 'there is no such home' },
    async handle({ params, query: { after, limit } }) {
      if (!registry.home(params.id)) refuse(404, `there is no home ${params.id}`);
      const items = await registry.events(params.id, { limit, ...(after === undefined ? {} : { before: after }) });
      const last = items.at(-1);
      return { items, total: items.length, ...(last && items.length === limit ? { next: String(last.number) } : {}) };
    },
  }),
];

/** By name, and by id where two have the same. */
const placeOf = ({ name, id }: Home): string => `${name.toLowerCase()} ${id}`;
