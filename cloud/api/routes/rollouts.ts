import * as v from 'valibot';
import type { Documents, Rollouts } from '../../fleet/parts.ts';
import { refuse, route, shared, type Route } from '../route.ts';
import { concern, preview, rollout, scope } from './fleetShapes.ts';

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const pace = {
  canary: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000)),
  ramp: v.pipe(v.number(), v.minValue(1), v.maxValue(1000)),
  watch: v.pipe(v.number(), v.minValue(0), v.maxValue(86_400)),
  tolerance: v.strictObject({ success: share, time: v.pipe(v.number(), v.minValue(1), v.maxValue(1000)) }),
};
/** Of `document`, `null`: what the scope said is taken away. */
const change = { scope, concern, document: v.unknown() };

/** Changes on their way to the homes. */
export const rolloutsRoutes = (rollouts: Rollouts, documents: Pick<Documents, 'preview'>): Route[] => [
  route({
    method: 'GET',
    path: '/rollouts',
    role: 'viewer',
    summary: 'All rollouts, the newest first. Those that are over come without their homes.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/rollouts',
    answer: shared.page(rollout),
    handle() {
      const items = rollouts.list();
      return { items, total: items.length };
    },
  }),
  route({
    method: 'GET',
    path: '/rollouts/:id',
    role: 'viewer',
    summary: 'One rollout with all its homes.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/rollouts/{id}',
    answer: rollout,
    errors: { 404: 'there is no such rollout' },
    handle: ({ params: { id } }) => rollouts.get(id) ?? refuse(404, `there is no rollout ${id}`),
  }),
  route({
    method: 'POST',
    path: '/rollouts/preview',
    role: 'viewer',
    summary: 'What a document would change, home by home. A null takes what the scope said away.',
    command: 'curl -H "authorization: Bearer $TOKEN" --json \'{"scope":{"kind":"fleet"},"concern":"timers","document":{…}}\' $CLOUD/api/v1/rollouts/preview',
    body: v.strictObject({ ...change, ...v.partial(v.strictObject(pace)).entries }),
    answer: preview,
    handle: ({ body }) => documents.preview(body.scope, body.concern, body.document),
  }),
  route({
    method: 'POST',
    path: '/rollouts',
    role: 'operator',
    summary: 'Gives a scope a document, wave by wave: first `canary` homes, each further wave `ramp` times as many. A wave is watched for `watch` seconds; it goes back by itself when a home cannot work with it, or figures get worse than `tolerance` allows.',
    command: 'curl -H "authorization: Bearer $TOKEN" --json \'{"scope":{"kind":"fleet"},"concern":"timers","document":{…},"canary":1,"ramp":3,"watch":60,"tolerance":{"success":0.02,"time":1.5}}\' $CLOUD/api/v1/rollouts',
    body: v.strictObject({ ...change, ...pace }),
    answer: rollout,
    status: 201,
    errors: { 409: 'another rollout goes on among these homes', 422: 'the document has problems' },
    handle: ({ body, user }) => rollouts.start(body, user),
  }),
  ...(['pause', 'resume', 'advance', 'roll back'] as const).map((action) => {
    const word = action.replace(' ', '-');
    return route({
      method: 'POST',
      path: `/rollouts/:id/${word}`,
      role: 'operator',
      summary: ACTIONS[action],
      command: `curl -X POST -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/rollouts/{id}/${word}`,
      answer: rollout,
      errors: { 404: 'there is no such rollout', 409: 'it is not in a state for that' },
      handle: ({ params, user }) => rollouts.act((params as { readonly id: string }).id, action, user),
    });
  }),
];

const ACTIONS = {
  'pause': 'No further wave, until it is resumed.',
  'resume': 'Goes on where it was paused.',
  'advance': 'The next wave at once.',
  'roll back': 'Every home gets what it had before.',
} as const;
