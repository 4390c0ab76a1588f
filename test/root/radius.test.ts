/** The RADIUS client and the dynamic authorization server against Debian's FreeRADIUS, its radclient, and Wireshark. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startFreeradius, type RadiusServer } from '../../lab/aaa/freeradius.ts';
import { radclient } from '../../lab/aaa/radclient.ts';
import { valueOf, valuesOf, type RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { MIP6_FEATURE, TERMINATE_CAUSE } from '../../protocol/radius/codes.ts';
import { stationIdOf } from '../../protocol/radius/stationId.ts';
import { accessRequest, accountingRequest, recordAttributes } from '../../runtime/radius/requests.ts';
import { openRadiusClient } from '../../runtime/radius/client.ts';
import { openDynamicAuthorization } from '../../runtime/radius/dynamicAuthorization.ts';
import type { AccountingRecord, Answer, DynamicAuthorization, DynamicAuthorizationOptions, DynamicRequest, RadiusClient, RadiusClientOptions } from '../../runtime/radius/types.ts';
import { CAPTURED_AT } from '../protocol/radiusVectors.ts';
import { replyTo } from '../runtime/radius/fakeServer.ts';
import { asWireshark } from './radiusPcap.ts';

const SECRET = 'aaacisco';
const STANDARD = '00:24:d7:8e:21:a4';
const CISCO = '00:24:d7:8e:21:a6';
const REFUSED = '00:24:d7:8e:21:a5';
const STRANGER = '00:24:d7:8e:21:ff';

const standard = [
  'Mobile-Node-Identifier = "mn0@example.com"',
  'Service-Selection = "example.com"',
  'PMIP6-Home-LMA-IPv6-Address = 2001:db8:cafe:1024::101',
  'PMIP6-Visited-LMA-IPv6-Address = 2001:db8:cafe:1024::102',
  'PMIP6-Home-LMA-IPv4-Address = 10.8.24.101',
  'PMIP6-Home-HN-Prefix = 2001:db8:9:5::/64',
  'PMIP6-Home-IPv4-HoA = 10.9.0.5/32',
  'PMIP6-Home-IPv4-Gateway = 10.9.0.1',
  'PMIP6-Home-DHCP4-Server-Address = 10.9.0.2',
  'PMIP6-Home-Interface-ID = 0224:d7ff:fe8e:21a4',
  'MIP6-Feature-Vector = 3298534883328',
  'Chargeable-User-Identity = "cui-mn0"',
  'Class = 0x0102',
  'Session-Timeout = 3600',
];
const cisco = ['mn-nai=mn0@example.com', 'mn-service=ipv4', 'home-lma-ipv6-address=2001:db8:cafe:1024::101', 'home-lma-ipv4-address=10.8.24.101', 'home-lma=lma1', 'mn-apn=example.com', 'cisco-mpc-protocol-interface=pmipv6'];

const crowd = Array.from({ length: 500 }, (_, i) => `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`);

let server: RadiusServer;
let clients: RadiusClient[] = [];
let counted: string[] = [];

beforeAll(async () => {
  server = await startFreeradius({
    addresses: ['127.0.0.1', '::1'],
    clients: [{ address: '127.0.0.1', secret: SECRET, requireMessageAuthenticator: true }, { address: '::1', secret: 'another secret', requireMessageAuthenticator: true }],
    stations: [{ mac: STANDARD, reply: standard }, { mac: CISCO, reply: cisco.map((pair) => `Cisco-AVPair = "${pair}"`) }, { mac: REFUSED, reject: true, reply: ['Reply-Message = "not in this house"'] }, ...crowd.map((mac) => ({ mac, reply: [`Mobile-Node-Identifier = "${mac}@example.com"`] }))],
  });
});
afterAll(() => server?.close());
afterEach(() => {
  for (const c of clients) c.close();
  [clients, counted] = [[], []];
});

function client(options: Partial<RadiusClientOptions> = {}, address = '127.0.0.1', secret = SECRET): RadiusClient {
  const c = openRadiusClient({
    servers: [{ address, authPort: server.authPort, acctPort: server.acctPort, secret }],
    nas: { identifier: 'mag1', ipv4: '192.0.2.7' },
    onCount: (reason) => counted.push(reason),
    onError: (e) => counted.push(e.message),
    ...options,
  });
  clients.push(c);
  return c;
}
const question = (mac: string): { attributes: readonly RadiusAttribute[] } => ({
  attributes: [
    { kind: 'userName', value: stationIdOf(mac) },
    { kind: 'callingStationId', value: stationIdOf(mac) },
    { kind: 'serviceType', value: 1 },
    { kind: 'nasPortType', value: 19 },
  ],
});
const attributesOf = (answer: Answer) => (answer.kind === 'accept' ? answer.attributes.filter((a) => a.kind !== 'messageAuthenticator') : answer);

describe('FreeRADIUS', () => {
  it("answers a phone's MAC with the attributes of RFC 6572", async () => {
    expect(attributesOf(await client().authorize(question(STANDARD)))).toEqual([
      { kind: 'mobileNodeIdentifier', value: 'mn0@example.com' },
      { kind: 'serviceSelection', value: 'example.com' },
      { kind: 'pmip6HomeLmaIpv6Address', value: '2001:db8:cafe:1024::101' },
      { kind: 'pmip6VisitedLmaIpv6Address', value: '2001:db8:cafe:1024::102' },
      { kind: 'pmip6HomeLmaIpv4Address', value: '10.8.24.101' },
      { kind: 'pmip6HomeHnPrefix', value: { prefixLength: 64, prefix: '2001:db8:9:5::' } },
      { kind: 'pmip6HomeIpv4HoA', value: { prefixLength: 32, address: '10.9.0.5' } },
      { kind: 'pmip6HomeIpv4Gateway', value: '10.9.0.1' },
      { kind: 'pmip6HomeDhcp4ServerAddress', value: '10.9.0.2' },
      { kind: 'pmip6HomeInterfaceId', value: '02:24:d7:ff:fe:8e:21:a4' },
      { kind: 'mip6FeatureVector', value: MIP6_FEATURE.PMIP6_SUPPORTED | MIP6_FEATURE.IP4_HOA_SUPPORTED },
      { kind: 'chargeableUserIdentity', value: '63:75:69:2d:6d:6e:30' },
      { kind: 'class', value: '01:02' },
      { kind: 'sessionTimeout', value: 3600 },
    ]);
  });

  it("answers with the seed's Cisco-AVPairs", async () => {
    const answer = await client().authorize(question(CISCO));
    expect(answer.kind === 'accept' && valuesOf(answer.attributes, 'ciscoAvPair')).toEqual(cisco);
  });

  it('refuses, in words and without', async () => {
    const c = client();
    expect(await c.authorize(question(REFUSED))).toMatchObject({ kind: 'reject', reason: 'Access-Reject: not in this house' });
    expect(await c.authorize(question(STRANGER))).toMatchObject({ kind: 'reject', reason: 'Access-Reject' });
  });

  it('answers over IPv6, where we are another client of it', async () => {
    expect(await client({}, '::1', 'another secret').authorize(question(STANDARD))).toMatchObject({ kind: 'accept' });
  });

  it('reads what we asked, with the password as it was before it was hidden', async () => {
    const password = 'a password longer than sixteen octets';
    await client().authorize({ ...question(STANDARD), password });
    expect(server.requests().at(-1)).toMatchObject({
      'Packet-Type': ['Access-Request'],
      'User-Name': ['00-24-d7-8e-21-a4'],
      'User-Password': [password],
      'Calling-Station-Id': ['00-24-d7-8e-21-a4'],
      'Service-Type': ['Login-User'],
      'NAS-Port-Type': ['Wireless-802.11'],
      'NAS-Identifier': ['mag1'],
      'NAS-IP-Address': ['192.0.2.7'],
      'Event-Timestamp': [expect.any(String)],
    });
  });

  it('is silent when the secret is another, and the reason says what to look at', async () => {
    const answer = await client({ timeout: 100, retransmit: 1 }, '127.0.0.1', 'guess').authorize(question(STANDARD));
    expect(answer).toMatchObject({ kind: 'timeout', reason: expect.stringMatching(/is the shared secret the same on both sides\?$/) as string });
  });

  it('answers 500 phones at once, each with its own profile', async () => {
    const c = client({ retransmit: 5 });
    const answers = await Promise.all(crowd.map((mac) => c.authorize(question(mac))));
    expect(answers.map((a) => a.kind === 'accept' && valueOf(a.attributes, 'mobileNodeIdentifier'))).toEqual(crowd.map((mac) => `${mac}@example.com`));
  });

  it('takes the records of a session', async () => {
    const c = client();
    const about: Pick<AccountingRecord, 'sessionId' | 'attributes'> = { sessionId: '5a1', attributes: [{ kind: 'userName', value: 'mn0@example.com' }, { kind: 'class', value: '01:02' }, { kind: 'framedIpAddress', value: '10.9.0.5' }] };
    const usage = { sessionTime: 600, inputOctets: 5_000_000_000n, inputPackets: 4_000_000n, outputOctets: 70_000_000_000n, outputPackets: 50_000_000n };
    expect(await c.account({ ...about, status: 'start' })).toBe(true);
    expect(await c.account({ ...about, status: 'interim', usage })).toBe(true);
    expect(await c.account({ ...about, status: 'stop', usage: { ...usage, sessionTime: 1200 }, terminateCause: TERMINATE_CAUSE.LOST_CARRIER, wall: Date.now() - 5000 })).toBe(true);
    const records = server.accounting().filter((r) => r['Acct-Session-Id']?.[0] === '5a1');
    expect(records.map((r) => r['Acct-Status-Type'])).toEqual([['Start'], ['Interim-Update'], ['Stop']]);
    expect(records[1]).toMatchObject({ 'User-Name': ['mn0@example.com'], 'Class': ['0x0102'], 'Framed-IP-Address': ['10.9.0.5'], 'NAS-Identifier': ['mag1'], 'Acct-Session-Time': ['600'], 'Acct-Delay-Time': ['0'] });
    const octets = (way: 'Input' | 'Output') => Number(records[1]?.[`Acct-${way}-Gigawords`]?.[0]) * 2 ** 32 + Number(records[1]?.[`Acct-${way}-Octets`]?.[0]);
    expect([octets('Input'), octets('Output')]).toEqual([5_000_000_000, 70_000_000_000]);
    expect(records[2]).toMatchObject({ 'Acct-Terminate-Cause': ['Lost-Carrier'], 'Acct-Session-Time': ['1200'], 'Acct-Delay-Time': ['5'] });
  });

  it('does not take one sealed with another secret', async () => {
    const c = client({ timeout: 100, retransmit: 0 }, '127.0.0.1', 'guess');
    expect(await c.account({ status: 'start', sessionId: 'forged', attributes: [] })).toBe(false);
    expect(server.accounting().some((r) => r['Acct-Session-Id']?.[0] === 'forged')).toBe(false);
  });
});

describe('two FreeRADIUS', () => {
  it('one after the other, and the first again when it is back', async () => {
    const first = await startFreeradius({ clients: [{ address: '127.0.0.1', secret: SECRET }], stations: [{ mac: STANDARD, reply: ['Service-Selection = "first"'] }] });
    try {
      const servers = [first, server].map((s) => ({ address: s.address, authPort: s.authPort, secret: SECRET }));
      const c = client({ servers, timeout: 300, retransmit: 2, deadTime: 0 });
      const service = async () => {
        const answer = await c.authorize(question(STANDARD));
        return answer.kind === 'accept' && valueOf(answer.attributes, 'serviceSelection');
      };
      expect(await service()).toBe('first');
      await first.stop();
      expect(await service()).toBe('example.com');
      await first.start();
      expect(await service()).toBe('first');
    } finally {
      await first.close();
    }
  });

  it('one that sends no Message-Authenticator is not believed, unless that is allowed', async () => {
    const old = await startFreeradius({ clients: [{ address: '127.0.0.1', secret: SECRET }], stations: [{ mac: STANDARD }], messageAuthenticator: false });
    try {
      const patience = { servers: [{ address: old.address, authPort: old.authPort, secret: SECRET }], timeout: 600, retransmit: 0 };
      expect(await client(patience).authorize(question(STANDARD))).toMatchObject({ kind: 'timeout', reason: expect.stringMatching(/without Message-Authenticator/) as string });
      expect(counted).toEqual(['no Message-Authenticator']);
      expect(await client({ ...patience, timeout: 3000, requireMessageAuthenticator: false }).authorize(question(STANDARD))).toMatchObject({ kind: 'accept' });
    } finally {
      await old.close();
    }
  });
});

describe('radclient asks us', () => {
  let das: DynamicAuthorization | undefined;
  afterEach(() => das?.close());

  const stamp = () => `Event-Timestamp = ${Math.floor(Date.now() / 1000)}`;
  const phone = `Calling-Station-Id = "${stationIdOf(STANDARD)}"`;
  async function listen(options: Partial<DynamicAuthorizationOptions> = {}): Promise<DynamicRequest[]> {
    const asked: DynamicRequest[] = [];
    das = await openDynamicAuthorization({
      listen: [{ address: '127.0.0.1', port: 0 }],
      clients: [{ address: '127.0.0.1', secret: SECRET }],
      nas: { identifier: 'mag1' },
      onRequest: (r) => {
        asked.push(r);
        return valueOf(r.attributes, 'callingStationId') === stationIdOf(STANDARD) ? { kind: 'ack' } : { kind: 'nak', errorCause: 503 };
      },
      onCount: (reason) => counted.push(reason),
      onError: (e) => counted.push(e.message),
      ...options,
    });
    return asked;
  }
  const ask = (command: 'disconnect' | 'coa', attributes: readonly string[], more: { secret?: string; timeout?: number; attempts?: number } = {}) =>
    radclient({ address: '127.0.0.1', port: das?.ports[0] as number, secret: SECRET, command, attributes, ...more });

  it.each([
    ['disconnect', 'Disconnect'],
    ['coa', 'CoA'],
  ] as const)('to %s a phone that is here, one that is not, and one of another NAS', async (command, name) => {
    const asked = await listen();
    expect((await ask(command, [stamp(), phone, 'NAS-Identifier = "mag1"'])).code).toBe(`${name}-ACK`);
    const unknown = await ask(command, [stamp(), 'Calling-Station-Id = "00-00-00-00-00-01"']);
    expect([unknown.code, unknown.attributes['Error-Cause']]).toEqual([`${name}-NAK`, ['Session-Context-Not-Found']]);
    const elsewhere = await ask(command, [stamp(), phone, 'NAS-Identifier = "mag2"']);
    expect([elsewhere.code, elsewhere.attributes['Error-Cause']]).toEqual([`${name}-NAK`, ['NAS-Identification-Mismatch']]);
    expect(asked.map((a) => a.kind)).toEqual([command, command]);
  });

  it('with the wrong secret, an old time stamp or none: nobody answers', async () => {
    const asked = await listen();
    const once = { attempts: 1, timeout: 0.3 };
    expect((await ask('disconnect', [stamp(), phone], { ...once, secret: 'guess' })).code).toBe('none');
    expect((await ask('disconnect', [phone, 'Event-Timestamp = 1000000000'], once)).code).toBe('none');
    expect((await ask('disconnect', [phone], once)).code).toBe('none');
    expect([asked, counted]).toEqual([[], ['wrong Request Authenticator', 'Event-Timestamp outside the window', 'no Event-Timestamp']]);
  });

  it('again and again while we act: it is acted upon once', async () => {
    let acted = 0;
    let repeated: () => void = () => undefined;
    const again = new Promise<void>((resolve) => (repeated = resolve));
    await listen({
      onRequest: async () => {
        acted++;
        await again;
        return { kind: 'ack' };
      },
      onCount: (reason) => {
        counted.push(reason);
        repeated();
      },
    });
    expect((await ask('disconnect', [stamp(), phone], { attempts: 10, timeout: 0.2 })).code).toBe('Disconnect-ACK');
    expect([acted, new Set(counted)]).toEqual([1, new Set(['request received again'])]);
  });
});

describe('Wireshark', () => {
  const authenticator = Uint8Array.from({ length: 16 }, (_, i) => i * 11);

  it('reads our Access-Request as we meant it, password and all', () => {
    const nas = [{ kind: 'nasIdentifier', value: 'mag1' }, { kind: 'eventTimestamp', value: CAPTURED_AT / 1000 }] as const;
    const octets = accessRequest(7, authenticator, [...question(STANDARD).attributes, ...nas], stationIdOf(STANDARD), SECRET);
    const names = ['radius.code', 'radius.id', 'radius.User_Name', 'radius.User_Password', 'radius.Calling_Station_Id', 'radius.Service_Type', 'radius.NAS_Port_Type', 'radius.NAS_Identifier', 'radius.avp.type', '_ws.malformed'] as const;
    expect(asWireshark([{ direction: 'out', serverPort: 1812, octets }], SECRET, names)).toEqual([
      {
        'radius.code': '1',
        'radius.id': '7',
        'radius.User_Name': '00-24-d7-8e-21-a4',
        'radius.User_Password': '00-24-d7-8e-21-a4',
        'radius.Calling_Station_Id': '00-24-d7-8e-21-a4',
        'radius.Service_Type': '1',
        'radius.NAS_Port_Type': '19',
        'radius.NAS_Identifier': 'mag1',
        'radius.avp.type': '80|1|31|6|61|32|55|2',
        '_ws.malformed': '',
      },
    ]);
  });

  it('reads our accounting, and finds the authenticator of a reply right, and with another secret wrong', () => {
    const request = accountingRequest(8, recordAttributes({ status: 'stop', sessionId: '5a1', attributes: [], terminateCause: 2 }), 0, SECRET);
    const datagrams = [
      { direction: 'out', serverPort: 1813, octets: request },
      { direction: 'in', serverPort: 1813, octets: replyTo(request) },
    ] as const;
    const view = (secret: string) => asWireshark(datagrams, secret, ['radius.code', 'radius.Acct_Status_Type', 'radius.Acct_Terminate_Cause', 'radius.authenticator.valid']);
    expect(view(SECRET)).toEqual([
      { 'radius.code': '4', 'radius.Acct_Status_Type': '2', 'radius.Acct_Terminate_Cause': '2', 'radius.authenticator.valid': '' },
      { 'radius.code': '5', 'radius.Acct_Status_Type': '', 'radius.Acct_Terminate_Cause': '', 'radius.authenticator.valid': '1' },
    ]);
    expect(view('guess')[1]).toMatchObject({ 'radius.authenticator.valid': '0' });
  });
});
