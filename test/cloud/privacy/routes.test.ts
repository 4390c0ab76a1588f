import { expect, test } from 'vitest';
import type { AuditEntry } from '../../../cloud/api/resources/network.ts';
import type { Page } from '../../../cloud/api/resources/answers.ts';
import { auditRoutes } from '../../../cloud/api/routes/audit.ts';
import { privacyRoutes } from '../../../cloud/api/routes/privacy.ts';
import { settingsRoutes } from '../../../cloud/api/routes/settings.ts';
import type { Route } from '../../../cloud/api/route.ts';
import { apiWorld } from '../api/world.ts';
import { ANNA, BERT, REASON, within, type PrivacyWorld } from './world.ts';

/** Privacy's own store and audit log behind the API. */
const served = (story: (api: Awaited<ReturnType<typeof apiWorld>>, world: PrivacyWorld) => Promise<void>): Promise<void> =>
  within(async (world) => {
    const routes: readonly Route[] = [...auditRoutes(world), ...settingsRoutes(world.privacy), ...privacyRoutes(world.privacy)];
    await story(await apiWorld(routes), world);
  });

test('the audit log comes in pages, the newest first, filtered, and whole as NDJSON', () =>
  served(async (api, { audit, clock }) => {
    for (let i = 1; i <= 7; i++) {
      clock.now += 1000;
      await audit.record({ by: i % 2 === 0 ? 'olga' : 'otto', action: 'homes.rename', target: `gw-${i}` });
    }
    const page = async (query: string) => (await api.ask('GET', `/audit?${query}`, { as: 'operator' })).json as Page<AuditEntry>;
    const first = await page('limit=3');
    expect([first.items.map((e) => e.number), first.total, first.next]).toEqual([[7, 6, 5], 7, '5']);
    const last = await page('limit=4&after=5');
    expect([last.items.map((e) => e.number), last.next]).toEqual([[4, 3, 2, 1], undefined]);
    expect((await page('by=olga')).items.map((e) => e.number)).toEqual([6, 4, 2]);
    expect((await page('target=gw-3&action=homes.rename')).items.map((e) => e.number)).toEqual([3]);
    expect((await page(`from=${clock.now - 1000}&to=${clock.now}`)).items.map((e) => e.number)).toEqual([7, 6]);
    const exported = await api.ask('GET', '/audit/export?by=otto', { as: 'operator' });
    expect(exported.headers.get('content-type')).toMatch('application/x-ndjson');
    expect(exported.text.trimEnd().split('\n').map((l) => (JSON.parse(l) as AuditEntry).number)).toEqual([1, 3, 5, 7]);
    expect((await api.ask('GET', '/audit/verify', { as: 'operator' })).json).toEqual({ entries: 7 });
    expect((await api.ask('GET', '/audit?limit=0', { as: 'operator' })).status).toBe(400);
  }));

test('an export of more than one part is whole', () =>
  served(async (api, { audit }) => {
    await Promise.all(Array.from({ length: 1100 }, () => audit.record({ by: 'a', action: 'b', target: 'c' })));
    expect((await api.ask('GET', '/audit/export', { as: 'owner' })).text.trimEnd().split('\n')).toHaveLength(1100);
  }));

test('what was tampered with is told', () =>
  served(async (api, { audit, store }) => {
    for (const target of ['a', 'b', 'c']) await audit.record({ by: 'x', action: 'y', target });
    await store.commit([{ drop: 'audit', numbers: [2] }]);
    expect((await api.ask('GET', '/audit/verify', { as: 'owner' })).json).toMatchObject({ broken: { number: 2, reason: 'entry 2 is missing: entry 3 stands in its place' } });
  }));

test('a reveal through the API is answered once it is in the log; an erasure forgets', () =>
  served(async (api, { privacy, audit }) => {
    const [anna, bert] = [privacy.pseudonyms.of(ANNA), privacy.pseudonyms.of(BERT)];
    const asked = (id: string, as: 'operator' | 'owner', reason: string) => api.ask('POST', `/subscribers/${id}/reveal`, { as, body: { reason } });
    expect((await asked(anna, 'owner', REASON)).json).toEqual({ nai: ANNA.nai, mac: ANNA.mac, audit: 1 });
    expect((await asked(anna, 'owner', 'why not')).status).toBe(400);
    expect((await asked(anna, 'operator', REASON)).status).toBe(403);
    expect((await asked('mn-0123456789abcdef', 'owner', REASON)).status).toBe(404);
    const erased = await api.ask('POST', '/subscribers/erase', { as: 'owner', body: { subscriber: bert, reason: REASON } });
    expect(erased.json).toEqual({ pseudonyms: [bert], lines: 0, sessions: { ended: 0, left: 0 } });
    expect((await asked(bert, 'owner', REASON)).status).toBe(404);
    expect((await audit.list()).map((e) => [e.by, e.action])).toEqual([['owner', 'subscribers.reveal'], ['owner', 'subscribers.erase']]);
  }));

test('settings are everybody\'s to see and an owner\'s to change, by name and within bounds', () =>
  served(async (api) => {
    const change = (as: 'operator' | 'owner', body: unknown) => api.ask('PATCH', '/settings', { as, body });
    expect((await api.ask('GET', '/settings', { as: 'viewer' })).json).toMatchObject({ smallestGroup: 5, retention: { handovers: 30 } });
    expect((await change('owner', { smallestGroup: 7 })).json).toMatchObject({ smallestGroup: 7, retention: { handovers: 30 } });
    expect((await change('operator', { smallestGroup: 8 })).status).toBe(403);
    expect((await change('owner', { retention: { handovers: 0 } })).json).toMatchObject({ path: expect.stringMatching(/retention\.handovers/) as string });
    expect((await change('owner', { smalestGroup: 8 })).status).toBe(400);
    expect((await api.ask('GET', '/settings', { as: 'viewer' })).json).toMatchObject({ smallestGroup: 7 });
  }));
