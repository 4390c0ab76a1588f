/** The one test with sockets: what only a real connection shows. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpConfig } from '../../../cloud/api/config.ts';
import { listen } from '../../../cloud/api/listen.ts';
import { createServer } from '../../../cloud/api/server.ts';
import { openSite } from '../../../cloud/api/static.ts';
import { certify, makeAuthority, newKey, openSigner } from '../../../cloud/pki/x509.ts';
import { startApi, type Api } from '../../../cloud/api/start.ts';
import { apiWorld, PASSWORD, type World } from './world.ts';

const CONFIG: HttpConfig = { listen: { host: '127.0.0.1', port: 0 }, names: [], 'behind-proxy': false };

let world: World;
let api: Api;
const errors: Error[] = [];
beforeAll(async () => {
  world = await apiWorld();
  api = await startApi({ config: CONFIG, access: world.access, live: world.live, routes: [], site: '/nonexistent', version: '1.2.3', now: () => world.now, onError: (e) => errors.push(e) });
});
afterAll(() => api.close());

/** Sends octets as they are. @returns what comes back until `until` matches or the other end closes */
function raw(text: string, until: RegExp = /\r\n\r\n/): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(api.port, '127.0.0.1', () => socket.write(text));
    let got = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      got += part;
      if (until.test(got)) socket.destroy();
    });
    socket.on('error', reject).on('close', () => resolve(got));
  });
}

describe('the listener', () => {
  it('signs in, answers, streams events and ends the stream with the session', async () => {
    const signedIn = await fetch(`${api.address}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'viewer', password: PASSWORD }) });
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const { csrf } = (await signedIn.json()) as { csrf: string };
    const events = await fetch(`${api.address}/api/v1/events`, { headers: { cookie } });
    const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toMatch(/^retry: 2000\nid: [0-9a-f]+-0\n\n$/);
    world.live.publish('homeRemoved', { id: 'gw-x' });
    expect((await reader?.read())?.value).toContain('event: homeRemoved\ndata: {"id":"gw-x"}\n\n');
    expect((await fetch(`${api.address}/api/v1/session`, { method: 'DELETE', headers: { cookie, 'x-roamstead-csrf': csrf } })).status).toBe(204);
    expect((await reader?.read())?.done).toBe(true);
    expect(world.live.readers).toBe(0);
  });

  it('a stream ends with its token, too', async () => {
    const { secret, record } = await world.access.tokens.add({ name: 'watcher', role: 'viewer' }, 'test');
    const events = await fetch(`${api.address}/api/v1/events`, { headers: { authorization: `Bearer ${secret}` } });
    const reader = events.body?.getReader();
    await reader?.read();
    await world.access.tokens.remove(record.id, 'test');
    expect((await reader?.read())?.done).toBe(true);
  });

  it('speaks TLS with the certificate of now', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tls-'));
    const tls = { certificate: join(folder, 'fleet.pem'), key: join(folder, 'fleet.key') };
    const [from, until] = [Date.now(), Date.now() + 3_600_000];
    const authority = await makeAuthority('test', from, until);
    const write = async (): Promise<void> => {
      const { key, publicKey } = await newKey();
      writeFileSync(tls.key, key);
      writeFileSync(tls.certificate, (await certify(await openSigner(authority), 'fleet', publicKey, { purpose: 'server', names: ['127.0.0.1'] }, from, until)).pem);
    };
    await write();
    const seen: Error[] = [];
    const server = createServer({ routes: world.routes, auth: world.access.auth, site: openSite('/nonexistent'), now: () => world.now, version: '1', names: [], behindProxy: false, onError: (e) => seen.push(e) });
    const open = await listen({ ...CONFIG, tls }, server, (e) => seen.push(e));
    const ask = (): Promise<{ readonly serial: string; readonly hsts: string | undefined }> =>
      new Promise((resolve, reject) => {
        get(`${open.address}/api/v1/setup`, { ca: authority.certificate, agent: false }, (answer) => {
          resolve({ serial: (answer.socket as TLSSocket).getPeerCertificate().serialNumber, hsts: answer.headers['strict-transport-security'] });
          answer.resume();
        }).on('error', reject);
      });
    const first = await ask();
    expect(first.hsts).toBe('max-age=31536000');
    await write();
    open.renew();
    const second = await ask();
    expect(second.serial).not.toBe(first.serial);
    writeFileSync(tls.key, 'nonsense');
    open.renew();
    expect([(await ask()).serial, seen.length]).toEqual([second.serial, 1]);
    await open.close();
    rmSync(folder, { recursive: true });
  });

  it('the address of the client is the connection’s', async () => {
    expect(world.access.sessions.all().map((s) => s.ip)).not.toContain('127.0.0.1');
    await fetch(`${api.address}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-forwarded-for': '6.6.6.6' }, body: JSON.stringify({ name: 'operator', password: PASSWORD }) });
    expect(world.access.sessions.all().map((s) => s.ip)).toContain('127.0.0.1');
  });

  it('a browser that goes away is forgotten', async () => {
    const gone = new AbortController();
    const events = await fetch(`${api.address}/api/v1/events`, { headers: { cookie: `roamstead=${world.sessions.owner}` }, signal: gone.signal });
    expect([events.status, world.live.readers]).toEqual([200, 1]);
    gone.abort();
    await expect.poll(() => world.live.readers).toBe(0);
  });

  it('a reader that stalls is cut, connection and all', async () => {
    const before = world.live.cut;
    const socket = connect(api.port, '127.0.0.1', () => socket.write(`GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\ncookie: roamstead=${world.sessions.owner}\r\n\r\n`));
    socket.pause();
    await expect.poll(() => world.live.readers).toBe(1);
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()).on('error', () => undefined));
    const big = 'x'.repeat(500_000);
    await expect.poll(() => (world.live.publish('homeRemoved', { id: big }), world.live.cut), { interval: 1 }).toBe(before + 1);
    socket.resume();
    await closed;
    expect(world.live.readers).toBe(0);
  });

  it.each([
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['another Host', 'GET /api/v1/setup HTTP/1.1\r\nhost: evil.example\r\n\r\n', /^HTTP\/1\.1 421 /],
    ['dots in the path', 'GET /../../../etc/passwd HTTP/1.1\r\nhost: localhost\r\n\r\n', /^HTTP\/1\.1 (?:400|503) /],
    ['a header with a line end', 'GET /api/v1/setup HTTP/1.1\r\nhost: localhost\r\nx: a\nb\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['length and chunks at once', 'POST /api/v1/session HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['giant headers', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['a giant body', `POST /api/v1/session HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n`, /^HTTP\/1\.1 413 /],
    ['no HTTP at all', '\x16\x03\x01\x02\x00', /^HTTP\/1\.1 400 /],
  ])('%s is answered and ends nothing', async (_what, text, expected) => {
    const got = await raw(text);
    expect(got).toMatch(expected);
    expect(got).not.toContain('root:');
    expect((await fetch(`${api.address}/api/v1/setup`)).status).toBe(200);
  });

  it('does not listen where others could read passwords on the way', async () => {
    const server = { fetch: () => new Response(), openApi: () => world.openApi };
    await expect(listen({ ...CONFIG, listen: { host: '0.0.0.0', port: 0 } }, server, () => undefined)).rejects.toThrow('add tls with certificate and key, or say "behind-proxy: true"');
    await expect(listen({ ...CONFIG, listen: { host: '127.0.0.1', port: api.port } }, server, () => undefined)).rejects.toThrow(`nothing can listen on 127.0.0.1 port ${api.port}`);
    await expect(listen({ ...CONFIG, tls: { certificate: '/nonexistent/a.pem', key: 'b' } }, server, () => undefined)).rejects.toThrow('http.tls: ENOENT');
    const open = await listen({ ...CONFIG, listen: { host: '0.0.0.0', port: 0 }, 'behind-proxy': true }, server, () => undefined);
    expect(open.address).toBe(`http://localhost:${open.port}`);
    await open.close();
  });

  it('nothing of it was an error of ours', () => {
    expect(errors).toEqual([]);
  });
});
