/** All wires of a small lab while a phone attaches, roams and leaves: Wireshark has nothing to say against any packet on them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { complaints, fields, startCapture } from '../../lab/capture.ts';
import type { Capture } from '../../lab/capture.ts';
import { startProbe } from '../../lab/measure.ts';
import { until } from '../../lab/processes.ts';
import { ACCESS, TRANSPORT, WAN } from '../../lab/topology.ts';
import { attach, openScene } from './scene.ts';
import type { Scene } from './scene.ts';

let scene: Scene;
const captures: Capture[] = [];

beforeAll(async () => {
  scene = await openScene({ homes: 3, phones: 1, nat: 3, prefix: 'rscap-' });
  const { plan } = scene.world;
  const wires: readonly (readonly [string, string])[] = [[plan.lma.namespace, TRANSPORT], ...plan.homes.flatMap((h) => [[h.namespace, ACCESS], [h.namespace, WAN]] as const)];
  for (const [namespace, device] of wires) captures.push(await startCapture(scene.world, namespace, device));

  await attach(scene, 1, 1, ['ipv4', 'ipv6']);
  // Datagrams only: a TCP connection that loses a segment in a roam is a warning to Wireshark.
  const probes = [plan.inet.ipv4, plan.inet.ipv6].map((target) => startProbe(scene.world, 1, target));
  for (const home of [2, 3, 1, 3, 2, 1]) {
    await scene.roam(1, home);
    const from = Number(process.hrtime.bigint()) / 1e6;
    await until('traffic', 10_000, async () => (await Promise.all(probes.map((p) => p.firstDownAfter(from)))).every((at) => at !== null));
  }
  for (const p of probes) await p.stop();
  await scene.pmip.departure(1, scene.world.phone(1).mac, () => Promise.resolve(scene.world.detach(1)));
  for (const c of captures) await c.stop();
});
afterAll(() => scene?.close());

it('nothing is malformed, and no expert warns', () => {
  for (const { file } of captures) expect(complaints(file), file).toEqual([]);
});

it('the captures hold what they are about: signalling, DHCP, router advertisements, ARP and tunnels', () => {
  const seen = (filter: string): boolean => captures.some(({ file }) => fields(file, filter, ['frame.number']).length > 0);
  for (const filter of ['mip6.mhtype == 5', 'mip6.mhtype == 6', 'mip6.mhtype == 16', 'dhcp.option.dhcp == 5', 'icmpv6.type == 134', 'arp', 'gre.key', 'udp.dstport == 5437']) expect(seen(filter), filter).toBe(true);
});
