/** A fleet of thousands of gateways on one cloud process: what it costs at rest and with handovers, and how long a change takes to reach all. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { version } from '../cli/version.ts';
import type { Overview } from '../cloud/api/resources/network.ts';
import type { Rollout } from '../cloud/api/resources/rollouts.ts';
import { openFleetLab, type FleetLab } from '../lab/fleet/fleet.ts';
import { repository } from '../lab/paths.ts';
import { until } from '../lab/processes.ts';
import type { Millis } from '../protocol/units.ts';
import type { Say } from './report.ts';
import { median } from './statistics.ts';

export interface FleetResult {
  readonly homes: number;
  readonly subscribers: number;
  readonly handoversPerSecond: number;
  /** From the first gateway's start to the last one's connection, of which ten seconds are their jitter. */
  readonly connectedMs: Millis;
  readonly memoryMiB: { readonly cloud: number; readonly lma: number; readonly gateways: number };
  /** Of one processor, 0 to 1, with heartbeats alone. */
  readonly idle: Load;
  /** With handovers, and one dashboard that listens. */
  readonly busy: Load;
  /** Until every gateway worked by a new timer, and until the cloud knew; the cloud's share of a processor until then. */
  readonly change: { readonly appliedMs: Millis; readonly knownMs: Millis; readonly each: readonly Millis[] };
  /** To one dashboard. */
  readonly eventOctetsPerSecond: number;
  /** Of what the cloud knows in the last minute. */
  readonly overview: Pick<Overview['handovers'], 'perMinute' | 'success' | 'p50' | 'p99'>;
  /** What the page names. */
  readonly firstLoad: { readonly octets: number; readonly requests: number };
  /** In a browser, `octets` with all that it asked for until the first page could be used; absent where there is none. */
  readonly page?: { readonly octets: number; readonly interactiveMs: Millis; readonly framesPerSecond: number; readonly longestFrameMs: Millis };
}

export interface Load {
  readonly cloud: number;
  readonly lma: number;
  /** This process: all gateways. */
  readonly gateways: number;
}

const ATTACHED_PER_SECOND = 300;
const TICK: Millis = 20;
const CHANGE_WITHIN = 120_000;

export async function benchFleet(homes: number, rate: number, seconds: number, changes: number, say: Say): Promise<FleetResult> {
  const subscribers = homes * 4;
  const never = new AbortController();
  let connectedMs = Number.NaN;
  let begun = Number.NaN;
  const lab = await openFleetLab({
    homes, subscribers, version: version().roamstead, stop: never.signal,
    progress(step, done, of) {
      if (step !== 'gateways connected') return;
      if (Number.isNaN(begun)) begun = performance.now();
      if (done === of) connectedMs = performance.now() - begun;
    },
    say: () => undefined,
    onError: (e) => say(`  ${e.message}`),
  });
  try {
    say(`  ${homes} gateways connected, the last ${(connectedMs / 1000).toFixed(1)} s after the first began`);
    const firstLoad = await firstLoadOf(lab.cloud.address);
    await pause(seconds * 500);
    const idle = await load(lab, seconds);
    const each: { readonly appliedMs: Millis; readonly knownMs: Millis }[] = [];
    for (let n = 1; n <= changes; n++) each.push(await change(lab, 600 + n));
    say(`  a change reached all after ${each.map((e) => `${(e.knownMs / 1000).toFixed(1)} s`).join(', ')}`);
    await lab.settle(ATTACHED_PER_SECOND);
    await pause(3000);
    const walking = walk(lab, rate);
    const events = await listen(lab);
    await pause(2000);
    const before = events.octets();
    const busy = await load(lab, seconds);
    const eventOctetsPerSecond = (events.octets() - before) / seconds;
    events.close();
    say(`  ${rate} handovers a second: the cloud's process takes ${(busy.cloud * 100).toFixed(0)} % of a processor`);
    const page = await pageOf(lab, seconds);
    const { handovers } = await lab.api<Overview>('GET', '/overview');
    clearInterval(walking);
    const memoryMiB = { cloud: memory(lab.cloud.process.pid), lma: memory(lab.lma.process.pid), gateways: process.memoryUsage.rss() / 2 ** 20 };
    return {
      homes, subscribers, handoversPerSecond: rate, connectedMs, memoryMiB, idle, busy,
      change: { appliedMs: median(each.map((e) => e.appliedMs)), knownMs: median(each.map((e) => e.knownMs)), each: each.map((e) => e.knownMs) },
      eventOctetsPerSecond,
      overview: { perMinute: handovers.perMinute, success: handovers.success, p50: handovers.p50, p99: handovers.p99 },
      firstLoad,
      ...(page ? { page } : {}),
    };
  } finally {
    await lab.close();
  }
}

/** A rollout to all homes in one wave. */
async function change(lab: FleetLab, lifetime: number): Promise<{ readonly appliedMs: Millis; readonly knownMs: Millis }> {
  const homes = lab.gateways.length;
  const begun = performance.now();
  const rollout = lab.api<Rollout>('POST', '/rollouts', { scope: { kind: 'fleet' }, concern: 'timers', document: { timers: { 'binding-lifetime': lifetime } }, canary: homes, ramp: 1, watch: 0, tolerance: { success: 1, time: 1000 } });
  const applied = until('all gateways to work by it', CHANGE_WITHIN, () => lab.gateways.every((g) => g.lifetime() === lifetime)).then(() => performance.now() - begun);
  const { id } = await rollout;
  await until('the cloud to know', CHANGE_WITHIN, async () => {
    const { items } = await lab.api<{ readonly items: readonly Rollout[] }>('GET', '/rollouts');
    return items.find((r) => r.id === id)?.status === 'done';
  });
  return { appliedMs: await applied, knownMs: performance.now() - begun };
}

function walk({ crowd }: FleetLab, rate: number): NodeJS.Timeout {
  const begun = performance.now();
  let walked = 0;
  return setInterval(() => {
    for (const due = ((performance.now() - begun) * rate) / 1000; walked < due; walked++) crowd.walk();
  }, TICK);
}

async function load(lab: FleetLab, seconds: number): Promise<Load> {
  const used = () => ({ cloud: processor(lab.cloud.process.pid), lma: processor(lab.lma.process.pid), gateways: process.cpuUsage() });
  const [before, begun] = [used(), performance.now()];
  await pause(seconds * 1000);
  const [after, passed] = [used(), (performance.now() - begun) / 1000];
  const own = process.cpuUsage(before.gateways);
  return { cloud: (after.cloud - before.cloud) / passed, lma: (after.lma - before.lma) / passed, gateways: (own.user + own.system) / 1e6 / passed };
}

/** Seconds of a processor since the process's start: 14th and 15th of /proc/PID/stat, in hundredths on Linux. */
function processor(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident, MiB. */
const memory = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** The page and what it names, compressed as it comes. */
async function firstLoadOf(address: string): Promise<FleetResult['firstLoad']> {
  const page = await (await fetch(`${address}/`)).text();
  const paths = ['/', ...new Set(Array.from(page.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css))"/g), (m) => m[1] as string))];
  const sizes = await Promise.all(paths.map((path) => octetsOf(`${address}${path}`)));
  return { octets: sizes.reduce((sum, size) => sum + size, 0), requests: paths.length };
}

function octetsOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'br, gzip' } }, (response) => {
      let octets = 0;
      response.on('data', (chunk: Buffer) => (octets += chunk.length)).on('end', () => resolve(octets)).on('error', reject);
    }).on('error', reject);
  });
}

/** One dashboard that is open. */
function listen({ cloud, token }: FleetLab): Promise<{ octets(): number; close(): void }> {
  return new Promise((resolve, reject) => {
    const request = get(`${cloud.address}/api/v1/events`, { headers: { authorization: `Bearer ${token}` } }, (response) => {
      let octets = 0;
      response.on('data', (chunk: Buffer) => (octets += chunk.length)).on('error', () => undefined);
      resolve({ octets: () => octets, close: () => request.destroy() });
    });
    request.on('error', reject);
  });
}

/** A real browser in front of it, in a process of its own; undefined where there is none. */
async function pageOf({ cloud }: FleetLab, seconds: number): Promise<FleetResult['page']> {
  if (cloud.setUpLink === undefined) return undefined;
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, join(repository, 'bench', 'fleetPage.mjs'), cloud.setUpLink, String(seconds)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const code = await new Promise((resolve) => void child.on('close', resolve));
  return code === 0 ? (JSON.parse(text) as FleetResult['page']) : undefined;
}
