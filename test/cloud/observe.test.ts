/** What the anchor tells about itself over HTTP, on loopback, while gateways come and go. */
import { createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lmaSchema } from '../../cloud/config.ts';
import { problemsOf } from '../../cloud/configCheck.ts';
import { memoryStore } from '../../cloud/lma/bindingStore.ts';
import { runLma, type RunningLma } from '../../cloud/main.ts';
import { encodeAuthenticated } from '../../protocol/mobility/authentication.ts';
import { ConfigError } from '../../runtime/configError.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { ask } from '../../runtime/control.ts';
import type { ShownTrace } from '../../runtime/traces.ts';
import { buildPbu, type Wish } from '../lma/pbu.ts';

const KEY = Uint8Array.from({ length: 20 }, (_, i) => i);
const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha1', key).update(data).digest();
const from = (mag: string): Wish => ({ more: [{ kind: 'magIdentifier', subtype: 1, identifier: mag }] });

let folder: string;
let lma: RunningLma;
let client: Socket;
let port: number;
let http: number;
let storeFault: string | undefined;
const log: string[] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: free } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return free;
}

const file = (observe: string) =>
  parseConfig(
    'test.yaml',
    `
lma-services: [{ name: lma1, bind-address: [127.0.0.1] }]
ip-pools: [{ name: v4, network: 192.0.2.0/24, subscriber-gw-address: 192.0.2.254 }]
apns: [{ name: example.com, ip-pool: v4 }]
mobile-access-gateways: [${['m1', 'm2'].map((m) => `{ id: ${m}@example.com, key: ${Buffer.from(KEY).toString('hex')} }`).join(', ')}]
datapath: none
control-socket: ${join(folder, 'lma.sock')}
state-directory: ${folder}
signalling-port: ${port}
${observe}
`,
    lmaSchema,
    problemsOf,
  );

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-observe-'));
  [port, http] = [await freePort(), await freePort()];
  log.length = 0;
  storeFault = undefined;
  const memory = memoryStore();
  const store = { ...memory, commit: async (...changes: Parameters<typeof memory.commit>) => (storeFault === undefined ? memory.commit(...changes) : Promise.reject(new Error(storeFault))) };
  lma = await runLma(file(`observe: { listen: "127.0.0.1:${http}" }`), (level, message, facts) => void log.push(`${level} ${message} ${JSON.stringify(facts ?? {})}`), store);
  client = createSocket('udp4');
  await new Promise<void>((resolve) => client.bind(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  client.close();
  await lma.stop({ keepForwarding: false });
  rmSync(folder, { recursive: true });
});

const get = (path: string, method = 'GET'): Promise<Response> => fetch(`http://127.0.0.1:${http}${path}`, { method });
const text = async (path: string): Promise<string> => (await get(path)).text();
const reply = (): Promise<unknown> => new Promise((resolve) => client.once('message', resolve));
const show = (command: string, more: object = {}): Promise<any> => ask(join(folder, 'lma.sock'), { ...more, command });

let sequence = 0;
function send(mag: string, wish: Wish = {}, key = KEY): void {
  const pbu = buildPbu({ prefixes: [], ...wish, ...from(mag) }, { at: 0, wall: performance.timeOrigin + performance.now() }, (sequence += 1));
  client.send(encodeAuthenticated(pbu, { kind: 'udp' }, '::', key, hmac), port, '127.0.0.1');
}
async function register(mag: string, wish: Wish = {}): Promise<void> {
  const answered = reply();
  send(mag, wish);
  await answered;
}
const value = (metrics: string, series: string): number | undefined => {
  const line = metrics.split('\n').find((l) => l.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
};

describe('the listener', () => {
  it('says that the process lives, and that it is ready', async () => {
    expect(await text('/healthz')).toBe('ok\n');
    const ready = await get('/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ ready: true, checks: [{ name: 'signalling' }, { name: 'store' }, { name: 'data path', reason: 'none is configured' }] });
  });

  it('is not ready while the store refuses, and says why, until it takes bindings again', async () => {
    storeFault = 'no space left on device';
    send('m1@example.com');
    await expect.poll(async () => (await get('/readyz')).status).toBe(503);
    expect(await text('/readyz')).toContain('no space left on device');
    expect(value(await text('/metrics'), 'pmip_ready')).toBe(0);
    storeFault = undefined;
    await register('m1@example.com');
    expect((await get('/readyz')).status).toBe(200);
    expect(value(await text('/metrics'), 'pmip_store_failures_total')).toBeGreaterThan(0);
  });

  it('answers reads alone, and says what there is', async () => {
    expect((await get('/metrics', 'POST')).status).toBe(405);
    expect((await get('/metrics', 'HEAD')).status).toBe(200);
    const nothing = await get('/');
    expect(nothing.status).toBe(404);
    expect(await nothing.text()).toContain('/metrics, /healthz, /readyz, /traces, /traces/otlp');
  });

  it('that cannot have its port stops the anchor with words', async () => {
    const second = { ...file(`observe: { listen: "127.0.0.1:${http}" }`), 'control-socket': join(folder, 'second.sock'), 'signalling-port': await freePort() };
    await expect(runLma(second, () => undefined)).rejects.toThrow(`observe: nothing can listen on 127.0.0.1 port ${http}`);
  });

  it.each([
    ['9464', { host: '127.0.0.1', port: 9464 }],
    ['"[::1]:9464"', { host: '::1', port: 9464 }],
    ['"0.0.0.0:80"', { host: '0.0.0.0', port: 80 }],
  ])('listens where %s says', (said, listen) => {
    expect(file(`observe: { listen: ${said} }`).observe?.listen).toEqual(listen);
  });

  it.each(['"lma.example.com:80"', '"127.0.0.1"', '"::1:80"', '"127.0.0.1:70000"'])('refuses %s', (said) => {
    expect(() => file(`observe: { listen: ${said} }`)).toThrow(ConfigError);
  });

  it('is absent unless it is configured', () => {
    expect(file('').observe).toBeUndefined();
    expect(file('observe: {}').observe).toEqual({ listen: { host: '127.0.0.1', port: 9464 }, traces: 1024 });
  });
});

describe('metrics', () => {
  it('count bindings, pools, messages and what was dropped, and name nobody', async () => {
    await register('m1@example.com');
    await register('m1@example.com', { mn: 'mn1@example.com', mac: '02:00:00:00:00:01', service: 'unknown.example' });
    send('m1@example.com', {}, KEY.toReversed());
    send('stranger@example.com');
    await expect.poll(() => log.filter((l) => l.includes('dropped')).length).toBe(2);
    const metrics = await text('/metrics');
    expect(value(metrics, 'pmip_bindings{service="lma1",apn="example.com",state="ACTIVE"}')).toBe(1);
    expect(value(metrics, 'pmip_pool_addresses{service="lma1",pool="v4",family="ipv4",state="used"}')).toBe(1);
    expect(value(metrics, 'pmip_pool_addresses{service="lma1",pool="v4",family="ipv4",state="free"}')).toBe(252);
    expect(value(metrics, 'pmip_pbu_received_total{service="lma1"}')).toBe(2);
    expect(value(metrics, 'pmip_pba_total{service="lma1",status="accepted"}')).toBe(1);
    expect(value(metrics, 'pmip_discarded_total{reason="authentication failed"}')).toBe(1);
    expect(value(metrics, 'pmip_discarded_total{reason="unknown peer"}')).toBe(1);
    expect(value(metrics, 'pmip_store_commit_duration_seconds_count')).toBe(1);
    expect(value(metrics, 'pmip_handover_duration_seconds_count{kind="attach",stage="pbaSent"}')).toBe(1);
    expect(value(metrics, 'nodejs_eventloop_lag_p99_seconds')).toBeTypeOf('number');
    for (const name of ['mn0@', 'mn1@', 'm1@', '00:24:d7', '192.0.2.']) expect(metrics).not.toContain(name);
  });

  it('stay the same in number however many subscribers come', async () => {
    await register('m1@example.com');
    const names = async (): Promise<string[]> => (await text('/metrics')).split('\n').filter((l) => l !== '' && !l.startsWith('#')).map((l) => l.split(' ')[0] as string);
    const before = await names();
    for (let i = 1; i <= 20; i++) await register('m1@example.com', { mn: `mn${i}@example.com`, mac: `02:00:00:00:01:${i.toString(16).padStart(2, '0')}` });
    expect(await names()).toEqual(before);
  });

  it('are the same for two that ask at once, and do not add up by being asked', async () => {
    await register('m1@example.com');
    const all = await Promise.all([text('/metrics'), text('/metrics'), text('/metrics')]);
    for (const metrics of [...all, await text('/metrics')]) expect(value(metrics, 'pmip_pbu_received_total{service="lma1"}')).toBe(1);
  });
});

describe('traces', () => {
  it('show each handover with its stages in order, by pseudonym over HTTP and by name at the socket', async () => {
    await register('m1@example.com');
    await register('m2@example.com', { handoff: 3, hoa: '192.0.2.1', key: 0x0b000006 });
    const traces = (await (await get('/traces')).json()) as ShownTrace[];
    expect(traces.map((t) => t.kind)).toEqual(['handover', 'attach']);
    const [moved] = traces;
    expect(Object.keys(moved?.stages ?? {})).toEqual(['pbuSent', 'pbuReceived', 'pathsSwitched', 'stored', 'pbaSent']);
    expect(moved?.detail).toMatchObject({ before: 'm1@example.com', mag: 'm2@example.com' });
    expect(moved?.mnnai).toMatch(/^mn-[0-9a-f]{8}$/);
    expect(JSON.stringify(traces)).not.toContain('mn0@');
    const named = (await show('show lma traces')) as ShownTrace[];
    expect(named.map((t) => t.mnnai)).toEqual(['mn0@example.com', 'mn0@example.com']);
    expect(named.map((t) => t.id)).toEqual(traces.map((t) => t.id));
    expect(new Set(traces.map((t) => t.id)).size).toBe(2);
  });

  it('are what an OpenTelemetry collector takes: a span each, with its stages as events', async () => {
    await register('m1@example.com');
    const [shown] = (await (await get('/traces')).json()) as [ShownTrace];
    const otlp = (await (await get('/traces/otlp')).json()) as { resourceSpans: [{ resource: unknown; scopeSpans: [{ spans: [Record<string, any>] }] }] };
    const [span] = otlp.resourceSpans[0].scopeSpans[0].spans;
    expect(span).toMatchObject({ traceId: shown.id, name: 'attach', spanId: expect.stringMatching(/^[0-9a-f]{16}$/) as string });
    expect((span['events'] as { name: string }[]).map((e) => e.name)).toEqual(Object.keys(shown.stages));
    expect(BigInt(span['endTimeUnixNano'] as string) - BigInt(span['startTimeUnixNano'] as string)).toBeGreaterThan(0n);
    expect(Math.abs(Number(BigInt(span['startTimeUnixNano'] as string) / 1_000_000n) - Date.now())).toBeLessThan(60_000);
    expect(JSON.stringify(otlp)).not.toContain('mn0@');
  });

  it('leave out what is no handover: refreshes, refusals, de-registrations', async () => {
    await register('m1@example.com');
    await register('m1@example.com', { handoff: 5, hoa: '192.0.2.1' });
    await register('m1@example.com', { mn: 'mn1@example.com', mac: '02:00:00:00:00:01', service: 'unknown.example' });
    await register('m1@example.com', { lifetime: 0, hoa: '192.0.2.1' });
    expect(await show('show lma traces')).toHaveLength(1);
  });
});

describe('the log says why', () => {
  it('a refusal names the gateway, the reason and what to do', async () => {
    await register('m1@example.com', { service: 'unknown.example' });
    const line = log.find((l) => l.includes('refused'));
    expect(line).toMatch(/^warn mn0@example\.com NONE -> NONE: refused: 151 SERVICE_AUTHORIZATION_FAILED/);
    expect(line).toContain('"mag":"m1@example.com"');
    expect(line).toContain('the service asked for is no APN here');
  });

  it('what is dropped names its sender and what to do, once a minute', async () => {
    for (let i = 0; i < 5; i++) send('stranger@example.com');
    await expect.poll(async () => value(await text('/metrics'), 'pmip_discarded_total{reason="unknown peer"}')).toBe(5);
    const lines = log.filter((l) => l.includes('dropped'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^warn dropped: unknown peer \{"from":"127\.0\.0\.1 port \d+","advice":"no row of mobile-access-gateways/);
  });
});
