import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLoginGuard, createRateLimit } from '../../../cloud/api/rateLimit.ts';
import { clientOf, fromAnotherSite, knownHost, networkOf } from '../../../cloud/api/client.ts';
import { createPasswords, SCRYPT } from '../../../cloud/api/passwords.ts';
import { csrfOf, newSecret, sameText } from '../../../cloud/api/secrets.ts';
import { addressOf, checkHttp, http } from '../../../cloud/api/config.ts';
import { parseConfig } from '../../../runtime/configFile.ts';
import * as v from 'valibot';
import { QUICK } from './world.ts';

describe('the rate limit', () => {
  it('lets a burst through, then so many a second', () => {
    const limit = createRateLimit({ burst: 3, perSecond: 2 });
    expect([0, 0, 0, 0].map(() => limit('a', 1000))).toEqual([0, 0, 0, 500]);
    expect(limit('b', 1000)).toBe(0);
    expect(limit('a', 1250)).toBe(250);
    expect([limit('a', 1500), limit('a', 1500)]).toEqual([0, 500]);
  });

  it('a clock that is set back locks nobody out, and gives nothing for free', () => {
    const limit = createRateLimit({ burst: 1, perSecond: 1 });
    expect(limit('a', 1e12)).toBe(0);
    expect(limit('a', 1000)).toBe(1000);
    expect(limit('a', 2000)).toBe(0);
  });

  it('never lets more through than burst and rate allow', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(700), { maxLength: 60 }), (steps) => {
        const limit = createRateLimit({ burst: 5, perSecond: 3 });
        let now = 0;
        let passed = 0;
        for (const step of steps) {
          now += step;
          if (limit('a', now) === 0) passed += 1;
        }
        expect(passed).toBeLessThanOrEqual(5 + (now * 3) / 1000);
      }),
      { numRuns: 50 },
    );
  });

  it('forgets those who asked longest ago before its memory grows', () => {
    const limit = createRateLimit({ burst: 1, perSecond: 0.001 });
    limit('first', 0);
    for (let i = 0; i < 10_000; i++) limit(String(i), 0);
    expect([limit('first', 0), limit('9999', 0)]).toEqual([0, 1_000_000]);
  });
});

describe('the login guard', () => {
  const failing = (names: readonly string[], addresses: readonly string[]) => {
    const guard = createLoginGuard();
    let wait = 0;
    const count = Math.max(names.length, addresses.length);
    for (let i = 0; i < count; i++) wait = guard.attempt(names[i % names.length] ?? '', addresses[i % addresses.length] ?? '', 0);
    return { guard, wait };
  };
  const many = (n: number, prefix: string) => Array.from({ length: n }, (_, i) => `${prefix}${i}`);

  it('doubles the wait with each failure, up to a quarter of an hour', () => {
    const guard = createLoginGuard();
    const waits: number[] = [];
    let now = 0;
    for (let i = 0; i < 18; i++) {
      const wait = guard.attempt('ana', 'x', now);
      if (wait > 0) waits.push(wait);
      now += wait;
      if (wait > 0) guard.attempt('ana', 'x', now);
    }
    expect(waits.slice(0, 6)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000]);
    expect(Math.max(...waits)).toBe(900_000);
  });

  it('one address that tries many names is slowed down', () => {
    expect(failing(many(20, 'name'), ['x']).wait).toBe(0);
    expect(failing(many(21, 'name'), ['x']).wait).toBe(1000);
  });

  it('many addresses that try one name slow it for all, but not for long', () => {
    const { guard, wait } = failing(['ana'], many(51, 'x'));
    expect(wait).toBe(1000);
    let now = 0;
    let longest = 0;
    for (let i = 0; i < 20; i++) {
      const more = guard.attempt('ana', `y${i}`, now);
      longest = Math.max(longest, more);
      now += more;
      guard.attempt('ana', `y${i}`, now);
    }
    expect(longest).toBe(30_000);
  });

  it('upper case is no other name; success and an hour forget', () => {
    const { guard } = failing(['ana', 'ANA', 'Ana', 'aNA'], ['x']);
    expect(guard.attempt('ana', 'x', 0)).toBe(1000);
    guard.succeeded('Ana', 'x');
    expect(guard.attempt('ana', 'x', 0)).toBe(0);
    const again = failing(many(4, 'ana').map(() => 'ana'), ['x']).guard;
    expect([again.attempt('ana', 'x', 0), again.attempt('ana', 'x', 3_600_000)]).toEqual([1000, 0]);
  });

  it('a clock that is set back waits no longer than the delay', () => {
    const guard = createLoginGuard();
    for (let i = 0; i < 4; i++) guard.attempt('ana', 'x', 10_000_000);
    expect(guard.attempt('ana', 'x', 9_999_000)).toBe(1000);
  });
});

describe('where a request comes from', () => {
  const headers = (given: Record<string, string>) => new Headers(given);

  it.each([
    ['203.0.113.7', {}, false, '203.0.113.7', false],
    ['::ffff:203.0.113.7', {}, false, '203.0.113.7', false],
    ['127.0.0.1', { 'x-forwarded-for': '1.2.3.4' }, false, '127.0.0.1', false],
    ['127.0.0.1', { 'x-forwarded-for': '6.6.6.6, 1.2.3.4', 'x-forwarded-proto': 'https' }, true, '1.2.3.4', true],
    ['127.0.0.1', { 'x-forwarded-for': 'nonsense' }, true, '127.0.0.1', false],
    ['127.0.0.1', { 'x-forwarded-proto': 'https, http' }, true, '127.0.0.1', false],
  ])('%s with %j behind a proxy %s is %s', (remoteAddress, given, behind, ip, secure) => {
    expect(clientOf({ remoteAddress }, headers(given), behind)).toEqual({ ip, secure });
  });

  it('TLS is secure', () => {
    expect(clientOf({ remoteAddress: '::1', encrypted: true }, headers({}), false)).toEqual({ ip: '::1', secure: true });
  });

  it.each([['192.0.2.1', '192.0.2.1'], ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'], ['::1', '::/64'], ['fe80::1%eth0', 'fe80::1%eth0']])('%s counts with %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });

  it.each([
    ['localhost', true], ['LOCALHOST:8080', true], ['roamstead.localhost:1', true], ['127.0.0.1:8080', true], ['[::1]:8080', true], ['192.0.2.9', true], ['fleet.example.net', true], ['Fleet.Example.Net.:443', true],
    ['evil.example', false], ['fleet.example.net.evil.example', false], ['1.2.3.4.evil.example', false], ['', false], ['localhost.evil.example', false], ['[::1', false], ['::1', false],
  ])('Host %s is known: %s', (host, known) => {
    expect(knownHost(host, ['fleet.example.net'])).toBe(known);
  });

  it.each([
    [{}, false], [{ 'sec-fetch-site': 'same-origin' }, false], [{ 'sec-fetch-site': 'none' }, false], [{ 'sec-fetch-site': 'cross-site' }, true],
    [{ origin: 'http://a:8080', host: 'a:8080' }, false], [{ origin: 'http://a:8081', host: 'a:8080' }, true], [{ origin: 'https://fleet.example.net', host: '127.0.0.1' }, false], [{ origin: 'null', host: 'a' }, true], [{ origin: '' }, true],
  ])('%j is another site: %s', (given, other) => {
    expect(fromAnotherSite(headers(given), ['fleet.example.net'])).toBe(other);
  });
});

describe('secrets', () => {
  it('have 256 bits, and csrf follows from a session alone', () => {
    const all = new Set(Array.from({ length: 100 }, () => newSecret('rs_')));
    expect(all.size).toBe(100);
    for (const s of all) expect(s).toMatch(/^rs_[\w-]{43}$/);
    expect(csrfOf('a')).toBe(csrfOf('a'));
    expect(csrfOf('a')).not.toBe(csrfOf('b'));
    expect([sameText('a', 'a'), sameText('a', 'b'), sameText('', 'a')]).toEqual([true, false, false]);
  });

  it('passwords are scrypt with the work that OWASP asks for, kept beside the hash', async () => {
    expect(SCRYPT).toEqual({ n: 32_768, r: 8, p: 3 });
    const quick = createPasswords(QUICK);
    const kept = await quick.hash('four words of a kind');
    expect(kept).toMatchObject({ ...QUICK, salt: expect.stringMatching(/^.{24}$/), hash: expect.stringMatching(/^.{44}$/) });
    expect(await quick.hash('four words of a kind')).not.toEqual(kept);
    const later = createPasswords({ ...QUICK, n: 4 });
    expect([later.outdated(kept), quick.outdated(kept)]).toEqual([true, false]);
    expect(await Promise.all([later.verify('four words of a kind', kept), later.verify('four words of a kin', kept), later.verify('four words of a kind', undefined)])).toEqual([true, false, false]);
    // Two ways to write the same letter.
    expect(await quick.verify('\u00e9'.repeat(12), await quick.hash('e\u0301'.repeat(12)))).toBe(true);
  });

  it('hashes wait for each other, and not without end', async () => {
    const quick = createPasswords(QUICK);
    const kept = await quick.hash('four words of a kind');
    const all = await Promise.allSettled(Array.from({ length: 40 }, () => quick.verify('four words of a kind', kept)));
    expect([all.filter((r) => r.status === 'fulfilled').length, all.filter((r) => r.status === 'rejected').length]).toEqual([34, 6]);
    expect(await quick.verify('four words of a kind', kept)).toBe(true);
  });
});

describe('section http of cloud.yaml', () => {
  const schema = v.strictObject({ http });
  const read = (text: string) => parseConfig('cloud.yaml', text, schema, (c) => checkHttp(c.http));

  it('without it the loopback is listened on', () => {
    expect(read('').http).toEqual({ listen: { host: '127.0.0.1', port: 8080 }, names: [], 'behind-proxy': false });
  });

  it.each([
    ['http: { listen: "0.0.0.0:8080" }', 'cloud.yaml:1: http.listen: 0.0.0.0 can be reached by others'],
    ['http: { listen: "[2001:db8::1]:8080" }', '2001:db8::1 can be reached by others'],
    ['http: { listen: 8080 }', 'expected string'],
    ['http: { listen: "localhost:8080" }', 'expected an address and a port'],
    ['http: { listen: "127.0.0.1:99999" }', 'expected an address and a port'],
    ['http: { tls: { certificate: a.pem } }', 'key: missing'],
  ])('%s is refused: %s', (text, words) => {
    expect(() => read(text)).toThrow(words);
  });

  it.each([
    ['http: { listen: "127.0.0.9:80" }', 'http://127.0.0.9'],
    ['http: { listen: "[::1]:8080" }', 'http://[::1]:8080'],
    ['http: { listen: "0.0.0.0:8443", tls: { certificate: a, key: b } }', 'https://localhost:8443'],
    ['http: { listen: "[::]:443", names: [Fleet.example.net], tls: { certificate: a, key: b } }', 'https://fleet.example.net'],
    ['http: { listen: "0.0.0.0:8080", names: [fleet.example.net], behind-proxy: true }', 'https://fleet.example.net'],
    ['http: { listen: "0.0.0.0:8080", behind-proxy: true }', 'http://localhost:8080'],
  ])('%s is reached at %s', (text, address) => {
    expect(addressOf(read(text).http)).toBe(address);
  });
});
