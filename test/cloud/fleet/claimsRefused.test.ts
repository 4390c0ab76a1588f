/** Requests for a claim that are refused: two that are alike, and what a stranger may send. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../../../cloud/fleet/records.ts';
import type { ClaimRequest } from '../../../runtime/fleet/messages.ts';
import { topics } from '../../../runtime/fleet/topics.ts';
import { makeRequest } from '../pki/request.ts';
import { openClaimsWorld, type ClaimsWorld } from './claimsWorld.ts';

let w: ClaimsWorld;
beforeEach(async () => {
  w = await openClaimsWorld();
});
afterEach(() => w.close());

describe('what is refused, both of two', () => {
  it('one code', async () => {
    const [one, two] = [w.box('a1', 'ABCDEFGH'), w.box('a2', 'ABCDEFGH')];
    expect(await one.ask()).toEqual({ status: 'pending' });
    for (const either of [two, one]) expect(await either.ask()).toMatchObject({ status: 'refused', reason: expect.stringContaining('same code') as string });
    await expect(w.approve('ABCDEFGH')).rejects.toMatchObject({ status: 409, message: expect.stringContaining('same code') as string });
    expect(w.claims.pending()).toEqual([]);
    expect(w.records.size).toBe(0);
    // One of them has gone.
    w.passes(1_800_000);
    expect(await one.ask()).toEqual({ status: 'pending' });
  });

  it('one identity', async () => {
    const [one, two] = [w.box('same'), w.box('same')];
    await one.ask();
    for (const either of [two, one]) expect(await either.ask()).toMatchObject({ status: 'refused', reason: expect.stringContaining('the identity same, too') as string });
    await expect(w.approve(one.code)).rejects.toMatchObject({ status: 409 });
    expect(w.deeds.filter(({ action }) => action === 'claims.refused').map(({ target }) => target)).toEqual([two.gateway, one.gateway]);
  });

  it('the identity of a home, without saying which', async () => {
    const one = w.box('taken');
    await one.ask();
    await w.approve(one.code);
    const answer = await w.box('taken').ask();
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
    const one = w.box();
    expect(await one.ask(more)).toMatchObject({ status: 'refused', reason: expect.stringContaining(words) as string });
    await one.ask(more);
    expect(w.deeds).toEqual([{ by: 'claim', action: 'claims.refused', target: one.gateway, reason: expect.stringContaining(words) as string }]);
    expect(w.claims.pending()).toEqual([]);
    expect(w.errors).toEqual([]);
  });

  it('under many names is listed, and announced so often and no more', async () => {
    for (let i = 0; i < 25; i++) await w.box().ask();
    expect([w.claims.pending().length, w.told.length]).toEqual([25, 20]);
  });

  it('under no gateway\'s name is not even answered', async () => {
    await w.bus.publish(topics.claimRequest('somebody'), {});
    await w.bus.publish(`${topics.claimRequest('gw')}/x`, {});
    expect(w.bus.published).toHaveLength(2);
    expect(w.deeds).toEqual([]);
  });

  it('too often is not answered', async () => {
    const one = w.box();
    for (let i = 0; i < 10; i++) expect(await one.ask()).toEqual({ status: 'pending' });
    await w.bus.publish(topics.claimRequest(one.gateway), { gateway: one.gateway, code: one.code, request: one.request, agent: '1.0', identity: 'x' });
    // Who asked later has its answer.
    await w.box().ask();
    expect(w.bus.published.filter(({ topic }) => topic === topics.claimResponse(one.gateway))).toHaveLength(10);
  });

  it('a gateway that was revoked is told so', async () => {
    const one = w.box();
    await one.ask();
    await w.approve(one.code);
    w.records.set(one.gateway, { ...(w.records.get(one.gateway) as GatewayRecord), revoked: { at: w.now(), by: 'ann', reason: 'stolen' } });
    expect(await one.ask()).toMatchObject({ status: 'refused', reason: expect.stringContaining('was revoked') as string });
    await expect(w.approve(one.code)).rejects.toMatchObject({ status: 409 });
  });
});
