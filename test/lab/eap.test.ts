/** EAP of every kind against a real RADIUS server, and what a phone that authenticated has: its address at every home. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostapdRequest } from '../../lab/access.ts';
import { identityOf } from '../../lab/aaa/credentials.ts';
import type { Credential } from '../../lab/aaa/credentials.ts';
import { simCard } from '../../lab/aaa/simCard.ts';
import { openAaaWorld } from '../../lab/aaa/world.ts';
import type { AaaWorld } from '../../lab/aaa/world.ts';
import { until } from '../../lab/processes.ts';
import { attach, isAt, openSceneIn, sessions, startTraffic } from './scene.ts';
import type { Attached, Scene } from './scene.ts';

/**
 * FreeRADIUS has PEAP, TTLS, TLS, MD5 and SIM; AKA and AKA' are the SIM operator's (hostapd as a RADIUS server), to whom FreeRADIUS
 * passes the operator's subscribers on.
 */
const ENTITLED: readonly Credential[] = [
  { method: 'peap', identity: 'peap@home.example', password: 'correct horse' },
  { method: 'ttls', identity: 'ttls@home.example', anonymous: 'anonymous@home.example', password: 'battery' },
  { method: 'tls', identity: 'tls@home.example' },
  { method: 'md5', identity: 'md5@home.example', password: 'staple' },
  { method: 'sim', card: simCard(5) },
  { method: 'aka', card: simCard(6) },
  { method: "aka'", card: simCard(7) },
];
/** What the servers know of these does not agree with what the phones say. */
const IMPOSTORS: readonly Credential[] = [
  { method: 'peap', identity: 'victim@home.example', password: 'guessed' },
  { method: 'ttls', identity: 'stranger@home.example', anonymous: 'anonymous@home.example', password: 'any' },
  { method: 'tls', identity: 'revoked@home.example' },
  { method: 'sim', card: simCard(11) },
];
const CREDENTIALS = [...ENTITLED, ...IMPOSTORS];
const IMPOSTOR_FROM = ENTITLED.length + 1;

let scene: Scene<AaaWorld>;
const credential = (number: number): Credential => CREDENTIALS[number - 1] as Credential;
const userName = async (phone: number, home: number): Promise<string | undefined> => {
  const { world } = scene;
  return /^dot1xAuthSessionUserName=(.*)$/m.exec(await hostapdRequest(world.folder, world.home(home), `STA ${world.phone(phone).mac}`))?.[1];
};

beforeAll(async () => {
  const open = (lab: Parameters<typeof openAaaWorld>[0]) =>
    openAaaWorld(lab, {
      credential: (phone) => credential(phone.number),
      accounts: (known) => [...known.slice(0, ENTITLED.length), { name: 'victim@home.example', password: 'secret' }],
      accounting: true,
    });
  scene = await openSceneIn(open, { homes: 2, phones: CREDENTIALS.length, prefix: 'rseap-' }, {});
});
afterAll(() => scene?.close());

describe('phones that prove who they are', () => {
  const attached = new Map<number, Attached>();
  beforeAll(async () => {
    for (const phone of await Promise.all(ENTITLED.map((_, i) => attach(scene, i + 1, 1, ['ipv4', 'ipv6'])))) attached.set(phone.phone, phone);
  });

  it.each(ENTITLED.map((c, i) => [c.method, i + 1] as const))('EAP-%s: the identity reaches the home, address and connections stay at the next one', async (_, number) => {
    const phone = attached.get(number) as Attached;
    expect(await userName(number, 1)).toBe(identityOf(credential(number)));
    const traffic = await startTraffic(scene, phone);
    await scene.roam(number, 2);
    await traffic.flows();
    await traffic.ends();
    expect(scene.world.addresses(number)).toEqual(phone.addresses);
    expect(await userName(number, 2)).toBe(identityOf(credential(number)));
    await isAt(scene, number, 2);
  });

  it('the server has a record of each session, by the identity that was proven and not by the one shown outside the tunnel', async () => {
    const starts = await until('accounting of both homes', 5000, () => {
      const found = scene.world.radius.accounting().filter((r) => r['Acct-Status-Type']?.[0] === 'Start');
      return found.length >= 2 * ENTITLED.length && found;
    });
    expect(new Set(starts.map((r) => r['NAS-Identifier']?.[0]))).toEqual(new Set(['home1', 'home2']));
    expect(new Set(starts.map((r) => r['User-Name']?.[0]))).toEqual(new Set(ENTITLED.map(identityOf)));
  });
});

describe('phones that do not', () => {
  const numbers = IMPOSTORS.map((_, i) => i + IMPOSTOR_FROM);
  beforeAll(async () => {
    const { world } = scene;
    await Promise.all(numbers.map((n) => world.roam(n, 1)));
    const clients = numbers.map((n) => world.startDhcp(n, 'udhcpc'));
    await until('a few requests for addresses', 20_000, () => clients.every((client) => client.log().split('broadcasting discover').length > 3));
  });

  it.each(IMPOSTORS.map((c, i) => [c.method, identityOf(c), i + IMPOSTOR_FROM] as const))('EAP-%s as %s: no session, no address, whatever it sends', async (_, __, number) => {
    const { world, pmip } = scene;
    const { mac, identity } = world.phone(number);
    const calling = mac.replaceAll(':', '-').toUpperCase();
    expect(world.radius.log().split('\n').filter((line) => line.includes('Login incorrect') && line.includes(calling))).not.toEqual([]);
    expect(await hostapdRequest(world.folder, world.home(1), `STA ${mac}`)).not.toContain('[AUTHORIZED]');
    expect(world.addresses(number)).toEqual({ ipv4: [], ipv6: [] });
    expect((await sessions(scene)).has(identity)).toBe(false);
    expect(pmip.transitions.filter((t) => t.linkLayerId === mac)).toEqual([]);
  });
});
