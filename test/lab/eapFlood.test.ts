/** A hostapd that floods its gateway with events while a phone is served: true ones, false ones, garbage, and a station that flaps. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/processes.ts';
import { openWorld } from '../../lab/world.ts';
import { serveHostapds } from './hostapdSocket.ts';
import type { HostapdSocket } from './hostapdSocket.ts';
import { attach, isAt, openSceneIn, startTraffic } from './scene.ts';
import type { Attached, Scene, Traffic } from './scene.ts';

const EVENTS = 20_000;
const FLAPS = 300;

let scene: Scene;
let hostapds: readonly HostapdSocket[];
let phone: Attached;
let traffic: Traffic;

beforeAll(async () => {
  scene = await openSceneIn(openWorld, { homes: 2, phones: 1, prefix: 'rsflood-' }, {}, (world) => {
    hostapds = serveHostapds(world, () => 'anybody@home.example');
  });
  phone = await attach(scene, 1, 1, ['ipv4', 'ipv6']);
  traffic = await startTraffic(scene, phone);
});
afterAll(async () => {
  hostapds?.forEach((h) => h.close());
  await scene?.close();
});

const stranger = (n: number): string => `02:ee:00:00:${((n >> 8) & 255).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;
const bindings = async (home: number) => (await scene.pmip.ask(home, 'show mag binding')) as { readonly mnnai: string; readonly state: string }[];

describe(`${EVENTS} events of stations`, () => {
  it('that hostapd does not know, garbage among them: the phone is served all the while, and nobody else', async () => {
    const [hostapd] = hostapds as [HostapdSocket];
    const begun = Number(process.hrtime.bigint()) / 1e6;
    await hostapd.flood(
      (function* () {
        for (let i = 0; i < EVENTS; i++) yield [`AP-STA-CONNECTED ${stranger(i)}`, `AP-STA-DISCONNECTED ${stranger(i - 1)}`, `CTRL-EVENT-EAP-SUCCESS ${stranger(i)}`, `AP-STA-CONNECTED ${'x'.repeat(i % 2000)}`][i % 4] as string;
      })(),
    );
    await traffic.flows();
    // An answer may find the queue full too; then the gateway begins anew with the station list, as with a hostapd that lost events.
    await until('the gateway to have looked into it', 10_000, () => hostapd.fake.requests.some((r) => r.startsWith('STA 02:ee:')));
    const gaps = await Promise.all(traffic.probes.map((p) => p.longestGapSince(begun)));
    expect(Math.max(...gaps.map((gap) => gap ?? Infinity))).toBeLessThan(1000);
    expect((await bindings(1)).map((b) => b.mnnai)).toEqual([scene.world.phone(1).identity]);
  });

  it('that hostapd does know and the profile list does not: refused one by one, and forgotten when they have gone', async () => {
    const [hostapd] = hostapds as [HostapdSocket];
    for (let i = 0; i < 50; i++) hostapd.fake.stations.set(stranger(i), { authorized: true });
    await hostapd.flood(
      (function* () {
        for (let i = 0; i < EVENTS; i++) yield `AP-STA-${i % 2 === 0 ? 'CONNECTED' : 'DISCONNECTED'} ${stranger((i >> 1) % 50)}`;
      })(),
    );
    await traffic.flows();
    expect((await bindings(1)).filter((b) => b.state === 'active').map((b) => b.mnnai)).toEqual([scene.world.phone(1).identity]);
    hostapd.fake.stations.clear();
    hostapd.fake.stations.set(scene.world.phone(1).mac, { authorized: true });
    for (let i = 0; i < 50; i++) hostapd.say(`AP-STA-DISCONNECTED ${stranger(i)}`);
    await until('the strangers to be forgotten', 10_000, async () => (await bindings(1)).length === 1);
  });
});

describe(`a phone that flaps ${FLAPS} times`, () => {
  it('has the same address and its connections afterwards, and moves on as ever', async () => {
    const [hostapd] = hostapds as [HostapdSocket];
    const { mac } = scene.world.phone(1);
    await hostapd.flood(
      (function* () {
        for (let i = 0; i < FLAPS; i++) {
          hostapd.fake.stations.delete(mac);
          yield `AP-STA-DISCONNECTED ${mac}`;
          hostapd.fake.stations.set(mac, { authorized: true, identity: 'anybody@home.example' });
          yield `AP-STA-CONNECTED ${mac}`;
        }
      })(),
    );
    await traffic.flows();
    expect(scene.world.addresses(1)).toEqual(phone.addresses);
    await scene.roam(1, 2);
    await traffic.flows();
    await isAt(scene, 1, 2);
    await traffic.ends();
  });
});
