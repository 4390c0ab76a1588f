/** The client with real sockets on loopback, and servers that are silent, slow, wrong, or somebody else. */
import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { CODE } from '../../../protocol/radius/codes.ts';
import type { RadiusPacket } from '../../../protocol/radius/packet.ts';
import { openRadiusClient } from '../../../runtime/radius/client.ts';
import type { RadiusClient, RadiusClientOptions } from '../../../runtime/radius/types.ts';
import { openFakeServer, replyTo, SECRET, type FakeServer } from './fakeServer.ts';

const question = { attributes: [{ kind: 'userName', value: 'mn0' }] } as const;
const start = { status: 'start', sessionId: '5a1', attributes: [] } as const;
const SILENT = () => [];

let servers: FakeServer[] = [];
let clients: RadiusClient[] = [];
let counted: string[] = [];
let errors: string[] = [];

afterEach(async () => {
  for (const c of clients) c.close();
  await Promise.all(servers.map((s) => s.close()));
  [servers, clients, counted, errors] = [[], [], [], []];
});

async function server(...args: Parameters<typeof openFakeServer>): Promise<FakeServer> {
  const s = await openFakeServer(...args);
  servers.push(s);
  return s;
}

/** Of a patience that a test has: nothing here waits for a retransmission unless it is meant to. */
function client(asked: readonly FakeServer[], options: Partial<RadiusClientOptions> = {}): RadiusClient {
  const c = openRadiusClient({
    servers: asked.map(({ address, port }) => ({ address, authPort: port, acctPort: port, secret: SECRET })),
    nas: { identifier: 'mag1' },
    onCount: (reason) => counted.push(reason),
    onError: (e) => errors.push(e.message),
    ...options,
  });
  clients.push(c);
  return c;
}

/** For whoever stays silent. */
const impatient = { timeout: 20, retransmit: 1 } as const;
/** For whoever answers in the end, also on a machine that has much else to do. */
const persistent = { timeout: 50, retransmit: 9 } as const;

describe('a server that answers', () => {
  it.each(['127.0.0.1', '::1'])('at %s is heard', async (address) => {
    const s = await server((r) => [replyTo(r, { attributes: [{ kind: 'serviceSelection', value: 'example.com' }] })], address);
    expect(await client([s]).authorize(question)).toMatchObject({ kind: 'accept', attributes: [{ kind: 'messageAuthenticator' }, { kind: 'serviceSelection', value: 'example.com' }] });
    expect(s.received[0]?.attributes.map((a) => a.kind)).toEqual(['messageAuthenticator', 'userName', 'nasIdentifier', 'eventTimestamp']);
  });

  it('refuses', async () => {
    const s = await server((r) => [replyTo(r, { code: CODE.ACCESS_REJECT })]);
    expect(await client([s]).authorize(question)).toMatchObject({ kind: 'reject', reason: 'Access-Reject' });
  });

  it('the second time', async () => {
    const s = await server((r, count) => (count < 2 ? [] : [replyTo(r)]));
    expect(await client([s], persistent).authorize(question)).toMatchObject({ kind: 'accept' });
    expect(s.received[1]).toEqual(s.received[0]);
  });

  it('takes an accounting record', async () => {
    const s = await server((r) => [replyTo(r)]);
    expect(await client([s]).account(start)).toBe(true);
    expect(s.received[0]?.code).toBe(CODE.ACCOUNTING_REQUEST);
  });

  it('to two requests with two authenticators', async () => {
    const s = await server((r) => [replyTo(r)]);
    const c = client([s]);
    await Promise.all([c.authorize(question), c.authorize(question)]);
    expect(s.received[0]?.authenticator).not.toEqual(s.received[1]?.authenticator);
  });

  it('to 500 phones at once, late, each of them and from more than one port', async () => {
    const s: FakeServer = await server((r) => (s.sources.size < 2 ? [] : [replyTo(r)]));
    const c = client([s], { timeout: 200, retransmit: 20 });
    const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => c.authorize({ attributes: [{ kind: 'userName', value: `mn${i}` }] })));
    expect(answers.filter((a) => a.kind === 'accept')).toHaveLength(500);
    expect(s.sources.size).toBe(2);
  });
});

describe('a server that does not', () => {
  it('is passed over for the next one', async () => {
    const [dead, alive] = [await server(SILENT), await server((r) => [replyTo(r)])];
    const c = client([dead, alive], { timeout: 40, retransmit: 4 });
    expect(await c.authorize(question)).toMatchObject({ kind: 'accept' });
    expect(await c.authorize(question)).toMatchObject({ kind: 'accept' });
    expect(dead.received).toHaveLength(5);
  });

  it('leaves the caller with a reason, and an accounting record undelivered', async () => {
    const s = await server(SILENT);
    const c = client([s], impatient);
    expect(await c.authorize(question)).toMatchObject({ kind: 'timeout', reason: expect.stringMatching(/^no valid answer from 127\.0\.0\.1:\d+ \(asked 2 times, 0\.02 s apart\)/) as string });
    expect(await c.account(start)).toBe(false);
    expect(errors).toEqual([expect.stringMatching(/^the accounting record \(start\) was not delivered: no valid answer/)]);
  });

  it('is not replaced by garbage, a wrong secret, or a reply without Message-Authenticator', async () => {
    const s = await server((r) => [new Uint8Array([2]), replyTo(r, { secret: 'guess' }), replyTo(r, { seal: 'none' })]);
    const answer = await client([s], { timeout: 300, retransmit: 0 }).authorize(question);
    expect(answer).toMatchObject({ kind: 'timeout', reason: expect.stringContaining('check the shared secret') as string });
    expect(counted).toEqual(['malformed: truncated', 'wrong Response Authenticator', 'no Message-Authenticator']);
  });

  it('is not replaced by somebody who heard the question', async () => {
    const forger = createSocket('udp4');
    const answered: Promise<void>[] = [];
    const s = await server((r, count) => {
      const port = [...s.sources][0] as number;
      if (count === 1) answered.push(new Promise((resolve) => forger.send(replyTo(r), port, '127.0.0.1', () => resolve())));
      return count === 1 ? [] : [replyTo(r, { code: CODE.ACCESS_REJECT })];
    });
    expect(await client([s], persistent).authorize(question)).toMatchObject({ kind: 'reject' });
    expect(counted).toEqual(['reply from another address or port']);
    await Promise.all(answered);
    forger.close();
  });
});

describe('the client', () => {
  it('shows every packet both ways, with whom', async () => {
    const s = await server((r) => [replyTo(r, { secret: 'guess' }), replyTo(r)]);
    const seen: string[] = [];
    await client([s], { onPacket: (direction: string, packet: RadiusPacket, peer: string) => seen.push(`${direction} ${packet.code} ${peer}`) }).authorize(question);
    expect(seen).toEqual([`out 1 127.0.0.1:${s.port}`, `in 2 127.0.0.1:${s.port}`, `in 2 127.0.0.1:${s.port}`]);
  });

  it('ends what is under way when it is closed, and takes no more', async () => {
    const s = await server(SILENT);
    const c = client([s], impatient);
    const under = [c.authorize(question), c.account(start)] as const;
    c.close();
    c.close();
    expect(await Promise.all(under)).toEqual([{ kind: 'timeout', reason: 'the RADIUS client was closed' }, false]);
    expect(await c.authorize(question)).toEqual({ kind: 'timeout', reason: 'the RADIUS client is closed' });
    // As long as it would have taken: nothing is sent from a closed socket.
    await client([s], impatient).authorize(question);
    expect(errors).toEqual([]);
  });

  it('counts what the system does not send, and goes on waiting', async () => {
    // A limited broadcast needs a permission that the socket does not have.
    const c = client([{ address: '255.255.255.255', port: 1812, received: [], sources: new Set(), close: () => Promise.resolve() }], { ...impatient, retransmit: 0 });
    expect(await c.authorize(question)).toMatchObject({ kind: 'timeout' });
    expect(counted).toEqual(['not sent: EACCES']);
  });

  it('knows an address in any spelling, and no other', async () => {
    const s = await server((r) => [replyTo(r)], '::1');
    const c = client([s], { servers: [{ address: '0:0:0:0:0:0:0:1', authPort: s.port, secret: SECRET }] });
    expect(await c.authorize(question)).toMatchObject({ kind: 'accept' });
    expect(() => client([], { servers: [{ address: 'radius.example', secret: SECRET }] })).toThrow('"radius.example" is no IPv4 address');
  });
});
