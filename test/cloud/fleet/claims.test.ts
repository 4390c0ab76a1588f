/** A claim from the first request to its answer, and codes that are mistyped. */
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Refused } from '../../../cloud/api/route.ts';
import { shownCode } from '../../../runtime/fleet/claimCode.ts';
import { topics } from '../../../runtime/fleet/topics.ts';
import { NO_GROUP, openClaimsWorld, type ClaimsWorld } from './claimsWorld.ts';

let w: ClaimsWorld;
beforeEach(async () => {
  w = await openClaimsWorld();
});
afterEach(() => w.close());

describe('a claim', () => {
  it('is told to whoever looks, once, and without its code', async () => {
    const one = w.box();
    await one.ask();
    w.passes(30_000);
    await one.ask();
    expect(w.told).toEqual([['claim', { gateway: one.gateway, agent: '1.0', identity: expect.any(String) as string, firstSeen: w.now() - 30_000, lastSeen: w.now() - 30_000 }]]);
  });

  it('ends with a certificate of the gateway\'s own key, a home, and an answer', async () => {
    const one = w.box();
    expect(await one.ask()).toEqual({ status: 'pending' });
    expect(w.claims.pending()).toEqual([{ gateway: one.gateway, agent: '1.0', identity: expect.any(String) as string, firstSeen: w.now(), lastSeen: w.now() }]);
    const typed = shownCode(one.code).toLowerCase().replaceAll('0', 'O').replaceAll('1', 'l');
    expect(await w.approve(` ${typed} `)).toBe(one.gateway);
    const told = w.bus.published.at(-1) as { readonly topic: string; readonly payload: unknown };
    expect(told).toMatchObject({ topic: topics.claimResponse(one.gateway), retain: false, payload: { status: 'claimed', gateway: one.gateway, home: 'Mill Lane 4', group: 'homes', authority: w.authority.certificate } });
    const certificate = new X509Certificate((told.payload as { certificate: string }).certificate);
    expect(certificate.subject).toBe(`CN=${one.gateway}`);
    expect(certificate.publicKey.export({ type: 'spki', format: 'der' }).equals(one.publicKey)).toBe(true);
    expect(w.records.get(one.gateway)?.certificate?.serial).toBe(certificate.serialNumber.toLowerCase());
    expect(w.claims.pending()).toEqual([]);
    expect(w.deeds).toContainEqual({ by: 'ann', action: 'homes.claim', target: one.gateway });
    expect(w.readmitted).toEqual([one.gateway]);
    expect(w.errors).toEqual([]);
  });

  it('is answered again to a gateway that did not hear it, after a restart of the cloud too, for a day', async () => {
    const one = w.box();
    await one.ask();
    w.bus.refuse(true);
    await w.approve(one.code);
    w.bus.refuse(false);
    expect(w.errors.map(String).join()).toContain('was not told');
    const first = await one.ask();
    expect(first).toMatchObject({ status: 'claimed' });
    await w.restart();
    expect(await one.ask()).toEqual(first);
    w.passes(86_400_000);
    await w.claims.tick();
    expect(await w.store.list('claims')).toEqual([]);
    expect(await one.ask()).toEqual({ status: 'pending' });
  });

  it('is anew when the home was removed, with another certificate', async () => {
    const one = w.box();
    await one.ask();
    await w.approve(one.code);
    const first = w.records.get(one.gateway)?.certificate?.serial;
    w.records.delete(one.gateway);
    expect(await one.ask()).toEqual({ status: 'pending' });
    await w.approve(one.code);
    expect(w.records.get(one.gateway)?.certificate?.serial).not.toBe(first);
  });

  it('is one home, whoever types the code first', async () => {
    const one = w.box();
    await one.ask();
    const both = await Promise.allSettled([w.approve(one.code), w.approve(one.code, { by: 'bob' })]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(w.deeds.filter(({ action }) => action === 'homes.claim')).toHaveLength(1);
  });

  it('leaves no certificate that counts where the home cannot be made, and can be tried again', async () => {
    const one = w.box();
    await one.ask();
    await expect(w.approve(one.code, { group: NO_GROUP })).rejects.toMatchObject({ status: 422 });
    expect(w.authority.valid(one.gateway)).toEqual([]);
    await w.approve(one.code);
    expect(w.authority.valid(one.gateway)).toHaveLength(1);
  });

  it('of a gateway that has not asked for a day is over', async () => {
    const one = w.box();
    await one.ask();
    w.passes(86_400_000);
    await w.claims.tick();
    expect(w.claims.pending()).toEqual([]);
    await expect(w.approve(one.code)).rejects.toMatchObject({ status: 404 });
  });

  it('that nobody wants is not listed for a day', async () => {
    const one = w.box();
    await one.ask();
    await w.claims.dismiss(one.gateway, 'ann');
    expect(await one.ask()).toMatchObject({ status: 'refused', reason: expect.stringContaining('does not want it') as string });
    expect(w.claims.pending()).toEqual([]);
    expect(w.deeds).toContainEqual({ by: 'ann', action: 'claims.dismiss', target: one.gateway });
    await expect(w.claims.dismiss(one.gateway, 'ann')).rejects.toMatchObject({ status: 404 });
    w.passes(86_400_000);
    await w.claims.tick();
    expect(await one.ask()).toEqual({ status: 'pending' });
  });
});

describe('wrong codes', () => {
  it('after five a person waits, longer each time; others do not', async () => {
    const one = w.box();
    await one.ask();
    const wrong = (by = 'ann') => w.approve('ZZZZ-ZZZZ', { by }).catch((e: unknown) => e as Refused);
    for (let i = 0; i < 5; i++) expect(await wrong()).toMatchObject({ status: 404 });
    expect(await wrong()).toMatchObject({ status: 429, retryAfter: 30 });
    await expect(w.approve(one.code)).rejects.toMatchObject({ status: 429 });
    expect(await wrong('bob')).toMatchObject({ status: 404 });
    w.passes(30_000);
    expect(await wrong()).toMatchObject({ status: 404 });
    expect(await wrong()).toMatchObject({ status: 429, retryAfter: 60 });
    expect(w.deeds.filter(({ action, by }) => action === 'claims.wrong code' && by === 'ann')).toHaveLength(6);
    w.passes(60_000);
    expect(await w.approve(one.code)).toBe(one.gateway);
    expect(await wrong()).toMatchObject({ status: 404 });
  });
});
