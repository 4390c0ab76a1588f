import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../cloud/lma/policy.ts';
import { labConfig } from './pbu.ts';

const nai = (identifier: string) => ({ subtype: 1, identifier });

describe('nodes', () => {
  const policy = createPolicy(labConfig({}, { nodes: [{ match: 'VIP@example.com', services: ['gold'] }, { match: '@example.com', ipv4: false }, { match: '*', pmipv6: false }] }));

  it('the narrowest row counts, realms without case', () => {
    expect(policy.node(nai('vip@Example.COM'))?.services).toEqual(['gold']);
    expect(policy.node(nai('other@EXAMPLE.com'))?.ipv4).toBe(false);
    expect(policy.node(nai('0024.d78e.21a4'))?.pmipv6).toBe(false);
  });

  it('only a NAI has a realm', () => {
    expect(policy.node({ subtype: 5, identifier: '00:24@example.com' })?.match).toBe('*');
  });

  it('nobody is known where no row fits', () => {
    expect(createPolicy(labConfig({}, { nodes: [{ match: '@example.com' }] })).node(nai('mn0@example.org'))).toBeUndefined();
  });
});

describe('MAGs', () => {
  it('with addresses listed speak from nowhere else, whoever signs', () => {
    const policy = createPolicy(labConfig({}, { mags: [{ id: 'a', addresses: ['2001:db8:1::/48', '198.51.100.7'] }, { id: 'b' }] }));
    expect(policy.mag('a', '2001:db8:1:2::3')).toMatchObject({ id: 'a' });
    expect(policy.mag('a', '198.51.100.7')).toMatchObject({ id: 'a' });
    expect(policy.mag('a', '198.51.100.8')).toBe('mag-address-not-allowed');
    expect(policy.mag('b', '198.51.100.8')).toMatchObject({ id: 'b' });
    expect(policy.mag('c', '198.51.100.8')).toBe('unknown-mag');
  });

  it('without a key are refused, or known by address where that is enough', () => {
    const mags = [{ id: 'a', addresses: ['198.51.100.0/24'] }];
    expect(createPolicy(labConfig({}, { mags })).mag(undefined, '198.51.100.8')).toBe('unauthenticated');
    expect(createPolicy(labConfig({}, { mags, authentication: 'optional' })).mag(undefined, '198.51.100.8')).toMatchObject({ id: 'a' });
    expect(createPolicy(labConfig({}, { mags, authentication: 'optional' })).mag(undefined, '192.0.2.1')).toBe('unknown-mag-address');
    const keyed = [{ id: 'a', keyed: true, addresses: ['198.51.100.0/24'] }];
    expect(createPolicy(labConfig({}, { mags: keyed, authentication: 'optional' })).mag(undefined, '198.51.100.8')).toBe('unknown-mag-address');
  });

  it('may act for the nodes that their row lists', () => {
    const policy = createPolicy(labConfig({}, { mags: [{ id: 'a', nodes: ['@example.com', 'guest'] }] }));
    const row = policy.mag('a', '::1');
    if (typeof row === 'string') throw new Error(row);
    expect(['mn0@example.com', 'guest', 'mn0@example.org'].map((n) => policy.serves(row, nai(n)))).toEqual([true, true, false]);
  });
});

describe('services', () => {
  const apns = [{ name: 'open.example', space: 0, selectionMode: 'sent-by-ms' }, { name: 'gold.example', space: 1, selectionMode: 'subscribed' }] as const;
  const policy = createPolicy(labConfig({}, { apns }));

  it('sent-by-ms serves whoever asks, subscribed those whose row lists it', () => {
    const [open, gold] = [policy.apn('OPEN.example')!, policy.apn('gold.example')!];
    expect([policy.subscribes({ match: '*' }, open), policy.subscribes({ match: '*' }, gold), policy.subscribes({ match: '*', services: ['Gold.example'] }, gold)]).toEqual([true, false, true]);
  });

  it('a request that names none gets the first of its node, else the first of all', () => {
    expect(policy.defaultApn({ match: '*', services: ['gold.example'] })?.name).toBe('gold.example');
    expect(policy.defaultApn({ match: '*' })?.name).toBe('open.example');
    expect(policy.defaultApn({ match: '*', services: ['gone.example'] })).toBeUndefined();
  });
});
