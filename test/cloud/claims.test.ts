/** Claims, with a real authority, a bus in memory and clocks that are moved. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClaims, type Claims } from '../../cloud/fleet/claims.ts';
import { serveEnrolments } from '../../cloud/fleet/claimsEnrol.ts';
import type { Deed } from '../../cloud/fleet/audit.ts';
import type { GatewayRecord } from '../../cloud/fleet/records.ts';
import { openAuthority, type OpenAuthority } from '../../cloud/pki/authority.ts';
import { Refused } from '../../cloud/api/route.ts';
import { claimCode, shownCode } from '../../runtime/fleet/claimCode.ts';
import type { ClaimRequest, ClaimResponse, EnrolResponse } from '../../runtime/fleet/messages.ts';
import { topics } from '../../runtime/fleet/topics.ts';
import { createFakeBus, type FakeBus } from './broker/fakeBus.ts';
import { eventually } from './broker/eventually.ts';
import { createMemoryStore, type MemoryStore } from './memoryStore.ts';
import { makeRequest, type MadeRequest } from './pki/request.ts';

let folder: string;
let authority: OpenAuthority;
let time = Date.UTC(2026, 10, 23);
const now = (): number => time;
let bus: FakeBus;
let store: MemoryStore;
let deeds: Deed[];
let records: Map<string, GatewayRecord>;
let readmitted: string[];
let errors: Error[];
let told: unknown[];
let claims: Claims;
/** Homes refuse this group. */
const NO_GROUP = 'nowhere';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-claims-'));
  authority = await openAuthority({ folder, names: ['localhost'], now });
});
afterAll(async () => {
  await authority.close();
  rmSync(folder, { recursive: true });
});

const audit = {
  async record(deed: Deed) {
    deeds.push(deed);
    return { ...deed, number: deeds.length, at: time, hash: '' };
  },
};
const homes = {
  async create({ by, ...gateway }: Parameters<import('../../cloud/fleet/parts.ts').Homes['create']>[0]): Promise<GatewayRecord> {
    if (gateway.group === NO_GROUP) throw new Refused(422, 'there is no group nowhere');
    const record: GatewayRecord = { ...gateway, createdAt: time, key: 'ab', desired: {} };
    records.set(gateway.id, record);
    deeds.push({ by, action: 'homes.claim', target: gateway.id });
    return record;
  },
  async certified(id: string, certificate: { readonly serial: string; readonly expires: number }) {
    records.set(id, { ...(records.get(id) as GatewayRecord), certificate });
  },
  record: (id: string) => records.get(id),
};
const start = (): Promise<Claims> =>
  createClaims({
    bus,
    store,
    authority,
    homes,
    registry: { byIdentity: (identity) => [...records.values()].find((r) => r.identity === identity)?.id },
    readmit: async (gateway) => void readmitted.push(gateway),
    audit,
    live: { publish: (kind, value) => void told.push([kind, value]) },
    now,
    onError: (error) => errors.push(error),
  });

beforeEach(async () => {
  time += 86_400_000;
  [bus, store, deeds, records, readmitted, errors, told] = [createFakeBus(), createMemoryStore(), [], new Map(), [], [], []];
  claims = await start();
});

interface Box extends MadeRequest {
  readonly code: string;
  readonly ask: (more?: Partial<Record<keyof ClaimRequest, unknown>>) => Promise<ClaimResponse>;
}
let boxes = 0;
function box(identity = `mag${++boxes}`, code = claimCode(Uint8Array.of(1, 2, 3, 4, ++boxes % 256))): Box {
  const made = makeRequest('CN=x');
  return {
    ...made,
    code,
    async ask(more = {}) {
      const told = bus.published.length;
      const request = { gateway: made.gateway, code, request: made.request, agent: '1.0', identity, ...more };
      await bus.publish(topics.claimRequest(made.gateway), request);
      const answers = () => bus.published.slice(told).filter(({ topic }) => topic === topics.claimResponse(made.gateway));
      await eventually(() => expect(answers()).toHaveLength(1));
      return answers()[0]?.payload as ClaimResponse;
    },
  };
}
const approve = (code: string, more: { readonly by?: string; readonly group?: string } = {}) => claims.approve({ code, name: 'Mill Lane 4', group: 'homes', by: 'ann', ...more });

describe('a claim', () => {
  it('is told to whoever looks, once, and without its code', async () => {
    const one = box();
    await one.ask();
    time += 30_000;
    await one.ask();
    expect(told).toEqual([['claim', { gateway: one.gateway, agent: '1.0', identity: expect.any(String) as string, firstSeen: time - 30_000, lastSeen: time - 30_000 }]]);
  });

  it('ends with a certificate of the gateway\'s own key, a home, and an answer', async () => {
    const one = box();
    expect(await one.ask()).toEqual({ status: 'pending' });
    expect(claims.pending()).toEqual([{ gateway: one.gateway, agent: '1.0', identity: expect.any(String) as string, firstSeen: time, lastSeen: time }]);
    const typed = shownCode(one.code).toLowerCase().replaceAll('0', 'O').replaceAll('1', 'l');
    expect(await approve(` ${typed} `)).toBe(one.gateway);
    const told = bus.published.at(-1) as { readonly topic: string; readonly payload: unknown };
    expect(told).toMatchObject({ topic: topics.claimResponse(one.gateway), retain: false, payload: { status: 'claimed', gateway: one.gateway, home: 'Mill Lane 4', group: 'homes', authority: authority.certificate } });
    const certificate = new X509Certificate((told.payload as { certificate: string }).certificate);
    expect(certificate.subject).toBe(`CN=${one.gateway}`);
    expect(certificate.publicKey.export({ type: 'spki', format: 'der' }).equals(one.publicKey)).toBe(true);
    expect(records.get(one.gateway)?.certificate?.serial).toBe(certificate.serialNumber.toLowerCase());
    expect(claims.pending()).toEqual([]);
    expect(deeds).toContainEqual({ by: 'ann', action: 'homes.claim', target: one.gateway });
    expect(readmitted).toEqual([one.gateway]);
    expect(errors).toEqual([]);
  });

  it('is answered again to a gateway that did not hear it, after a restart of the cloud too, for a day', async () => {
    const one = box();
    await one.ask();
    bus.refuse(true);
    await approve(one.code);
    bus.refuse(false);
    expect(errors.map(String).join()).toContain('was not told');
    const first = await one.ask();
    expect(first).toMatchObject({ status: 'claimed' });
    await claims.close();
    claims = await start();
    expect(await one.ask()).toEqual(first);
    time += 86_400_000;
    await claims.tick();
    expect(await store.list('claims')).toEqual([]);
    expect(await one.ask()).toEqual({ status: 'pending' });
  });

  it('is anew when the home was removed, with another certificate', async () => {
    const one = box();
    await one.ask();
    await approve(one.code);
    const first = records.get(one.gateway)?.certificate?.serial;
    records.delete(one.gateway);
    expect(await one.ask()).toEqual({ status: 'pending' });
    await approve(one.code);
    expect(records.get(one.gateway)?.certificate?.serial).not.toBe(first);
  });

  it('is one home, whoever types the code first', async () => {
    const one = box();
    await one.ask();
    const both = await Promise.allSettled([approve(one.code), approve(one.code, { by: 'bob' })]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(deeds.filter(({ action }) => action === 'homes.claim')).toHaveLength(1);
  });

  it('leaves no certificate that counts where the home cannot be made, and can be tried again', async () => {
    const one = box();
    await one.ask();
    await expect(approve(one.code, { group: NO_GROUP })).rejects.toMatchObject({ status: 422 });
    expect(authority.valid(one.gateway)).toEqual([]);
    await approve(one.code);
    expect(authority.valid(one.gateway)).toHaveLength(1);
  });

  it('of a gateway that has not asked for a day is over', async () => {
    const one = box();
    await one.ask();
    time += 86_400_000;
    await claims.tick();
    expect(claims.pending()).toEqual([]);
    await expect(approve(one.code)).rejects.toMatchObject({ status: 404 });
  });

  it('that nobody wants is not listed for a day', async () => {
    const one = box();
    await one.ask();
    await claims.dismiss(one.gateway, 'ann');
    expect(await one.ask()).toMatchObject({ status: 'refused', reason: expect.stringContaining('does not want it') as string });
    expect(claims.pending()).toEqual([]);
    expect(deeds).toContainEqual({ by: 'ann', action: 'claims.dismiss', target: one.gateway });
    await expect(claims.dismiss(one.gateway, 'ann')).rejects.toMatchObject({ status: 404 });
    time += 86_400_000;
    await claims.tick();
    expect(await one.ask()).toEqual({ status: 'pending' });
  });
});

describe('what is refused, both of two', () => {
  it('one code', async () => {
    const [one, two] = [box('a1', 'ABCDEFGH'), box('a2', 'ABCDEFGH')];
    expect(await one.ask()).toEqual({ status: 'pending' });
    for (const either of [two, one]) expect(await either.ask()).toMatchObject({ status: 'refused', reason: expect.stringContaining('same code') as string });
    await expect(approve('ABCDEFGH')).rejects.toMatchObject({ status: 409, message: expect.stringContaining('same code') as string });
    expect(claims.pending()).toEqual([]);
    expect(records.size).toBe(0);
    // One of them has gone.
    time += 1_800_000;
    expect(await one.ask()).toEqual({ status: 'pending' });
  });

  it('one identity', async () => {
    const [one, two] = [box('same'), box('same')];
    await one.ask();
    for (const either of [two, one]) expect(await either.ask()).toMatchObject({ status: 'refused', reason: expect.stringContaining('the identity same, too') as string });
    await expect(approve(one.code)).rejects.toMatchObject({ status: 409 });
    expect(deeds.filter(({ action }) => action === 'claims.refused').map(({ target }) => target)).toEqual([two.gateway, one.gateway]);
  });

  it('the identity of a home, without saying which', async () => {
    const one = box('taken');
    await one.ask();
    await approve(one.code);
    const answer = await box('taken').ask();
    expect(answer).toMatchObject({ status: 'refused', reason: expect.stringContaining('belongs to a home') as string });
    expect(JSON.stringify(answer)).not.toContain('Mill Lane');
  });
});

describe('what a stranger sends', () => {
  it.each<[string, Partial<Record<keyof ClaimRequest, unknown>>, string]>([
    ['no code', { code: 'hello' }, 'no request'],
    ['no text', { identity: 7 }, 'no request'],
    ['an identity with control characters', { identity: 'a\u0000b' }, 'no request'],
    ['very much', { agent: 'x'.repeat(10_000) }, 'no request'],
    ['somebody else\'s name', { gateway: makeRequest('CN=x').gateway }, 'no request'],
    ['somebody else\'s key', { request: makeRequest('CN=x').request }, 'another gateway\'s'],
    ['a request that its key did not sign', { request: makeRequest('CN=x', { forged: true }).request }, 'not made with its key'],
  ])('%s is refused, audited once, and not listed', async (_, more, words) => {
    const one = box();
    expect(await one.ask(more)).toMatchObject({ status: 'refused', reason: expect.stringContaining(words) as string });
    await one.ask(more);
    expect(deeds).toEqual([{ by: 'claim', action: 'claims.refused', target: one.gateway, reason: expect.stringContaining(words) as string }]);
    expect(claims.pending()).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('under many names is listed, and announced so often and no more', async () => {
    for (let i = 0; i < 25; i++) await box().ask();
    expect([claims.pending().length, told.length]).toEqual([25, 20]);
  });

  it('under no gateway\'s name is not even answered', async () => {
    await bus.publish(topics.claimRequest('somebody'), {});
    await bus.publish(`${topics.claimRequest('gw')}/x`, {});
    expect(bus.published).toHaveLength(2);
    expect(deeds).toEqual([]);
  });

  it('too often is not answered', async () => {
    const one = box();
    for (let i = 0; i < 10; i++) expect(await one.ask()).toEqual({ status: 'pending' });
    await bus.publish(topics.claimRequest(one.gateway), { gateway: one.gateway, code: one.code, request: one.request, agent: '1.0', identity: 'x' });
    // Who asked later has its answer.
    await box().ask();
    expect(bus.published.filter(({ topic }) => topic === topics.claimResponse(one.gateway))).toHaveLength(10);
  });

  it('a gateway that was revoked is told so', async () => {
    const one = box();
    await one.ask();
    await approve(one.code);
    records.set(one.gateway, { ...(records.get(one.gateway) as GatewayRecord), revoked: { at: time, by: 'ann', reason: 'stolen' } });
    expect(await one.ask()).toMatchObject({ status: 'refused', reason: expect.stringContaining('was revoked') as string });
    await expect(approve(one.code)).rejects.toMatchObject({ status: 409 });
  });
});

describe('wrong codes', () => {
  it('after five a person waits, longer each time; others do not', async () => {
    const one = box();
    await one.ask();
    const wrong = (by = 'ann') => approve('ZZZZ-ZZZZ', { by }).catch((e: unknown) => e as Refused);
    for (let i = 0; i < 5; i++) expect(await wrong()).toMatchObject({ status: 404 });
    expect(await wrong()).toMatchObject({ status: 429, retryAfter: 30 });
    await expect(approve(one.code)).rejects.toMatchObject({ status: 429 });
    expect(await wrong('bob')).toMatchObject({ status: 404 });
    time += 30_000;
    expect(await wrong()).toMatchObject({ status: 404 });
    expect(await wrong()).toMatchObject({ status: 429, retryAfter: 60 });
    expect(deeds.filter(({ action, by }) => action === 'claims.wrong code' && by === 'ann')).toHaveLength(6);
    time += 60_000;
    expect(await approve(one.code)).toBe(one.gateway);
    expect(await wrong()).toMatchObject({ status: 404 });
  });
});

describe('the next certificate', () => {
  const asks = async (gateway: string, payload: unknown): Promise<EnrolResponse> => {
    const told = bus.published.length;
    await bus.publish(topics.enrol(gateway), payload);
    const answers = () => bus.published.slice(told).filter(({ topic }) => topic === topics.enrolled(gateway));
    await eventually(() => expect(answers()).toHaveLength(1));
    return answers()[0]?.payload as EnrolResponse;
  };
  let one: Box;
  beforeEach(async () => {
    await serveEnrolments({ bus, authority, homes, now, onError: (error) => errors.push(error) });
    one = box();
    await one.ask();
    await approve(one.code);
  });

  it('is issued for the same key, and once, however often it is asked for', async () => {
    const before = records.get(one.gateway)?.certificate;
    time += 60 * 86_400_000;
    const first = await asks(one.gateway, { request: one.request });
    expect(first).toMatchObject({ status: 'issued', authority: authority.certificate });
    expect(await asks(one.gateway, { request: one.request })).toEqual(first);
    const after = records.get(one.gateway)?.certificate;
    expect(after?.serial).not.toBe(before?.serial);
    expect(after?.expires).toBe(time + 90 * 86_400_000);
    expect(authority.valid(one.gateway)).toEqual([before?.serial, after?.serial]);
  });

  it.each<[string, () => unknown, string]>([
    ['another key', () => ({ request: makeRequest('CN=x').request }), 'needs a new claim'],
    ['a forged request', () => ({ request: makeRequest('CN=x', { forged: true }).request }), 'not made with its key'],
    ['something else', () => 'hello', 'no request'],
  ])('is refused for %s', async (_, payload, words) => {
    expect(await asks(one.gateway, payload())).toMatchObject({ status: 'refused', reason: expect.stringContaining(words) as string });
  });

  it('is refused to who has no home, or was revoked, and to who wants very many', async () => {
    expect(await asks(makeRequest('CN=x').gateway, { request: one.request })).toMatchObject({ status: 'refused', reason: expect.stringContaining('none of the fleet') as string });
    const results: string[] = [];
    for (let i = 0; i < 6; i++, time += 700_000) results.push((await asks(one.gateway, { request: one.request })).status);
    expect(results).toEqual(['issued', 'issued', 'issued', 'issued', 'refused', 'refused']);
    records.set(one.gateway, { ...(records.get(one.gateway) as GatewayRecord), revoked: { at: time, by: 'ann', reason: 'stolen' } });
    expect(await asks(one.gateway, { request: one.request })).toMatchObject({ status: 'refused', reason: expect.stringContaining('none of the fleet') as string });
  });
});
