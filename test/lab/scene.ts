/** What the scenarios have in common: a lab with agents and LMA, phones of a kind, traffic, and what must be true of it after. */
import { expect } from 'vitest';
import type { DhcpClient } from '../../lab/dhcp-client.ts';
import type { Variation } from '../../lab/configuration.ts';
import { serveTraffic, startProbe, startTcp } from '../../lab/measure.ts';
import type { TcpConnection, UdpProbe } from '../../lab/measure.ts';
import { startPmip } from '../../lab/pmip.ts';
import type { Arrival, Pmip } from '../../lab/pmip.ts';
import { until } from '../../lab/processes.ts';
import { DEFAULTS } from '../../lab/topology.ts';
import type { LabOptions } from '../../lab/topology.ts';
import { openWorld } from '../../lab/world.ts';
import type { World } from '../../lab/world.ts';

export interface Scene<W extends World = World> {
  readonly world: W;
  readonly pmip: Pmip;
  /** Roams and resolves when the new home's agent has registered the phone. */
  roam(phone: number, home: number): Promise<Arrival>;
  close(): Promise<void>;
}

type SceneOptions = Partial<LabOptions> & { readonly prefix: string };

export const openScene = (lab: SceneOptions, variation: Variation = {}): Promise<Scene> => openSceneIn(openWorld, lab, variation);

/** @param open builds the world, such as one with a RADIUS server @param startAccess what stands at the homes' radios, hostapd by default */
export async function openSceneIn<W extends World>(open: (options: LabOptions) => Promise<W>, lab: SceneOptions, variation: Variation, startAccess = (world: W): void | Promise<void> => world.startAccess()): Promise<Scene<W>> {
  const world = await open({ ...DEFAULTS, ...lab });
  try {
    await startAccess(world);
    await serveTraffic(world);
    const pmip = await startPmip(world, variation);
    return {
      world,
      pmip,
      roam: (phone, home) => pmip.arrival(home, world.phone(phone).mac, () => world.roam(phone, home)),
      close: () => world.close(),
    };
  } catch (error) {
    await world.close(true);
    throw error;
  }
}

export type Family = 'ipv4' | 'ipv6';

export interface Attached {
  readonly phone: number;
  readonly families: readonly Family[];
  readonly addresses: { readonly ipv4: string[]; readonly ipv6: string[] };
}

/** Attaches the phone, starts its DHCP client if it has one, and waits for an address of each family. */
export async function attach(scene: Scene, phone: number, home: number, families: readonly Family[], client: DhcpClient = 'udhcpc'): Promise<Attached> {
  const { world } = scene;
  await scene.roam(phone, home);
  if (families.includes('ipv4')) world.startDhcp(phone, client);
  const addresses = await until(`addresses of phone ${phone}`, 20_000, () => {
    const a = world.addresses(phone);
    return families.every((f) => a[f].length > 0) && a;
  });
  return { phone, families, addresses };
}

export interface Traffic {
  readonly probes: readonly UdpProbe[];
  readonly connections: readonly TcpConnection[];
  /** The phone hears from the internet host again, in every family. */
  flows(): Promise<void>;
  /** Ends it: every connection lived, and nothing came back other than it went. */
  ends(): Promise<void>;
}

const now = () => Number(process.hrtime.bigint()) / 1e6;

export async function startTraffic({ world }: Pick<Scene, 'world'>, { phone, families }: Attached): Promise<Traffic> {
  const targets = families.map((f) => world.plan.inet[f]);
  const probes = targets.map((target) => startProbe(world, phone, target));
  const connections = targets.map((target) => startTcp(world, phone, target));
  const traffic: Traffic = {
    probes,
    connections,
    async flows() {
      const from = now();
      const before = await Promise.all(connections.map((c) => c.report()));
      await until(`traffic of phone ${phone}`, 20_000, async () => {
        const heard = await Promise.all(probes.map((p) => p.firstDownAfter(from)));
        const after = await Promise.all(connections.map((c) => c.report()));
        return heard.every((at) => at !== null) && after.every((r, i) => r.octetsVerified > (before[i]?.octetsVerified ?? 0));
      });
    },
    async ends() {
      for (const c of connections) {
        const report = await c.stop();
        expect(report).toMatchObject({ alive: true, corrupt: 0 });
        expect(report.octetsVerified).toBeGreaterThan(0);
      }
      for (const p of probes) expect((await p.stop()).duplicates).toBe(0);
    },
  };
  await traffic.flows();
  return traffic;
}

/** The sessions that the LMA holds, by MN identifier. */
export async function sessions({ pmip }: Scene): Promise<Map<string, { readonly mag: string; readonly state: string; readonly [field: string]: unknown }>> {
  const all = (await pmip.ask(0, 'show lma-service session')) as { mnnai: string; mag: string; state: string }[];
  return new Map(all.map((s) => [s.mnnai, s]));
}

/** The LMA and no home but this one hold the phone. */
export async function isAt(scene: Scene, phone: number, home: number): Promise<void> {
  const { identity } = scene.world.phone(phone);
  expect((await sessions(scene)).get(identity)).toMatchObject({ mag: `home${home}@lab.example` });
  await until(`the other homes to let phone ${phone} go`, 5000, async () => {
    const holders = await Promise.all(scene.world.plan.homes.map(async (h) => (((await scene.pmip.ask(h.number, 'show mag binding')) as { mnnai: string; state: string }[]).some((b) => b.mnnai === identity && b.state === 'active') ? h.number : 0)));
    return holders.filter(Boolean).join() === String(home);
  });
}
