/** A broker that says nothing any more, as behind an uplink that is dead: leaving it waits for nothing, and leaves nothing behind. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mqttConnect } from '../../../agent/fleet/mqtt.ts';
import { startEmbedded } from '../../../cloud/broker/embedded.ts';
import type { EmbeddedBroker } from '../../../cloud/broker/ports.ts';
import { openAuthority, type OpenAuthority } from '../../../cloud/pki/authority.ts';
import { eventually } from '../../cloud/broker/eventually.ts';

let folder: string;
let authority: OpenAuthority;
let broker: EmbeddedBroker;
let between: Server;
let passes = true;
/** To the gateway and to the broker, of each connection. */
const pairs: (readonly [Socket, Socket])[] = [];
const onError = (why: unknown): void => expect.unreachable(String(why));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-silent-'));
  authority = await openAuthority({ folder: join(folder, 'pki'), names: ['localhost'], now: Date.now });
  broker = await startEmbedded({ listen: { host: '127.0.0.1', port: 0 }, authority, folder: join(folder, 'retained'), now: Date.now, onRefused: () => undefined, onError });
  between = createServer((gateway) => {
    const far = createConnection(broker.port, '127.0.0.1');
    for (const [from, to] of [[gateway, far], [far, gateway]] as const) {
      from.on('error', () => undefined);
      if (passes) from.pipe(to);
    }
    pairs.push([gateway, far]);
  });
  await new Promise<void>((resolve) => void between.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  for (const socket of pairs.flat()) socket.destroy();
  between.close();
  await broker.close();
  await authority.close();
  rmSync(folder, { recursive: true });
});

it.each([false, true])('a connection that was greeted, %s, is left at once', async (greeted) => {
  const claim = (await authority.claim()) as { readonly pem: string; readonly key: string };
  const { port } = between.address() as AddressInfo;
  const before = pairs.length;
  let connected = false;
  passes = greeted;
  const connection = mqttConnect(`mqtts://localhost:${port}`, 10)({
    credential: { certificate: claim.pem, key: claim.key, authority: authority.certificate },
    clientId: 'gateway',
    onConnect: () => (connected = true),
    onMessage: () => undefined,
    onClose: onError,
  });
  await eventually(() => expect([pairs.length, connected]).toEqual([before + 1, greeted]));
  const [gateway, far] = pairs.at(-1) ?? [];
  gateway?.unpipe().resume();
  far?.unpipe();
  let gone = false;
  gateway?.on('close', () => (gone = true));
  // The broker never hears of it.
  const onItsWay = expect(connection.publish('roamstead/v1/x', '{}')).rejects.toThrow('the broker closed the connection');
  await connection.close();
  await onItsWay;
  await eventually(() => expect(gone).toBe(true));
});
