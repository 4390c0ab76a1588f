import * as v from 'valibot';
import type { Groups } from '../../fleet/parts.ts';
import { route, shared, type Route } from '../route.ts';
import { group } from './fleetShapes.ts';

const body = v.strictObject({ name: shared.name });

/** Groups of homes, which share documents. */
export const groupsRoutes = (groups: Groups): Route[] => [
  route({
    method: 'GET',
    path: '/groups',
    role: 'viewer',
    summary: 'All groups by name.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/groups',
    answer: v.array(group),
    handle: () => groups.list(),
  }),
  route({
    method: 'POST',
    path: '/groups',
    role: 'operator',
    summary: 'Makes a group.',
    command: 'curl -H "authorization: Bearer $TOKEN" --json \'{"name":"…"}\' $CLOUD/api/v1/groups',
    body,
    answer: group,
    status: 201,
    errors: { 409: 'the name is taken' },
    handle: ({ body: { name }, user }) => groups.create(name, user),
  }),
  route({
    method: 'PATCH',
    path: '/groups/:id',
    role: 'operator',
    summary: 'Gives a group another name.',
    command: 'curl -X PATCH -H "authorization: Bearer $TOKEN" --json \'{"name":"…"}\' $CLOUD/api/v1/groups/{id}',
    body,
    answer: group,
    errors: { 404: 'there is no such group', 409: 'the name is taken' },
    handle: ({ params, body: { name }, user }) => groups.rename(params.id, name, user),
  }),
  route({
    method: 'DELETE',
    path: '/groups/:id',
    role: 'operator',
    summary: 'Removes an empty group with its documents.',
    command: 'curl -X DELETE -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/groups/{id}',
    answer: 'nothing',
    errors: { 404: 'there is no such group', 409: 'it has homes, or is the last one' },
    handle: ({ params, user }) => groups.remove(params.id, user),
  }),
];
