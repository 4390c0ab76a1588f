/** `ubus call roamstead …` over a real UNIX socket, in front of a ubusd that passes calls on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { openUbusObject } from '../../agent/ubusObject.ts';
import { fromJson } from '../../agent/wifi/ubus/json.ts';
import { asData, message, splitter, type Message, type MessageType } from '../../agent/wifi/ubus/message.ts';
import { table } from '../../agent/wifi/ubus/blobmsg.ts';
import { decode, encode } from '../../protocol/codec.ts';
import type { Handlers } from '../../runtime/control.ts';
import { mailbox } from '../linux/namespaceLab.ts';

const folder = mkdtempSync(join(tmpdir(), 'rs-object-'));
const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));
afterAll(() => rmSync(folder, { recursive: true }));
const now = () => ({ at: performance.now(), wall: 0 });
const nothing = (): void => undefined;

async function ubusd(handlers: Handlers) {
  const socket = join(folder, 'ubus.sock');
  const heard = mailbox<Message>();
  let peer: Socket | undefined;
  const put = (type: MessageType, seq: number, from: number, attributes: Message['attributes']): void => void peer?.write(encode(message, { type, seq, peer: from, attributes }));
  const server = createServer((client) => {
    peer = client;
    const cut = splitter();
    client.on('data', (octets: Uint8Array) => cut(octets).forEach((one) => heard.put(decode(message, one))));
    client.on('error', nothing);
    put('hello', 0, 77, {});
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const object = openUbusObject({ socket, handlers, now, log: nothing, onCount: nothing });
  closers.push(() => object.close(), () => server.close());
  expect(await heard.next()).toMatchObject({ type: 'addObject', attributes: { objectPath: 'roamstead' } });
  put('data', 1, 0, { objectId: 4711 });
  put('status', 1, 0, { status: 0 });
  return async (method: string, given: object = {}) => {
    put('invoke', 5, 99, { objectId: 4711, method, data: asData(fromJson(given)) });
    const data = await heard.next();
    expect(await heard.next()).toMatchObject({ type: 'status', seq: 5, peer: 99, attributes: { status: 0, objectId: 4711 } });
    return decode(table, data.attributes.data ?? new Uint8Array());
  };
}

it('asks the handlers that the control socket has, and says in words what they refuse', async () => {
  const call = await ubusd({
    'agent status': () => ({ state: 'serving', sharing: { guests: 2, octetsUp: 5e9 } }),
    'agent pause': () => undefined,
    'agent cap': async (request) => ({ ...request }),
    'agent resume': () => {
      throw new Error('the disk is full: remove something');
    },
  });
  expect(await call('status')).toEqual(fromJson({ state: 'serving', sharing: { guests: 2, octetsUp: 5e9 } }));
  expect(await call('pause')).toEqual(new Map());
  expect(await call('cap', { 'maximum-guests': 3, ubus_rpc_session: 'x' })).toEqual(fromJson({ 'maximum-guests': 3, command: 'agent cap' }));
  expect(await call('resume')).toEqual(fromJson({ error: 'the disk is full: remove something' }));
});

it('does nothing where there is no ubusd', () => {
  const said: string[] = [];
  openUbusObject({ socket: join(folder, 'nowhere'), handlers: {}, now, log: (_, text) => said.push(text), onCount: nothing }).close();
  expect(said).toEqual([]);
});
