/** Several lma-services in one process, on loopback: each with its own addresses, policy and bindings; numbers of the data path shared. */
import { createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lmaSchema } from '../../cloud/config.ts';
import { problemsOf } from '../../cloud/configCheck.ts';
import { memoryStore, type AddressAtRest, type BindingRecord } from '../../cloud/lma/bindingStore.ts';
import { runLma, type RunningLma } from '../../cloud/main.ts';
import { encodeAuthenticated } from '../../protocol/mobility/authentication.ts';
import { decodeMessage } from '../../protocol/mobility/header.ts';
import type { BindingAcknowledgement, MobilityMessage } from '../../protocol/mobility/messages.ts';
import { findSettings } from '../../protocol/vendor.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { ask } from '../../runtime/control.ts';
import { buildPbu, hoaOf, keyOf, type Wish } from '../lma/pbu.ts';

const KEY = Uint8Array.from({ length: 20 }, (_, i) => i);
const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha1', key).update(data).digest();
const A = '127.0.0.1';
const B = '127.0.0.2';
const BOB: Wish = { mn: 'bob@b.example', mac: '02:00:00:00:00:0b', prefixes: [] };
const ALICE: Wish = { mn: 'alice@a.example', mac: '02:00:00:00:00:0a', prefixes: [] };

let folder: string;
let records: Map<string, BindingRecord | AddressAtRest>;
let lma: RunningLma;
let client: Socket;
let port: number;
let sequence = 0;
const log: string[] = [];

const file = (services = `[{ name: a, bind-address: [${A}] }, { name: b, bind-address: [${B}], address-space: 1 }]`, apns = '{ name: internet, lma-service: b, ip-pool: B, dns: [192.0.2.53] }') =>
  parseConfig(
    'test.yaml',
    `
lma-services: ${services}
ip-pools: [{ name: A, network: 10.64.0.0/16, subscriber-gw-address: 10.64.0.254 }, { name: B, network: 10.64.0.0/16, subscriber-gw-address: 10.64.0.254 }]
apns: [{ name: internet, lma-service: a, ip-pool: A }, ${apns}]
nodes: [{ match: "@a.example", lma-service: a }, { match: "@b.example" }]
mobile-access-gateways: [{ id: m1@example.com, key: ${Buffer.from(KEY).toString('hex')} }]
datapath: none
control-socket: ${join(folder, 'lma.sock')}
state-directory: ${folder}
signalling-port: ${port}
`,
    lmaSchema,
    problemsOf,
  );

const begin = async (f = file()): Promise<void> => void (lma = await runLma(f, (_, message, facts) => void log.push(`${message} ${JSON.stringify(facts ?? {})}`), memoryStore(records)));

async function request(service: string, wish: Wish): Promise<BindingAcknowledgement> {
  const more = { more: [{ kind: 'magIdentifier', subtype: 1, identifier: 'm1@example.com' } as const] };
  const reply = new Promise<Uint8Array>((resolve) => client.once('message', resolve));
  client.send(encodeAuthenticated(buildPbu({ ...wish, ...more }, { at: 0, wall: Date.now() }, ++sequence), { kind: 'udp' }, '::', KEY, hmac), port, service);
  const message = decodeMessage(await reply, { kind: 'udp' });
  if (message.kind !== 'bindingAcknowledgement') throw new Error(`a ${message.kind} came`);
  return message;
}

const sessions = async (): Promise<any[]> => (await ask(join(folder, 'lma.sock'), { command: 'show lma-service session' })) as any[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-services-'));
  records = new Map();
  log.length = 0;
  client = createSocket('udp4');
  await new Promise<void>((resolve) => client.bind(0, '127.0.0.3', resolve));
  ({ port } = client.address());
  await begin();
});

afterEach(async () => {
  client.close();
  await lma.stop({ keepForwarding: false });
  rmSync(folder, { recursive: true });
});

it('each gives an address out of its own pool, which may be the same one, and tells what its own APN says', async () => {
  const [a, b] = [await request(A, ALICE), await request(B, BOB)];
  expect([a.status, b.status, hoaOf(a), hoaOf(b)]).toEqual([0, 0, '10.64.0.1', '10.64.0.1']);
  expect([findSettings(a.options), findSettings(b.options)]).toEqual([{}, { dns4: ['192.0.2.53'] }]);
  expect(keyOf(a)).not.toBe(keyOf(b));
  expect((await sessions()).map((s) => [s['lma-service'], s.mnnai])).toEqual([['a', 'alice@a.example'], ['b', 'bob@b.example']]);
  expect(new Set([...records.values()].map((r) => ('index' in r ? r.index : 0))).size).toBe(2);
});

it("the subscriber of one is unknown to the other, unless a row is of no service", async () => {
  expect((await request(B, ALICE)).status).toBe(153);
  expect([(await request(A, BOB)).status, (await request(B, BOB)).status]).toEqual([0, 0]);
});

it('after a restart each has its own bindings again, with the same keys', async () => {
  const keys = [keyOf(await request(A, ALICE)), keyOf(await request(B, BOB))];
  await lma.stop({ keepForwarding: true });
  await begin();
  expect((await sessions()).map((s) => [s['lma-service'], s.mnnai, s['up-stream-grekey']])).toEqual([['a', 'alice@a.example', keys[0]], ['b', 'bob@b.example', keys[1]]]);
  expect(hoaOf(await request(A, { ...BOB, mn: 'carol@b.example', mac: '02:00:00:00:00:0c' }))).toBe('10.64.0.2');
});

it('bindings of a service that is no more are told of, and not taken up', async () => {
  await request(A, ALICE);
  await request(B, BOB);
  await lma.stop({ keepForwarding: true });
  log.length = 0;
  await begin(file(`[{ name: a, bind-address: [${A}] }]`, '{ name: other, ip-pool: A }'));
  expect((await sessions()).map((s) => s.mnnai)).toEqual(['alice@a.example']);
  expect(log.join('\n')).toContain('bindings of services that are not configured any more are not taken up {"services":"b","bindings":1}');
});

it('while the store hangs so many updates wait and no more, which is counted, and all is heard once it is back', async () => {
  await lma.stop({ keepForwarding: true });
  const store = memoryStore(records);
  let goOn = (): void => undefined;
  const back = new Promise<void>((resolve) => (goOn = resolve));
  const hanging: typeof store = {
    ...store,
    async commit(changes) {
      await back;
      await store.commit(changes);
    },
  };
  const f = file(`[{ name: a, bind-address: [${A}], maximum-bindings: 3 }]`, '{ name: other, ip-pool: A }');
  lma = await runLma(f, (_, message, facts) => void log.push(`${message} ${JSON.stringify(facts ?? {})}`), hanging);
  const answers: Uint8Array[] = [];
  client.on('message', (octets) => answers.push(octets));
  const more = [{ kind: 'magIdentifier', subtype: 1, identifier: 'm1@example.com' } as const];
  const send = (message: MobilityMessage): void => client.send(encodeAuthenticated(message, { kind: 'udp' }, '::', KEY, hmac), port, A);
  const update = (): void => send(buildPbu({ ...ALICE, more }, { at: 0, wall: Date.now() }, ++sequence));
  const heartbeat = (): void => send({ kind: 'heartbeat', flags: { unsolicited: false, response: false }, sequence: 9, options: more });
  const discarded = async () => ((await ask(join(folder, 'lma.sock'), { command: 'show lma statistics' })) as { readonly discarded: Readonly<Record<string, number>> }).discarded['store-behind'] ?? 0;
  try {
    for (let n = 0; n < 20; n++) {
      update();
      await setTimeout(5);
    }
    await expect.poll(discarded).toBe(16);
    expect(log.filter((l) => l.includes('store-behind'))).toHaveLength(1);
    expect(answers).toEqual([]);
    heartbeat();
    await expect.poll(discarded).toBe(17);
  } finally {
    goOn();
  }
  await expect.poll(() => answers.length).toBe(4);
  update();
  heartbeat();
  await expect.poll(() => answers.length).toBe(6);
});
