/** The gateway as a process: how long from its start to the first binding update, and what it holds with ten subscribers. */
import { readFileSync } from 'node:fs';
import { scriptSocket } from '../lab/configuration.ts';
import { startPmip } from '../lab/pmip.ts';
import { sleep } from '../lab/processes.ts';
import { ACCESS } from '../lab/topology.ts';
import { openWorld } from '../lab/world.ts';
import type { World } from '../lab/world.ts';
import type { Millis } from '../protocol/units.ts';
import { stationScript } from '../lab/stationScript.ts';
import type { StationScript } from '../lab/stationScript.ts';
import { summary } from './statistics.ts';
import type { Summary } from './statistics.ts';

export interface Memory {
  /** Resident set: all that the process occupies. */
  readonly rssMiB: number;
  /** Of it, what no other process shares; Node's own code is in neither of several agents alone. */
  readonly privateMiB: number;
}

export interface AgentResult {
  readonly subscribers: number;
  readonly agent: Memory;
  readonly lma: Memory;
  /** From the start of the process until its first binding update reached the anchor. */
  readonly firstPbuMs: Summary;
}

const SUBSCRIBERS = 10;
const IDLE: Millis = 5000;
const ATTACH: Millis = 15_000;

export async function benchAgent(prefix: string, starts: number): Promise<AgentResult> {
  const world = await openWorld({ homes: 1, phones: SUBSCRIBERS, delayMs: 0, prefix });
  try {
    return await measure(world, starts);
  } finally {
    await world.close();
  }
}

async function measure(world: World, starts: number): Promise<AgentResult> {
  const pmip = await startPmip(world, { stations: 'script' });
  const home = world.home(1);
  const socket = scriptSocket(world.folder, home);
  const heardAt = async (phone: number, from: number) => (await pmip.heard(`the anchor to hear of phone ${phone}`, from, (t) => t.home === 0 && t.linkLayerId === world.phone(phone).mac && t.to === 'ACTIVE', ATTACH)).at;

  const firstPbu: Millis[] = [];
  for (let phone = 1; phone <= starts; phone++) {
    await world.processes.get('agent1')?.stop('SIGKILL');
    const from = pmip.transitions.length;
    const begun = monotonic();
    const ready = pmip.startAgent(1);
    const script = await soon(socket);
    await script.attach(ACCESS, world.phone(phone).mac);
    firstPbu.push((await heardAt(phone, from)) - begun);
    await ready;
    script.close();
  }

  const script = await stationScript(socket);
  for (let phone = starts + 1; phone <= SUBSCRIBERS; phone++) {
    const from = pmip.transitions.length;
    await script.attach(ACCESS, world.phone(phone).mac);
    await heardAt(phone, from);
  }
  await sleep(IDLE);
  script.close();
  const memory = (name: string) => memoryOf(world.processes.get(name)?.pid ?? 0);
  return { subscribers: SUBSCRIBERS, agent: memory('agent1'), lma: memory('lma'), firstPbuMs: summary(firstPbu) };
}

const monotonic = (): Millis => Number(process.hrtime.bigint()) / 1e6;

/** The agent makes the socket when it is nearly ready: asked every millisecond, because the wait is part of what is measured. */
async function soon(path: string): Promise<StationScript> {
  for (const end = monotonic() + ATTACH; ; await sleep(1)) {
    try {
      return await stationScript(path);
    } catch (error) {
      if (monotonic() > end) throw error;
    }
  }
}

/** Of a process, as /proc has it. */
export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN);
  return { rssMiB: kib('Rss') / 1024, privateMiB: (kib('Private_Clean') + kib('Private_Dirty')) / 1024 };
}
