/**
 * A phone that roams under a numbered stream down to it, with and without notice to its old home: which packets were lost, and when they
 * were sent. Station events come from the script.
 */
import type { HoldCounters } from '../protocol/paths.ts';
import type { Millis } from '../protocol/units.ts';
import { APN, scriptSocket } from './configuration.ts';
import { serveTraffic, startProbe, startStream } from './measure.ts';
import { monotonic } from './traffic/packet.ts';
import { startPmip } from './pmip.ts';
import { portOf } from './port.ts';
import { sleep, until } from './processes.ts';
import { stationScript } from './stationScript.ts';
import { ACCESS } from './topology.ts';
import { openWorld } from './world.ts';

export interface StreamOptions {
  readonly prefix: string;
  readonly delayMs: Millis;
  readonly roams: number;
  /** The old home de-registers before the phone goes; else only the new home tells the anchor. */
  readonly notice: boolean;
  /** The anchor's `hold`; undefined = none. */
  readonly hold?: Readonly<Record<string, number>>;
  readonly say?: (line: string) => void;
}

export interface Roam {
  readonly begunAt: Millis;
  readonly leftAt: Millis;
  readonly switchedAt: Millis;
  readonly attachedAt: Millis;
}

export interface StreamResult {
  readonly sent: number;
  readonly received: number;
  /** Numbers that never came, each with when it was sent. */
  readonly lost: readonly { readonly number: number; readonly sentAt: Millis }[];
  /** Packets that came after a later one, or twice. */
  readonly disordered: number;
  /** When each began; with notice, when the anchor had let go of the old home, else the same; when it had switched; when the new home had. */
  readonly roams: readonly Roam[];
  readonly counters?: HoldCounters;
}

/** The old home keeps the path until it has asked the phone for 0.6 s; a phone that is back sooner is no handover. */
const HOMES = 4;
/** A busy machine may stand still for longer than gateways' clocks may differ. */
const TOLERANCE: Millis = 20_000;
const PAUSE: Millis = 400;
const ATTACH: Millis = 30_000;
/** The phone's own packets, by which the anchor knows that it is there. */
const UP_INTERVAL: Millis = 10;

export async function roamsUnderStream(o: StreamOptions): Promise<StreamResult> {
  const world = await openWorld({ homes: HOMES, phones: 1, delayMs: o.delayMs, prefix: o.prefix });
  try {
    const { mac } = world.phone(1);
    const apn = { name: APN, 'ip-pool': 'phones', 'ipv6-pool': 'phones6', ...(o.hold ? { hold: o.hold } : {}) };
    const pmip = await startPmip(world, { stations: 'script', timestampTolerance: TOLERANCE, lma: { apns: [apn] } });
    const scripts = await Promise.all(world.plan.homes.map((h) => stationScript(scriptSocket(world.folder, h))));
    const plug = portOf(world);
    /** When the test hears of it, the anchor has done it. */
    const heardAt = async (what: string, from: number, to: string): Promise<Millis> => {
      await pmip.heard(what, from, (t) => t.home === 0 && t.to === to);
      return monotonic();
    };
    const arrive = async (home: number): Promise<Millis> => {
      const from = pmip.transitions.length;
      const switched = heardAt('the anchor to switch', from, 'ACTIVE');
      await pmip.arrival(home, mac, async () => {
        plug(home);
        await scripts[home - 1]?.attach(ACCESS, mac);
      });
      return switched;
    };

    await arrive(1);
    world.startDhcp(1, 'udhcpc');
    const address = await until('the address of the phone', ATTACH, () => world.addresses(1).ipv4[0]);
    await serveTraffic(world);
    const probe = startProbe(world, 1, world.plan.inet.ipv4, UP_INTERVAL);
    await until('traffic of the phone', ATTACH, async () => (await probe.report()).downReceived > 0);
    const stream = await startStream(world, 1, address);
    const roams: Roam[] = [];
    for (let i = 1; i <= o.roams; i++) {
      await sleep(PAUSE);
      const [old, next] = [((i - 1) % HOMES) + 1, (i % HOMES) + 1];
      const begunAt = monotonic();
      if (o.notice) {
        const released = heardAt('the anchor to release the session', pmip.transitions.length, 'RELEASED');
        await pmip.departure(old, mac, async () => scripts[old - 1]?.detach(ACCESS, mac));
        const leftAt = await released;
        const switchedAt = await arrive(next);
        roams.push({ begunAt, leftAt, switchedAt, attachedAt: monotonic() });
      } else roams.push({ begunAt, leftAt: begunAt, switchedAt: await arrive(next), attachedAt: monotonic() });
      if (i % 25 === 0) o.say?.(`  ${i} of ${o.roams} roams`);
    }
    await sleep(PAUSE);
    const { sentAt, received } = await stream.stop();
    await probe.stop();
    for (const script of scripts) script.close();
    const { 'held-packets': counters } = (await pmip.ask(0, 'show lma statistics')) as { readonly 'held-packets'?: HoldCounters };
    const came = new Set(received);
    return {
      sent: sentAt.length,
      received: received.length,
      lost: sentAt.flatMap((at, number) => (came.has(number) ? [] : [{ number, sentAt: at }])),
      disordered: received.filter((n, i) => i > 0 && n <= (received[i - 1] as number)).length,
      roams,
      ...(counters ? { counters } : {}),
    };
  } finally {
    await world.close();
  }
}
