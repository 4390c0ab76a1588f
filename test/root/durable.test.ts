/** An anchor as a process of its own, killed under load, with a full disk, with a spoilt record: what it acknowledged it knows again. */
import { createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLevel } from '../../cloud/store/level.ts';
import { run } from '../../lab/namespaces.ts';
import { roamstead } from '../../lab/paths.ts';
import { sleep, start, until, type LabProcess } from '../../lab/processes.ts';
import { encodeAuthenticated } from '../../protocol/mobility/authentication.ts';
import { decodeMessage } from '../../protocol/mobility/header.ts';
import { find } from '../../protocol/mobility/options.ts';
import { ask } from '../../runtime/control.ts';
import { buildPbu } from '../lma/pbu.ts';

const KEY = Uint8Array.from({ length: 20 }, (_, i) => i);
const PORT = 45_436;
const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha1', key).update(data).digest();
const udp = { kind: 'udp' } as const;

let folder: string;
let state: string;
let lma: LabProcess;
let client: Socket;
let sequence = 0;
/** What was acknowledged last, by subscriber. */
const acknowledged = new Map<string, string>();
let counter: number | undefined;

async function begin(): Promise<void> {
  const file = join(folder, 'lma.yaml');
  writeFileSync(file, `
lma-services: [{ name: lma1, bind-address: [127.0.0.1], timestamp-replay-protection-tolerance: 60000 }]
ip-pools: [{ name: v4, network: 10.8.0.0/16, subscriber-gw-address: 10.8.0.1 }]
apns: [{ name: example.com, ip-pool: v4 }]
mobile-access-gateways: [{ id: m1@example.com, key: ${Buffer.from(KEY).toString('hex')} }]
datapath: none
control-socket: ${join(folder, 'lma.sock')}
state-directory: ${state}
signalling-port: ${PORT}
`);
  const from = existsSync(join(folder, 'lma.log')) ? readFileSync(join(folder, 'lma.log'), 'utf8').length : 0;
  lma = start({ name: 'lma', namespace: undefined, folder, argv: [process.execPath, roamstead, 'lma', '--config', file] });
  await until('the anchor', 20_000, () => {
    if (!lma.running()) throw new Error(lma.log().slice(from));
    return lma.log().slice(from).includes(' is ready');
  });
}

function register(subscriber: number): void {
  const wall = Date.now();
  const mac = `02:00:00:00:${(subscriber >> 8).toString(16).padStart(2, '0')}:${(subscriber & 255).toString(16).padStart(2, '0')}`;
  const pbu = buildPbu({ mn: `mn${subscriber}@example.com`, mac, prefixes: [], handoff: 1, more: [{ kind: 'magIdentifier', subtype: 1, identifier: 'm1@example.com' }] }, { at: 0, wall }, ++sequence & 0xffff);
  client.send(encodeAuthenticated(pbu, udp, '::', KEY, hmac), PORT, '127.0.0.1');
}

function askForCounter(): void {
  const heartbeat = { kind: 'heartbeat', sequence: 1, flags: { unsolicited: false, response: false }, options: [{ kind: 'magIdentifier', subtype: 1, identifier: 'm1@example.com' }] } as const;
  client.send(encodeAuthenticated(heartbeat, udp, '::', KEY, hmac), PORT, '127.0.0.1');
}

async function restartCounter(): Promise<number> {
  counter = undefined;
  askForCounter();
  return until('the Restart Counter', 5000, () => counter);
}

async function sessions(): Promise<Map<string, string>> {
  const all = (await ask(join(folder, 'lma.sock'), { command: 'show lma-service session' })) as { readonly mnnai: string; readonly hoa: string }[];
  return new Map(all.map((s) => [s.mnnai, s.hoa]));
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rs-durable-'));
  state = join(folder, 'state');
  acknowledged.clear();
  client = createSocket('udp4');
  client.on('error', () => undefined);
  client.on('message', (octets) => {
    const message = decodeMessage(octets, udp);
    const name = find(message.options, 'mnIdentifier')?.identifier;
    const address = find(message.options, 'ipv4HomeAddressReply')?.address;
    if (message.kind === 'bindingAcknowledgement' && message.status === 0 && name && address) acknowledged.set(name, address);
    if (message.kind === 'heartbeat') counter = find(message.options, 'restartCounter')?.counter;
  });
  await new Promise<void>((resolve) => client.bind(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  client.close();
  await lma?.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Everything acknowledged is there as it was acknowledged, and no address is there twice. */
async function expectAllKept(): Promise<void> {
  const kept = await sessions();
  for (const [name, address] of acknowledged) expect(kept.get(name), name).toBe(address);
  expect(new Set(kept.values()).size).toBe(kept.size);
}

describe('an anchor killed (-9) under load', () => {
  it('knows every binding that it acknowledged, with its address, and tells the same Restart Counter', async () => {
    await begin();
    const before = await restartCounter();
    for (const life of [0, 1, 2, 3]) {
      const first = life * 300;
      for (let i = 0; i < 300; i++) {
        register(first + i);
        if (i % 20 === 0) await sleep(1);
      }
      await until('some answers', 5000, () => acknowledged.size > first / 2 + 20);
      await lma.stop('SIGKILL');
      await begin();
      await expectAllKept();
    }
    expect(await restartCounter()).toBe(before);
    expect(acknowledged.size).toBeGreaterThan(100);
  });
});

describe('a full disk', () => {
  it('nobody is acknowledged while there is no room, the log says so, and it goes on when there is', async () => {
    state = mkdtempSync(join(folder, 'small-'));
    run(['mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', state]);
    try {
      await begin();
      register(1);
      await until('an answer', 5000, () => acknowledged.has('mn1@example.com'));
      run(['sh', '-c', `head -c 4m /dev/zero > ${join(state, 'ballast')} || true`]);
      await until('the disk to be full', 20_000, async () => {
        register(2 + (sequence % 50));
        await sleep(20);
        return lma.log().includes('is full');
      });
      const answered = acknowledged.size;
      register(100);
      await sleep(300);
      expect([acknowledged.size, acknowledged.has('mn100@example.com')]).toEqual([answered, false]);
      rmSync(join(state, 'ballast'));
      await until('an answer again', 5000, async () => {
        register(100);
        await sleep(50);
        return acknowledged.has('mn100@example.com');
      });
      await lma.stop('SIGKILL');
      await begin();
      await expectAllKept();
      await lma.stop('SIGKILL');
    } finally {
      await lma.stop('SIGKILL');
      run(['umount', state]);
    }
  });
});

describe('a stored binding that cannot be read', () => {
  it('costs no other, and peers learn by the Restart Counter that something was lost', async () => {
    await begin();
    for (const subscriber of [1, 2, 3]) register(subscriber);
    await until('the answers', 5000, () => acknowledged.size === 3);
    const before = await restartCounter();
    await lma.stop('SIGTERM');
    const level = await openLevel(join(state, 'bindings'), () => undefined);
    await level.write([['binding 2', 'nonsense']]);
    await level.close();
    await begin();
    expect((await sessions()).size).toBe(2);
    expect(lma.log()).toContain('the stored binding 2 cannot be read');
    expect(await restartCounter()).toBeGreaterThan(before);
  });
});
