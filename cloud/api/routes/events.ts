import * as v from 'valibot';
import { keyOf } from '../auth.ts';
import { inQuery, media, route, type Route } from '../route.ts';
import type { LiveStream } from '../sse.ts';

/** What happens, as it happens. */
export const eventsRoutes = (live: LiveStream): Route[] => [
  route({
    method: 'GET',
    path: '/events',
    role: 'viewer',
    summary: 'Live events (server-sent): the names and values of LiveEvents. Goes on behind Last-Event-ID; `reset` says that too much was missed.',
    command: 'curl -N -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/events',
    /** For programs that cannot send the header. */
    query: v.object({ after: inQuery.text }),
    answer: media('text/event-stream'),
    handle: (call) => {
      call.header('x-accel-buffering', 'no');
      return { content: live.open({ key: keyOf(call), role: call.role, alive: () => call.alive(), used: () => call.used(), hangUp: () => call.hangUp() }, call.requested('last-event-id') || (call.query.after ?? '')) };
    },
  }),
];
