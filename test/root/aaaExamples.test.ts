/**
 * The guide's two MAG configurations with RADIUS as they stand in examples/, against Debian's FreeRADIUS with the users and clients
 * of examples/freeradius: a real DHCP client, the guide's show command, a portal's CoA, and RADIUS down.
 */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startFreeradius, type RadiusServer, type RadiusServerOptions } from '../../lab/aaa/freeradius.ts';
import { radclient, type RadclientRequest } from '../../lab/aaa/radclient.ts';
import { until, type LabProcess } from '../../lab/processes.ts';
import { INTERNET, PHONE_MAC, shellLab, type ShellLab } from './shellLab.ts';

const SERVER = '203.0.113.115';
const GATEWAY = '10.8.24.15';
const USERS = resolve('examples/freeradius/users');

let lab: ShellLab;
let radius: RadiusServer | undefined;
let agent: LabProcess | undefined;
beforeAll(async () => {
  lab = await shellLab();
  lab.ip('net', `address add ${SERVER}/32 dev br0`, 'route add 10.8.24.0/24 dev br0');
  lab.ip('home', `route add ${SERVER}/32 dev wan0`);
  await lab.startLma();
});
afterEach(async () => {
  await agent?.stop('SIGINT');
  await radius?.close();
  lab.ip('phone', 'address flush dev eth0');
  [agent, radius] = [undefined, undefined];
});
afterAll(() => lab.close());

/** Each story begins with a gateway that remembers nobody. */
const startAgent = async (example: string, radiusOptions?: string): Promise<void> => {
  rmSync(join(lab.folder, 'agent-state'), { recursive: true, force: true });
  agent = await lab.startAgent(example, undefined, undefined, (text) => (radiusOptions === undefined ? text : text.replace('retransmit: 2, timeout: 3', radiusOptions)));
};
const startRadius = async (more: Partial<RadiusServerOptions> = {}): Promise<RadiusServer> =>
  (radius = await startFreeradius({ namespace: lab.namespace('net'), addresses: [SERVER], clients: [], include: [resolve('examples/freeradius/clients.conf')], ...more }));
const bindings = (): string => lab.show('agent', 'ipv6', 'mobile', 'pmipv6', 'mag', 'binding');
/** Whose sessions are there. */
const served = async (): Promise<string[]> => ((await lab.ask('agent', 'show mag binding')) as { readonly mnnai: string; readonly state: string }[]).filter((b) => b.state === 'active').map((b) => b.mnnai);
const sample = (nai: string, hoa = '192.0.2.1'): string => `Total number of bindings: 1
-----
[Binding][MN]: Domain: D1, Nai: ${nai}
  [Binding][MN]: State: ACTIVE
  [Binding][MN]: Interface: GigabitEthernet0/1/0.3074
  [Binding][MN]: Hoa: ${hoa}, att: 4, llid: 0024.d78e.21a4
  [Binding][MN]: HNP: 0
  [Binding][MN][LMA]: Id: lma1
  [Binding][MN][LMA]: lifetime: 3600
  [Binding][MN][GREKEY]: Upstream: 5, Downstream: 5
`;
const shown = (): string => bindings().replace(/Upstream: \d+, Downstream: \d+/, 'Upstream: 5, Downstream: 5');
const toGateway = (command: RadclientRequest['command'], ...attributes: string[]) =>
  radclient({ namespace: lab.namespace('net'), address: GATEWAY, port: 3799, secret: 'aaacisco', command, attributes: [...attributes, `Event-Timestamp = ${Math.floor(Date.now() / 1000)}`], attempts: 1 });
const counters = (): Record<string, number> => JSON.parse(lab.show('agent', 'ipv6', 'mobile', 'pmipv6', 'mag', 'stats', 'json')).counters as Record<string, number>;
/** A phone that tries twice. */
const discover = (): string => lab.run('phone', 'sh', '-c', 'udhcpc -f -q -n -i eth0 -s /bin/true -t 2 -T 1 2>&1 || true');
const PHONE = 'Calling-Station-Id = "00-24-d7-8e-21-a4"';

describe('examples/mag-radius.yaml', () => {
  it('the subscriber’s profile comes from RADIUS, and the guide’s command prints the guide’s sample', async () => {
    const server = await startRadius({ users: USERS });
    await startAgent('mag-radius');
    expect(lab.lease()).toBe('192.0.2.1');
    expect(shown()).toBe(sample('mn0@example.com'));
    expect(server.requests()).toMatchObject([
      {
        'User-Name': ['00-24-d7-8e-21-a4'],
        'Calling-Station-Id': ['00-24-d7-8e-21-a4'],
        'Service-Type': ['Login-User'],
        'NAS-Port-Type': ['Wireless-802.11'],
        'NAS-Port-Id': ['GigabitEthernet0/1/0.3074'],
        'NAS-Identifier': ['M1@D1'],
        'NAS-IPv6-Address': ['2001:db8:cafe:1025::15'],
        'Chargeable-User-Identity': ['0x00'],
      },
    ]);
  });

  it('whom RADIUS does not know gets nothing, until it does: then the phone’s next word lets it in', async () => {
    const server = await startRadius();
    await startAgent('mag-radius', 'retransmit: 2, timeout: 3 }\nprofile-cache: { reject-age: 0');
    expect(discover()).toContain('no lease');
    expect(bindings()).toMatch(/State: DENIED.*Access-Reject/);
    await server.change({ users: USERS });
    expect(lab.lease()).toBe('192.0.2.1');
    expect(shown()).toBe(sample('mn0@example.com'));
  });

  it('accounting has what the phone sent and got', async () => {
    const server = await startRadius({ users: USERS });
    await startAgent('mag-radius', 'retransmit: 2, timeout: 3, accounting: start-stop }\ndiscover-mn-detach: { interval: 1, timeout: 0.5, retries: 1');
    lab.lease();
    expect(lab.run('phone', 'ping', '-q', '-c', '5', '-i', '0.1', '-W', '1', INTERNET)).toContain(' 5 received');
    lab.ip('phone', 'link set eth0 down');
    await until('the session to end', 20_000, () => server.accounting().length === 2);
    lab.ip('phone', 'link set eth0 up');
    const [start, stop] = server.accounting();
    expect(start).toMatchObject({ 'Acct-Status-Type': ['Start'], 'User-Name': ['00-24-d7-8e-21-a4'], 'Framed-IP-Address': ['192.0.2.1'], 'Acct-Authentic': ['RADIUS'], 'Service-Selection': ['example.com'] });
    expect(stop).toMatchObject({ 'Acct-Status-Type': ['Stop'], 'Acct-Session-Id': start?.['Acct-Session-Id'], 'Acct-Input-Octets': ['420'], 'Acct-Output-Octets': ['420'], 'Acct-Input-Packets': ['5'], 'Acct-Terminate-Cause': ['Lost-Carrier'] });
  });

  it('nor does anybody while the shared secret is wrong, and the operator is told so', async () => {
    await startRadius({ users: USERS, clients: [{ address: GATEWAY, secret: 'another-secret' }], include: [] });
    await startAgent('mag-radius', 'retransmit: 0, timeout: 0.5');
    expect(discover()).toContain('no lease');
    expect(bindings()).toMatch(/State: DENIED.*is the shared secret the same on both sides/);
  });

  it('profiles of RFC 6572 serve too', async () => {
    await startRadius({ users: USERS });
    lab.ip('phone', 'link set eth0 address 00:24:d7:8e:21:a5');
    await startAgent('mag-radius');
    expect(lab.lease()).toMatch(/^192\.0\.2\./);
    expect(bindings()).toContain('Nai: mn1@example.com');
    expect(bindings()).toMatch(/HNP: 2001:db8:f00d/);
    lab.ip('phone', `link set eth0 address ${PHONE_MAC}`);
  });
});

describe('examples/mag-radius-or-default.yaml', () => {
  it('whom RADIUS rejects gets the default profile, until a portal’s CoA says otherwise; a Disconnect ends it', async () => {
    const server = await startRadius();
    await startAgent('mag-radius-or-default');
    const hoa = lab.lease();
    expect(shown()).toBe(sample('0024.d78e.21a4', hoa));
    expect(server.requests()).toHaveLength(1);

    await server.change({ users: USERS });
    expect(await toGateway('coa', PHONE)).toMatchObject({ code: 'CoA-ACK' });
    await until('the subscriber’s own session', 10_000, async () => (await served()).includes('mn0@example.com'));

    expect(await toGateway('disconnect', 'User-Name = "nobody@example.com"')).toMatchObject({ code: 'Disconnect-NAK', attributes: { 'Error-Cause': ['Session-Context-Not-Found'] } });
    expect(await toGateway('disconnect', PHONE, 'NAS-Identifier = "M2@D1"')).toMatchObject({ code: 'Disconnect-NAK', attributes: { 'Error-Cause': ['NAS-Identification-Mismatch'] } });
    expect(await toGateway('disconnect', PHONE, 'User-Name = "mn0@example.com"')).toMatchObject({ code: 'Disconnect-ACK' });
    // The gateway stops serving when it sends the de-registration, the anchor releases when that arrives: two moments.
    await until('the anchor to release the session', 10_000, () => /mn0@example\.com +\S+ +RELEASED/.test(lab.show('lma', 'lma-service', 'session')));
    expect(await served()).toEqual([]);
  });

  it('who is not permitted is not heard', async () => {
    await startRadius();
    await startAgent('mag-radius-or-default');
    lab.lease();
    const stranger = { namespace: lab.namespace('lma'), address: GATEWAY, port: 3799, secret: 'aaacisco', command: 'disconnect', attributes: [PHONE], attempts: 1 } as const;
    expect(await radclient(stranger)).toMatchObject({ code: 'none' });
    expect(counters()['RADIUS: request of a client that is not permitted']).toBe(1);
    expect(bindings()).toContain('State: ACTIVE');
  });

  it('nobody answers: the default profile after the timeout, and the subscriber’s own when RADIUS is back', async () => {
    const server = await startRadius({ users: USERS });
    await server.stop();
    await startAgent('mag-radius-or-default', 'retransmit: 1, timeout: 0.5, ask-again: 1');
    const hoa = lab.lease();
    expect(shown()).toBe(sample('0024.d78e.21a4', hoa));
    await server.start();
    await until('the subscriber’s own session', 15_000, async () => (await served()).includes('mn0@example.com'));
  });
});
