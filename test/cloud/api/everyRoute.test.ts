/** The routes of all parts together, without the parts: what is said about them holds before any of them is asked. */
import { describe, expect, it } from 'vitest';
import { API_ROOT } from '../../../cloud/api/openapi.ts';
import type { Route } from '../../../cloud/api/route.ts';
import { everyPart } from './everyPart.ts';
import { apiWorld, FREE, type World } from './world.ts';

const worlds = apiWorld(everyPart, { limits: FREE });
const pathOf = ({ path }: Route): string => path.replace(/:\w+/g, 'some');
const bodyOf = ({ method }: Route) => (method === 'GET' ? {} : { body: {} });

describe('the routes of all parts', () => {
  it('are in the OpenAPI document with all that belongs to them', async () => {
    const { routes, openApi } = await worlds;
    const ids = Object.values(openApi.paths).flatMap((path) => Object.values(path).map((o) => o.operationId));
    expect([ids.length, new Set(ids).size]).toEqual([routes.length, routes.length]);
    const faults = routes.flatMap((r) => {
      const operation = openApi.paths[API_ROOT + r.path.replace(/:(\w+)/g, '{$1}')]?.[r.method.toLowerCase()];
      const named = [...r.path.matchAll(/:(\w+)/g)].map((m) => m[1]);
      const success = Object.entries(operation?.responses ?? {}).filter(([status]) => status.startsWith('2'));
      const body = operation?.requestBody?.content['application/json']?.schema;
      return [
        [/^[A-Z].*\.$/.test(operation?.summary ?? ''), 'its summary is no sentence'],
        [JSON.stringify(operation?.parameters.filter((p) => p.in === 'path').map((p) => p.name)) === JSON.stringify(named), 'its parameters are not those of the path'],
        [success.length === 1 && (success[0]?.[1].content !== undefined) === (r.answer !== 'nothing'), 'its answer is not said'],
        [operation?.['x-role'] === r.role, 'its role is not said'],
        [/^(?:roamstead [a-z]|curl .*\$CLOUD\/api\/v1\/)/.test(operation?.['x-command'] ?? ''), 'it names no command'],
        [body === undefined || body['additionalProperties'] === false || 'anyOf' in body || 'oneOf' in body, 'its body lets unknown keys pass'],
      ].filter(([good]) => good !== true).map(([, fault]) => `${r.method} ${r.path}: ${String(fault)}`);
    });
    expect(faults).toEqual([]);
  });

  it('answer 2xx to no role below their own, nor to nobody', async () => {
    const world = await worlds;
    expect(await allowedBelow(world)).toEqual([]);
  });

  it('change nothing for a page without x-roamstead-csrf', async () => {
    const world = await worlds;
    const allowed: string[] = [];
    for (const r of world.routes.filter(({ role, method }) => role !== 'anyone' && method !== 'GET')) {
      const got = await world.ask(r.method, pathOf(r), { as: 'owner', body: {}, headers: { 'x-roamstead-csrf': '' } });
      if (got.status !== 403) allowed.push(`${r.method} ${r.path}: ${got.status}`);
    }
    expect(allowed).toEqual([]);
  });
});

async function allowedBelow(world: World): Promise<string[]> {
  const allowed: string[] = [];
  for (const r of world.routes.filter(({ role }) => role !== 'anyone')) {
    const below = r.role === 'owner' ? (['viewer', 'operator'] as const) : r.role === 'operator' ? (['viewer'] as const) : [];
    for (const as of below) {
      const { status } = await world.ask(r.method, pathOf(r), { as, ...bodyOf(r) });
      if (status !== 403) allowed.push(`${r.method} ${r.path} as ${as}: ${status}`);
    }
    const { status } = await world.ask(r.method, pathOf(r), bodyOf(r));
    if (status !== 401) allowed.push(`${r.method} ${r.path} as nobody: ${status}`);
  }
  return allowed;
}
