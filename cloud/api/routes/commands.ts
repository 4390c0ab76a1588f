import * as v from 'valibot';
import type { Commands } from '../../fleet/parts.ts';
import { inQuery, route, shared, type Route } from '../route.ts';
import { commandRecord } from './fleetShapes.ts';

/** What gateways are asked to do. */
export const commandsRoutes = (commands: Commands): Route[] => [
  route({
    method: 'POST',
    path: '/homes/:id/commands',
    role: 'operator',
    summary: 'Sends a command (refresh, reboot-agent, identify, ping, show, survey). After `seconds` it is not carried out any more.',
    command: 'curl -H "authorization: Bearer $TOKEN" --json \'{"name":"ping"}\' $CLOUD/api/v1/homes/{id}/commands',
    body: v.strictObject({ name: v.pipe(v.string(), v.regex(/^[a-z][a-z-]{0,39}$/, 'expected the name of a command')), arguments: v.optional(v.record(v.pipe(v.string(), v.maxLength(100)), v.unknown())), seconds: v.optional(v.pipe(v.number(), v.minValue(5), v.maxValue(3600)), 30) }),
    answer: commandRecord,
    status: 202,
    errors: { 404: 'there is no such home', 409: 'it is revoked', 422: 'it knows no such command' },
    handle: ({ params, body: { name, seconds, arguments: given }, user }) => commands.send(params.id, { name, seconds, ...(given ? { arguments: given } : {}) }, user),
  }),
  route({
    method: 'GET',
    path: '/homes/:id/commands',
    role: 'viewer',
    summary: 'Commands to this home and what came of them, the newest first.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/homes/{id}/commands',
    answer: shared.page(commandRecord),
    handle({ params }) {
      const items = commands.of(params.id);
      return { items, total: items.length };
    },
  }),
  route({
    method: 'GET',
    path: '/commands',
    role: 'viewer',
    summary: 'The latest commands to all homes.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/commands',
    query: v.strictObject({ limit: inQuery.limit(1000) }),
    answer: shared.page(commandRecord),
    handle: ({ query }) => commands.list(query.limit),
  }),
];
