/** `npm run bench`: measures, prints, and writes bench-results.json. No test: nothing here passes or fails. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { release } from '../lab/namespaces.ts';
import { repository } from '../lab/paths.ts';
import { benchAgent } from './agent.ts';
import { benchAnchorCore } from './anchorCore.ts';
import { benchAnchorLoopback } from './anchorLoopback.ts';
import { benchAnchorMemory } from './anchorMemory.ts';
import { benchAnchorRate } from './anchorRate.ts';
import { benchAnchorRestart } from './anchorRestart.ts';
import { parseArguments, USAGE } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { benchDatapath, removeNamespaces } from './datapath/datapath.ts';
import { benchScale, removeScaleNamespaces } from './datapath/scale.ts';
import { benchFleet } from './fleet.ts';
import { benchHandover } from './handover.ts';
import { benchHolding } from './holding.ts';
import { benchJoining } from './joining.ts';
import { benchLive } from './live.ts';
import { machine } from './machine.ts';
import { benchPresence } from './presence.ts';
import { benchQuickjs } from './quickjs/comparison.ts';
import { quickjsText } from './quickjs/words.ts';
import { agentText, anchorText, datapathText, fleetText, handoverText, holdingText, liveText, machineLine, restartText, scaleText, stationsText } from './tables.ts';
import type { Results } from './tables.ts';

/** Of the namespaces, the lab's and our own. */
const PREFIX = 'rsbn-';
const DELAYS = [0, 10] as const;
const FULL = { roams: 200, rounds: 5, seconds: 1.5, starts: 3, subscribers: 10_000, coreRounds: 5, loopbackSeconds: 4, rateRounds: 5, rateCount: 100_000, bindings: 1_000_000, restarts: 3, joins: 5, silentSeconds: 120, paths: 1_000_000, held: 50, liveSeconds: 20, fleet: 2000, fleetSeconds: 20, fleetChanges: 3, engineStarts: 8, engineRounds: 40, engineRoams: 40 } as const;
const QUICK: Readonly<Record<keyof typeof FULL, number>> = { roams: 50, rounds: 1, seconds: 0.8, starts: 1, subscribers: 2000, coreRounds: 3, loopbackSeconds: 2, rateRounds: 3, rateCount: 30_000, bindings: 200_000, restarts: 1, joins: 3, silentSeconds: 30, paths: 1_000_000, held: 20, liveSeconds: 10, fleet: 500, fleetSeconds: 10, fleetChanges: 1, engineStarts: 3, engineRounds: 10, engineRoams: 10 };

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function run({ parts, quick }: Arguments): Promise<Results> {
  const effort = quick ? QUICK : FULL;
  let results: Results = { machine: machine() };
  say(machineLine(results.machine));
  if (parts.includes('agent')) {
    say('gateway and anchor');
    const anchorCore = benchAnchorCore(effort.subscribers, effort.coreRounds);
    const anchorLoopback = await benchAnchorLoopback(effort.loopbackSeconds);
    const agent = await benchAgent(PREFIX, effort.starts);
    results = { ...results, agent, anchorCore, anchorLoopback };
  }
  if (parts.includes('anchor')) {
    say(`memory of ${effort.bindings} bindings`);
    const anchorMemory = benchAnchorMemory(effort.bindings);
    say('binding updates a second at an anchor');
    results = { ...results, anchorMemory, anchorRate: await benchAnchorRate(effort.rateRounds, effort.rateCount) };
  }
  if (parts.includes('restart')) {
    say(`an anchor that starts with ${effort.bindings} bindings`);
    results = { ...results, anchorRestart: await benchAnchorRestart(effort.bindings, effort.restarts) };
  }
  if (parts.includes('handover')) {
    const handover = [];
    for (const delay of DELAYS) {
      say(`handovers with ${delay} ms each way`);
      handover.push(await benchHandover(PREFIX, delay, effort.roams, say));
    }
    results = { ...results, handover };
  }
  if (parts.includes('stations')) {
    say('stations that join at once, with local profiles and with RADIUS');
    const joining = await benchJoining(PREFIX, effort.joins);
    say(`silent phones, for ${effort.silentSeconds} s`);
    results = { ...results, joining, presence: await benchPresence(PREFIX, effort.silentSeconds) };
  }
  if (parts.includes('datapath')) {
    say('data path');
    await pause(1000);
    results = { ...results, datapath: await benchDatapath(PREFIX, effort.rounds, effort.seconds, say) };
  }
  if (parts.includes('scale')) {
    say(`data path with ${effort.paths} subscribers`);
    results = { ...results, scale: await benchScale(PREFIX, effort.paths, effort.rounds, effort.seconds, say) };
  }
  if (parts.includes('holding')) {
    say('packets held between two homes');
    results = { ...results, holding: await benchHolding(PREFIX, effort.held, say) };
  }
  if (parts.includes('live')) {
    say('the fleet service at 200 handovers a second');
    results = { ...results, live: await benchLive(100_000, 2000, 200, effort.liveSeconds, say) };
  }
  if (parts.includes('fleet')) {
    say(`a fleet of ${effort.fleet} gateways on one cloud`);
    results = { ...results, fleet: await benchFleet(effort.fleet, 200, effort.fleetSeconds, effort.fleetChanges, say) };
  }
  if (parts.includes('quickjs')) {
    say('a gateway without Node');
    const quickjs = await benchQuickjs(PREFIX, effort.engineStarts, effort.engineRounds, effort.engineRoams, say);
    if (typeof quickjs === 'string') say(`  not measured: ${quickjs}`);
    else results = { ...results, quickjs };
  }
  return results;
}

function tell({ machine: where, handover, datapath, agent, anchorCore, anchorLoopback, anchorRate, anchorMemory, anchorRestart, joining, presence, scale, holding, live, fleet, quickjs }: Results): void {
  say(`\n${machineLine(where)}`);
  if (handover) say(`\n${handoverText(handover)}`);
  if (datapath) say(`\n${datapathText(datapath)}`);
  if (agent && anchorCore && anchorLoopback) say(`\n${agentText(agent, anchorCore, anchorLoopback)}`);
  if (anchorRate && anchorMemory) say(`\n${anchorText(anchorRate, anchorMemory)}`);
  if (anchorRestart) say(`\n${restartText(anchorRestart)}`);
  if (joining && presence) say(`\n${stationsText(joining, presence)}`);
  if (scale) say(`\n${scaleText(scale)}`);
  if (holding) say(`\n${holdingText(holding)}`);
  if (live) say(`\n${liveText(live)}`);
  if (fleet) say(`\n${fleetText(fleet)}`);
  if (quickjs) say(`\n${quickjsText(quickjs)}`);
}

/** Processes end with this one; namespaces would stay. */
function stopAtOnce(): void {
  release(PREFIX);
  removeNamespaces(PREFIX);
  removeScaleNamespaces(PREFIX);
  process.exit(130);
}

async function main(): Promise<number> {
  const options = parseArguments(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    process.stderr.write('bench: network namespaces and the data path need root on Linux; try: sudo npm run bench\n');
    return 1;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stopAtOnce);
  const results = await run(options);
  tell(results);
  const file = join(repository, 'bench-results.json');
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
  say(`\nwritten: ${file}`);
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
