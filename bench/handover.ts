/**
 * Handovers in the lab: one phone under traffic goes round the homes, and the stages of each roam are those of the agent's own
 * record. Station events come from the scripted fake of the StationEvents port, because an EAP roam costs 2 to 3 s of the
 * supplicant's own delay, which is none of the product's.
 */
import { scriptSocket } from '../lab/configuration.ts';
import type { Packets, Stages } from '../lab/handover.ts';
import { serveTraffic, startProbe } from '../lab/measure.ts';
import { startPmip } from '../lab/pmip.ts';
import { portOf } from '../lab/port.ts';
import { sleep, until } from '../lab/processes.ts';
import { ACCESS } from '../lab/topology.ts';
import { openWorld } from '../lab/world.ts';
import type { World } from '../lab/world.ts';
import type { Millis } from '../protocol/units.ts';
import type { Say } from './report.ts';
import { stationScript } from '../lab/stationScript.ts';
import { summary } from './statistics.ts';
import type { Summary } from './statistics.ts';

export interface HandoverResult {
  readonly stationEvents: 'scripted';
  readonly oneWayDelayMs: Millis;
  readonly roams: number;
  /** ICMPv6 echo between a home and the LMA, all through the run. */
  readonly rttMs: Summary;
  /** Milliseconds after the station event. */
  readonly pbuSentMs: Summary;
  readonly pbaReceivedMs: Summary;
  readonly switchedMs: Summary;
  readonly firstDownMs: Summary;
  readonly probe: { readonly intervalMs: Millis; readonly up: Packets; readonly down: Packets; readonly lostPerRoam: number };
}

/** The old home holds the path until it has asked the phone for 0.6 s; a phone that is back sooner is no handover. */
const HOMES = 4;
const PAUSE: Millis = 220;
const PROBE_INTERVAL: Millis = 1;
const PROBE_OCTETS = 64;
const ATTACH: Millis = 30_000;
const FIRST_DOWN: Millis = 5000;

export async function benchHandover(prefix: string, oneWayDelayMs: Millis, roams: number, say: Say): Promise<HandoverResult> {
  const world = await openWorld({ homes: HOMES, phones: 1, delayMs: oneWayDelayMs, prefix });
  try {
    return await measure(world, oneWayDelayMs, roams, say);
  } finally {
    await world.close();
  }
}

async function measure(world: World, oneWayDelayMs: Millis, roams: number, say: Say): Promise<HandoverResult> {
  const { mac } = world.phone(1);
  const { plan } = world;
  const pmip = await startPmip(world, { stations: 'script' });
  const scripts = await Promise.all(plan.homes.map((h) => stationScript(scriptSocket(world.folder, h))));
  const plug = portOf(world);
  const roam = (home: number) =>
    pmip.arrival(home, mac, async () => {
      plug(home);
      await scripts[home - 1]?.attach(ACCESS, mac);
    });

  await roam(1);
  world.startDhcp(1, 'udhcpc');
  await until('the address of the phone', ATTACH, () => world.addresses(1).ipv4.length > 0);
  await serveTraffic(world);
  const probe = startProbe(world, 1, plan.inet.ipv4, PROBE_INTERVAL, PROBE_OCTETS);
  await until('traffic of the phone', ATTACH, async () => (await probe.report()).downReceived > 0);
  const ping = world.spawn({ name: 'ping', namespace: world.home(1).namespace, argv: ['ping', '-n', '-i', '0.2', plan.lma.ipv6] });

  const all: Stages[] = [];
  for (let i = 1; i <= roams; i++) {
    await sleep(PAUSE);
    const { stages, associatedAt } = await roam((i % HOMES) + 1);
    const switchedAt = associatedAt + stages.switched;
    const first = await until('a packet down', FIRST_DOWN, async () => (await probe.firstDownAfter(switchedAt)) ?? undefined).catch(() => undefined);
    all.push({ ...stages, ...(first === undefined ? {} : { firstDown: first - associatedAt }) });
    if (i % 50 === 0) say(`  ${i} of ${roams} roams with ${oneWayDelayMs} ms one way`);
  }

  await ping.stop('SIGINT');
  const traffic = await probe.stop();
  for (const script of scripts) script.close();
  const of = (stage: keyof Stages) => summary(all.flatMap((s) => s[stage] ?? []));
  const up = { sent: traffic.sent, lost: traffic.sent - traffic.upReceived };
  const down = { sent: traffic.downSent, lost: traffic.downSent - traffic.downReceived };
  return {
    stationEvents: 'scripted',
    oneWayDelayMs,
    roams,
    rttMs: summary(roundTrips(ping.log())),
    pbuSentMs: of('pbuSent'),
    pbaReceivedMs: of('pbaReceived'),
    switchedMs: of('switched'),
    firstDownMs: of('firstDown'),
    probe: { intervalMs: PROBE_INTERVAL, up, down, lostPerRoam: (up.lost + down.lost) / roams },
  };
}

/** Milliseconds, as ping prints them. */
export const roundTrips = (log: string): number[] => [...log.matchAll(/ time=([\d.]+) ms/g)].map((m) => Number(m[1]));
