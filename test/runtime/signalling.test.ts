/** Signalling over UDP on loopback, as anybody: who is heard, who is answered from where, and what is dropped for which reason. */
import { createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Endpoint, Received } from '../../protocol/entity.ts';
import { encodeAuthenticated, verify } from '../../protocol/mobility/authentication.ts';
import { decodeMessage, encodeMessage } from '../../protocol/mobility/header.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { find, type MobilityOption } from '../../protocol/mobility/options.ts';
import { openSignalling, type SecurityAssociations, type Signalling, type SignallingOptions } from '../../runtime/signalling.ts';
import { mailbox } from '../linux/namespaceLab.ts';

const KEY = new Uint8Array(20).fill(7);
const OTHER_KEY = new Uint8Array(20).fill(8);
const ME = '127.0.0.1';
const ALSO_ME = '127.0.0.2';
const udp = { kind: 'udp' } as const;
const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha1', key).update(data).digest();
const heartbeat = (sequence: number, options: readonly MobilityOption[] = []): MobilityMessage => ({ kind: 'heartbeat', flags: { unsolicited: false, response: false }, sequence, options });
const named = (identifier: string): MobilityOption => ({ kind: 'magIdentifier', subtype: 1, identifier });
const signed = (message: MobilityMessage, key = KEY): Uint8Array => encodeAuthenticated(message, udp, '::', key, hmac);

/** As an anchor has it: whoever names itself must sign so. */
const byName = (required: boolean): SecurityAssociations => ({
  claimed: (message) => find(message.options, 'magIdentifier')?.identifier,
  keyOf: (peer) => (peer === 'm1' ? KEY : undefined),
  required: () => required,
});

let open: Signalling[] = [];
let clients: Socket[] = [];
let received: ReturnType<typeof mailbox<Received>>;
let discarded: ReturnType<typeof mailbox<string>>;
let unknown: ReturnType<typeof mailbox<number>>;
let errors: string[];
let port: number;

/** A port that was free on every loopback address a moment ago. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  const { port: free } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return free;
}

async function listen(options: Partial<SignallingOptions> = {}): Promise<Signalling> {
  const s = await openSignalling({
    role: 'lma',
    ipv4: [ME],
    port,
    associations: byName(true),
    onReceived: received.put,
    onUnknown: (_, type) => unknown.put(type),
    onDiscard: discarded.put,
    onError: (e) => errors.push(e.message),
    ...options,
  });
  open.push(s);
  return s;
}

async function client(): Promise<{ readonly send: (octets: Uint8Array, to?: string) => Promise<void>; readonly next: () => Promise<{ octets: Uint8Array; from: string; port: number }>; readonly port: number }> {
  const socket = createSocket('udp4');
  clients.push(socket);
  const box = mailbox<{ octets: Uint8Array; from: string; port: number }>();
  socket.on('message', (octets, r) => box.put({ octets, from: r.address, port: r.port }));
  await new Promise<void>((resolve) => socket.bind(0, ME, resolve));
  return { send: (octets, to = ME) => new Promise<void>((resolve) => socket.send(octets, port, to, () => resolve())), next: box.next, port: socket.address().port };
}

beforeEach(async () => {
  [open, clients, errors] = [[], [], []];
  received = mailbox();
  discarded = mailbox();
  unknown = mailbox();
  port = await freePort();
});
afterEach(() => {
  for (const s of open) s.close();
  for (const c of clients) c.close();
  expect(errors).toEqual([]);
});

describe('who is heard', () => {
  it('a message signed by whom it names, and the peer is told', async () => {
    await listen();
    const { send, port: from } = await client();
    void send(signed(heartbeat(1, [named('m1')])));
    expect(await received.next()).toMatchObject({ peer: 'm1', from: { transport: 'udp', local: ME, remote: ME, remotePort: from }, message: { sequence: 1 } });
  });

  it.each([
    ['another key', signed(heartbeat(1, [named('m1')]), OTHER_KEY), 'authentication failed'],
    ['no signature', encodeMessage(heartbeat(1, [named('m1')]), udp), 'authentication failed'],
    ['a name without key here', signed(heartbeat(1, [named('m2')])), 'unknown peer'],
    ['no name', signed(heartbeat(1)), 'unknown peer'],
    ['nothing', new Uint8Array(0), 'malformed: truncated'],
    ['garbage', new Uint8Array(100).fill(0xff), 'malformed: unknown-type'],
    ['another payload protocol', Uint8Array.of(6, 0, 13, 0, 0, 0, 0, 0), 'malformed: payload-proto'],
  ])('not one with %s, which is counted', async (_, octets, reason) => {
    await listen();
    const { send } = await client();
    void send(octets);
    if (reason === 'malformed: unknown-type') expect(await unknown.next()).toBe(255);
    else expect(await discarded.next()).toBe(reason);
    void send(signed(heartbeat(2, [named('m1')])));
    expect((await received.next()).message).toMatchObject({ sequence: 2 });
  });

  it('no message of which a single bit differs, and none that is cut short', async () => {
    const refusals = mailbox<string>();
    await listen({ onDiscard: refusals.put, onUnknown: () => refusals.put('unknown') });
    const { send } = await client();
    const whole = signed(heartbeat(1, [named('m1')]));
    let refused = 0;
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      const octets = whole.slice();
      octets[bit >> 3] = (octets[bit >> 3] as number) ^ (1 << (bit & 7));
      // The checksum is not looked at over UDP, and not covered (RFC 5844 §4.1.3, RFC 4285 §5).
      if (bit >> 3 === 4 || bit >> 3 === 5) continue;
      void send(octets);
      refused++;
    }
    for (let n = 0; n < whole.length; n++) {
      void send(whole.subarray(0, n));
      refused++;
    }
    for (let n = 0; n < refused; n++) await refusals.next();
    expect(received.waiting).toBe(0);
  });

  it('an unsigned one only where no key is required, and never under a name that has one', async () => {
    await listen({ associations: byName(false) });
    const { send } = await client();
    void send(encodeMessage(heartbeat(1), udp));
    const first = await received.next();
    expect(first.message).toMatchObject({ sequence: 1 });
    expect(first.peer).toBeUndefined();
    void send(encodeMessage(heartbeat(2, [named('m1')]), udp));
    expect(await discarded.next()).toBe('authentication failed');
  });

  it('a message behind which more octets follow is verified without them', async () => {
    await listen();
    const { send } = await client();
    void send(Uint8Array.of(...signed(heartbeat(3, [named('m1')])), 1, 2, 3));
    expect((await received.next()).peer).toBe('m1');
  });
});

describe('who is answered', () => {
  it.each([
    ['each on a socket of its own', [ME, ALSO_ME]],
    ['all on one', ['0.0.0.0']],
  ])('from the address that was asked (addresses %s)', async (_, ipv4) => {
    const s = await listen({ ipv4 });
    const { send, next } = await client();
    for (const address of [ME, ALSO_ME]) {
      void send(signed(heartbeat(1, [named('m1')])), address);
      const { from, peer } = await received.next();
      expect(from.local).toBe(address);
      s.send({ kind: 'send', to: from, message: heartbeat(2), ...(peer === undefined ? {} : { peer }) });
      const reply = await next();
      expect(reply).toMatchObject({ from: address, port });
      expect(verify(reply.octets, decodeMessage(reply.octets, udp), '::', KEY, hmac)).toBe(true);
    }
  });

  it('a gateway names itself in what it signs, once', async () => {
    const s = await listen({ role: 'mag', identity: 'm1', associations: { claimed: () => 'lma1', keyOf: () => KEY, required: () => true } });
    const { next, port: remotePort } = await client();
    const to: Endpoint = { transport: 'udp', local: ME, remote: ME, remotePort };
    for (const options of [[], [named('m1')]]) {
      s.send({ kind: 'send', to, peer: 'lma1', message: heartbeat(1, options) });
      const message = decodeMessage((await next()).octets, udp);
      expect(message.options.filter((o) => o.kind === 'magIdentifier')).toHaveLength(1);
      expect(message.options.map((o) => o.kind)).toEqual(['magIdentifier', 'authentication']);
    }
  });

  it('nobody, from an address that is not listened on: that is an error, and nothing is sent from elsewhere', async () => {
    const s = await listen({ ipv4: [ALSO_ME] });
    const to: Endpoint = { transport: 'udp', local: ME, remote: ME, remotePort: port };
    s.send({ kind: 'send', to, message: heartbeat(1) });
    expect(errors.splice(0)).toEqual([`no signalling socket of ${ME}, so nothing can be sent to ${ME}`]);
  });

  it('nobody once it is closed', async () => {
    const s = await listen();
    const { send } = await client();
    s.close();
    s.send({ kind: 'send', to: { transport: 'udp', local: ME, remote: ME, remotePort: port }, message: heartbeat(1) });
    await send(signed(heartbeat(1, [named('m1')])));
    const second = await listen();
    void send(signed(heartbeat(2, [named('m1')])));
    expect((await received.next()).message).toMatchObject({ sequence: 2 });
    second.close();
  });
});

it('a port in use is an error in words, and the sockets opened before it are closed again', async () => {
  await listen({ ipv4: [ALSO_ME] });
  await expect(listen({ ipv4: [ME, ALSO_ME] })).rejects.toThrow(`no signalling on ${ALSO_ME}:${port}`);
  await listen({ ipv4: [ME] });
});

it('whoever reads along sees both directions, decoded', async () => {
  const seen: string[] = [];
  const s = await listen({ onTrace: (direction, at, m) => seen.push(`${direction} ${at.remote} ${m.kind}`) });
  const { send, next } = await client();
  void send(signed(heartbeat(1, [named('m1')])));
  s.send({ kind: 'send', to: (await received.next()).from, message: heartbeat(1) });
  await next();
  expect(seen).toEqual([`in ${ME} heartbeat`, `out ${ME} heartbeat`]);
});
