/** Gateways that are let in and sent away while the anchor runs, on loopback. */
import { createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lmaSchema } from '../../cloud/config.ts';
import { runLma, type RunningLma } from '../../cloud/main.ts';
import { REVOCATION_STATUS } from '../../protocol/mobility/codes.ts';
import { encodeAuthenticated } from '../../protocol/mobility/authentication.ts';
import { decodeMessage } from '../../protocol/mobility/header.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { ask } from '../../runtime/control.ts';
import { buildPbu } from '../lma/pbu.ts';

const GATEWAY = 'new@example.com';
const KEY = Buffer.alloc(20, 7);
const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha1', key).update(data).digest();
const UDP = { kind: 'udp' } as const;

let folder: string;
let port: number;
let lma: RunningLma;
let client: Socket;
const log: string[] = [];

async function start(): Promise<void> {
  const text = `
lma-services: [{ name: lma1, bind-address: [127.0.0.1], bri-delay-min: 500 }]
ip-pools: [{ name: v4, network: 192.0.2.0/24, subscriber-gw-address: 192.0.2.254 }]
apns: [{ name: example.com, ip-pool: v4 }]
mobile-access-gateways: [{ id: m1@example.com, key: '${'00'.repeat(20)}' }]
datapath: none
control-socket: ${join(folder, 'lma.sock')}
state-directory: ${folder}
signalling-port: ${port}
`;
  lma = await runLma(parseConfig('test.yaml', text, lmaSchema), (_, message) => void log.push(message));
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-admission-'));
  log.length = 0;
  client = createSocket('udp4');
  await new Promise<void>((resolve) => client.bind(0, '127.0.0.1', resolve));
  const probe = createSocket('udp4');
  await new Promise<void>((resolve) => probe.bind(0, '127.0.0.1', resolve));
  port = probe.address().port;
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  await start();
});

afterEach(async () => {
  client.close();
  await lma.stop({ keepForwarding: false });
  rmSync(folder, { recursive: true });
});

const command = (request: { command: string } & Record<string, unknown>): Promise<any> => ask(join(folder, 'lma.sock'), request);
const admit = (more: Record<string, unknown> = {}): Promise<any> => command({ command: 'admit gateway', id: GATEWAY, key: KEY.toString('hex'), ...more });
const counted = async (reason: string): Promise<number> => ((await command({ command: 'show lma statistics' })) as { discarded: Record<string, number> }).discarded[reason] ?? 0;
const transmit = (octets: Uint8Array): void => client.send(octets, port, '127.0.0.1');
const pbu = (sequence: number): Uint8Array =>
  encodeAuthenticated(buildPbu({ prefixes: [], hoa: '0.0.0.0', handoff: 1, more: [{ kind: 'magIdentifier', subtype: 1, identifier: GATEWAY }] }, { at: 0, wall: Date.now() }, sequence), UDP, '::', KEY, hmac);
const heard = (): Promise<MobilityMessage> => new Promise((resolve) => client.once('message', (octets) => resolve(decodeMessage(octets, UDP))));

async function register(sequence: number): Promise<MobilityMessage> {
  const answer = heard();
  transmit(pbu(sequence));
  return answer;
}

/** Until the anchor has seen what was sent before: it answers its socket and its control socket in one loop. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

it('a stranger is heard from the moment on that it is admitted, and after a restart', async () => {
  transmit(pbu(1));
  await until(async () => (await counted('unknown peer')) === 1);
  expect(await admit()).toEqual({ admitted: 1, known: 0 });
  expect(await register(2)).toMatchObject({ kind: 'bindingAcknowledgement', status: 0 });
  expect(statSync(join(folder, 'admitted.json')).mode & 0o777).toBe(0o600);
  expect(await admit()).toEqual({ admitted: 0, known: 1 });
  await lma.stop({ keepForwarding: true });
  await start();
  expect(await register(3)).toMatchObject({ status: 0 });
  expect(await command({ command: 'show lma gateways' })).toMatchObject([{ id: 'm1@example.com', source: 'configured' }, { id: GATEWAY, source: 'admitted' }]);
  expect(JSON.stringify([log, await command({ command: 'show lma gateways' })])).not.toContain(KEY.toString('hex'));
});

it('a gateway that is dismissed is asked to let its bindings go, may answer that, and is a stranger then', async () => {
  await admit();
  await register(1);
  const asked = heard();
  const dismissed = command({ command: 'dismiss gateway', id: GATEWAY });
  const bri = await asked;
  if (bri.kind !== 'bindingRevocationIndication') throw new Error(bri.kind);
  transmit(pbu(2));
  await until(async () => (await counted('dismissed-mag')) === 1);
  const { sequence, flags } = bri;
  transmit(encodeAuthenticated({ kind: 'bindingRevocationAcknowledgement', status: REVOCATION_STATUS.SUCCESS, sequence, flags, options: [{ kind: 'magIdentifier', subtype: 1, identifier: GATEWAY }] }, UDP, '::', KEY, hmac));
  expect(await dismissed).toEqual({ bindings: 1, unanswered: 0, refused: 0 });
  expect(await command({ command: 'show lma-service session' })).toEqual([]);
  transmit(pbu(3));
  await until(async () => (await counted('unknown peer')) === 1);
  expect(readFileSync(join(folder, 'admitted.json'), 'utf8')).toBe('[]');
  await admit();
  expect(await register(4)).toMatchObject({ status: 0 });
});

it('a dismissal that was cut short by a stop is finished by the next start', async () => {
  await admit();
  await register(1);
  const asked = heard();
  void command({ command: 'dismiss gateway', id: GATEWAY }).catch(() => undefined);
  await asked;
  await lma.stop({ keepForwarding: true });
  const again = heard();
  await start();
  expect(await again).toMatchObject({ kind: 'bindingRevocationIndication' });
  expect(await command({ command: 'show lma gateways' })).toMatchObject([{}, { id: GATEWAY, source: 'leaving' }]);
});

it('many are admitted by one request', async () => {
  const gateways = Array.from({ length: 300 }, (_, i) => ({ id: `g${i}@example.com`, key: i.toString(16).padStart(32, '0') }));
  expect(await command({ command: 'admit gateway', gateways })).toEqual({ admitted: 300, known: 0 });
});

it('one that took a name of the configuration keeps none of the others out', async () => {
  const key = KEY.toString('hex');
  await expect(command({ command: 'admit gateway', gateways: [{ id: 'm1@example.com', key }, { id: GATEWAY, key }] })).rejects.toThrow('m1@example.com: this stands in mobile-access-gateways');
  expect(await register(1)).toMatchObject({ status: 0 });
});

it.each([
  [{ command: 'admit gateway', id: GATEWAY, key: 'abc' }, 'a key of at least 32 hex digits'],
  [{ command: 'admit gateway', key: KEY.toString('hex') }, 'by its MAG Identifier'],
  [{ command: 'admit gateway', id: 'm1@example.com', key: KEY.toString('hex') }, 'stands in mobile-access-gateways'],
  [{ command: 'dismiss gateway', id: 'm1@example.com' }, 'remove it there'],
  [{ command: 'dismiss gateway', id: 'x@example.com' }, 'no gateway x@example.com was admitted'],
  [{ command: 'dismiss gateway' }, 'say which gateway'],
])('%j is refused in words', async (request, words) => {
  await expect(command(request)).rejects.toThrow(words);
  expect(existsSync(join(folder, 'admitted.json'))).toBe(false);
});

it('a file that is none is kept aside and told of', async () => {
  await lma.stop({ keepForwarding: true });
  writeFileSync(join(folder, 'admitted.json'), '{');
  await start();
  expect(readFileSync(join(folder, 'admitted.json.unreadable'), 'utf8')).toBe('{');
  expect(log.join()).toContain('until they are admitted again');
});
