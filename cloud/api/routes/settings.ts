/** What is set about retention, pseudonyms, positions and small groups. */
import * as v from 'valibot';
import type { SettingsKeeper } from '../../privacy/parts.ts';
import { settingsChangeSchema } from '../../privacy/settings.ts';
import { route, shared, type Route } from '../route.ts';

const settingsSchema = v.object({
  retention: v.object({ handovers: v.number(), events: v.number(), subscribers: v.number(), audit: v.number() }),
  pseudonyms: v.object({ rotateDays: v.number(), epochBegan: shared.time }),
  positions: v.object({ fuzzMetres: v.number() }),
  smallestGroup: v.number(),
});

export function settingsRoutes({ settings }: { readonly settings: SettingsKeeper }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/settings',
      role: 'viewer',
      summary: 'Retention in days, rotation of pseudonyms, how far positions are moved, the smallest group that is shown.',
      command: 'curl -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/settings"',
      answer: settingsSchema,
      handle: () => settings.get(),
    }),
    route({
      method: 'PATCH',
      path: '/settings',
      role: 'owner',
      summary: 'Changes what is given, and leaves the rest. What is older than a shorter retention goes within the hour.',
      command: `curl -X PATCH -H "authorization: Bearer $TOKEN" --json '{"retention":{"handovers":14}}' "$CLOUD/api/v1/settings"`,
      body: settingsChangeSchema,
      answer: settingsSchema,
      handle: ({ body, user }) => settings.change(body, user),
    }),
  ];
}
