/** What a server that is reached by anybody has to bear: one row an attack. */
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import * as v from 'valibot';
import { beforeAll, describe, expect, it } from 'vitest';
import { MOST_BODY } from '../../../cloud/api/body.ts';
import { refuse, route, shared, type Route } from '../../../cloud/api/route.ts';
import { apiWorld, FREE, PASSWORD, type Asked, type World } from './world.ts';

const deep = (levels: number): string => `{"name":${'['.repeat(levels)}${']'.repeat(levels)}}`;
const user = { name: 'bea', role: 'viewer', password: PASSWORD };

/** Routes that say back what they get. */
const echoes: Route[] = [
  route({ method: 'POST', path: '/echo', role: 'viewer', summary: 'Says it back.', body: v.strictObject({ text: v.optional(v.string()), any: v.optional(v.unknown()) }), answer: v.object({ text: v.optional(v.string()), any: v.optional(v.unknown()) }), handle: ({ body }) => body }),
  route({ method: 'GET', path: '/echo/:id', role: 'viewer', summary: 'Says the id back.', query: v.object({ limit: v.optional(v.pipe(v.string(), v.regex(/^\d+$/, 'expected a number'))) }), answer: v.object({ id: v.string() }), errors: { 404: 'never' }, handle: ({ params }) => (params.id === 'gone' ? refuse(404, `there is no ${params.id}`) : { id: params.id }) }),
  route({ method: 'GET', path: '/file', role: 'viewer', summary: 'A file.', answer: { media: 'text/csv' }, handle: () => ({ content: 'a,b\n', fileName: 'home "x"\r\nset-cookie: y=1.csv' }) }),
  route({ method: 'GET', path: '/broken', role: 'viewer', summary: 'Throws.', answer: 'nothing', handle: () => { throw new Error('secret detail of the inside'); } }),
  route({ method: 'POST', path: '/named', role: 'viewer', summary: 'A name.', body: v.strictObject({ name: shared.name }), answer: v.object({ name: v.string() }), handle: ({ body }) => body }),
];

let world: World;
beforeAll(async () => {
  world = await apiWorld(echoes, { limits: FREE });
});

interface Attack {
  readonly what: string;
  readonly method?: string;
  readonly path?: string;
  readonly asked: Asked;
  readonly status: number;
  readonly says: string;
}

const ATTACKS: readonly Attack[] = [
  { what: 'no cookie', path: '/users', method: 'GET', asked: {}, status: 401, says: 'sign in first' },
  { what: 'a cookie that is guessed', path: '/users', method: 'GET', asked: { as: { cookie: 'a'.repeat(43) } }, status: 401, says: 'the session is over' },
  { what: 'an empty cookie', path: '/users', method: 'GET', asked: { headers: { cookie: 'roamstead=' } }, status: 401, says: 'sign in first' },
  { what: 'a token that is guessed', path: '/users', method: 'GET', asked: { as: { token: 'rs_guess' } }, status: 401, says: 'this token is unknown' },
  { what: 'a wrong token beside a good cookie', path: '/users', method: 'GET', asked: { as: 'owner', headers: { authorization: 'Bearer rs_guess' } }, status: 401, says: 'this token is unknown' },
  { what: 'another scheme', path: '/users', method: 'GET', asked: { headers: { authorization: 'Basic b3duZXI6cGFzc3dvcmQ=' } }, status: 401, says: 'this token is unknown' },
  { what: 'a viewer as owner', asked: { as: 'viewer', body: user }, status: 403, says: 'this needs the role owner; viewer is viewer' },
  { what: 'an operator as owner', asked: { as: 'operator', body: user }, status: 403, says: 'this needs the role owner' },
  { what: 'no csrf', asked: { as: 'owner', body: user, headers: { 'x-roamstead-csrf': '' } }, status: 403, says: 'x-roamstead-csrf is missing' },
  { what: 'the csrf of somebody else', asked: { as: 'owner', body: user, headers: { 'x-roamstead-csrf': 'a'.repeat(43) } }, status: 403, says: 'x-roamstead-csrf is missing' },
  { what: 'a page of another site (Sec-Fetch-Site)', asked: { as: 'owner', body: user, headers: { 'sec-fetch-site': 'cross-site' } }, status: 403, says: 'a page of another site' },
  { what: 'a page of a sister site', asked: { as: 'owner', body: user, headers: { 'sec-fetch-site': 'same-site' } }, status: 403, says: 'a page of another site' },
  { what: 'a page of another site (Origin)', asked: { as: 'owner', body: user, headers: { origin: 'https://evil.example' } }, status: 403, says: 'a page of another site' },
  { what: 'a sandboxed page', asked: { as: 'owner', body: user, headers: { origin: 'null' } }, status: 403, says: 'a page of another site' },
  { what: 'signing somebody in from another site', path: '/session', asked: { body: { name: 'owner', password: PASSWORD }, headers: { origin: 'https://evil.example' } }, status: 403, says: 'a page of another site' },
  { what: 'a form', asked: { as: 'owner', raw: 'name=bea', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, status: 415, says: 'application/json' },
  { what: 'text that is JSON', asked: { as: 'owner', raw: JSON.stringify(user), headers: { 'content-type': 'text/plain' } }, status: 415, says: 'application/json' },
  { what: 'no body', asked: { as: 'owner' }, status: 400, says: 'expected an object' },
  { what: 'broken JSON', asked: { as: 'owner', raw: '{"name":' }, status: 400, says: 'expected JSON' },
  { what: 'no UTF-8', asked: { as: 'owner', raw: new Uint8Array([0x22, 0xff, 0x22]) }, status: 400, says: 'no UTF-8' },
  { what: 'a giant body', asked: { as: 'owner', raw: `"${'x'.repeat(MOST_BODY)}"` }, status: 413, says: 'at most' },
  { what: 'a giant body that says it is small', asked: { as: 'owner', raw: `"${'x'.repeat(MOST_BODY)}"`, headers: { 'content-length': '2' } }, status: 413, says: 'at most' },
  { what: 'deep JSON', asked: { as: 'owner', raw: deep(200_000) }, status: 400, says: 'at most 32 levels' },
  { what: 'a prototype', path: '/echo', asked: { as: 'owner', raw: '{"any":{"a":[{"__proto__":{"role":"owner"}}]}}' }, status: 400, says: 'unknown key __proto__' },
  { what: 'a number without end', path: '/echo', asked: { as: 'owner', raw: '{"any":1e999}' }, status: 400, says: 'not so large' },
  { what: 'NUL in a text, which PostgreSQL cannot keep', path: '/echo', asked: { as: 'owner', body: { text: 'a\0b' } }, status: 400, says: 'NUL' },
  { what: 'NUL in a path', path: '/echo/a%00b', method: 'GET', asked: { as: 'owner' }, status: 400, says: 'expected 1 to 200 characters' },
  { what: 'a giant id', path: `/echo/${'x'.repeat(300)}`, method: 'GET', asked: { as: 'owner' }, status: 400, says: 'expected 1 to 200 characters' },
  { what: 'a list in place of an object', asked: { as: 'owner', body: [user] }, status: 400, says: 'name is missing' },
  { what: 'an unknown key', asked: { as: 'owner', body: { ...user, admin: true } }, status: 400, says: 'unknown key admin' },
  { what: 'a missing key', asked: { as: 'owner', body: { name: 'bea', role: 'viewer' } }, status: 400, says: 'password is missing' },
  { what: 'a value of another kind', asked: { as: 'owner', body: { ...user, name: { $ne: null } } }, status: 400, says: 'expected string, found an object' },
  { what: 'an unknown query', path: '/echo/a?limits=1', method: 'GET', asked: { as: 'owner' }, status: 400, says: 'unknown query limits: there are limit' },
  { what: 'a query twice', path: '/echo/a?limit=1&limit=2', method: 'GET', asked: { as: 'owner' }, status: 400, says: 'limit is there twice' },
  { what: 'a query that is none', path: '/echo/a?limit=-1', method: 'GET', asked: { as: 'owner' }, status: 400, says: 'expected a number' },
  { what: 'a body where there is none', path: '/session', method: 'DELETE', asked: { as: 'viewer', body: {} }, status: 400, says: 'expected no body' },
  { what: 'an unknown path', path: '/nothing', method: 'GET', asked: { as: 'owner' }, status: 404, says: '/api/openapi.json' },
  { what: 'an unknown path of the API', path: '//api/v2/users', method: 'GET', asked: { as: 'owner' }, status: 404, says: '/api/openapi.json' },
  { what: 'another method', path: '/users', method: 'PUT', asked: { as: 'owner', body: {} }, status: 405, says: 'this answers GET, POST' },
  { what: 'asking what may be done from elsewhere', path: '/users', method: 'OPTIONS', asked: { as: 'owner' }, status: 405, says: 'this answers GET, POST' },
  { what: 'DNS rebinding', path: '/setup', method: 'GET', asked: { headers: { host: 'evil.example:8080' } }, status: 421, says: 'not known by that name' },
  { what: 'DNS rebinding of the dashboard', path: '//', method: 'GET', asked: { headers: { host: 'evil.example' } }, status: 421, says: 'not known by that name' },
  { what: 'a name that looks like an address', path: '/setup', method: 'GET', asked: { headers: { host: '127.0.0.1.evil.example' } }, status: 421, says: 'not known by that name' },
];

describe('attacks', () => {
  it.each(ATTACKS)('$what: $status', async ({ method = 'POST', path = '/users', asked, status, says }) => {
    const users = world.access.users.size;
    const got = await world.ask(method, path, asked);
    expect([got.status, got.json]).toEqual([status, expect.objectContaining({ error: expect.stringContaining(says) })]);
    expect(got.headers.get('content-type')).toBe('application/json');
    expect(got.headers.get('x-content-type-options')).toBe('nosniff');
    expect(world.access.users.size).toBe(users);
  });

  it('a cookie that is over is taken away, and a good one beside a wrong token is not', async () => {
    const over = await world.ask('GET', '/users', { as: { cookie: 'a'.repeat(43) } });
    const beside = await world.ask('GET', '/users', { as: 'owner', headers: { authorization: 'Bearer rs_guess' } });
    expect([over.headers.get('set-cookie'), beside.headers.get('set-cookie')]).toEqual(['roamstead=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict', null]);
  });

  it('script in a name comes back as text of JSON', async () => {
    const name = '<script>alert(1)</script>';
    const got = await world.ask('POST', '/named', { as: 'viewer', body: { name } });
    expect([got.json, got.headers.get('content-type'), got.headers.get('x-content-type-options')]).toEqual([{ name }, 'application/json', 'nosniff']);
    const refused = await world.ask('GET', '/echo/gone%3Cimg%20src=x%3E', { as: 'viewer' });
    expect([refused.json, refused.headers.get('content-type')]).toEqual([{ id: 'gone<img src=x>' }, 'application/json']);
  });

  it('a name of a user has no line ends, no characters that turn text around, and is none that the audit log gives others', async () => {
    for (const name of ['a\nb', 'a\u202eb', 'a\u0007', '\u200b', '   ', 'token backup', 'Token', 'set-up', 'ROAMSTEAD']) expect(await world.ask('POST', '/users', { as: 'owner', body: { ...user, name } })).toMatchObject({ status: 400, json: { path: 'name' } });
  });

  it('the name of a file adds no header', async () => {
    const got = await world.ask('GET', '/file', { as: 'viewer' });
    expect([got.text, got.headers.get('content-disposition'), got.headers.get('set-cookie')]).toEqual(['a,b\n', 'attachment; filename="home__x___set-cookie__y_1.csv"', null]);
  });

  it('what goes wrong inside stays inside, and is in the log', async () => {
    const got = await world.ask('GET', '/broken', { as: 'viewer' });
    expect([got.status, got.json]).toEqual([500, { error: 'this went wrong; the log says why' }]);
    expect(world.errors.at(-1)?.message).toBe('GET /api/v1/broken could not be answered: secret detail of the inside');
  });

  it('whatever is sent, nothing breaks inside', async () => {
    const routes = world.routes.filter((r) => r.body && r.path !== '/echo');
    const before = world.errors.length;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...routes), fc.oneof(fc.json(), fc.string(), fc.record({ name: fc.anything(), password: fc.string(), role: fc.anything(), token: fc.string() }, { requiredKeys: [] }).map((r) => JSON.stringify(r) ?? '')), async (r, raw) => {
        const { status, json } = await world.ask(r.method, r.path.replace(/:\w+/g, 'some'), { as: 'owner', raw });
        expect([status >= 400 && status < 500, typeof (json as { error?: unknown }).error]).toEqual([true, 'string']);
      }),
      { numRuns: 150 },
    );
    expect(world.errors.length).toBe(before);
  });

  it('large answers are packed for those who can unpack', async () => {
    const big = { any: Array.from({ length: 5000 }, (_, i) => ({ name: `home ${i}` })) };
    const ask = (encoding: string) => world.response('POST', '/echo', { as: 'viewer', body: big, headers: { 'accept-encoding': encoding } });
    const packed = await ask('gzip, br');
    const octets = new Uint8Array(await packed.arrayBuffer());
    expect([packed.headers.get('content-encoding'), JSON.parse(gunzipSync(octets).toString())]).toEqual(['gzip', big]);
    const plain = await ask('');
    expect([plain.headers.get('content-encoding'), await plain.json()]).toEqual([null, big]);
  });

  it('answers are not kept by caches', async () => {
    expect((await world.ask('GET', '/users', { as: 'owner' })).headers.get('cache-control')).toBe('no-store');
    expect((await world.ask('GET', '/users', {})).headers.get('cache-control')).toBe('no-store');
  });

  it('no message repeats a password', async () => {
    for (const password of [{ secret: 'hunter2hunter2' }, 'hunter2hun', ['hunter2hunter2'], `hunter2hunter2${'x'.repeat(2000)}`]) {
      const got = await world.ask('POST', '/users', { as: 'owner', body: { ...user, password } });
      expect(got.status).toBe(400);
      expect(got.text).not.toContain('hunter2');
    }
    expect(JSON.stringify(await world.audit.list())).not.toContain('hunter2');
  });

  it('too many requests of one address, or of one user, wait', async () => {
    const small = await apiWorld(echoes, { limits: { address: { burst: 5, perSecond: 1 }, principal: { burst: 3, perSecond: 1 } } });
    const ask = (asked: Asked) => small.ask('GET', '/echo/a', asked);
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await ask({ as: 'viewer', ip: `2001:db8:${i + 1}::1` })).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    for (let i = 0; i < 5; i++) expect((await ask({ ip: `2001:db8::${i}` })).status).toBe(401);
    const last = await ask({ as: 'operator', ip: '2001:db8::9' });
    expect([last.status, last.headers.get('retry-after'), last.json]).toEqual([429, '1', { error: 'too many requests' }]);
    small.now += 1000;
    expect((await ask({ as: 'operator', ip: '2001:db8::a' })).status).toBe(200);
  });
});
