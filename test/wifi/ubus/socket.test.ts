/** The ubus source over a real UNIX stream socket, with the fake ubusd behind it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { StationEvent } from '../../../agent/wifi/stationEvents.ts';
import { ubusSocket, type StreamSocket } from '../../../agent/wifi/ubusSocket.ts';
import { ubusStations } from '../../../agent/wifi/ubusStations.ts';
import { mailbox } from '../../linux/namespaceLab.ts';
import { fakeUbusd } from './fakeUbusd.ts';

const folder = mkdtempSync(join(tmpdir(), 'roamstead-ubus-'));
const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
/** Listens at a path of its own. */
async function serve(onConnection: (socket: Socket) => void): Promise<{ readonly path: string; readonly server: Server }> {
  const path = join(folder, `${++made}.sock`);
  const server = createServer(onConnection);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  closers.push(() => server.close());
  return { path, server };
}
function connect(...paths: string[]): { readonly socket: StreamSocket; readonly octets: ReturnType<typeof mailbox<Uint8Array>>; readonly failures: ReturnType<typeof mailbox<string>> } {
  const octets = mailbox<Uint8Array>();
  const failures = mailbox<string>();
  const socket = ubusSocket(paths)(octets.put, failures.put);
  closers.push(() => socket.close());
  return { socket, octets, failures };
}

describe('the socket', () => {
  test('takes the first path that is there, and carries octets both ways', async () => {
    const { path } = await serve((peer) => peer.on('data', (octets) => peer.write(octets)));
    const { socket, octets } = connect(join(folder, 'nowhere'), path);
    socket.send(Uint8Array.of(1, 2, 3));
    expect([...(await octets.next())]).toEqual([1, 2, 3]);
  });

  test('nobody there is said in words, once', async () => {
    expect(await connect(join(folder, 'a'), join(folder, 'b')).failures.next()).toBe(`no ubusd listens on ${folder}/a or ${folder}/b`);
  });

  test('an end of the other side is a failure, an end of ours is none', async () => {
    const { path } = await serve((peer) => peer.end());
    expect(await connect(path).failures.next()).toBe('ubusd closed the connection');
    const { path: patient } = await serve((peer) => peer.on('error', () => undefined));
    const own = connect(patient);
    own.socket.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(own.failures.waiting).toBe(0);
  });

  test('a peer that does not read is given up before it costs memory', async () => {
    const { path } = await serve((peer) => peer.on('error', () => undefined).pause());
    const { socket, failures } = connect(path);
    for (let i = 0; i < 40; i++) socket.send(new Uint8Array(65_536));
    expect(await failures.next()).toBe('ubusd does not read');
  });
});

test('stations come over it', async () => {
  const ubusd = fakeUbusd();
  ubusd.startHostapd();
  const bss = ubusd.addBss('phy0-ap0');
  const { path } = await serve((peer) => {
    const client = ubusd.open(
      (octets) => void peer.write(octets),
      () => peer.destroy(),
    );
    ubusd.deliver();
    peer.on('data', (octets: Uint8Array) => {
      client.send(octets);
      ubusd.deliver();
    });
    peer.on('close', () => client.close());
    peer.on('error', () => undefined);
  });
  const events = mailbox<StationEvent>();
  const source = ubusStations({ interfaces: [{ interface: 'access0', bsses: ['phy0-ap0'] }], open: ubusSocket([path]), now: () => ({ at: performance.now(), wall: Date.now() }), onCount: () => undefined });
  closers.push(() => source.close());
  await source.start(events.put);
  expect([(await events.next()).kind, (await events.next()).kind]).toEqual(['linkUp', 'stationList']);
  bss.stations.set('02:00:00:00:0a:01', { authorized: true, identity: 'alice@home.example' });
  bss.notify('sta-authorized', '02:00:00:00:0a:01');
  ubusd.deliver();
  expect(await events.next()).toMatchObject({ kind: 'stationAttached', mac: '02:00:00:00:0a:01', identity: 'alice@home.example' });
  source.deauthenticate('access0', '02:00:00:00:0a:01');
  expect(await events.next()).toMatchObject({ kind: 'stationDetached', mac: '02:00:00:00:0a:01' });
});
