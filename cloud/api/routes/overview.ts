import type { Overview, Topology } from '../resources/network.ts';
import { route, type Route } from '../route.ts';
import { overview, topology } from './liveShapes.ts';

export interface OverviewParts {
  readonly overview: () => Overview;
  readonly topology: () => Topology;
}

/** The page Now, and the graph. */
export const overviewRoutes = (parts: OverviewParts): Route[] => [
  route({
    method: 'GET',
    path: '/overview',
    role: 'viewer',
    summary: 'How the fleet is now: homes, subscribers, handovers with their times, alerts, and the last hour minute by minute.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/overview',
    answer: overview,
    handle: () => parts.overview(),
  }),
  route({
    method: 'GET',
    path: '/topology',
    role: 'viewer',
    summary: 'Homes, LMAs, the tunnels between them, and how many moved between which homes in the last hour, where they were enough to tell nobody apart.',
    command: 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/topology',
    answer: topology,
    handle: () => parts.topology(),
  }),
];
