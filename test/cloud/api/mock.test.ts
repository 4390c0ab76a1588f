/** The dashboard is built against web/mocks: what that says, the cloud has to say, too. */
import { describe, expect, it } from 'vitest';
import type { Route } from '../../../cloud/api/route.ts';
import { accessRoutes } from '../../../web/mocks/accessRoutes.ts';
import { fleetRoutes } from '../../../web/mocks/fleetRoutes.ts';
import { homeRoutes } from '../../../web/mocks/homeRoutes.ts';
import type { MockRoute } from '../../../web/mocks/server.ts';
import { past } from '../../../web/mocks/simulate.ts';
import { subscriberRoutes } from '../../../web/mocks/subscriberRoutes.ts';
import { buildWorld } from '../../../web/mocks/world.ts';
import { everyPart } from './everyPart.ts';
import { answerFaults, apiWorld } from './world.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const api = apiWorld(everyPart);
const mocked = () => {
  const world = buildWorld({ homes: 12, subscribers: 40, seed: 1, now: NOW });
  past(world, NOW);
  const publish = () => undefined;
  const door = { setUpNeeded: false, user: { name: 'ada', role: 'owner' as const } };
  return { world, routes: [...accessRoutes(world, door), ...fleetRoutes(world, publish), ...homeRoutes(world, publish), ...subscriberRoutes(world)] };
};
/** `:action` of the mock stands for several routes. */
const sameAs = (mock: MockRoute) => (route: Route): boolean => {
  const [a, b] = [mock.path, route.path].map((p) => p.split('/')) as [string[], string[]];
  return mock.method === route.method && a.length === b.length && a.every((part, i) => part === b[i] || (part.startsWith(':') && (b[i]?.startsWith(':') || part === ':action')));
};

describe('the mock API', () => {
  it('has no route that the cloud has not', async () => {
    const { routes } = await api;
    expect(mocked().routes.filter((m) => !routes.some(sameAs(m))).map((m) => `${m.method} ${m.path}`)).toEqual([]);
  });

  it('answers as the cloud’s OpenAPI document says', async () => {
    const { routes, openApi } = await api;
    const { world, routes: mocks } = mocked();
    const ids: Readonly<Record<string, string | undefined>> = { '/homes': world.homes[0]?.id, '/subscribers': world.people[0]?.id, '/handovers': world.handovers[0]?.id, '/lmas': world.lmas[0]?.name, '/rollouts': world.rollouts[0]?.id };
    const faults: string[] = [];
    let compared = 0;
    for (const mock of mocks.filter((m) => m.method === 'GET')) {
      const route = routes.find(sameAs(mock));
      const id = Object.entries(ids).find(([prefix]) => mock.path.startsWith(prefix))?.[1] ?? '';
      if (!route || (mock.path.includes(':') && id === '')) continue;
      compared += 1;
      const answer = mock.handle({ params: { id, name: id }, query: new URLSearchParams({ kind: 'fleet', concern: 'timers' }), body: undefined, user: 'ada', now: NOW });
      faults.push(...answerFaults(openApi, route, 200, answer).slice(0, 3).map((f) => `${mock.path} ${f}`));
    }
    expect(faults).toEqual([]);
    expect(compared).toBeGreaterThan(20);
  });
});
