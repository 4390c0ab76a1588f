/** Throughput and packet rate of the data path beside plain routing and kernel VXLAN, all in one run and in turns. */
import { existsSync } from 'node:fs';
import { construct, ipBatch, runInside } from '../../lab/namespaces.ts';
import type { TunnelTransport } from '../../protocol/paths.ts';
import type { Say } from '../report.ts';
import { median, order, ratio } from '../statistics.ts';
import { MODES, YARDSTICK, putUp } from './modes.ts';
import type { Mode } from './modes.ts';
import { HOST, construction, namespaceOf, namespaces } from './topology.ts';
import { startTraffic } from './traffic.ts';
import type { Traffic } from './traffic.ts';

/** One number of one way, with those of its rounds. */
interface Value {
  readonly median: number;
  /** Against plain routing: median of the rounds' ratios. */
  readonly toPlain: number;
  /** Against kernel VXLAN over the same outer family, likewise. */
  readonly toVxlan?: number;
  readonly rounds: readonly number[];
}

/** TCP in Mbit/s with packets of the MTU and with 64 KB ones (GSO), UDP of 64 octets in packets a second. */
export const MEASURES = ['upMtu', 'downMtu', 'upGso', 'downGso', 'packetRate'] as const;
export type Measure = (typeof MEASURES)[number];

export interface ModeResult {
  readonly mode: Mode;
  readonly values: Readonly<Record<Measure, Value>>;
}

export interface DatapathResult {
  readonly rounds: number;
  readonly secondsEach: number;
  readonly modes: readonly ModeResult[];
}

type Round = Readonly<Record<Measure, number>>;

export async function benchDatapath(prefix: string, rounds: number, seconds: number, say: Say): Promise<DatapathResult> {
  removeNamespaces(prefix);
  await construct(construction(prefix), () => Promise.resolve());
  const traffic = await startTraffic(prefix);
  const measured = new Map<Mode, Round[]>(MODES.map((mode) => [mode, []]));
  try {
    for (let round = 0; round < rounds; round++) {
      for (const mode of order(MODES, round)) {
        const takeAway = putUp(prefix, mode);
        try {
          measured.get(mode)?.push(await measure(prefix, traffic, seconds));
        } finally {
          takeAway();
        }
      }
      say(`  round ${round + 1} of ${rounds}`);
    }
  } finally {
    traffic.stop();
    removeNamespaces(prefix);
  }
  return { rounds, secondsEach: seconds, modes: MODES.map((mode) => result(mode, measured)) };
}

async function measure(prefix: string, traffic: Traffic, seconds: number): Promise<Round> {
  // Neighbours and the first packets are nobody's speed.
  runInside(namespaceOf(prefix, 'phone'), ['ping', '-q', '-c', '2', '-i', '0.05', '-W', '2', HOST.ipv4]);
  traffic.segmentation(true);
  const upGso = await traffic.tcp('up', seconds);
  const downGso = await traffic.tcp('down', seconds);
  traffic.segmentation(false);
  const upMtu = await traffic.tcp('up', seconds);
  const downMtu = await traffic.tcp('down', seconds);
  const packetRate = await traffic.packetRate(seconds);
  return { upMtu, downMtu, upGso, downGso, packetRate };
}

function result(mode: Mode, measured: ReadonlyMap<Mode, readonly Round[]>): ModeResult {
  const rounds = (m: Mode, what: Measure) => (measured.get(m) ?? []).map((r) => r[what]);
  const yardstick = YARDSTICK[mode as TunnelTransport] as Mode | undefined;
  const value = (what: Measure): Value => {
    const own = rounds(mode, what);
    return { median: median(own), toPlain: ratio(own, rounds('plain', what)), ...(yardstick ? { toVxlan: ratio(own, rounds(yardstick, what)) } : {}), rounds: own };
  };
  return { mode, values: Object.fromEntries(MEASURES.map((what) => [what, value(what)])) as Record<Measure, Value> };
}

/** Also what a run before this one left. */
export function removeNamespaces(prefix: string): void {
  ipBatch(undefined, namespaces(prefix).filter((name) => existsSync(`/run/netns/${name}`)).map((name) => `netns delete ${name}`));
}
