/**
 * Handovers in the lab with both engines: two homes with the product's data path (BPF), conversations with the phone, sockets and
 * netlink, a phone that got its address by DHCP through them and sends all the while, and the product's own anchor.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, keyOf, lmaConfig } from '../../lab/configuration.ts';
import { serveTraffic, startProbe } from '../../lab/measure.ts';
import { roamstead } from '../../lab/paths.ts';
import { portOf } from '../../lab/port.ts';
import { sleep, until } from '../../lab/processes.ts';
import { ACCESS, WAN } from '../../lab/topology.ts';
import { openWorld } from '../../lab/world.ts';
import type { World } from '../../lab/world.ts';
import { SIGNALLING_PORT } from '../../protocol/mobility/header.ts';
import type { Millis } from '../../protocol/units.ts';
import { memoryOf } from '../agent.ts';
import { summary } from '../statistics.ts';
import type { Summary } from '../statistics.ts';
import type { Engine, Engines } from './engines.ts';
import type { GatewaySetup } from './gateway.ts';
import { startGateway } from './running.ts';
import type { Running } from './running.ts';

export interface EngineRoams {
  /** Milliseconds after the station event. */
  readonly pbuSentMs: Summary;
  readonly pbaReceivedMs: Summary;
  readonly switchedMs: Summary;
  /** Datagrams of the phone, each of which is to come back. */
  readonly sent: number;
  readonly lostPerRoam: number;
  /** Of a home that has had the phone half of the time. */
  readonly rssMiB: number;
}

export interface RoamComparison {
  readonly roams: number;
  readonly intervalMs: Millis;
  readonly quickjs: EngineRoams;
  readonly node: EngineRoams;
}

const HOMES = 2;
/** An old home holds its path until it has asked the phone for 0.6 s. */
const PAUSE: Millis = 900;
const WARM = 10;
const INTERVAL: Millis = 2;
const OCTETS = 64;
const READY: Millis = 20_000;

export async function compareRoams(engines: Engines, prefix: string, roams: number): Promise<RoamComparison> {
  const one = async (engine: Engine): Promise<EngineRoams> => {
    const world = await openWorld({ homes: HOMES, phones: 1, delayMs: 0, prefix });
    try {
      return await measure(world, engine, roams);
    } finally {
      await world.close();
    }
  };
  return { roams, intervalMs: INTERVAL, quickjs: await one(engines.quickjs), node: await one(engines.node) };
}

async function startAnchor(world: World): Promise<void> {
  const file = join(world.folder, 'lma.yaml');
  writeFileSync(file, lmaConfig(world.folder, world.plan));
  const lma = world.spawn({ name: 'lma', namespace: world.plan.lma.namespace, argv: [process.execPath, roamstead, 'lma', '--config', file] });
  await until(`the anchor to be ready: ${lma.log()}`, READY, () => lma.log().includes(' is ready'));
}

async function measure(world: World, engine: Engine, roams: number): Promise<EngineRoams> {
  const { plan } = world;
  const { mac, identity } = world.phone(1);
  await startAnchor(world);
  const gateways: Running[] = [];
  for (const home of plan.homes) {
    const setup: GatewaySetup = {
      identity: identityOf(home),
      key: keyOf(home),
      lma: { id: 'lma1', ipv4: plan.lma.ipv4, ipv6: plan.lma.ipv6, forceUdp: 'auto' },
      careOf: { ipv4: home.ipv4, ...(home.ipv6 ? { ipv6: home.ipv6 } : {}) },
      port: SIGNALLING_PORT,
      datapath: { wan: WAN, access: ACCESS },
      phones: { [mac]: identity },
    };
    const g = startGateway(engine, setup, world.folder, home.namespace);
    await g.next('to be ready', (t) => t.kind === 'ready');
    gateways.push(g);
  }
  const plug = portOf(world);
  const roam = async (home: number) => {
    const g = gateways[home - 1] as Running;
    const accepted = g.next(`home ${home} to register the phone`, (t) => t.mac === mac && t.to === 'active');
    plug(home);
    g.say(`attach ${mac}`);
    return accepted;
  };

  await roam(1);
  world.startDhcp(1, 'udhcpc');
  await until(`the address of the phone: ${gateways[0]?.complaints.join('; ')}`, READY, () => world.addresses(1).ipv4.length > 0);
  await serveTraffic(world);
  const probe = startProbe(world, 1, plan.inet.ipv4, INTERVAL, OCTETS);
  await until('traffic of the phone', READY, async () => (await probe.report()).downReceived > 0);

  const stages: { readonly pbuSent: Millis; readonly pbaReceived: Millis; readonly switched: Millis }[] = [];
  let before = await probe.report();
  for (let i = 0; i < WARM + roams; i++) {
    await sleep(PAUSE);
    if (i === WARM) before = await probe.report();
    const { stages: s = {}, switchedAt, at } = await roam(((i + 1) % HOMES) + 1);
    if (i < WARM) continue;
    const [from, sent, received] = [s['associated'] ?? Number.NaN, s['pbuSent'] ?? Number.NaN, s['pbaReceived'] ?? Number.NaN];
    stages.push({ pbuSent: sent - from, pbaReceived: received - from, switched: Math.max(switchedAt ?? at ?? Number.NaN, received) - from });
  }
  const { rssMiB } = memoryOf(gateways[0]?.pid ?? 0);
  const after = await probe.stop();
  for (const g of gateways) await g.stop();
  const lost = after.sent - before.sent - (after.downReceived - before.downReceived);
  return {
    pbuSentMs: summary(stages.map((s) => s.pbuSent)),
    pbaReceivedMs: summary(stages.map((s) => s.pbaReceived)),
    switchedMs: summary(stages.map((s) => s.switched)),
    sent: after.sent - before.sent,
    lostPerRoam: lost / roams,
    rssMiB,
  };
}
