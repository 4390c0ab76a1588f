import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiWorld, type World } from './world.ts';

const INDEX = '<!doctype html><title>Roamstead</title>';
const SCRIPT = 'console.log("a script that is long enough to be packed, packed, packed, packed");';

let folder: string;
let world: World;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'site-'));
  const site = join(folder, 'web');
  mkdirSync(join(site, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'not for you');
  writeFileSync(join(site, 'index.html'), INDEX);
  writeFileSync(join(site, 'favicon.svg'), '<svg/>');
  writeFileSync(join(site, 'assets', 'index-BxK3f9aQ.js'), SCRIPT);
  writeFileSync(join(site, 'assets', 'index-BxK3f9aQ.js.br'), brotliCompressSync(SCRIPT));
  writeFileSync(join(site, 'assets', 'index-BxK3f9aQ.js.gz'), gzipSync(SCRIPT));
  world = await apiWorld([], { folder: site });
});
afterAll(() => rmSync(folder, { recursive: true }));

const SCRIPT_PATH = '//assets/index-BxK3f9aQ.js';
const bytes = async (encoding: string): Promise<{ readonly headers: Headers; readonly body: Buffer }> => {
  const answer = await world.response('GET', SCRIPT_PATH, { headers: { 'accept-encoding': encoding } });
  return { headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
};

describe('the dashboard’s files', () => {
  it.each(['//', '//index.html', '//homes/gw-x', '//setup', '//apis', '//a.b/c'])('%s is the page, whose own routing goes on', async (path) => {
    const got = await world.ask('GET', path);
    expect([got.status, got.text, got.headers.get('content-type'), got.headers.get('cache-control')]).toEqual([200, INDEX, 'text/html; charset=utf-8', 'no-cache']);
  });

  it('a page may load what is ours, and nobody may put it into theirs', async () => {
    const { headers } = await world.ask('GET', '//');
    expect(headers.get('content-security-policy')).toBe("default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'");
    expect([headers.get('x-content-type-options'), headers.get('referrer-policy'), headers.get('x-frame-options'), headers.get('cross-origin-opener-policy')]).toEqual(['nosniff', 'no-referrer', 'DENY', 'same-origin']);
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  it.each([
    ['br, gzip', 'br', brotliDecompressSync], ['gzip, deflate', 'gzip', gunzipSync], ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync], ['GZIP', 'gzip', gunzipSync],
    ['', null, undefined], ['deflate', null, undefined], ['br;q=0.0', null, undefined],
  ] as const)('Accept-Encoding "%s" gets %s', async (accepts, encoding, unpack) => {
    const { headers, body } = await bytes(accepts);
    expect([headers.get('content-encoding'), headers.get('vary'), headers.get('content-type')]).toEqual([encoding, 'accept-encoding', 'text/javascript; charset=utf-8']);
    expect((unpack ? unpack(body) : body).toString()).toBe(SCRIPT);
    expect(Number(headers.get('content-length'))).toBe(body.length);
  });

  it('what has a hash in its name is kept for ever, by browsers', async () => {
    expect((await world.ask('GET', SCRIPT_PATH)).headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await world.ask('GET', '//favicon.svg')).headers.get('cache-control')).toBe('no-cache');
  });

  it('a browser that has it gets no second copy', async () => {
    const first = await world.ask('GET', '//');
    const etag = first.headers.get('etag') ?? '';
    for (const tag of [etag, `W/${etag}`, `"x", ${etag}`]) expect(await world.ask('GET', '//', { headers: { 'if-none-match': tag } })).toMatchObject({ status: 304, text: '' });
    expect((await world.ask('GET', '//', { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
    const packed = await bytes('br');
    expect(packed.headers.get('etag')).not.toBe((await bytes('')).headers.get('etag'));
  });

  it('HEAD has the headers alone; nothing else is answered', async () => {
    const head = await world.ask('HEAD', '//');
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', String(INDEX.length)]);
    expect((await world.ask('POST', '//', { body: {} })).status).toBe(405);
  });

  it.each(['//../secret.txt', '//..%2fsecret.txt', '//%2e%2e/secret.txt', '//assets/..%2f..%2fsecret.txt', '//assets/%2e%2e/%2e%2e/secret.txt', '//..\\secret.txt', '//%00', '//etc/passwd', '//assets//../../secret.txt', '//index.html%00.js'])(
    'no path leads out of the folder: %s',
    async (path) => {
      const got = await world.ask('GET', path);
      expect(got.text).not.toContain('not for you');
      expect(got.text === INDEX || got.status === 404).toBe(true);
    },
  );

  it.each(['//assets/index-OLDxxxxx.js', '//robots.txt', '//assets/', '//favicon.svg.br', '//assets/index-BxK3f9aQ.js.gz'])('a file that is not there is not the page: %s', async (path) => {
    const got = await world.ask('GET', path);
    expect([got.status === 404 || got.text === INDEX, got.headers.get('content-encoding')]).toEqual([true, null]);
    if (path.startsWith('//assets/')) expect(got.status).toBe(404);
  });

  it('a dashboard that was not built is said in words', async () => {
    const bare = await apiWorld();
    const got = await bare.ask('GET', '//');
    expect([got.status, got.text]).toEqual([503, expect.stringContaining('npm run build')]);
    expect((await bare.ask('GET', '/setup')).status).toBe(200);
  });
});
