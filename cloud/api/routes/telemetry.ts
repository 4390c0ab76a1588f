import * as v from 'valibot';
import type { Telemetry } from '../../fleet/telemetry.ts';
import { route, type Route } from '../route.ts';

/** What a gateway tells only while somebody looks. */
export const telemetryRoutes = (telemetry: Telemetry): Route[] => [
  route({
    method: 'GET',
    path: '/homes/:id/telemetry/:stream',
    role: 'viewer',
    summary: 'The latest sample of a stream (bindings, counters), or null until there is one. Asking starts the stream; it stops a minute after the last question.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/homes/{id}/telemetry/{stream}',
    answer: v.nullable(v.object({ at: v.number(), value: v.unknown() })),
    errors: { 404: 'there is no such home or stream', 409: 'it is not connected' },
    handle: async ({ params: { id, stream } }) => (await telemetry.look(id, stream)) ?? null,
  }),
];
