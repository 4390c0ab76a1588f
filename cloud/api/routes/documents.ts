import * as v from 'valibot';
import type { Documents } from '../../fleet/parts.ts';
import type { Scope } from '../resources/rollouts.ts';
import { route, type Route } from '../route.ts';
import { concern, documentVersion } from './fleetShapes.ts';

const query = v.strictObject({ kind: v.optional(v.picklist(['fleet', 'group', 'home']), 'fleet'), id: v.optional(v.pipe(v.string(), v.maxLength(64)), ''), concern });
const scopeOf = ({ kind, id }: v.InferOutput<typeof query>): Scope => (kind === 'fleet' ? { kind } : { kind, id });

/** What is provisioned. It is changed by rollouts only. */
export const documentsRoutes = (documents: Documents): Route[] => [
  route({
    method: 'GET',
    path: '/documents',
    role: 'viewer',
    summary: 'What a scope (kind fleet, group or home, with the id of the group or home) says of a concern; null where it says nothing.',
    command: 'curl -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/documents?kind=fleet&concern=timers"',
    query,
    answer: v.nullable(documentVersion),
    handle: ({ query: of }) => documents.current(scopeOf(of), of.concern) ?? null,
  }),
  route({
    method: 'GET',
    path: '/documents/history',
    role: 'viewer',
    summary: 'All versions of what a scope said, the newest first.',
    command: 'curl -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/documents/history?kind=fleet&concern=timers"',
    query,
    answer: v.array(documentVersion),
    handle: ({ query: of }) => documents.history(scopeOf(of), of.concern),
  }),
];
