/** Gateways that ask FreeRADIUS about every station that an access point reports: attach times, web login, outage with a cache. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { radclient } from '../../lab/aaa/radclient.ts';
import type { RadclientAnswer } from '../../lab/aaa/radclient.ts';
import type { Station } from '../../lab/aaa/raddb.ts';
import { aaaAgent, openAaaWorld } from '../../lab/aaa/world.ts';
import type { AaaWorld } from '../../lab/aaa/world.ts';
import { until } from '../../lab/processes.ts';
import { AAA } from '../../lab/topology.ts';
import { dottedMac } from '../../protocol/mac.ts';
import { serveHostapds } from './hostapdSocket.ts';
import type { HostapdSocket } from './hostapdSocket.ts';
import { openSceneIn, startTraffic } from './scene.ts';
import type { Scene } from './scene.ts';

const PREFIX = 'rsopen-';
const [NEWCOMER, VISITOR, CUSTOMER] = [1, 2, 3];
/** Home 1 serves nobody without a profile, home 2 gives its default to the others, home 3 remembers no profile. */
const [STRICT, HOSPITABLE, FORGETFUL] = [1, 2, 3];
const ACCOUNT = 'alice@home.example';
const DUAL = ['Cisco-AVPair = "mn-service=dual"', 'Service-Selection = "internet"'];
const GUESTS = { service: 'ipv4', apn: 'internet', dns: ['198.51.100.53'] };
const PORTAL_SECRET = 'portal';
const REPETITIONS = 12;

let scene: Scene<AaaWorld>;
let hostapds: readonly HostapdSocket[];

const nai = (n: number): string => `subscriber${n}@home.example`;
const station = (n: number): Station => ({ mac: scene.world.phone(n).mac, reply: [...DUAL, `Cisco-AVPair = "mn-nai=${nai(n)}"`] });
const bindings = async (home: number) => (await scene.pmip.ask(home, 'show mag binding')) as { readonly mnnai: string; readonly state: string; readonly hnps: readonly string[] }[];
const active = async (home: number): Promise<string[]> => (await bindings(home)).filter((b) => b.state === 'active').map((b) => b.mnnai);
/** The portal lets the station in: it tells the gateway to ask again. */
const letIn = (home: number, phone: number): Promise<RadclientAnswer> =>
  radclient({
    namespace: `${PREFIX}aaa`,
    address: scene.world.home(home).ipv4,
    port: 3799,
    secret: PORTAL_SECRET,
    command: 'coa',
    attributes: [`Calling-Station-Id = "${scene.world.phone(phone).mac.replaceAll(':', '-')}"`, 'Cisco-AVPair = "subscriber:command=reauthenticate"', `Event-Timestamp = ${Math.floor(Date.now() / 1000)}`],
  });

beforeAll(async () => {
  scene = await openSceneIn(
    (lab) => openAaaWorld(lab, { accounts: () => [{ name: ACCOUNT, reply: DUAL }] }),
    { homes: 3, phones: 3, prefix: PREFIX },
    {
      interface: (home) => (home.number === HOSPITABLE ? { 'default-profile': 'guests' } : {}),
      agent: (home) =>
        aaaAgent({
          radius: { timeout: 0.4, retransmit: 1, 'dead-time': 1, 'ask-again': 1 },
          'default-profiles': { guests: GUESTS },
          'dynamic-authorization': { listen: home.ipv4, clients: [{ address: AAA.ipv4, key: PORTAL_SECRET }] },
          'profile-cache': home.number === FORGETFUL ? { age: 0, 'age-without-radius': 0, 'reject-age': 0 } : { 'reject-age': 1 },
        }),
    },
    (world) => {
      hostapds = serveHostapds(world);
    },
  );
});
afterAll(async () => {
  hostapds?.forEach((h) => h.close());
  await scene?.close();
});

describe('two devices on one account', () => {
  it(`attach within 100 ms each (median of ${REPETITIONS}), from hostapd's word to both ends switched, with a question to the RADIUS server each time`, async () => {
    const { pmip, world } = scene;
    const { fake, say } = hostapds[FORGETFUL - 1] as HostapdSocket;
    const took: number[] = [];
    const asked = world.radius.requests().length;
    // Other devices each time: of one device no more than three PBUs a second are sent (RFC 6275 §12, MAX_UPDATE_RATE).
    for (let i = 0; i < REPETITIONS / 2; i++) {
      const macs = [1, 2].map((device) => `02:cc:00:00:0${i}:0${device}`);
      for (const mac of macs) fake.stations.set(mac, { authorized: true, identity: ACCOUNT });
      const arrivals = await Promise.all(macs.map((mac) => pmip.arrival(FORGETFUL, mac, () => Promise.resolve(void say(`AP-STA-CONNECTED ${mac}`)))));
      took.push(...arrivals.map((a) => a.stages.switched));
      expect((await active(FORGETFUL)).sort()).toEqual(macs.map((mac) => `alice+${mac.replaceAll(':', '')}@home.example`));
      fake.stations.clear();
      await Promise.all(macs.map((mac) => pmip.departure(FORGETFUL, mac, () => Promise.resolve(void say(`AP-STA-DISCONNECTED ${mac}`)))));
    }
    expect(took.sort((a, b) => a - b)[REPETITIONS / 2]).toBeLessThan(100);
    // An anchor holds a second device of the same name for 1.5 s (RFC 5213 §5.4.1.2): that never happened.
    expect(Math.max(...took)).toBeLessThan(1500);
    expect(world.radius.requests().length - asked).toBeGreaterThanOrEqual(REPETITIONS);
  });
});

describe('web login', () => {
  it('without a default profile: nobody knows the MAC, so there is no service; once the portal has let it in, there is, without a new association', async () => {
    const { world, pmip } = scene;
    const { mac } = world.phone(VISITOR);
    const from = pmip.transitions.length;
    await world.roam(VISITOR, STRICT);
    await pmip.heard('the refusal', from, (t) => t.home === STRICT && t.linkLayerId === mac && t.to === 'denied');
    const client = world.startDhcp(VISITOR, 'udhcpc');
    await until('requests in vain', 10_000, () => client.log().split('broadcasting discover').length > 2);
    expect(world.addresses(VISITOR).ipv4).toEqual([]);
    await world.radius.change({ stations: [station(VISITOR)] });
    await pmip.heard('the registration', from, (t) => t.home === STRICT && t.linkLayerId === mac && t.to === 'active');
    const addresses = await until('the addresses', 15_000, () => {
      const a = world.addresses(VISITOR);
      return a.ipv4.length > 0 && a.ipv6.length > 0 && a;
    });
    expect(await active(STRICT)).toEqual([nai(VISITOR)]);
    await (await startTraffic(scene, { phone: VISITOR, families: ['ipv4', 'ipv6'], addresses })).ends();
  });

  it('with a default profile: the interface\'s service at first, by the MAC, and what was paid for as soon as the portal says so', async () => {
    const { world, pmip } = scene;
    const { mac } = world.phone(CUSTOMER);
    await pmip.arrival(HOSPITABLE, mac, () => world.roam(CUSTOMER, HOSPITABLE));
    expect(await bindings(HOSPITABLE)).toMatchObject([{ mnnai: dottedMac(mac), state: 'active', hnps: [] }]);
    await world.radius.change({ stations: [station(VISITOR), station(CUSTOMER)] });
    expect(await letIn(HOSPITABLE, CUSTOMER)).toMatchObject({ code: 'CoA-ACK' });
    await until('the own profile', 10_000, async () => (await active(HOSPITABLE)).join() === nai(CUSTOMER));
    expect((await bindings(HOSPITABLE))[0]?.hnps).toHaveLength(1);
    // In the session of the new profile the portal's word counts as before.
    expect(await letIn(HOSPITABLE, CUSTOMER)).toMatchObject({ code: 'CoA-ACK' });
    world.startDhcp(CUSTOMER, 'udhcpc');
    const addresses = await until('the address', 15_000, () => world.addresses(CUSTOMER).ipv4.length > 0 && world.addresses(CUSTOMER));
    await (await startTraffic(scene, { phone: CUSTOMER, families: ['ipv4'], addresses })).ends();
  });

  it('and from then on it is let in by itself, at every home', async () => {
    await scene.roam(CUSTOMER, STRICT);
    expect(await active(STRICT)).toContain(nai(CUSTOMER));
  });
});

describe('while the RADIUS server is down', () => {
  it('a phone whose profile is known leaves and comes back into its session; others get none, and get it when the server is back', async () => {
    const { world, pmip } = scene;
    const { fake, say } = hostapds[STRICT - 1] as HostapdSocket;
    const [{ mac: visitor }, { mac: newcomer }] = [world.phone(VISITOR), world.phone(NEWCOMER)];
    const before = world.addresses(VISITOR);
    await world.radius.change({ stations: [NEWCOMER, VISITOR, CUSTOMER].map(station) });
    await world.radius.stop();
    await world.leave(VISITOR);
    fake.stations.delete(visitor);
    await pmip.departure(STRICT, visitor, () => Promise.resolve(void say(`AP-STA-DISCONNECTED ${visitor}`)));
    const { stages } = await scene.roam(VISITOR, STRICT);
    // Long before the first of two questions would have been given up.
    expect(stages.switched).toBeLessThan(400);
    await (await startTraffic(scene, { phone: VISITOR, families: ['ipv4', 'ipv6'], addresses: before })).ends();
    expect(world.addresses(VISITOR)).toEqual(before);

    const from = pmip.transitions.length;
    await world.roam(NEWCOMER, STRICT);
    await pmip.heard('the refusal', from, (t) => t.home === STRICT && t.linkLayerId === newcomer && t.to === 'denied');
    await world.radius.start();
    world.startDhcp(NEWCOMER, 'udhcpc');
    await pmip.heard('its registration', from, (t) => t.home === STRICT && t.linkLayerId === newcomer && t.to === 'active');
    await until('its address', 15_000, () => world.addresses(NEWCOMER).ipv4.length > 0);
  });
});
