/** The next certificate of a gateway that has been claimed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveEnrolments } from '../../../cloud/fleet/claimsEnrol.ts';
import type { GatewayRecord } from '../../../cloud/fleet/records.ts';
import type { EnrolResponse } from '../../../runtime/fleet/messages.ts';
import { topics } from '../../../runtime/fleet/topics.ts';
import { eventually } from '../broker/eventually.ts';
import { makeRequest } from '../pki/request.ts';
import { openClaimsWorld, type Box, type ClaimsWorld } from './claimsWorld.ts';

let w: ClaimsWorld;
beforeEach(async () => {
  w = await openClaimsWorld();
});
afterEach(() => w.close());

describe('the next certificate', () => {
  const asks = async (gateway: string, payload: unknown): Promise<EnrolResponse> => {
    const told = w.bus.published.length;
    await w.bus.publish(topics.enrol(gateway), payload);
    const answers = () => w.bus.published.slice(told).filter(({ topic }) => topic === topics.enrolled(gateway));
    await eventually(() => expect(answers()).toHaveLength(1));
    return answers()[0]?.payload as EnrolResponse;
  };
  let one: Box;
  beforeEach(async () => {
    await serveEnrolments(w);
    one = w.box();
    await one.ask();
    await w.approve(one.code);
  });

  it('is issued for the same key, and once, however often it is asked for', async () => {
    const before = w.records.get(one.gateway)?.certificate;
    w.passes(60 * 86_400_000);
    const first = await asks(one.gateway, { request: one.request });
    expect(first).toMatchObject({ status: 'issued', authority: w.authority.certificate });
    expect(await asks(one.gateway, { request: one.request })).toEqual(first);
    const after = w.records.get(one.gateway)?.certificate;
    expect(after?.serial).not.toBe(before?.serial);
    expect(after?.expires).toBe(w.now() + 90 * 86_400_000);
    expect(w.authority.valid(one.gateway)).toEqual([before?.serial, after?.serial]);
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
    for (let i = 0; i < 6; i++, w.passes(700_000)) results.push((await asks(one.gateway, { request: one.request })).status);
    expect(results).toEqual(['issued', 'issued', 'issued', 'issued', 'refused', 'refused']);
    w.records.set(one.gateway, { ...(w.records.get(one.gateway) as GatewayRecord), revoked: { at: w.now(), by: 'ann', reason: 'stolen' } });
    expect(await asks(one.gateway, { request: one.request })).toMatchObject({ status: 'refused', reason: expect.stringContaining('none of the fleet') as string });
  });
});
