/** The lab's side of its traffic programs: started in a namespace, asked by lines, answering in JSON. */
import { createInterface } from 'node:readline';
import type { ProbeReport } from './traffic/probe.ts';
import type { SizeResult } from './traffic/sizes.ts';
import type { TcpReport } from './traffic/tcp.ts';
import { LabError } from './namespaces.ts';
import { trafficProgram } from './paths.ts';
import { patient, sleep } from './processes.ts';
import type { World } from './world.ts';

export const TRAFFIC_PORT = 7007;
const STREAM_PORT = 7008;
/** Longer than any packet waits in the lab. */
const LAST_PACKETS_MS = 1000;

interface Conversation {
  ask(command: string): Promise<unknown>;
}

const ANSWER_MS = 20_000;

function converse(world: World, name: string, namespace: string, tool: string, options: object): Conversation {
  const p = world.spawn({ name, namespace, argv: [process.execPath, trafficProgram, tool, JSON.stringify(options)], piped: true });
  const waiting: ((line: string) => void)[] = [];
  if (!p.child.stdout) throw new LabError(`${name} has no standard output`);
  createInterface({ input: p.child.stdout }).on('line', (line) => waiting.shift()?.(line));
  return {
    ask: (command) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new LabError(`${name} did not answer "${command}"; see ${p.logFile}`)), patient(ANSWER_MS));
        const done = (settle: () => void) => {
          clearTimeout(timer);
          settle();
        };
        waiting.push((line) => done(() => resolve(JSON.parse(line))));
        void p.exited.then((code) => done(() => reject(new LabError(`${name} ended (${code}) before it answered "${command}": ${p.log()}`))));
        if (command) p.child.stdin?.write(`${command}\n`);
      }),
  };
}

/** UDP probe peer and TCP echo on the internet host, or in another namespace. Once in each. */
export async function serveTraffic(world: World, namespace: string = world.plan.inet.namespace): Promise<void> {
  await converse(world, `server-${namespace}`, namespace, 'serve', { port: TRAFFIC_PORT }).ask('');
}

export interface UdpProbe {
  report(): Promise<ProbeReport>;
  /** First packet down at or after `at` (CLOCK_MONOTONIC ms), or null. */
  firstDownAfter(at: number): Promise<number | null>;
  /** Milliseconds: the longest time without a packet down that ended at or after `at`, or null when nothing came since. */
  longestGapSince(at: number): Promise<number | null>;
  stop(): Promise<ProbeReport>;
}

export function startProbe(world: World, phone: number, target: string, intervalMs = 10, size = 64): UdpProbe {
  const name = `probe${phone}-${target.includes(':') ? 6 : 4}`;
  const c = converse(world, name, world.phone(phone).namespace, 'probe', { target, port: TRAFFIC_PORT, intervalMs, size });
  return {
    report: async () => (await c.ask('report')) as ProbeReport,
    firstDownAfter: async (at) => (await c.ask(`first ${at}`)) as number | null,
    longestGapSince: async (at) => (await c.ask(`gap ${at}`)) as number | null,
    stop: async () => (await c.ask('stop')) as ProbeReport,
  };
}

export interface Stream {
  /** Ends it, waits for the last packets, and says when each was sent (CLOCK_MONOTONIC ms) and which came, in order. */
  stop(): Promise<{ readonly sentAt: readonly number[]; readonly received: readonly number[] }>;
}

/** Numbered packets from the internet host to the phone. */
export async function startStream(world: World, phone: number, target: string, intervalMs = 1): Promise<Stream> {
  const sink = converse(world, `sink${phone}`, world.phone(phone).namespace, 'sink', { port: STREAM_PORT });
  await sink.ask('');
  const stream = converse(world, `stream${phone}`, world.plan.inet.namespace, 'stream', { target, port: STREAM_PORT, intervalMs });
  return {
    async stop() {
      const sentAt = (await stream.ask('stop')) as number[];
      await sleep(LAST_PACKETS_MS);
      return { sentAt, received: (await sink.ask('stop')) as number[] };
    },
  };
}

export interface TcpConnection {
  report(): Promise<TcpReport>;
  stop(): Promise<TcpReport>;
}

export function startTcp(world: World, phone: number, target: string, intervalMs = 10, chunk = 512): TcpConnection {
  const name = `tcp${phone}-${target.includes(':') ? 6 : 4}`;
  const c = converse(world, name, world.phone(phone).namespace, 'tcp', { target, port: TRAFFIC_PORT, intervalMs, chunk });
  return { report: async () => (await c.ask('report')) as TcpReport, stop: async () => (await c.ask('stop')) as TcpReport };
}

/** Which sizes of IP packets come through with DF, from a phone or from any other namespace. */
export async function probeSizes(world: World, namespace: string, target: string, sizes: readonly number[]): Promise<SizeResult[]> {
  return (await converse(world, `sizes-${namespace}`, namespace, 'sizes', { target, port: TRAFFIC_PORT, sizes }).ask('')) as SizeResult[];
}
