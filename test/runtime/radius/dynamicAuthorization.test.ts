/** The dynamic authorization server with real sockets on loopback (RFC 5176). */
import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { valueOf, type RadiusAttribute } from '../../../protocol/radius/attributes.ts';
import { CODE } from '../../../protocol/radius/codes.ts';
import { decodePacket, type RadiusPacket } from '../../../protocol/radius/packet.ts';
import { openDynamicAuthorization } from '../../../runtime/radius/dynamicAuthorization.ts';
import type { DynamicAuthorization, DynamicAuthorizationOptions } from '../../../runtime/radius/types.ts';
import { mailbox } from '../../linux/namespaceLab.ts';
import { SECRET } from './fakeServer.ts';
import { sealRequest } from './seal.ts';

const LOCAL = '127.0.0.1';
const PHONE: RadiusAttribute = { kind: 'callingStationId', value: '00-24-d7-8e-21-a4' };
const at = (wall: number): RadiusAttribute => ({ kind: 'eventTimestamp', value: Math.floor(wall / 1000) });

let servers: DynamicAuthorization[] = [];
let sockets: Socket[] = [];
let errors: string[] = [];
let counted: ReturnType<typeof mailbox<string>>;

afterEach(() => {
  for (const s of servers) s.close();
  for (const s of sockets) s.close();
  [servers, sockets, errors] = [[], [], []];
});

async function open(options: Partial<DynamicAuthorizationOptions> = {}): Promise<DynamicAuthorization> {
  counted = mailbox<string>();
  const s = await openDynamicAuthorization({
    listen: [{ address: LOCAL, port: 0 }],
    clients: [{ address: LOCAL, secret: SECRET }],
    nas: { identifier: 'mag1' },
    onRequest: () => ({ kind: 'ack' }),
    onCount: counted.put,
    onError: (e) => errors.push(e.message),
    ...options,
  });
  servers.push(s);
  return s;
}

/** A portal: sends requests and hears the answers. */
function portal(address = LOCAL) {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const answers = mailbox<RadiusPacket>();
  socket.on('message', (octets) => answers.put(decodePacket(octets)));
  sockets.push(socket);
  const send = (octets: Uint8Array, port: number) => new Promise<void>((resolve, reject) => socket.send(octets, port, address, (e) => (e ? reject(e) : resolve())));
  return {
    send,
    async ask(port: number, code: number = CODE.DISCONNECT_REQUEST, secret = SECRET): Promise<RadiusPacket> {
      await send(sealRequest({ code, identifier: 1, attributes: [at(Date.now()), PHONE] }, secret), port);
      return answers.next();
    },
  };
}

describe('the dynamic authorization server', () => {
  it.each([LOCAL, '::1'])('on %s hands the request over and sends the answer back', async (address) => {
    const seen: string[] = [];
    const s = await open({
      listen: [{ address, port: 0 }],
      clients: [{ address: address === LOCAL ? LOCAL : '0:0::1', secret: SECRET }],
      onRequest: async (r) => {
        await Promise.resolve();
        return valueOf(r.attributes, 'callingStationId') === '00-24-d7-8e-21-a4' ? { kind: 'ack' } : { kind: 'nak', errorCause: 503 };
      },
      onPacket: (direction, packet) => seen.push(`${direction} ${packet.code}`),
    });
    expect((await portal(address).ask(s.ports[0] as number)).code).toBe(CODE.DISCONNECT_ACK);
    expect(seen).toEqual(['in 40', 'out 41']);
  });

  it('listens on several addresses and answers from the one that was asked', async () => {
    const s = await open({ listen: [{ address: LOCAL, port: 0 }, { address: '127.0.0.2', port: 0 }] });
    const p = portal();
    for (const port of s.ports.slice(0, 1)) expect((await p.ask(port, CODE.COA_REQUEST)).code).toBe(CODE.COA_ACK);
    const other = portal('127.0.0.2');
    expect((await other.ask(s.ports[1] as number, CODE.COA_REQUEST)).code).toBe(CODE.COA_ACK);
  });

  it('refuses with 506 what its owner fails at, and tells the owner', async () => {
    const s = await open({ onRequest: () => Promise.reject(new Error('the station list is gone')) });
    const answer = await portal().ask(s.ports[0] as number);
    expect([answer.code, valueOf(answer.attributes, 'errorCause'), errors]).toEqual([CODE.DISCONNECT_NAK, 506, ['the station list is gone']]);
  });

  it('tells the owner whose answer fits no packet', async () => {
    const s = await open({ onRequest: () => ({ kind: 'ack', attributes: [{ kind: 'replyMessage', value: 'x'.repeat(300) }] }) });
    await portal().send(sealRequest({ code: CODE.COA_REQUEST, identifier: 1, attributes: [at(Date.now())] }, SECRET), s.ports[0] as number);
    await expect.poll(() => errors).toEqual(['replyMessage has 300 octets; an attribute holds 253']);
  });

  it('drops and counts what is not permitted, and goes on', async () => {
    const s = await open();
    const p = portal();
    await p.send(sealRequest({ code: CODE.DISCONNECT_REQUEST, identifier: 1, attributes: [at(Date.now())] }, 'guess'), s.ports[0] as number);
    expect(await counted.next()).toBe('wrong Request Authenticator');
    await p.send(new Uint8Array([40]), s.ports[0] as number);
    expect(await counted.next()).toBe('malformed: truncated');
    expect((await p.ask(s.ports[0] as number)).code).toBe(CODE.DISCONNECT_ACK);
  });

  it('says in words where it cannot listen, and leaves nothing open', async () => {
    const taken = await open();
    const port = taken.ports[0] as number;
    const listen = [{ address: '127.0.0.2', port }, { address: LOCAL, port }];
    await expect(open({ listen })).rejects.toThrow(/no dynamic authorization on 127\.0\.0\.1, port \d+ \(bind EADDRINUSE.*\): does this machine have the address, and is the port free\?/);
    expect((await open({ listen: listen.slice(0, 1) })).ports).toEqual([port]);
  });

  it('may be closed while a request is being acted upon', async () => {
    const acted = mailbox<() => void>();
    const s = await open({ onRequest: () => new Promise((resolve) => acted.put(() => resolve({ kind: 'ack' }))) });
    await portal().send(sealRequest({ code: CODE.COA_REQUEST, identifier: 1, attributes: [at(Date.now())] }, SECRET), s.ports[0] as number);
    const finish = await acted.next();
    s.close();
    s.close();
    finish();
    await Promise.resolve();
    expect(errors).toEqual([]);
  });
});
