/** Two anchors as processes would run them, on loopback: one is drained, and a gateway's new session is at the other (RFC 6463). */
import { createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lmaConfig, lmaSchema, type LmaFile } from '../../cloud/config.ts';
import { problemsOf } from '../../cloud/configCheck.ts';
import { runLma, type RunningLma } from '../../cloud/main.ts';
import { redirectKeys } from '../../cloud/updatesConfig.ts';
import { encodeAuthenticated, verify } from '../../protocol/mobility/authentication.ts';
import { HANDOFF } from '../../protocol/mobility/codes.ts';
import { decodeMessage } from '../../protocol/mobility/header.ts';
import type { BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { ask } from '../../runtime/control.ts';
import { assigned, buildPbu, type Wish } from '../lma/pbu.ts';

const KEY = Uint8Array.from({ length: 20 }, (_, i) => i);
const ANCHORS = 'a1'.repeat(20);
const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha1', key).update(data).digest();
const udp = { kind: 'udp' } as const;
const gateway: Wish = { more: [{ kind: 'magIdentifier', subtype: 1, identifier: 'm1@example.com' }] };
const capable: Wish = { more: [...(gateway.more ?? []), { kind: 'redirectCapability' }] };

const parse = (text: string): LmaFile => parseConfig('test.yaml', text, lmaSchema, problemsOf);

function configuration(folder: string, port: number, number: 1 | 2, redirect: string, rows: string): LmaFile {
  return parse(`
lma-services: [{ name: lma${number}, bind-address: [127.0.0.${number}]${redirect} }]
ip-pools: [{ name: v4, network: 192.0.${number}.0/24, subscriber-gw-address: 192.0.${number}.254 }]
apns: [{ name: example.com, ip-pool: v4 }]
mobile-access-gateways: [{ id: m1@example.com, key: ${Buffer.from(KEY).toString('hex')}, timers: far }${rows}]
mag-timers: [{ name: far, re-registration: { start-time: 120, initial-retransmission-time: 3 }, heartbeat: {} }]
datapath: none
control-socket: ${join(folder, `lma${number}.sock`)}
state-directory: ${join(folder, String(number))}
signalling-port: ${port}
`);
}

describe('two anchors', () => {
  let folder: string;
  let port: number;
  let client: Socket;
  let anchors: RunningLma[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'roamstead-redirect-'));
    client = createSocket('udp4');
    await new Promise<void>((resolve) => client.bind(0, '127.0.0.3', resolve));
    port = client.address().port + 1 > 65_535 ? 40_000 : client.address().port + 1;
    const quiet = (): void => undefined;
    const redirect = `, redirect: { identity: lma1@example.com, when: always, to: [{ id: lma2@example.com, ipv4-address: 127.0.0.2, key: ${ANCHORS} }] }`;
    const row = `, { id: lma1@example.com, key: ${ANCHORS}, redirector: true }`;
    anchors = [await runLma(configuration(folder, port, 1, redirect, ''), quiet), await runLma(configuration(folder, port, 2, '', row), quiet)];
  });

  afterEach(async () => {
    client.close();
    for (const anchor of anchors) await anchor.stop({ keepForwarding: false });
    rmSync(folder, { recursive: true });
  });

  async function exchange(wish: Wish, to: string, sequence: number): Promise<BindingAcknowledgement> {
    const reply = new Promise<{ octets: Uint8Array; from: string }>((resolve) => client.once('message', (octets, r) => resolve({ octets, from: r.address })));
    client.send(encodeAuthenticated(buildPbu({ prefixes: [], ...wish }, { at: 0, wall: Date.now() }, sequence), udp, '::', KEY, hmac), port, to);
    const { octets, from } = await reply;
    const message = decodeMessage(octets, udp);
    expect(from).toBe(to);
    expect(verify(octets, message, '::', KEY, hmac)).toBe(true);
    if (message.kind !== 'bindingAcknowledgement') throw new Error(`got a ${message.kind}`);
    return message;
  }

  const show = (number: 1 | 2): Promise<unknown> => ask(join(folder, `lma${number}.sock`), { command: 'show lma-service session' });

  it('P02 a new session is at the other one, and what follows goes there', async () => {
    const pba = await exchange(capable, '127.0.0.1', 1);
    expect(pba).toMatchObject({ status: 0, sequence: 1, lifetime: 3600 });
    expect(find(pba.options, 'redirect')?.address).toBe('127.0.0.2');
    expect(find(pba.options, 'ipv4HomeAddressReply')?.address).toBe('192.0.2.1');
    expect(await show(1)).toEqual([]);
    expect(await show(2)).toMatchObject([{ mag: 'm1@example.com', coa: '127.0.0.3', hoa: '192.0.2.1' }]);
    const refreshed = await exchange({ ...gateway, ...assigned(pba), prefixes: [], handoff: HANDOFF.NOT_CHANGED }, '127.0.0.2', 2);
    expect(refreshed).toMatchObject({ status: 0, lifetime: 3600 });
    expect(find(refreshed.options, 'redirect')).toBeUndefined();
    expect(find(refreshed.options, 'lmaControlledMagParameters')?.parameters).toEqual([
      { kind: 'bindingReregistration', start: 30, initialRetransmission: 3, maximumRetransmission: 32 },
      { kind: 'heartbeat', interval: 60, retransmissionDelay: 5, maxRetransmissions: 3 },
    ]);
  });

  it('a gateway that cannot follow is served by the one that it asked', async () => {
    const pba = await exchange(gateway, '127.0.0.1', 1);
    expect(find(pba.options, 'redirect')).toBeUndefined();
    expect(find(pba.options, 'ipv4HomeAddressReply')?.address).toBe('192.0.1.1');
  });
});

describe('configuration', () => {
  const file = (service: string, rest = ''): string => `
lma-services: [{ name: lma1, bind-address: [127.0.0.1]${service} }]
ip-pools: [{ name: v4, network: 192.0.2.0/24, subscriber-gw-address: 192.0.2.254 }]
apns: [{ name: example.com, ip-pool: v4 }]
datapath: none
${rest}`;

  it.each([
    ['', 'mag-timers: [{ name: t, re-registration: { start-time: 0 } }]', /start-time/],
    ['', 'mag-timers: [{ name: t, re-registration: { initial-retransmission-time: 0 } }]', /initial-retransmission-time/],
    ['', 'mag-timers: [{ name: t, heartbeat: { interval: 10 } }]', /interval/],
    ['', `mobile-access-gateways: [{ id: m1, key: ${ANCHORS}, timers: none }]`, /expected one of the mag-timers \(none is defined\), found none/],
    [', redirect: { identity: a, to: [] }', '', /name at least one anchor/],
    [`, redirect: { identity: a, to: [{ id: b, key: ${ANCHORS} }] }`, '', /b has neither ipv6-address nor ipv4-address/],
    [`, redirect: { identity: a, to: [{ id: b, ipv4-address: 127.0.0.1, key: ${ANCHORS} }] }`, '', /127\.0\.0\.1 is this service's own: sessions would be sent back to where they come from/],
    [', heartbeat: { interval: 30, timeout: 31 }', '', /heartbeat\.timeout: expected no more than the interval \(30\), found 31/],
    [', redirect: { identity: a, to: [{ id: b, ipv4-address: 192.0.2.9 }] }', '', /b has no key: give it one, and the same to its row for a/],
    [`, redirect: { identity: a, to: [{ id: b, ipv4-address: 192.0.2.9, key: ${ANCHORS}, key-file: /x }] }`, '', /b has both key and key-file/],
    [', update-notification-delay: 100', '', /update-notification-delay/],
    [', update-notification-retries: 6', '', /update-notification-retries/],
  ])('%s %s is refused in words', (service, rest, problem) => {
    expect(() => parse(file(service, rest))).toThrow(problem);
  });

  it('what is not said has the defaults of the RFCs', () => {
    const read = parse(file(', redirect: { identity: a, to: [{ id: b, ipv6-address: "2001:db8::b", key-file: /x }] }', 'mag-timers: [{ name: t, re-registration: {} }]'));
    const service = read['lma-services'][0]!;
    const config = lmaConfig(read, service, 1, () => 0);
    expect(config.redirect).toEqual({ identity: 'a', to: [{ id: 'b', ipv6: '2001:db8::b' }], when: 'above-load', load: 0.8, timeout: 400 });
    expect(config.variables).toMatchObject({ minDelayBetweenUpdateNotificationReplay: 1000, maxUpdateNotificationRetransmitCount: 1 });
    expect(read['mag-timers'][0]?.['re-registration']).toEqual({ 'start-time': 40, 'initial-retransmission-time': 1, 'maximum-retransmission-time': 32 });
  });

  it('a key file that holds no key is refused, one that holds one is read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'roamstead-redirect-'));
    const keyFile = join(folder, 'key');
    const keys = () => redirectKeys(parse(file(`, redirect: { identity: a, to: [{ id: b, ipv4-address: 192.0.2.9, key-file: ${keyFile} }] }`))['lma-services'][0]!);
    try {
      writeFileSync(keyFile, 'secret');
      expect(keys).toThrow(/expected a key of at least 32 hex digits/);
      writeFileSync(keyFile, `${ANCHORS}\n`);
      expect([...keys().keys.keys(), ...keys().byAddress]).toEqual(['b', ['192.0.2.9', 'b']]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
