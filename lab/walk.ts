/** Phones that roam under traffic: what `roamstead lab --roam` does and what it measures. */
import type { Handover, Packets } from './handover.ts';
import { serveTraffic, startProbe, startTcp } from './measure.ts';
import type { TcpConnection, UdpProbe } from './measure.ts';
import type { Pmip } from './pmip.ts';
import { until } from './processes.ts';
import type { TcpReport } from './traffic/tcp.ts';
import type { World } from './world.ts';

interface Walker {
  readonly phone: number;
  home: number;
  readonly before: Addresses;
  readonly probes: readonly UdpProbe[];
  readonly connections: readonly TcpConnection[];
}

export interface Addresses {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

export interface PhoneResult {
  readonly phone: number;
  readonly addressBefore: Addresses;
  readonly addressAfter: Addresses;
  readonly packets: Packets;
  readonly tcp: readonly TcpReport[];
}

export interface Walk {
  /** Moves the next phone to its next home, and resolves when traffic reaches it there. */
  step(): Promise<Handover>;
  /** Ends the traffic and the phones' sessions. */
  finish(): Promise<PhoneResult[]>;
}

const ATTACH_MS = 30_000;
const FIRST_DOWN_MS = 5_000;

/** Attaches every phone at home 1 and starts its traffic: UDP both ways and a TCP connection, in IPv4 and IPv6. */
export async function startWalk(world: World, pmip: Pmip, attached: (h: Handover) => void): Promise<Walk> {
  await serveTraffic(world);
  const { inet } = world.plan;
  const walkers: Walker[] = [];
  for (const { number: phone } of world.plan.phones) {
    const arrival = await pmip.arrival(1, world.phone(phone).mac, () => world.roam(phone, 1));
    attached({ ...arrival, phone, from: 0, to: 1 });
    world.startDhcp(phone, 'udhcpc');
    const before = await until(`the addresses of phone ${phone}`, ATTACH_MS, () => {
      const a = world.addresses(phone);
      return a.ipv4.length > 0 && a.ipv6.length > 0 && a;
    });
    const targets = [inet.ipv4, inet.ipv6];
    const probes = targets.map((target) => startProbe(world, phone, target));
    const connections = targets.map((target) => startTcp(world, phone, target));
    await until(`traffic of phone ${phone}`, ATTACH_MS, async () => {
      const reports = await Promise.all(probes.map((p) => p.report()));
      const lives = await Promise.all(connections.map((c) => c.report()));
      return reports.every((r) => r.downReceived > 0) && lives.every((r) => r.octetsVerified > 0);
    });
    walkers.push({ phone, home: 1, before, probes, connections });
  }

  let turn = 0;
  return {
    async step() {
      const walker = walkers[turn++ % walkers.length] as Walker;
      const { phone, home: from } = walker;
      const to = (from % world.plan.homes.length) + 1;
      const arrival = await pmip.arrival(to, world.phone(phone).mac, () => world.roam(phone, to));
      walker.home = to;
      const switchedAt = arrival.associatedAt + arrival.stages.switched;
      const first = await until('a packet down', FIRST_DOWN_MS, async () => (await walker.probes[0]?.firstDownAfter(switchedAt)) ?? undefined).catch(() => undefined);
      const stages = first === undefined ? arrival.stages : { ...arrival.stages, firstDown: first - arrival.associatedAt };
      return { wall: arrival.wall, phone, from, to, stages };
    },
    async finish() {
      const results: PhoneResult[] = [];
      for (const walker of walkers) {
        const addressAfter = world.addresses(walker.phone);
        const tcp = await Promise.all(walker.connections.map((c) => c.stop()));
        const udp = await Promise.all(walker.probes.map((p) => p.stop()));
        const sent = udp.reduce((sum, r) => sum + r.sent + r.downSent, 0);
        const received = udp.reduce((sum, r) => sum + r.upReceived + r.downReceived, 0);
        results.push({ phone: walker.phone, addressBefore: walker.before, addressAfter, packets: { sent, lost: sent - received }, tcp });
      }
      for (const walker of walkers) await pmip.departure(walker.home, world.phone(walker.phone).mac, () => Promise.resolve(world.detach(walker.phone)));
      return results;
    },
  };
}
