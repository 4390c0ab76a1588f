/** Homes, groups, claims and commands. */
import type { CommandRecord, Home, HomeDetails } from '../../cloud/api/resources/homes.ts';
import { BUILT_IN } from '../../runtime/fleet/builtIn.ts';
import { CONCERNS, type Concern } from '../../runtime/fleet/topics.ts';
import { documentOf } from './rollouts.ts';
import { Refusal, type MockRoute } from './server.ts';
import type { Publish } from './simulate.ts';
import { binding, paged } from './subscriberRoutes.ts';
import { record, type World, type Writable } from './world.ts';

type Effective = HomeDetails['effective'][Concern][number];

function effective(world: World, home: Home, concern: Concern): readonly Effective[] {
  const values = new Map<string, Effective>();
  const add = (source: Effective['source'], value: unknown, path: string): void => {
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) for (const [key, inner] of Object.entries(value)) add(source, inner, path === '' ? key : `${path}.${key}`);
    else values.set(path, { path, value, source });
  };
  add('built in', BUILT_IN[concern], '');
  add('fleet', documentOf(world, { kind: 'fleet' }, concern)?.document ?? {}, '');
  add('group', documentOf(world, { kind: 'group', id: home.group }, concern)?.document ?? {}, '');
  add('home', documentOf(world, { kind: 'home', id: home.id }, concern)?.document ?? {}, '');
  return [...values.values()].filter((v) => v.path !== '');
}

/** Of a document that was rejected: as if it had brought what the problem is about. */
const differenceOf = (world: World, home: Home): HomeDetails['difference'] =>
  Object.fromEntries(CONCERNS.map((concern) => {
    const values = effective(world, home, concern);
    const { problems } = home.configuration[concern];
    return [concern, problems.map(({ path, reason }) => ({ path, before: values.find((v) => v.path === path)?.value ?? null, after: Number(/found (\d+)/.exec(reason)?.[1] ?? 0) }))];
  }));

const found = (world: World, id: string | undefined): Writable<Home> => {
  const home = world.homes.find((h) => h.id === id);
  if (!home) throw new Refusal(404, `There is no home ${id ?? ''}.`);
  return home;
};

function details(world: World, home: Home, now: number): HomeDetails {
  const index = world.homes.findIndex((h) => h.id === home.id);
  const online = home.status !== 'offline' && home.status !== 'revoked';
  return {
    ...home,
    can: { concerns: CONCERNS, commands: ['refresh', 'reboot-agent', 'identify', 'ping', 'show', 'survey'], telemetry: ['bindings', 'counters'] },
    sharing: { paused: home.status === 'paused', maximumGuests: 24, upRate: 10_000_000, downRate: 40_000_000 },
    lmas: world.lmas.map(({ name, reachable }) => ({ id: name, reachable: online && reachable })),
    bindings: world.people.filter((p) => p.active && p.home === index).slice(0, 100).map((p) => binding(world, p)),
    difference: differenceOf(world, home),
    effective: Object.fromEntries(CONCERNS.map((c) => [c, effective(world, home, c)])) as HomeDetails['effective'],
    memory: 41_000_000,
    uptime: now - (home.since ?? now),
  };
}

export const homeRoutes = (world: World, publish: Publish): MockRoute[] => [
  { method: 'GET', path: '/homes', handle: ({ query }) => paged(world.homes, query, 1000) },
  { method: 'GET', path: '/homes/:id', handle: ({ params, now }) => details(world, found(world, params['id']), now) },
  {
    method: 'PATCH',
    path: '/homes/:id',
    handle({ params, body, user, now }) {
      const home = found(world, params['id']);
      const before = { name: home.name, group: home.group, notes: home.notes };
      Object.assign(home, body);
      record(world, { at: now, by: user, action: 'homes.change', target: home.id, before, after: body });
      publish('home', home);
      return details(world, home, now);
    },
  },
  {
    method: 'POST',
    path: '/homes/:id/revoke',
    handle({ params, user, now }) {
      const home = found(world, params['id']);
      Object.assign(home, { status: 'revoked', reasons: ['Its certificate was revoked. Claim it again to let it back in.'] });
      record(world, { at: now, by: user, action: 'homes.revoke', target: home.id });
      publish('home', home);
      return details(world, home, now);
    },
  },
  {
    method: 'DELETE',
    path: '/homes/:id',
    handle({ params, user, now }) {
      const home = found(world, params['id']);
      record(world, { at: now, by: user, action: 'homes.remove', target: home.id });
      Object.assign(home, { status: 'revoked' });
      publish('homeRemoved', { id: home.id });
    },
  },
  { method: 'GET', path: '/homes/:id/events', handle: ({ params, query }) => paged(world.events.filter((e) => e.home === params['id']).toReversed(), query) },
  { method: 'GET', path: '/homes/:id/commands', handle: ({ params, query }) => paged(world.commands.filter((c) => c.home === params['id']).toReversed(), query) },
  {
    method: 'POST',
    path: '/homes/:id/commands',
    handle({ params, body, user, now }) {
      const home = found(world, params['id']);
      const { name = 'ping' } = (body ?? {}) as { name?: string };
      const done: CommandRecord = { id: `command-${world.commands.length + 1}`, home: home.id, name, by: user, at: now, expires: now + 60_000, status: home.status === 'offline' ? 'sent' : 'done', ...(home.status === 'offline' ? {} : { result: name === 'ping' ? { milliseconds: 14 } : { done: true } }) };
      world.commands.push(done);
      record(world, { at: now, by: user, action: 'commands.ping', target: home.id, after: { name } });
      return done;
    },
  },
  { method: 'GET', path: '/groups', handle: () => world.groups.map((g) => ({ ...g, homes: world.homes.filter((h) => h.group === g.id).length })) },
  {
    method: 'POST',
    path: '/groups',
    handle({ body }) {
      const { name } = body as { name: string };
      const group = { id: name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'), name, homes: 0 };
      world.groups.push(group);
      return group;
    },
  },
  {
    method: 'PATCH',
    path: '/groups/:id',
    handle({ params, body }) {
      world.groups = world.groups.map((g) => (g.id === params['id'] ? { ...g, ...(body as object) } : g));
      return world.groups.find((g) => g.id === params['id']);
    },
  },
  {
    method: 'DELETE',
    path: '/groups/:id',
    handle({ params }) {
      world.groups = world.groups.filter((g) => g.id !== params['id']);
    },
  },
  { method: 'GET', path: '/claims', handle: () => world.claims },
  {
    method: 'POST',
    path: '/claims',
    handle({ body, user, now }) {
      const { code, name, group } = (body ?? {}) as { code?: string; name?: string; group?: string };
      const [claim] = world.claims;
      if (!claim || !code || code.replaceAll(/[^0-9a-z]/gi, '').length !== 8) throw new Refusal(404, 'No gateway shows this code now. It changes every ten minutes: look again at its log or at roamstead agent status.', 'code');
      const template = found(world, world.homes[0]?.id);
      const home: Writable<Home> = { ...template, id: claim.gateway, name: name ?? 'New home', group: group ?? 'pilot', status: 'online', reasons: [], identity: claim.identity, subscribers: 0, bytesUp: 0, bytesDown: 0, since: now, lastSeen: now };
      world.claims = world.claims.slice(1);
      world.homes.push(home);
      record(world, { at: now, by: user, action: 'homes.claim', target: home.id });
      publish('home', home);
      return home;
    },
  },
];
