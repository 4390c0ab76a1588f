/** Now, configuration, LMAs, map, alerts. */
import type { Alert, Lma, Topology } from '../../cloud/api/resources/network.ts';
import type { DocumentVersion, RolloutPlan, Scope } from '../../cloud/api/resources/rollouts.ts';
import { CONCERNS, type Concern } from '../../runtime/fleet/topics.ts';
import { overview } from './figures.ts';
import { act, documentOf, preview, start, type RolloutAction } from './rollouts.ts';
import { Refusal, type MockRoute } from './server.ts';
import type { Publish } from './simulate.ts';
import { binding, paged } from './subscriberRoutes.ts';
import { record, type World } from './world.ts';

/** `?kind=group&id=pilot` */
function scopeIn(query: URLSearchParams): Scope {
  const [kind, id] = [query.get('kind') ?? query.get('scope') ?? 'fleet', query.get('id') ?? ''];
  if (kind === 'group' || kind === 'home') return { kind, id };
  return { kind: 'fleet' };
}
function concernIn(query: URLSearchParams): Concern {
  const concern = CONCERNS.find((c) => c === query.get('concern'));
  if (!concern) throw new Refusal(400, `expected one of ${CONCERNS.join(', ')}`, 'concern');
  return concern;
}

function lma(world: World, name: string, index: number): Lma {
  const mine = world.people.filter((p) => p.active && p.lma === name).length;
  const row = world.lmas[index];
  return {
    name,
    reachable: row?.reachable ?? false,
    ...(row?.reachable ? {} : { reason: 'Its control socket does not answer: see whether roamstead lma runs.' }),
    bindings: mine,
    pools: [
      { name: 'v4-homes', service: 'homes', family: 'ipv4', size: index === 0 ? 4094 : 900, used: mine },
      { name: 'v6-homes', service: 'homes', family: 'ipv6', size: 65_536, used: mine },
    ],
    gateways: world.homes.filter((h) => h.status === 'online').length,
    role: index === 0 ? 'active' : 'active',
    statistics: { 'pbu-received': 81_223 + world.handovers.length, pba: { accepted: 81_190 + world.handovers.length, 'timestamp-mismatch': 2 }, pbri: { 'inter-mag-handover-same-access-type': 12 }, discards: { authentication: 31 }, heartbeat: { answered: 40_211 } },
  };
}

function topology(world: World, now: number): Topology {
  const homes = world.homes.map(({ id, name, status, subscribers, position }) => ({ id, name, status, subscribers, ...(position ? { position } : {}) }));
  const moves = new Map<string, { from: string; to: string; count: number }>();
  for (const h of world.handovers) {
    if (!h.from || h.at < now - 3_600_000) continue;
    const key = `${h.from.home} ${h.to.home}`;
    const move = moves.get(key) ?? { from: h.from.home, to: h.to.home, count: 0 };
    move.count += 1;
    moves.set(key, move);
  }
  const tunnels = world.homes.flatMap((home, i) => world.lmas.map(({ name }) => ({ home: home.id, lma: name, subscribers: world.people.filter((p) => p.active && p.home === i && p.lma === name).length })));
  return {
    homes,
    lmas: world.lmas.map(({ name, reachable }) => ({ name, reachable, bindings: world.people.filter((p) => p.active && p.lma === name).length })),
    tunnels: tunnels.filter((t) => t.subscribers > 0),
    moves: [...moves.values()].filter((m) => m.count >= world.settings.smallestGroup),
    neighbours: world.places.flatMap((place, i) => place.near.filter((n) => n > i).map((n) => ({ from: world.homes[i]?.id ?? '', to: world.homes[n]?.id ?? '' }))),
  };
}

export const fleetRoutes = (world: World, publish: Publish): MockRoute[] => [
  { method: 'GET', path: '/overview', handle: ({ now }) => overview(world, now) },
  { method: 'GET', path: '/topology', handle: ({ now }) => topology(world, now) },
  { method: 'GET', path: '/documents', handle: ({ query }): DocumentVersion | null => documentOf(world, scopeIn(query), concernIn(query)) ?? null },
  { method: 'GET', path: '/documents/history', handle: ({ query }) => [documentOf(world, scopeIn(query), concernIn(query))].filter((d) => d !== undefined) },
  { method: 'GET', path: '/rollouts', handle: ({ query }) => paged(world.rollouts.toReversed(), query) },
  {
    method: 'GET',
    path: '/rollouts/:id',
    handle({ params }) {
      const rollout = world.rollouts.find((r) => r.id === params['id']);
      if (!rollout) throw new Refusal(404, 'There is no such rollout.');
      return rollout;
    },
  },
  { method: 'POST', path: '/rollouts/preview', handle: ({ body }) => preview(world, body as RolloutPlan) },
  {
    method: 'POST',
    path: '/rollouts',
    handle({ body, user, now }) {
      const plan = body as RolloutPlan;
      const [problem] = preview(world, plan).problems;
      if (problem) throw new Refusal(400, problem.reason, problem.path);
      const rollout = start(world, plan, user, now);
      publish('rollout', rollout);
      return rollout;
    },
  },
  ...(['pause', 'resume', 'advance', 'roll back'] as const).map(
    (action: RolloutAction): MockRoute => ({
      method: 'POST',
      path: `/rollouts/:id/${action.replace(' ', '-')}`,
      handle({ params, user, now }) {
        const rollout = act(world, params['id'] ?? '', action);
        if (!rollout) throw new Refusal(404, 'There is no such rollout.');
        record(world, { at: now, by: user, action: `rollouts.${action}`, target: rollout.id });
        publish('rollout', rollout);
        return rollout;
      },
    }),
  ),
  { method: 'GET', path: '/lmas', handle: () => world.lmas.map(({ name }, i) => lma(world, name, i)) },
  { method: 'GET', path: '/lmas/:name/bindings', handle: ({ params, query }) => paged(world.people.filter((p) => p.active && p.lma === params['name']).map((p) => binding(world, p)), query, 50) },
  {
    method: 'POST',
    path: '/lmas/:name/bindings/:subscriber/:action',
    handle({ params, user, now }) {
      const person = world.people.find((p) => p.id === params['subscriber']);
      if (!person) throw new Refusal(404, 'This subscriber has no binding there.');
      const home = world.homes[person.home];
      if (params['action'] === 'revoke') {
        person.active = false;
        if (home) home.subscribers = Math.max(0, home.subscribers - 1);
      }
      record(world, { at: now, by: user, action: `bindings.${params['action'] ?? ''}`, target: person.id });
    },
  },
  { method: 'GET', path: '/alerts', handle: ({ query }) => paged(world.alerts.filter((a) => query.get('ended') !== 'false' || a.endedAt === undefined).toReversed(), query) },
  {
    method: 'POST',
    path: '/alerts/:id/acknowledge',
    handle({ params, user }): Alert {
      const alert = world.alerts.find((a) => a.id === params['id']);
      if (!alert) throw new Refusal(404, 'There is no such alert.');
      const acknowledged: Alert = { ...alert, acknowledgedBy: user };
      world.alerts = world.alerts.map((a) => (a.id === alert.id ? acknowledged : a));
      publish('alert', acknowledged);
      return acknowledged;
    },
  },
];
