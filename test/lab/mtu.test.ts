/** Packet sizes through tunnels of different overhead, over WANs of different width: exact sizes pass, larger ones are refused with a reason. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeSizes, serveTraffic, startTcp } from '../../lab/measure.ts';
import { runInside } from '../../lab/namespaces.ts';
import { until } from '../../lab/processes.ts';
import { RADIO } from '../../lab/topology.ts';
import { TUNNEL_OVERHEAD } from '../../protocol/paths.ts';
import { attach, openScene } from './scene.ts';
import type { Attached, Scene } from './scene.ts';

const NARROW = 2;
const BEHIND_NAT = 3;
/** What is left of each home's WAN for the phone's packets. */
const ROOM: readonly [home: number, room: number][] = [
  [1, 1500 - TUNNEL_OVERHEAD.gre6],
  [NARROW, 1492 - TUNNEL_OVERHEAD.gre6],
  [BEHIND_NAT, 1500 - TUNNEL_OVERHEAD.udp4],
];

let scene: Scene;
let phone: Attached;
let at = 1;

beforeAll(async () => {
  scene = await openScene({ homes: 3, phones: 1, nat: BEHIND_NAT, narrow: NARROW, prefix: 'rsmtu-' });
  phone = await attach(scene, 1, 1, ['ipv4', 'ipv6']);
  await serveTraffic(scene.world, scene.world.phone(1).namespace);
});
afterAll(() => scene?.close());

async function goTo(home: number): Promise<void> {
  if (home !== at) await scene.roam(1, home);
  at = home;
}

/** The phone is made to ignore what it was told, and everybody forgets what they learned, so that the path itself is asked. */
function forgetMtu(): void {
  const { namespace } = scene.world.phone(1);
  runInside(namespace, ['ip', 'link', 'set', RADIO, 'mtu', '1500']);
  runInside(namespace, ['sysctl', '-q', '-w', `net.ipv6.conf.${RADIO}.mtu=1500`]);
  for (const ns of [namespace, scene.world.plan.inet.namespace]) for (const family of ['-4', '-6']) runInside(ns, ['ip', family, 'route', 'flush', 'cache']);
}

describe('what the phone is told', () => {
  it('is the room in the tunnel, by DHCP option 26 and by the router advertisement', () => {
    const room = 1500 - TUNNEL_OVERHEAD.gre6;
    expect(scene.world.leases(1)[0]?.mtu).toBe(room);
    expect(runInside(scene.world.phone(1).namespace, ['sysctl', '-n', `net.ipv6.conf.${RADIO}.mtu`]).trim()).toBe(String(room));
  });
});

describe.each(ROOM)('at home %i, with room for %i octets', (home, room) => {
  it.each(['ipv4', 'ipv6'] as const)('%s with DF from the phone: the exact size passes, one more octet is refused', async (family) => {
    await goTo(home);
    forgetMtu();
    const results = await probeSizes(scene.world, scene.world.phone(1).namespace, scene.world.plan.inet[family], [1280, room, room + 1, 1500]);
    expect(results.map((r) => r.result)).toEqual(['echoed', 'echoed', 'too big', 'too big']);
    expect(results[2]?.pathMtu).toBe(room);
  });

  it.each(['ipv4', 'ipv6'] as const)('%s with DF to the phone: the same', async (family) => {
    await goTo(home);
    forgetMtu();
    const address = phone.addresses[family][0] ?? '';
    const results = await probeSizes(scene.world, scene.world.plan.inet.namespace, address, [1280, room, room + 1, 1500]);
    expect(results.map((r) => r.result)).toEqual(['echoed', 'echoed', 'too big', 'too big']);
    expect(results[2]?.pathMtu).toBe(room);
  });

  it.each(['ipv4', 'ipv6'] as const)('%s: TCP carries full segments both ways, on a connection made elsewhere too', async (family) => {
    await goTo(home === 1 ? 2 : 1);
    const tcp = startTcp(scene.world, 1, scene.world.plan.inet[family], 10, 20_000);
    await until('the connection', 5000, async () => (await tcp.report()).octetsVerified > 0);
    await goTo(home);
    const { octetsVerified } = await tcp.report();
    await until('a megabyte', 20_000, async () => (await tcp.report()).octetsVerified > octetsVerified + 1_000_000);
    expect(await tcp.stop()).toMatchObject({ alive: true, corrupt: 0 });
  });
});
