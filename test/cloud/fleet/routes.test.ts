/** The fleet's routes through the API: roles, shapes, words. Every answer is compared with the OpenAPI document. */
import { describe, expect, it } from 'vitest';
import type { Home } from '../../../cloud/api/resources/homes.ts';
import type { Page } from '../../../cloud/api/resources/answers.ts';
import type { Preview, Rollout } from '../../../cloud/api/resources/rollouts.ts';
import { refuse } from '../../../cloud/api/route.ts';
import { claimsRoutes } from '../../../cloud/api/routes/claims.ts';
import { commandsRoutes } from '../../../cloud/api/routes/commands.ts';
import { documentsRoutes } from '../../../cloud/api/routes/documents.ts';
import { groupsRoutes } from '../../../cloud/api/routes/groups.ts';
import { homesRoutes } from '../../../cloud/api/routes/homes.ts';
import { rolloutsRoutes } from '../../../cloud/api/routes/rollouts.ts';
import { apiWorld } from '../api/world.ts';
import { connect, createWorld, idOf, openFleet, range } from './world.ts';

const TIMERS = { scope: { kind: 'fleet' }, concern: 'timers', document: { timers: { 'binding-lifetime': 600 } } };
const PACE = { canary: 1, ramp: 2, watch: 60, tolerance: { success: 0.1, time: 2 } };

async function opened() {
  const world = createWorld();
  const fleet = await openFleet(world);
  for (const i of range(3)) await fleet.claim(i);
  await connect(world, 0);
  await fleet.tick();
  const waiting = { gateway: idOf(7), agent: '1', identity: 'm7', firstSeen: 1, lastSeen: 2 };
  const claims = {
    pending: () => [waiting],
    async approve({ code, name, group, by }: { readonly code: string; readonly name: string; readonly group: string; readonly by: string }) {
      if (code !== 'ABCD-EFGH') refuse(404, 'no gateway shows this code', 'code');
      await fleet.homes.create({ id: idOf(7), name, group, identity: 'm7', agent: '1', certificate: { serial: '7', expires: 1e13 }, by });
      return idOf(7);
    },
    dismiss: async () => undefined,
    tick: async () => undefined,
    close: async () => undefined,
  };
  const binding = { subscriber: 'mn-1', home: idOf(0), lma: 'lma1', service: 's', state: 'active', addresses: ['192.0.2.9'], careOf: '192.0.2.1', transport: 'ipv4', lifetime: 600 };
  const api = await apiWorld([
    ...homesRoutes({ registry: fleet.registry, homes: fleet.homes, documents: fleet.documents, differenceOf: fleet.differenceOf, bindingsOf: (home) => (home === idOf(0) ? [binding] : []) }),
    ...groupsRoutes(fleet.groups),
    ...documentsRoutes(fleet.documents),
    ...rolloutsRoutes(fleet.rollouts, fleet.documents),
    ...commandsRoutes(fleet.commands),
    ...claimsRoutes(claims, fleet.registry),
  ]);
  const ask = (role: 'viewer' | 'operator' | 'owner', method: string, path: string, body?: unknown) => api.ask(method, path, { as: role, ...(body === undefined ? {} : { body }) });
  return { world, fleet, api, ask };
}

describe('homes', () => {
  it('are listed by name, in pages, and by group, status and text', async () => {
    const { ask } = await opened();
    const first = (await ask('viewer', 'GET', '/homes?limit=2')).json as Page<Home>;
    expect([first.items.map((h) => h.name), first.total]).toEqual([['Home 0', 'Home 1'], 3]);
    const rest = (await ask('viewer', 'GET', `/homes?limit=2&after=${encodeURIComponent(first.next ?? '')}`)).json as Page<Home>;
    expect([rest.items.map((h) => h.name), rest.next]).toEqual([['Home 2'], undefined]);
    const count = async (query: string) => ((await ask('viewer', 'GET', `/homes?${query}`)).json as Page<Home>).total;
    expect([await count('status=online'), await count('group=none'), await count('search=M2%40'), (await ask('viewer', 'GET', '/homes?status=asleep')).status]).toEqual([1, 0, 1, 400]);
  });

  it('have details, events and commands; a viewer changes nothing', async () => {
    const { ask, world } = await opened();
    expect((await ask('viewer', 'GET', `/homes/${idOf(0)}`)).json).toMatchObject({ status: 'online', bindings: [{ subscriber: 'mn-1' }], can: { commands: ['ping', 'show'] }, difference: {}, effective: { profiles: [] } });
    expect([(await ask('viewer', 'GET', `/homes/${idOf(8)}`)).status, (await ask('viewer', 'GET', `/homes/${idOf(8)}/events`)).status]).toEqual([404, 404]);
    expect((await ask('viewer', 'GET', `/homes/${idOf(0)}/events`)).json).toMatchObject({ items: [{ text: 'online' }, { text: 'claimed as Home 0 by ann' }] });
    for (const [method, path, body] of [['PATCH', `/homes/${idOf(0)}`, { name: 'x' }], ['POST', `/homes/${idOf(0)}/revoke`, {}], ['DELETE', `/homes/${idOf(0)}`], ['POST', `/homes/${idOf(0)}/commands`, { name: 'ping' }], ['POST', '/rollouts', { ...TIMERS, ...PACE }], ['POST', '/groups', { name: 'x' }], ['GET', '/claims']] as const)
      expect([path, (await ask('viewer', method, path, body)).status]).toEqual([path, 403]);
    expect((await ask('operator', 'POST', `/homes/${idOf(0)}/commands`, { name: 'ping' })).json).toMatchObject({ status: 'sent', by: 'operator' });
    expect(((await ask('viewer', 'GET', `/homes/${idOf(0)}/commands`)).json as Page<unknown>).total + ((await ask('viewer', 'GET', '/commands')).json as Page<unknown>).total).toBe(2);
    expect(world.revoked).toEqual([]);
  });

  it('are changed, revoked and removed; script in a name is text', async () => {
    const { ask } = await opened();
    const name = '<script>alert(1)</script>';
    expect((await ask('operator', 'PATCH', `/homes/${idOf(1)}`, { name, position: { latitude: 1, longitude: 2 } })).json).toMatchObject({ name, position: { latitude: 1, longitude: 2 } });
    expect((await ask('operator', 'PATCH', `/homes/${idOf(1)}`, { position: { latitude: 91, longitude: 2 } })).status).toBe(400);
    expect((await ask('operator', 'POST', `/homes/${idOf(0)}/revoke`, { reason: 'stolen' })).json).toMatchObject({ status: 'revoked', reasons: [expect.stringContaining('stolen')] });
    expect([(await ask('operator', 'DELETE', `/homes/${idOf(0)}`)).status, (await ask('viewer', 'GET', `/homes/${idOf(0)}`)).status]).toEqual([204, 404]);
  });
});

describe('documents and rollouts', () => {
  it('a preview, a rollout and what became of it', async () => {
    const { ask, fleet } = await opened();
    expect((await ask('viewer', 'GET', '/documents?concern=timers')).json).toBeNull();
    const preview = (await ask('viewer', 'POST', '/rollouts/preview', TIMERS)).json as Preview;
    expect([preview.homes.length, preview.homes[0]?.changes]).toEqual([3, [{ path: 'timers.binding-lifetime', before: null, after: 600 }]]);
    const bad = await ask('operator', 'POST', '/rollouts', { ...TIMERS, ...PACE, document: { timers: { 'binding-lifetime': 1 } } });
    expect([bad.status, bad.json]).toMatchObject([422, { path: 'document.timers.binding-lifetime' }]);
    const started = (await ask('operator', 'POST', '/rollouts', { ...TIMERS, ...PACE })).json as Rollout;
    expect(started).toMatchObject({ status: 'canary', total: 3, sent: 1, by: 'operator' });
    expect((await ask('operator', 'POST', '/rollouts', { ...TIMERS, ...PACE })).status).toBe(409);
    expect((await ask('operator', 'POST', `/rollouts/${started.id}/pause`)).json).toMatchObject({ status: 'paused', reason: 'paused by operator' });
    expect((await ask('operator', 'POST', `/rollouts/${started.id}/resume`)).json).toMatchObject({ status: 'canary' });
    await ask('operator', 'POST', `/rollouts/${started.id}/roll-back`);
    for (let i = 0; i < 3; i++) await fleet.tick(1000);
    expect((await ask('viewer', 'GET', `/rollouts/${started.id}`)).json).toMatchObject({ status: 'rolled back', reason: 'rolled back by operator' });
    expect((await ask('viewer', 'GET', '/rollouts')).json).toMatchObject({ total: 1, items: [{ homes: [] }] });
    expect([(await ask('viewer', 'GET', '/rollouts/none')).status, (await ask('operator', 'POST', '/rollouts/none/pause')).status, (await ask('viewer', 'GET', '/documents/history?concern=timers')).json]).toEqual([404, 404, []]);
  });

  it.each([[{ canary: 0 }], [{ ramp: 0.5 }], [{ watch: -1 }], [{ tolerance: { success: 2, time: 2 } }], [{ scope: { kind: 'home', id: 'x' } }], [{ concern: 'colours' }], [{ more: 1 }]])('%j is no rollout', async (change) => {
    const { ask } = await opened();
    expect((await ask('operator', 'POST', '/rollouts', { ...TIMERS, ...PACE, ...change })).status).toBe(400);
  });
});

describe('groups and claims', () => {
  it('groups come, change their name and go', async () => {
    const { ask } = await opened();
    const { id } = (await ask('operator', 'POST', '/groups', { name: ' Pilot ' })).json as { id: string };
    expect((await ask('operator', 'PATCH', `/groups/${id}`, { name: 'Trial' })).json).toEqual({ id, name: 'Trial', homes: 0 });
    expect([(await ask('operator', 'DELETE', `/groups/${id}`)).status, (await ask('operator', 'DELETE', '/groups/homes')).status, (await ask('viewer', 'GET', '/groups')).json]).toEqual([204, 409, [{ id: 'homes', name: 'Homes', homes: 3 }]]);
  });

  it('a code makes a home', async () => {
    const { ask } = await opened();
    expect((await ask('operator', 'GET', '/claims')).json).toMatchObject([{ gateway: idOf(7) }]);
    expect(await ask('operator', 'POST', '/claims', { code: 'WRONG', name: 'New', group: 'homes' })).toMatchObject({ status: 404, json: { path: 'code' } });
    expect((await ask('operator', 'POST', '/claims', { code: 'ABCD-EFGH', name: 'New', group: 'none' })).status).toBe(422);
    expect(await ask('operator', 'POST', '/claims', { code: 'ABCD-EFGH', name: 'New', group: 'homes' })).toMatchObject({ status: 201, json: { id: idOf(7), name: 'New', status: 'offline' } });
    expect((await ask('operator', 'DELETE', `/claims/${idOf(7)}`)).status).toBe(204);
  });
});
