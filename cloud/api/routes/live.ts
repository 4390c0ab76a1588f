/** All routes about what happens now. */
import type { Audit } from '../../fleet/audit.ts';
import type { LivePart } from '../../live/live.ts';
import type { Pseudonyms } from '../../privacy/parts.ts';
import type { Route } from '../route.ts';
import { alertsRoutes } from './alerts.ts';
import { handoversRoutes, type CaptureRules } from './handovers.ts';
import { lmasRoutes } from './lmas.ts';
import { overviewRoutes } from './overview.ts';
import { subscribersRoutes } from './subscribers.ts';

export interface LiveRoutesParts {
  readonly live: LivePart;
  readonly pseudonyms: Pick<Pseudonyms, 'search'>;
  readonly audit: Pick<Audit, 'record'>;
  /** As of `createReveal`. */
  readonly captures: CaptureRules;
  /** Of the settings. */
  readonly smallestGroup: () => number;
}

export const liveRoutes = ({ live, pseudonyms, audit, captures, smallestGroup }: LiveRoutesParts): Route[] => [
  ...overviewRoutes({ overview: () => live.overview(), topology: () => live.topology(smallestGroup()) }),
  ...subscribersRoutes({ subscribers: live.subscribers, handovers: live.handovers, freshen: (id) => live.freshen(id), pseudonyms, audit }),
  ...handoversRoutes(live.handovers, audit, captures),
  ...lmasRoutes({ lmas: live.lmas, subscribers: live.subscribers, audit }),
  ...alertsRoutes(live.alerts, audit),
];
