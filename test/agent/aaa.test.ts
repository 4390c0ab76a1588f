/** The AAA part as main.ts opens it, from a configuration and with real sockets on loopback: honest servers, liars, portals, keys. */
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openAaa, type Aaa } from '../../agent/aaa/aaa.ts';
import { agentSchema } from '../../agent/config.ts';
import { problemsOf } from '../../agent/configCheck.ts';
import { createList, type BindingUpdateList } from '../../agent/mag/bindingUpdateList.ts';
import type { MagEvent } from '../../agent/mag/events.ts';
import type { Profile } from '../../agent/mag/profile.ts';
import { transition } from '../../protocol/entity.ts';
import { valueOf, type RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { ACCT_STATUS_TYPE, CODE, ERROR_CAUSE } from '../../protocol/radius/codes.ts';
import { decodePacket, type RadiusPacket } from '../../protocol/radius/packet.ts';
import { now } from '../../runtime/clock.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { mailbox } from '../linux/namespaceLab.ts';
import { openFakeServer, replyTo, SECRET, spoiled, type FakeServer } from '../runtime/radius/fakeServer.ts';
import { sealRequest } from '../runtime/radius/seal.ts';
import { entryOf, profileOf } from './entries.ts';

const MAC = '00:24:d7:8e:21:a4';
const station = { interface: 'eth1', mac: MAC };
const PROFILE: readonly RadiusAttribute[] = [{ kind: 'mobileNodeIdentifier', value: 'mn0@example.com' }];

let folder: string;
let opened: { close(): unknown }[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aaa-'));
});
afterEach(async () => {
  await Promise.all(opened.map((o) => o.close()));
  opened = [];
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Opened {
  readonly aaa: Aaa;
  readonly fed: MagEvent[];
  readonly list: BindingUpdateList;
  /** Everything that people may read. */
  readonly said: string[];
}

async function open({ port = 9, key = `key: ${SECRET}`, more = '', defaults = '' }: { port?: number; key?: string; more?: string; defaults?: string }): Promise<Opened> {
  const text = `domain: D1
mag: M1
uplink: wan0
mn-profile-load-aaa: true
local-mobility-anchors:
  - { id: lma1, ipv6-address: "2001:db8::1" }
default-profiles:
  guests: { apn: guests.example }
interfaces:
  - { name: Wi-Fi, device: eth1, first-packet: true${defaults} }
radius-servers:
  - { address: 127.0.0.1, auth-port: ${port}, acct-port: ${port}, ${key} }
${more || 'radius: { retransmit: 0, timeout: 0.1 }'}
`;
  const fed: MagEvent[] = [];
  const said: string[] = [];
  const list = createList();
  const aaa = await openAaa({
    config: parseConfig('x.yaml', text, agentSchema, problemsOf),
    list,
    paths: { counters: () => undefined },
    feed: (event) => fed.push(event),
    now,
    log: (level, message, facts) => said.push(`${level} ${message} ${JSON.stringify(facts)}`),
    shown: () => 'mn-1f3a90c2',
    onCount: (reason) => said.push(reason),
    onError: (e) => said.push(e.message),
  });
  opened.push(aaa);
  return { aaa, fed, list, said };
}
const activeIn = (list: BindingUpdateList, profile?: Profile): unknown => list.byMac.set(MAC, entryOf({ ...station, ...(profile && { profile }) }));

async function server(...behave: Parameters<typeof openFakeServer>): Promise<FakeServer> {
  const s = await openFakeServer(...behave);
  opened.push(s);
  return s;
}

describe('a server that', () => {
  const granted = { profile: { nai: 'mn0@example.com', lmas: [], ipv4: true, ipv6: true, dns4: [], dns6: [], source: 'radius' } };
  const guest = { profile: { nai: '0024.d78e.21a4', apn: 'guests.example', lmas: [], ipv4: true, ipv6: true, dns4: [], dns6: [], source: 'default' } };
  const lies: [string, (request: Uint8Array) => readonly Uint8Array[]][] = [
    ['has another secret', (r) => [replyTo(r, { attributes: PROFILE, secret: 'another' })]],
    ['sends no Message-Authenticator', (r) => [replyTo(r, { attributes: PROFILE, seal: 'none' })]],
    ['sends a wrong Message-Authenticator', (r) => [replyTo(r, { attributes: PROFILE, seal: 'wrong' })]],
    ['is forged on its way', (r) => [spoiled(replyTo(r, { attributes: PROFILE }))]],
    ['answers somebody else', (r) => [replyTo(r, { attributes: PROFILE, identifier: 77 })]],
    ['sends garbage', () => [Uint8Array.from([2, 0, 0, 255]), new Uint8Array(0)]],
    ['is silent', () => []],
  ];

  it('accepts lets in with its profile', async () => {
    const { port } = await server((r) => [replyTo(r, { attributes: PROFILE })]);
    expect(await (await open({ port })).aaa.load(station)).toEqual(granted);
  });
  it('rejects lets nobody in, and says why', async () => {
    const { port } = await server((r) => [replyTo(r, { code: CODE.ACCESS_REJECT, attributes: [{ kind: 'replyMessage', value: 'no such subscriber' }] })]);
    expect(await (await open({ port })).aaa.load(station)).toEqual({ refused: 'Access-Reject: no such subscriber' });
    expect(await (await open({ port, defaults: ', default-profile: guests' })).aaa.load(station)).toEqual(guest);
  });
  it.each(lies)('%s lets nobody in beyond the default profile', async (_, behave) => {
    const { port } = await server(behave);
    const { aaa, said } = await open({ port });
    expect(await aaa.load(station)).toEqual({ refused: expect.stringMatching(/^no valid answer from 127\.0\.0\.1:/) });
    expect(said).toContain('RADIUS profile unanswered');
    expect(await (await open({ port, defaults: ', default-profile: guests' })).aaa.load(station)).toEqual(guest);
  });
  it('sends garbage beside the true answer disturbs nothing', async () => {
    const { port } = await server((r) => [new Uint8Array(30), replyTo(r, { secret: 'another', code: CODE.ACCESS_REJECT }), replyTo(r, { attributes: PROFILE })]);
    expect(await (await open({ port })).aaa.load(station)).toEqual(granted);
  });
  it('an older one without Message-Authenticator is believed only where the configuration says so', async () => {
    const { port } = await server((r) => [replyTo(r, { attributes: PROFILE, seal: 'none' })]);
    expect(await (await open({ port, more: 'radius: { require-message-authenticator: false }' })).aaa.load(station)).toEqual(granted);
  });
});

describe('keys', () => {
  it('come from a file’s first line', async () => {
    writeFileSync(join(folder, 'key'), `${SECRET}\nmore\n`);
    const { port } = await server((r) => [replyTo(r, { attributes: PROFILE })]);
    expect(await (await open({ port, key: `key-file: ${folder}/key` })).aaa.load(station)).toHaveProperty('profile');
  });
  it('that cannot be had stop the start, in words', async () => {
    writeFileSync(join(folder, 'empty'), '\nbehind\n');
    await expect(open({ key: `key-file: ${folder}/none` })).rejects.toThrow(`radius-servers.0.key-file: ${folder}/none cannot be read: ENOENT`);
    await expect(open({ key: `key-file: ${folder}/empty` })).rejects.toThrow(`radius-servers.0.key-file: expected a shared secret in the first line of ${folder}/empty, found none`);
  });
  it('and identities stand in no log', async () => {
    const { port } = await server((r) => [replyTo(r, { code: CODE.ACCESS_REJECT })]);
    const { aaa, said } = await open({ port });
    const answer = await aaa.load({ ...station, identity: 'alice@home.example' });
    expect(`${said.join('\n')} ${JSON.stringify(answer)}`).not.toMatch(/aaacisco|alice|00[.:-]?24/);
    expect(said).not.toEqual([]);
  });
});

describe('dynamic authorization', () => {
  const freePort = (): Promise<number> =>
    new Promise((resolve) => {
      const socket = createSocket('udp4').bind(0, '127.0.0.1', () => {
        const { port } = socket.address();
        socket.close(() => resolve(port));
      });
    });
  const section = (port: number): string => `dynamic-authorization: { listen: 127.0.0.1, port: ${port}, clients: [{ address: 127.0.0.1, key: portal-secret }] }`;
  async function ask(port: number, secret: string, code: number, ...attributes: RadiusAttribute[]): Promise<RadiusPacket> {
    const socket = createSocket('udp4');
    opened.push(socket);
    const answers = mailbox<RadiusPacket>();
    socket.on('message', (octets) => answers.put(decodePacket(octets)));
    socket.send(sealRequest({ code, identifier: 1, attributes: [{ kind: 'eventTimestamp', value: Math.floor(Date.now() / 1000) }, ...attributes] }, secret), port, '127.0.0.1');
    return answers.next();
  }

  it('a Disconnect-Request ends the binding, and what is known of the station is forgotten', async () => {
    const radius = await server((r) => [replyTo(r, { attributes: PROFILE })]);
    const port = await freePort();
    const { aaa, fed, list, said } = await open({ port: radius.port, more: section(port) });
    await aaa.load(station);
    activeIn(list, profileOf('mn0@example.com'));
    const answer = await ask(port, 'portal-secret', CODE.DISCONNECT_REQUEST, { kind: 'userName', value: 'mn0@example.com' });
    expect(answer.code).toBe(CODE.DISCONNECT_ACK);
    expect(fed).toEqual([{ kind: 'disconnect', mac: MAC, reason: 'Disconnect-Request (RFC 5176)' }]);
    expect(said.join()).not.toMatch(/mn0@|00:24/);
    await aaa.load(station);
    expect(radius.received).toHaveLength(2);
  });

  it('a CoA-Request has RADIUS asked at once', async () => {
    let known = false;
    const radius = await server((r) => [replyTo(r, known ? { attributes: PROFILE } : { code: CODE.ACCESS_REJECT })]);
    const port = await freePort();
    const { aaa, fed, list } = await open({ port: radius.port, more: section(port), defaults: ', default-profile: guests' });
    await aaa.load(station);
    activeIn(list);
    known = true;
    expect((await ask(port, 'portal-secret', CODE.COA_REQUEST, { kind: 'callingStationId', value: '00-24-D7-8E-21-A4' })).code).toBe(CODE.COA_ACK);
    await expect.poll(() => fed).toMatchObject([{ kind: 'profileChanged', mac: MAC, answer: { profile: { nai: 'mn0@example.com' } } }]);
  });

  it('nobody by that name is Error-Cause 503', async () => {
    const port = await freePort();
    await open({ more: section(port) });
    const answer = await ask(port, 'portal-secret', CODE.DISCONNECT_REQUEST, { kind: 'userName', value: 'nobody@example.com' });
    expect([answer.code, valueOf(answer.attributes, 'errorCause')]).toEqual([CODE.DISCONNECT_NAK, ERROR_CAUSE.SESSION_CONTEXT_NOT_FOUND]);
  });

  it('a port that is taken stops the start, in words, and leaves nothing open', async () => {
    const port = await freePort();
    const { aaa } = await open({ more: section(port) });
    await expect(open({ more: section(port) })).rejects.toThrow(`no dynamic authorization on 127.0.0.1, port ${port}`);
    aaa.close();
    await expect(open({ more: section(port) })).resolves.toBeDefined();
  });
});

it('accounting begins with the binding and ends with its session time, at the server', async () => {
  const radius = await server((r) => [replyTo(r, { attributes: [...PROFILE, { kind: 'class', value: '01' }] })]);
  const { aaa, list } = await open({ port: radius.port, more: 'radius: { accounting: start-stop }' });
  await aaa.load(station);
  activeIn(list, profileOf('mn0@example.com'));
  for (const to of ['active', 'deregistering', 'gone']) aaa.onTransition(transition(now(), { entity: 'mag', subject: 'mn0@example.com', linkLayerId: MAC, from: 'x', to, reason: 'test' }));
  await expect.poll(() => radius.received.map((p) => valueOf(p.attributes, 'acctStatusType'))).toEqual([undefined, ACCT_STATUS_TYPE.START, ACCT_STATUS_TYPE.STOP]);
  expect(radius.received.slice(1).map((p) => valueOf(p.attributes, 'class'))).toEqual(['01', '01']);
});

it('without servers nobody is asked, and the local sources are there', async () => {
  const fed: MagEvent[] = [];
  const text = 'domain: D1\nmag: M1\nuplink: wan0\nlocal-mobility-anchors: [{ id: lma1, ipv6-address: "2001:db8::1" }]\ninterfaces: [{ name: eth1, first-packet: true }]\nprofiles: [{ nai: mn0@example.com, l2-addr: 0024.d78e.21a4 }]\n';
  const aaa = await openAaa({ config: parseConfig('x.yaml', text, agentSchema, problemsOf), list: { byMac: new Map() }, paths: { counters: () => undefined }, feed: (e) => fed.push(e), now, log: () => undefined, shown: (s) => s, onCount: () => undefined, onError: () => undefined });
  opened.push(aaa);
  expect(aaa.load(station)).toMatchObject({ profile: { nai: 'mn0@example.com', source: 'local' } });
  expect(aaa.load({ ...station, mac: '02:00:00:00:00:01' })).toEqual({ refused: 'no local profile for this station and no default profile on eth1' });
  aaa.seen(MAC);
  expect(fed).toEqual([]);
});
