/**
 * The gateway as a process, from the bundle of a router: how long from its start to the first binding update, and what it holds with
 * ten subscribers; by the router's own wrapper and without its flags, on Node 20 and on the newest LTS. All ways take turns.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Variation } from '../lab/configuration.ts';
import { scriptSocket } from '../lab/configuration.ts';
import { nodeRelease } from '../lab/nodeRelease.ts';
import { repository } from '../lab/paths.ts';
import { startPmip } from '../lab/pmip.ts';
import type { Pmip } from '../lab/pmip.ts';
import { sleep } from '../lab/processes.ts';
import { ACCESS } from '../lab/topology.ts';
import { openWorld } from '../lab/world.ts';
import type { World } from '../lab/world.ts';
import type { Millis } from '../protocol/units.ts';
import { stationScript } from '../lab/stationScript.ts';
import type { StationScript } from '../lab/stationScript.ts';
import { median, summary } from './statistics.ts';
import type { Summary } from './statistics.ts';

export interface Memory {
  /** Resident set: all that the process occupies. */
  readonly rssMiB: number;
  /** Of it, what no other process shares; Node's own code is in neither of several agents alone. */
  readonly privateMiB: number;
}

export interface WayResult {
  readonly way: string;
  /** Node with nothing to do, and with the gateway's code loaded and not run. */
  readonly bare: Memory;
  readonly loaded: Memory;
  readonly agent: Memory;
  /** From the start of the process until its first binding update reached the anchor. */
  readonly firstPbuMs: Summary;
  /** Of the processor, kernel included, until then: what does not depend on who else is busy. */
  readonly processorMs: number;
  /** From a phone's arrival to its binding update, median. */
  readonly updateMs: number;
}

export interface AgentResult {
  readonly subscribers: number;
  readonly ways: readonly WayResult[];
  readonly lma: Memory;
}

interface Way {
  readonly name: string;
  readonly node: string;
  readonly flags: readonly string[];
}

interface Round {
  readonly agent: Memory;
  readonly firstPbuMs: Millis;
  readonly processorMs: Millis;
  readonly updateMs: Millis;
}

const SUBSCRIBERS = 10;
const IDLE: Millis = 5000;
const ATTACH: Millis = 15_000;
const SETTLED: Millis = 1500;
const bundle = join(repository, 'dist/agent');

/** What the wrapper of a router gives to Node. */
const wrapperFlags = (): string[] => readFileSync(join(repository, 'agent/openwrt/files/usr/bin/roamstead'), 'utf8').match(/(?<= )--[\w-]+(?:=\w+)?/g)?.map(String) ?? [];

function ways(): readonly Way[] {
  const flags = wrapperFlags();
  const nodes = [['Node 20', process.execPath], ['Node 24', nodeRelease('lts')]] as const;
  return nodes.flatMap(([name, node]) => [{ name: `${name}, as on a router`, node, flags }, { name: `${name}, no flags`, node, flags: [] }]);
}

export async function benchAgent(prefix: string, rounds: number): Promise<AgentResult> {
  const all = ways();
  let current = all[0] as Way;
  const variation: Variation = { stations: 'script', agent: () => ({ scheduling: 'normal' }), agentCommand: (_, [, , ...args]) => [current.node, ...current.flags, join(bundle, 'agent.mjs'), ...args] };
  const world = await openWorld({ homes: 1, phones: SUBSCRIBERS, delayMs: 0, prefix });
  try {
    const pmip = await startPmip(world, variation);
    const found = new Map(all.map((way) => [way, [] as Round[]]));
    for (let round = 0; round < rounds; round++) {
      for (const [way, results] of found) {
        current = way;
        results.push(await measure(world, pmip));
      }
    }
    const results: WayResult[] = [];
    for (const [way, r] of found) results.push(await summed(way, r));
    return { subscribers: SUBSCRIBERS, ways: results, lma: memoryOf(world.processes.get('lma')?.pid ?? 0) };
  } finally {
    await world.close();
  }
}

async function summed(way: Way, rounds: readonly Round[]): Promise<WayResult> {
  const middle = (of: (r: Round) => number): number => median(rounds.map(of));
  const load = readdirSync(bundle).find((name) => name.startsWith('agentProcess-')) ?? '';
  return {
    way: way.name,
    bare: await standing(way, ''),
    loaded: await standing(way, `import(${JSON.stringify(join(bundle, load))});`),
    agent: { rssMiB: middle((r) => r.agent.rssMiB), privateMiB: middle((r) => r.agent.privateMiB) },
    firstPbuMs: summary(rounds.map((r) => r.firstPbuMs)),
    processorMs: middle((r) => r.processorMs),
    updateMs: middle((r) => r.updateMs),
  };
}

async function measure(world: World, pmip: Pmip): Promise<Round> {
  const socket = scriptSocket(world.folder, world.home(1));
  // Nothing is left for the next to take up.
  await world.processes.get('agent1')?.stop('SIGINT');
  const from = pmip.transitions.length;
  const begun = monotonic();
  const ready = pmip.startAgent(1);
  const script = await soon(socket);
  await script.attach(ACCESS, world.phone(1).mac);
  const heard = await pmip.heard('the anchor to hear of the first phone', from, (t) => t.home === 0 && t.linkLayerId === world.phone(1).mac && t.to === 'ACTIVE', ATTACH);
  const pid = world.processes.get('agent1')?.pid ?? 0;
  const processorMs = processorOf(pid);
  await ready;
  await sleep(IDLE);
  const updates: Millis[] = [];
  for (let phone = 2; phone <= SUBSCRIBERS; phone++) {
    const { mac } = world.phone(phone);
    updates.push((await pmip.arrival(1, mac, () => script.attach(ACCESS, mac))).stages.pbuSent);
  }
  await sleep(IDLE);
  script.close();
  return { agent: memoryOf(pid), firstPbuMs: heard.at - begun, processorMs, updateMs: median(updates) };
}

/** A process that does no more than this. */
async function standing({ node, flags }: Way, code: string): Promise<Memory> {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', node, ...flags, '-e', `${code} setInterval(() => undefined, 1e6)`], { stdio: 'ignore' });
  try {
    await sleep(SETTLED);
    return memoryOf(child.pid ?? 0);
  } finally {
    child.kill('SIGKILL');
  }
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

/** utime and stime, proc(5), in ticks of 10 ms. */
function processorOf(pid: number): Millis {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN);
  return { rssMiB: kib('Rss') / 1024, privateMiB: (kib('Private_Clean') + kib('Private_Dirty')) / 1024 };
}
