/** Profiles from FreeRADIUS for phones that EAP let in: accounts of several devices, both vocabularies, CoA and Disconnect, outage. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostapdRequest } from '../../lab/access.ts';
import { identityOf } from '../../lab/aaa/credentials.ts';
import type { Credential } from '../../lab/aaa/credentials.ts';
import { radclient } from '../../lab/aaa/radclient.ts';
import type { RadclientAnswer } from '../../lab/aaa/radclient.ts';
import type { Account } from '../../lab/aaa/raddb.ts';
import { aaaAgent, openAaaWorld } from '../../lab/aaa/world.ts';
import type { AaaWorld } from '../../lab/aaa/world.ts';
import { until } from '../../lab/processes.ts';
import { AAA } from '../../lab/topology.ts';
import { attach, openSceneIn, startTraffic } from './scene.ts';
import type { Attached, Scene } from './scene.ts';

const [ALICE, ALICE_2, BOB, CAROL, LATE, DAVE] = [1, 2, 3, 4, 5, 6];
/** At home 3 an account has one device. */
const PER_ACCOUNT = 3;
const account = (name: string): Credential => ({ method: 'peap', identity: `${name}@home.example`, password: name });
const CREDENTIALS = ['alice', 'alice', 'bob', 'carol', 'late', 'dave'].map(account);
const DYNAMIC_SECRET = 'dynamic';
const DNS = ['198.51.100.53', '2001:db8:251::53'];
/** PMIP6_SUPPORTED and IP4_HOA_SUPPORTED; FreeRADIUS reads it in decimal. */
const PMIP6_WITH_IPV4 = 0x0000_0300_0000_0000n;

/** The seed's Cisco-AVPairs for alice, RFC 6572 for bob, and nothing but an LMA for the others. */
const PROFILES: Readonly<Record<string, readonly string[]>> = {
  'alice@home.example': ['Cisco-AVPair = "mn-service=dual"', 'Cisco-AVPair = "mn-apn=internet"', 'Cisco-AVPair = "home-lma=lma1"', 'Cisco-AVPair = "cisco-mpc-protocol-interface=pmipv6"'],
  'bob@home.example': ['Mobile-Node-Identifier = "bob-profile@home.example"', 'Service-Selection = "internet"', 'PMIP6-Home-LMA-IPv6-Address = 2001:db8:250::2', `MIP6-Feature-Vector = ${PMIP6_WITH_IPV4}`],
};
const withProfiles = (known: readonly Account[], changed: Readonly<Record<string, readonly string[]>> = {}): Account[] =>
  [...new Map(known.map((a) => [a.name, a])).values()].map((a) => ({ ...a, reply: changed[a.name] ?? PROFILES[a.name] ?? ['Service-Selection = "internet"'] }));

let scene: Scene<AaaWorld>;
const tag = (phone: number): string => scene.world.phone(phone).mac.replaceAll(':', '');
const bindings = async (home: number) => (await scene.pmip.ask(home, 'show mag binding')) as { readonly mnnai: string; readonly state: string; readonly hoa?: string; readonly hnps: readonly string[]; readonly apn?: string; readonly liferem: number }[];
const nais = async (home: number): Promise<string[]> => (await bindings(home)).filter((b) => b.state === 'active').map((b) => b.mnnai);
const ask = (command: 'coa' | 'disconnect', home: number, attributes: readonly string[], secret = DYNAMIC_SECRET): Promise<RadclientAnswer> =>
  radclient({ namespace: AAA_NAMESPACE, address: scene.world.home(home).ipv4, port: 3799, secret, command, attributes: [...attributes, `Event-Timestamp = ${Math.floor(Date.now() / 1000)}`] });
const PREFIX = 'rsaaa-';
const AAA_NAMESPACE = `${PREFIX}aaa`;

beforeAll(async () => {
  scene = await openSceneIn(
    (lab) => openAaaWorld(lab, { credential: (phone) => CREDENTIALS[phone.number - 1] as Credential, accounts: withProfiles }),
    { homes: 3, phones: CREDENTIALS.length, prefix: PREFIX },
    {
      refresh: 4,
      agent: (home) =>
        aaaAgent({ ...(home.number === PER_ACCOUNT ? { 'mn-identifier': { sharing: 'per-account' } } : {}), radius: { timeout: 0.5, retransmit: 1, dns: DNS, accounting: 'start-stop' }, 'dynamic-authorization': { listen: home.ipv4, clients: [{ address: AAA.ipv4, key: DYNAMIC_SECRET }] } }),
    },
  );
});
afterAll(() => scene?.close());

describe('two phones on one account', () => {
  const attached: Attached[] = [];

  it('attach with a name and addresses for each, at once', async () => {
    for (const number of [ALICE, ALICE_2] as const) attached.push(await attach(scene, number, 1, ['ipv4', 'ipv6']));
    expect((await nais(1)).sort()).toEqual([`alice+${tag(ALICE)}@home.example`, `alice+${tag(ALICE_2)}@home.example`]);
    expect(new Set(attached.flatMap((a) => [...a.addresses.ipv4, ...a.addresses.ipv6])).size).toBe(4);
  });

  it('keep them at the next home, with their connections', async () => {
    const [one, two] = attached as [Attached, Attached];
    const traffic = [await startTraffic(scene, one), await startTraffic(scene, two)];
    await Promise.all([scene.roam(ALICE, 2), scene.roam(ALICE_2, 2)]);
    for (const t of traffic) await t.flows();
    for (const t of traffic) await t.ends();
    expect([scene.world.addresses(ALICE), scene.world.addresses(ALICE_2)]).toEqual([one.addresses, two.addresses]);
  });

  it('move within 100 ms each (median), from hostapd\'s word to both ends switched, and never after the 1.5 s for which an anchor holds a name that two share', async () => {
    const took: number[] = [];
    for (let i = 0; i < 6; i++) {
      const arrivals = await Promise.all([scene.roam(ALICE, (i % 2) + 1), scene.roam(ALICE_2, (i % 2) + 1)]);
      took.push(...arrivals.map((a) => a.stages.switched));
    }
    expect(took.sort((a, b) => a - b)[took.length / 2]).toBeLessThan(100);
    expect(Math.max(...took)).toBeLessThan(1500);
  });
});

describe('an account of one device', () => {
  it('a phone that takes another MAC keeps its address and its prefix, and the session of the old MAC is over', async () => {
    const { world, pmip } = scene;
    const before = await attach(scene, DAVE, PER_ACCOUNT, ['ipv4', 'ipv6']);
    const old = world.phone(DAVE).mac;
    await world.processes.get(`udhcpc${DAVE}`)?.stop('SIGKILL');
    await world.changeMac(DAVE, '06:bb:00:00:00:06');
    const from = pmip.transitions.length;
    const after = await attach(scene, DAVE, PER_ACCOUNT, ['ipv4', 'ipv6']);
    expect(after.addresses.ipv4).toEqual(before.addresses.ipv4);
    const prefix = (a: Attached) => a.addresses.ipv6.map((address) => address.split(':').slice(0, 4).join(':'));
    expect(prefix(after)).toEqual(prefix(before));
    await pmip.heard('the end of the old session', from, (t) => t.home === PER_ACCOUNT && t.linkLayerId === old && t.to === 'denied', 5000);
    expect(await nais(PER_ACCOUNT)).toEqual(['dave@home.example']);
    await (await startTraffic(scene, after)).ends();
  });
});

describe('the profile', () => {
  it('in Cisco-AVPairs and in RFC 6572 attributes are the same to the gateway', async () => {
    await Promise.all([attach(scene, BOB, 1, ['ipv4', 'ipv6']), attach(scene, CAROL, 1, ['ipv4', 'ipv6'])]);
    const all = [...(await bindings(1)), ...(await bindings(2))];
    for (const nai of [`alice+${tag(ALICE)}@home.example`, `bob-profile+${tag(BOB)}@home.example`]) {
      expect(all.find((b) => b.mnnai === nai && b.state === 'active')).toMatchObject({ apn: 'internet', 'peer-id': 'lma1', hoa: expect.any(String) as string, hnps: [expect.any(String)] });
    }
  });

  it('was asked for as the guide wants it: by the MAC in small letters, with Service-Type, NAS-Identifier and a signature', () => {
    const asked = scene.world.radius.requests().filter((r) => r['Service-Type']?.[0] === 'Login-User');
    expect(asked.length).toBeGreaterThan(0);
    for (const r of asked) expect(r).toMatchObject({ 'Calling-Station-Id': [expect.stringMatching(/^[0-9a-f]{2}(-[0-9a-f]{2}){5}$/)], 'NAS-Identifier': [expect.stringMatching(/^home\d@lab\.example$/)], 'Message-Authenticator': [expect.any(String)] });
    expect(asked.find((r) => r['Calling-Station-Id']?.[0] === scene.world.phone(BOB).mac.replaceAll(':', '-'))?.['User-Name']).toEqual([identityOf(account('bob'))]);
  });
});

describe('a CoA-Request', () => {
  it('from somebody else, or with another secret, gets no answer', async () => {
    const attributes = ['User-Name = "bob@home.example"', `Event-Timestamp = ${Math.floor(Date.now() / 1000)}`];
    const request = { port: 3799, command: 'coa', attributes, timeout: 0.3, attempts: 1 } as const;
    const answers = await Promise.all([
      radclient({ ...request, namespace: scene.world.home(2).namespace, address: scene.world.home(1).ipv4, secret: DYNAMIC_SECRET }),
      radclient({ ...request, namespace: AAA_NAMESPACE, address: scene.world.home(1).ipv4, secret: 'wrong' }),
    ]);
    expect(answers.map((a) => a.code)).toEqual(['none', 'none']);
  });

  it('about a session that is not here is refused', async () => {
    expect(await ask('coa', 1, ['User-Name = "nobody@home.example"'])).toMatchObject({ code: 'CoA-NAK', attributes: { 'Error-Cause': ['Session-Context-Not-Found'] } });
  });

  it('brings the changed profile: the phone loses the family that its subscription lost, and keeps the other', async () => {
    const before = scene.world.addresses(BOB);
    const traffic = await startTraffic(scene, { phone: BOB, families: ['ipv4'], addresses: before });
    await scene.world.radius.change({ accounts: withProfiles(scene.world.plan.phones.map((p) => ({ name: identityOf(CREDENTIALS[p.number - 1] as Credential), password: (CREDENTIALS[p.number - 1] as { password: string }).password })), { 'bob@home.example': ['Mobile-Node-Identifier = "bob-profile@home.example"', 'Cisco-AVPair = "mn-service=ipv4"', 'Service-Selection = "internet"'] }) });
    expect((await ask('coa', 1, ['User-Name = "bob@home.example"'])).code).toBe('CoA-ACK');
    const changed = await until('the binding without prefixes', 10_000, async () => (await bindings(1)).find((b) => b.mnnai === `bob-profile+${tag(BOB)}@home.example` && b.hnps.length === 0 && b.state === 'active'));
    expect(changed.hoa).toBe(before.ipv4[0]);
    await traffic.flows();
    await traffic.ends();
  });
});

describe('a Disconnect-Request', () => {
  it('ends the binding at both ends and sends the phone away; it may come again', async () => {
    const { world, pmip } = scene;
    const nai = `carol+${tag(CAROL)}@home.example`;
    expect(await nais(1)).toContain(nai);
    expect((await ask('disconnect', 1, [`Calling-Station-Id = "${world.phone(CAROL).mac.replaceAll(':', '-')}"`])).code).toBe('Disconnect-ACK');
    await pmip.heard('the anchor to release it', 0, (t) => t.home === 0 && t.linkLayerId === world.phone(CAROL).mac && t.to === 'RELEASED');
    expect(await nais(1)).not.toContain(nai);
    expect(await hostapdRequest(world.folder, world.home(1), `STA ${world.phone(CAROL).mac}`)).not.toContain('[AUTHORIZED]');
    await until('the record of its end', 5000, () => world.radius.accounting().some((r) => r['Acct-Status-Type']?.[0] === 'Stop' && r['Acct-Terminate-Cause']?.[0] === 'Admin-Reset'));
    await pmip.arrival(2, world.phone(CAROL).mac, () => world.roam(CAROL, 2));
    expect(await nais(2)).toContain(nai);
  });
});

describe('while the RADIUS server is down', () => {
  it('whoever is in stays in, new phones get nothing, and get it when the server is back', async () => {
    const { world, pmip } = scene;
    const traffic = await startTraffic(scene, { phone: ALICE, families: ['ipv4', 'ipv6'], addresses: world.addresses(ALICE) });
    await world.radius.stop();
    const from = pmip.transitions.length;
    await world.roam(LATE, 1);
    let left = Infinity;
    await until('a refresh meanwhile', 10_000, async () => {
      const before = left;
      left = (await bindings(2)).find((b) => b.mnnai === `alice+${tag(ALICE)}@home.example`)?.liferem ?? Infinity;
      return left > before;
    });
    await traffic.flows();
    expect(await hostapdRequest(world.folder, world.home(1), `STA ${world.phone(LATE).mac}`)).not.toContain('[AUTHORIZED]');
    expect(pmip.transitions.slice(from).filter((t) => t.linkLayerId === world.phone(LATE).mac)).toEqual([]);
    const back = pmip.transitions.length;
    await world.radius.start();
    // The access point asks again every 3 s, so it may have been let in before it tries again itself.
    await world.roam(LATE, 1, 'supplicant');
    await pmip.heard('home 1 to register the late phone', back, (t) => t.home === 1 && t.linkLayerId === world.phone(LATE).mac && t.to === 'active');
    expect(await nais(1)).toContain(`late+${tag(LATE)}@home.example`);
    await traffic.ends();
  });
});
