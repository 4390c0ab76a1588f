/** One home's requests do not keep those of the others waiting. */
import { createSocket, type Socket } from 'node:dgram';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openUpstream, type Upstream } from '../../../cloud/aaa/upstream.ts';
import { CODE } from '../../../protocol/radius/codes.ts';
import { authenticatorOf, sealAccessRequest, sealReply } from '../../../runtime/radius/authenticators.ts';

const SECRET = 'operator';
let server: Socket;
let upstream: Upstream;
const counted = new Map<string, number>();
/** What came to the server, and how it answers: not at all, where the account is nobody. */
let heard: Uint8Array[] = [];
let time = 0;

beforeEach(async () => {
  counted.clear();
  heard = [];
  time = 0;
  server = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  await new Promise<void>((resolve) => void server.bind(0, '127.0.0.1', resolve));
  server.on('message', (octets, from) => {
    heard.push(octets);
    if (!octets.includes('nobody')) server.send(sealReply({ code: CODE.ACCESS_REJECT, identifier: octets[1] as number, attributes: [] }, authenticatorOf(octets), SECRET), from.port, from.address);
  });
  const { port } = server.address();
  upstream = openUpstream({ servers: [{ address: '127.0.0.1', authPort: port, secret: SECRET }], secret: 'radsec', now: () => time, onCount: (r) => void counted.set(r, (counted.get(r) ?? 0) + 1), onError: (e) => expect.unreachable(e.message) });
});
afterEach(() => {
  upstream.close();
  server.close();
});

const request = (identifier: number, userName: string, random = identifier): Uint8Array =>
  sealAccessRequest({ code: CODE.ACCESS_REQUEST, identifier, authenticator: new Uint8Array(16).fill(random), attributes: [{ kind: 'userName', value: userName }] }, 'radsec');
const answered = (gateway: string, connection: number, packet: Uint8Array): Promise<number | undefined> => new Promise((resolve) => upstream.ask({ gateway, connection }, packet, (reply) => resolve(reply[1])));

it('a gateway has at most 256 under way, over however many connections, and another one is heard', async () => {
  for (let connection = 0; connection < 4; connection++) for (let i = 0; i < 256; i++) upstream.ask({ gateway: 'one', connection }, request(i, 'nobody'), () => expect.unreachable());
  expect(counted.get('aaa-too-many-requests-of-a-gateway')).toBe(768);
  expect(await answered('two', 9, request(7, 'somebody'))).toBe(7);
  time = 30_001;
  expect(await answered('one', 1, request(8, 'somebody'))).toBe(8);
  expect(counted.get('aaa-unanswered')).toBe(256);
});

it('a repetition goes out as what it repeats; another request under the same identifier takes its place', async () => {
  upstream.ask({ gateway: 'one', connection: 1 }, request(5, 'nobody'), () => expect.unreachable());
  upstream.ask({ gateway: 'one', connection: 1 }, request(5, 'nobody'), () => expect.unreachable());
  expect(await answered('one', 1, request(5, 'somebody', 99))).toBe(5);
  expect(heard.map((h) => h[1])).toEqual([0, 0, 1]);
  time = 30_001;
  await answered('one', 1, request(6, 'somebody'));
  expect(counted.size).toBe(0);
});
