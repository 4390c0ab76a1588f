import * as v from 'valibot';
import type { Documents, Homes, Registry } from '../../fleet/parts.ts';
import type { Binding } from '../resources/subscribers.ts';
import type { Home, HomeDetails } from '../resources/homes.ts';
import { inQuery, refuse, route, shared, type Route } from '../route.ts';
import { home, homeDetails, homeEvent, position } from './fleetShapes.ts';

export interface HomesRoutesParts {
  readonly registry: Pick<Registry, 'homes' | 'home' | 'details' | 'events'>;
  readonly homes: Pick<Homes, 'change' | 'revoke' | 'remove'>;
  readonly documents: Pick<Documents, 'effective'>;
  readonly differenceOf: (home: string) => HomeDetails['difference'];
  readonly bindingsOf: (home: string) => readonly Binding[];
}

const notes = v.pipe(v.string(), v.maxLength(2000));

/** The homes of the fleet, which are its gateways. */
export const homesRoutes = (parts: HomesRoutesParts): Route[] => [...lookRoutes(parts), ...changeRoutes(parts)];

const lookRoutes = (parts: HomesRoutesParts): Route[] => [
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
      const all = parts.registry.homes().filter(fits).toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
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
    handle: ({ params: { id } }) => detailsOf(parts, id),
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
      if (!parts.registry.home(params.id)) refuse(404, `there is no home ${params.id}`);
      const items = await parts.registry.events(params.id, { limit, ...(after === undefined ? {} : { before: after }) });
      const last = items.at(-1);
      return { items, total: items.length, ...(last && items.length === limit ? { next: String(last.number) } : {}) };
    },
  }),
];

const changeRoutes = (parts: HomesRoutesParts): Route[] => [
  route({
    method: 'PATCH',
    path: '/homes/:id',
    role: 'operator',
    summary: 'Changes name, group, notes or position. `null` takes the position away.',
    command: 'curl -X PATCH -H "authorization: Bearer $TOKEN" --json \'{"name":"…"}\' $CLOUD/api/v1/homes/{id}',
    body: v.strictObject({ name: v.optional(shared.name), group: v.optional(v.pipe(v.string(), v.maxLength(64))), notes: v.optional(notes), position: v.optional(v.nullable(position)) }),
    answer: homeDetails,
    errors: { 404: 'there is no such home', 409: 'it takes part in a rollout', 422: 'there is no such group' },
    async handle({ params: { id }, body: { name, group, notes: text, position: at }, user }) {
      await parts.homes.change(id, { ...(name === undefined ? {} : { name }), ...(group === undefined ? {} : { group }), ...(text === undefined ? {} : { notes: text }), ...(at === undefined ? {} : { position: at }) }, user);
      return detailsOf(parts, id);
    },
  }),
  route({
    method: 'POST',
    path: '/homes/:id/revoke',
    role: 'operator',
    summary: 'Ends the gateway\'s access at once: its connection, its certificate, its bindings.',
    command: 'curl -X POST -H "authorization: Bearer $TOKEN" --json \'{"reason":"…"}\' $CLOUD/api/v1/homes/{id}/revoke',
    body: v.optional(v.strictObject({ reason: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(500)), '') }), {}),
    answer: homeDetails,
    errors: { 404: 'there is no such home', 409: 'it is revoked already' },
    async handle({ params: { id }, body, user }) {
      await parts.homes.revoke(id, user, body.reason === '' ? 'no reason was given' : body.reason);
      return detailsOf(parts, id);
    },
  }),
  route({
    method: 'DELETE',
    path: '/homes/:id',
    role: 'operator',
    summary: 'Removes a home that is offline or revoked, with its documents.',
    command: 'curl -X DELETE -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/homes/{id}',
    answer: 'nothing',
    errors: { 404: 'there is no such home', 409: 'it is online' },
    handle: ({ params, user }) => parts.homes.remove(params.id, user),
  }),
];

function detailsOf({ registry, documents, differenceOf, bindingsOf }: HomesRoutesParts, id: string): HomeDetails {
  const details = registry.details(id) ?? refuse(404, `there is no home ${id}`);
  return { ...details, bindings: bindingsOf(id), difference: differenceOf(id), effective: documents.effective(id) };
}

/** By name, and by id where two have the same. */
const placeOf = ({ name, id }: Home): string => `${name.toLowerCase()} ${id}`;
