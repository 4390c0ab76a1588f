/**
 * A gateway's signalling on both engines against `roamstead lma` without a data path, over loopback: from its start to the first
 * binding update, what an update costs it, and what it holds with ten subscribers. Processor time is the gateway's own, so that
 * what else runs on the machine matters little.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { roamstead } from '../../lab/paths.ts';
import { sleep, start, until } from '../../lab/processes.ts';
import type { Millis } from '../../protocol/units.ts';
import { memoryOf } from '../agent.ts';
import type { Memory } from '../agent.ts';
import { anchorFile, processorTime } from '../anchorRate.ts';
import { gateway } from '../gateways.ts';
import { median, order, ratio, summary } from '../statistics.ts';
import type { Summary } from '../statistics.ts';
import type { Engine, Engines } from './engines.ts';
import type { GatewaySetup } from './gateway.ts';
import { startGateway } from './running.ts';
import type { Running } from './running.ts';

export interface EngineLoopback {
  readonly firstPbuMs: Summary;
  /** Binding updates a second, registrations and de-registrations in turns; the anchor shares the machine. */
  readonly perSecond: number;
  /** Microseconds of the gateway's processor time for one, with its acknowledgement. */
  readonly cpuUs: number;
  readonly memory: Memory;
}

export interface LoopbackComparison {
  readonly quickjs: EngineLoopback;
  readonly node: EngineLoopback;
  /** PBUs a second of QuickJS to those of Node, median over the rounds. */
  readonly rateRatio: number;
}

const PORT = 17_436;
const ANCHOR = '127.0.0.1';
const HOMES = { quickjs: { number: 1, address: '127.0.0.2' }, node: { number: 2, address: '127.0.0.3' } } as const;
const NAMES = ['quickjs', 'node'] as const;
type Name = (typeof NAMES)[number];
const SUBSCRIBERS = 10;
const STATIONS = 200;
const WARM = 10;
const IDLE: Millis = 5000;
const READY: Millis = 20_000;

const monotonic = (): Millis => Number(process.hrtime.bigint()) / 1e6;
const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

function setupOf(name: Name): GatewaySetup {
  const { number, address } = HOMES[name];
  const { identity, key } = gateway(number);
  return { identity, key: hex(key), lma: { id: 'lma', ipv4: ANCHOR, forceUdp: 'always' }, careOf: { ipv4: address }, port: PORT };
}

async function firstPbu(engine: Engine, name: Name, number: number, folder: string): Promise<Millis> {
  const begun = monotonic();
  const g = startGateway(engine, setupOf(name), folder);
  g.say(`attach 02:cc:00:00:${number.toString(16).padStart(2, '0')}:0${HOMES[name].number}`);
  const { stages } = await g.next('its first binding', (t) => t.to === 'active');
  await g.stop();
  return (stages?.['pbuSent'] ?? Number.NaN) - begun;
}

/** Everybody comes, and everybody goes: two updates each. */
async function round(g: Running, first: number): Promise<{ readonly perSecond: number; readonly cpuUs: number }> {
  const [cpu, begun] = [processorTime(g.pid), monotonic()];
  for (const command of [`attachMany ${STATIONS} ${first}`, 'giveUp']) {
    const done = g.next(command, (t) => t.kind === 'done');
    g.say(command);
    await done;
  }
  const updates = STATIONS * 2;
  return { perSecond: (updates / (monotonic() - begun)) * 1000, cpuUs: (processorTime(g.pid) - cpu) / updates };
}

async function holding(engine: Engine, name: Name, folder: string): Promise<Memory> {
  const g = startGateway(engine, setupOf(name), folder);
  const done = g.next('ten subscribers', (t) => t.kind === 'done');
  g.say(`attachMany ${SUBSCRIBERS} 60000`);
  await done;
  await sleep(IDLE);
  const memory = memoryOf(g.pid);
  await g.stop();
  return memory;
}

export async function compareLoopback(engines: Engines, folder: string, starts: number, rounds: number): Promise<LoopbackComparison> {
  const file = join(folder, 'lma.yaml');
  writeFileSync(file, anchorFile(folder, PORT, { memory: true }));
  const lma = start({ name: 'lma', namespace: undefined, argv: [process.execPath, roamstead, 'lma', '--config', file], folder });
  try {
    await until(`the anchor to be ready: ${lma.log()}`, READY, () => lma.log().includes(' is ready'));
    const first: Record<Name, Millis[]> = { quickjs: [], node: [] };
    for (let i = 0; i < starts; i++) for (const name of order(NAMES, i)) first[name].push(await firstPbu(engines[name], name, i, folder));

    const running = { quickjs: startGateway(engines.quickjs, setupOf('quickjs'), folder), node: startGateway(engines.node, setupOf('node'), folder) };
    const results: Record<Name, { perSecond: number; cpuUs: number }[]> = { quickjs: [], node: [] };
    for (const name of NAMES) running[name].say('quiet on');
    for (let i = -WARM; i < rounds; i++) {
      for (const name of order(NAMES, i + WARM)) {
        const result = await round(running[name], HOMES[name].number * 10_000);
        if (i >= 0) results[name].push(result);
      }
    }
    for (const name of NAMES) await running[name].stop();

    const of = async (name: Name): Promise<EngineLoopback> => ({
      firstPbuMs: summary(first[name]),
      perSecond: median(results[name].map((r) => r.perSecond)),
      cpuUs: results[name].reduce((sum, r) => sum + r.cpuUs, 0) / results[name].length,
      memory: await holding(engines[name], name, folder),
    });
    const [quickjs, node] = [await of('quickjs'), await of('node')];
    return { quickjs, node, rateRatio: ratio(results.quickjs.map((r) => r.perSecond), results.node.map((r) => r.perSecond)) };
  } finally {
    await lma.stop('SIGKILL');
  }
}
