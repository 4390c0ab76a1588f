/** The routes of all parts, without the parts: a request that is refused reaches none, and the document needs none. */
import type { Route } from '../../../cloud/api/route.ts';
import { auditRoutes } from '../../../cloud/api/routes/audit.ts';
import { claimsRoutes } from '../../../cloud/api/routes/claims.ts';
import { commandsRoutes } from '../../../cloud/api/routes/commands.ts';
import { documentsRoutes } from '../../../cloud/api/routes/documents.ts';
import { groupsRoutes } from '../../../cloud/api/routes/groups.ts';
import { homesRoutes } from '../../../cloud/api/routes/homes.ts';
import { liveRoutes } from '../../../cloud/api/routes/live.ts';
import { privacyRoutes } from '../../../cloud/api/routes/privacy.ts';
import { rolloutsRoutes } from '../../../cloud/api/routes/rollouts.ts';
import { settingsRoutes } from '../../../cloud/api/routes/settings.ts';

const parts = {} as never;

export const everyPart: readonly Route[] = [
  ...auditRoutes(parts), ...claimsRoutes(parts, parts), ...commandsRoutes(parts), ...documentsRoutes(parts), ...groupsRoutes(parts), ...homesRoutes(parts),
  ...liveRoutes({ live: {}, captures: { role: 'owner', perHour: 1 } } as never), ...privacyRoutes(parts), ...rolloutsRoutes(parts, parts), ...settingsRoutes(parts),
];
