/** `roamstead lab`: builds the world, starts everything in it, and lets the phones roam. */
import { setTimeout as pause } from 'node:timers/promises';
import { USAGE, parseArguments } from './arguments.ts';
import type { LabArguments } from './arguments.ts';
import { describeHandover, quantile } from './handover.ts';
import type { Handover } from './handover.ts';
import { drawing } from './drawing.ts';
import type { AgentStatus } from '../agent/fleet/status.ts';
import { APN, DNS, lmaSocket, type Variation } from './configuration.ts';
import { openDashboard, type Dashboard } from './fleet/dashboard.ts';
import { startPmip, type Pmip } from './pmip.ts';
import { startWalk } from './walk.ts';
import type { PhoneResult, Walk } from './walk.ts';
import { SIMULATED_NOTE, startSimulatedWalk, type SimulatedWalk } from './simulated/walk.ts';
import { openWorld } from './world.ts';
import type { World } from './world.ts';

const ROAMS_ONCE = 20;

/** @returns the exit code */
export async function runLab(args: readonly string[]): Promise<number> {
  const options = parseArguments(args);
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const stop = new AbortController();
  // The second signal does not wait: the next lab clears what is left.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (stop.signal.aborted ? process.exit(130) : stop.abort()));

  const say = (text: string) => (options.json ? process.stderr : process.stdout).write(`${text}\n`);
  if (options.simulate) return (await import('./fleet/main.ts')).runFleetLab({ ...options.simulate, keep: options.keep }, stop.signal, say);
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return simulate(options, stop.signal, say);
  const world = await openWorld(options.lab);
  let keep = true;
  try {
    const code = await live(world, options, stop.signal, say);
    keep = options.keep;
    return code;
  } finally {
    await world.close(keep);
    if (keep) process.stderr.write(`logs and configurations: ${world.folder}\n`);
  }
}

async function live(world: World, options: LabArguments, stop: AbortSignal, say: (text: string) => void): Promise<number> {
  if (!options.once || !options.json) say(drawing(world.plan));
  const [dashboard] = await Promise.all([options.dashboard ? dashboardOf(world, say) : undefined, world.startAccess()]);
  const pmip = await startPmip(world, dashboard && managed(dashboard));
  void dashboard?.claim(world.plan.homes.map(({ number }) => ({ name: `Home ${number}`, status: async () => (await pmip.ask(number, 'agent status')) as AgentStatus })));
  try {
    return await stand(world, pmip, options, stop, say);
  } finally {
    await dashboard?.close();
  }
}

/** The cloud runs on this machine, and its homes reach the broker at the LMA's address. */
const dashboardOf = ({ folder, plan }: World, say: (text: string) => void): Promise<Dashboard> =>
  openDashboard({ folder, lma: { name: 'lma1', socket: lmaSocket(folder) }, homes: { namespace: plan.lma.namespace, address: plan.lma.ipv4 }, say });

/** Phones that the list does not know have a default profile, which the dashboard can change. */
const managed = (dashboard: Dashboard): Variation => ({
  interface: () => ({ 'default-profile': 'guests' }),
  agent: (home) => ({ fleet: dashboard.section(home.number), 'default-profiles': { guests: { apn: APN, lma: 'lma1', service: 'dual', dns: [...DNS] } } }),
});

async function stand(world: World, pmip: Pmip, options: LabArguments, stop: AbortSignal, say: (text: string) => void): Promise<number> {
  if (!options.roam) {
    say(`The lab stands. Logs and configurations: ${world.folder}`);
    say(`Look around with: nsenter --net=/run/netns/${world.plan.homes[0]?.namespace} bash    Ctrl-C ends it.`);
    await pause(2 ** 30, undefined, { signal: stop }).catch(() => undefined);
    return 0;
  }

  return roam(options, false, stop, say, (tell) => startWalk(world, pmip, tell));
}

/** The same world without root; the first line says so. */
async function simulate(options: LabArguments, stop: AbortSignal, say: (text: string) => void): Promise<number> {
  say(SIMULATED_NOTE);
  let walk: SimulatedWalk | undefined;
  try {
    return await roam(options, true, stop, say, async (tell) => (walk = await startSimulatedWalk(options.lab, tell, options.dashboard ? (lab) => openDashboard({ ...lab, say }) : undefined)));
  } finally {
    await walk?.close();
  }
}

async function roam(options: LabArguments, simulated: boolean, stop: AbortSignal, say: (text: string) => void, start: (tell: (h: Handover) => void) => Promise<Walk>): Promise<number> {
  const handovers: Handover[] = [];
  const tell = (h: Handover) => {
    if (h.from > 0) handovers.push(h);
    if (!options.json) say(describeHandover(h));
    else if (!options.once) process.stdout.write(`${JSON.stringify(h)}\n`);
  };
  if (!options.once) say('The phones roam until Ctrl-C.');
  const walk = await start(tell);
  for (let roams = 0; !stop.aborted && !(options.once && roams === ROAMS_ONCE); roams++) {
    tell(await walk.step());
    await pause(options.pauseMs, undefined, { signal: stop }).catch(() => undefined);
  }
  const result = { simulated, ...summary(handovers, await walk.finish()) };
  if (options.once && options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else say(verdict(result));
  return result.addressKept && result.tcpSurvived ? 0 : 1;
}

function summary(handovers: readonly Handover[], phones: readonly PhoneResult[]) {
  const sum = (of: (p: PhoneResult) => number) => phones.reduce((total, p) => total + of(p), 0);
  const switched = handovers.map((h) => h.stages.switched);
  return {
    addressBefore: phones[0]?.addressBefore,
    addressAfter: phones[0]?.addressAfter,
    addressKept: phones.every((p) => JSON.stringify(p.addressBefore) === JSON.stringify(p.addressAfter)),
    tcpSurvived: phones.every((p) => p.tcp.every((t) => t.alive && t.corrupt === 0 && t.octetsVerified > 0)),
    packets: { sent: sum((p) => p.packets.sent), lost: sum((p) => p.packets.lost) },
    switchedMs: { p50: quantile(switched, 0.5), p99: quantile(switched, 0.99) },
    handovers,
    phones,
  };
}

function verdict(r: ReturnType<typeof summary>): string {
  const { sent, lost } = r.packets;
  const addresses = [...(r.addressAfter?.ipv4 ?? []), ...(r.addressAfter?.ipv6 ?? [])].join(' ');
  return [
    `${r.handovers.length} handovers, both ends switched after ${r.switchedMs.p50?.toFixed(1)} ms (median), ${r.switchedMs.p99?.toFixed(1)} ms (99 of 100)`,
    `address ${r.addressKept ? `kept: ${addresses}` : `LOST: before ${JSON.stringify(r.addressBefore)}, after ${JSON.stringify(r.addressAfter)}`}`,
    `TCP connections ${r.tcpSurvived ? 'survived' : 'BROKE'}; UDP packets ${sent} sent, ${lost} lost`,
  ].join('\n');
}
