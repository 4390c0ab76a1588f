import * as v from 'valibot';
import type { Claims } from '../../fleet/claims.ts';
import type { Registry } from '../../fleet/parts.ts';
import { refuse, route, shared, type Route } from '../route.ts';
import { gatewayId, home } from './fleetShapes.ts';

const pending = v.object({ gateway: v.string(), agent: v.string(), identity: v.string(), firstSeen: v.number(), lastSeen: v.number() });

/** New gateways. */
export const claimsRoutes = (claims: Claims, registry: Pick<Registry, 'home'>): Route[] => [
  route({
    method: 'GET',
    path: '/claims',
    role: 'operator',
    summary: 'Gateways that wait for somebody to type their code.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/claims',
    answer: v.array(pending),
    handle: () => claims.pending(),
  }),
  route({
    method: 'POST',
    path: '/claims',
    role: 'operator',
    summary: 'Takes a gateway into the fleet by the code that it shows: `roamstead agent status`, or its log.',
    command: 'curl -H "authorization: Bearer $TOKEN" --json \'{"code":"ABCD-EFGH","name":"…","group":"homes"}\' $CLOUD/api/v1/claims',
    body: v.strictObject({ code: v.pipe(v.string(), v.maxLength(40)), name: shared.name, group: v.pipe(v.string(), v.maxLength(64)) }),
    answer: home,
    status: 201,
    errors: { 404: 'no gateway shows this code', 409: 'this gateway is refused', 422: 'there is no such group' },
    async handle({ body, user }) {
      const id = await claims.approve({ ...body, by: user });
      return registry.home(id) ?? refuse(404, `there is no home ${id}`);
    },
  }),
  route({
    method: 'DELETE',
    path: '/claims/:gateway',
    role: 'operator',
    summary: 'Nobody wants this gateway: it is not listed any more.',
    command: 'curl -X DELETE -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/claims/{gateway}',
    params: v.strictObject({ gateway: gatewayId }),
    answer: 'nothing',
    handle: ({ params, user }) => claims.dismiss(params.gateway, user),
  }),
];
