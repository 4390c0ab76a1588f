/**
 * What it costs to know that silent phones are still here (RFC 5213 §6.13): ARP requests and Neighbor Solicitations between one
 * gateway and phones that have addresses and say nothing, with the default `discover-mn-detach`. Counted on the access interface
 * for a while and scaled to an hour; the kernels' own questions are among them.
 */
import { fields, startCapture } from '../lab/capture.ts';
import { startPmip } from '../lab/pmip.ts';
import { sleep, until } from '../lab/processes.ts';
import { ACCESS } from '../lab/topology.ts';
import { openWorld } from '../lab/world.ts';
import type { World } from '../lab/world.ts';
import { MAG_MAC } from '../protocol/address.ts';
import type { Millis, Seconds } from '../protocol/units.ts';

export interface PresenceResult {
  readonly phones: number;
  /** Counted for so long. */
  readonly seconds: Seconds;
  /** Scaled to an hour, all phones together. */
  readonly questionsPerHour: number;
  readonly answersPerHour: number;
  readonly octetsPerHour: number;
}

const PHONES = 50;
const SETTLE: Millis = 20_000;
const ADDRESSES: Millis = 60_000;
const NEIGHBOURS = 'arp or (icmp6 and (ip6[40] == 135 or ip6[40] == 136))';
const HOUR: Seconds = 3600;

export async function benchPresence(prefix: string, seconds: Seconds): Promise<PresenceResult> {
  const world = await openWorld({ homes: 1, phones: PHONES, delayMs: 0, prefix });
  try {
    return await measure(world, seconds);
  } finally {
    await world.close();
  }
}

async function measure(world: World, seconds: Seconds): Promise<PresenceResult> {
  await world.startAccess();
  const pmip = await startPmip(world);
  const { phones } = world.plan;
  for (const { number, mac } of phones) {
    await pmip.arrival(1, mac, () => world.roam(number, 1));
    world.startDhcp(number, 'udhcpc');
  }
  await until('the addresses of all phones', ADDRESSES, () => phones.every(({ number }) => world.leases(number).length > 0));
  // Router solicitations and what else belongs to the start.
  await sleep(SETTLE);
  const capture = await startCapture(world, world.home(1).namespace, ACCESS, NEIGHBOURS);
  await sleep(seconds * 1000);
  await capture.stop();
  const frames = fields(capture.file, 'frame', ['eth.src', 'frame.len']);
  const ours = frames.filter((f) => f['eth.src'] === MAG_MAC).length;
  const perHour = (count: number) => (count * HOUR) / seconds;
  return {
    phones: PHONES,
    seconds,
    questionsPerHour: perHour(ours),
    answersPerHour: perHour(frames.length - ours),
    octetsPerHour: perHour(frames.reduce((sum, f) => sum + Number(f['frame.len']), 0)),
  };
}
