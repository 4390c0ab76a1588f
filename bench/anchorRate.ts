/**
 * PBUs a second through the whole process: `roamstead lma` without a data path on loopback UDP, with its bindings in memory and
 * durable on disk, next to a bare UDP echo in Node, in turns. This process is the gateways: their PBUs are encoded and signed
 * before the clock runs. Nine of ten extend a binding, the tenth is a handover with its revocation. Both processes share the
 * machine, so compare the ratios.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { roamstead } from '../lab/paths.ts';
import { until } from '../lab/processes.ts';
import { decodeMessage } from '../protocol/mobility/header.ts';
import { find } from '../protocol/mobility/options.ts';
import { timestampOf } from '../protocol/units.ts';
import { hmacSha1 } from '../runtime/hmac.ts';
import { bindingUpdate, gateway, revocationAnswer, signed } from './gateways.ts';
import { openLoad, type Load, type LoadResult } from './load.ts';
import { median, order, ratio } from './statistics.ts';

export const WINDOWS = [1, 16, 64, 128] as const;

export interface WindowResult {
  readonly window: number;
  /** A second, medians over the rounds, and against the echo of the same round. */
  readonly echo: number;
  readonly accepted: number;
  readonly acceptedToEcho: number;
  readonly acceptedP99Ms: number;
  readonly durable: number;
  readonly durableToEcho: number;
  readonly durableP99Ms: number;
  /** Microseconds of processor time for each, all threads of the server together, and against the echo's. */
  readonly cpuUs: Readonly<Record<Kind, number>>;
  readonly acceptedCpuToEcho: number;
}

type Kind = 'echo' | 'accepted' | 'durable';
const KINDS: readonly Kind[] = ['echo', 'accepted', 'durable'];

export interface RateResult {
  readonly subscribers: number;
  readonly windows: readonly WindowResult[];
  /** Two processes with an address each at window 64, and one of them alone, in the same rounds; PBUs a second of both together. */
  readonly two: { readonly both: number; readonly toOne: number };
  /** Everybody registers with an anchor that knows nobody, window 128, durable. */
  readonly anew: { readonly bindings: number; readonly seconds: number };
}

const HOST = '127.0.0.1';
const SUBSCRIBERS = 2000;
const HANDOVERS = 10;
const ANEW = 100_000;
const GATEWAYS = [gateway(1), gateway(2)] as const;
const READY = 20_000;
const ACKNOWLEDGEMENT = 6;
const REVOCATION = 16;
const ECHO = 'const s = require("node:dgram").createSocket("udp4"); s.on("message", (m, r) => s.send(m, r.port, r.address)); s.bind(Number(process.argv[1]), "127.0.0.1", () => console.log("it is ready"));';

/** The configuration of an anchor without a data path. */
export const anchorFile = (folder: string, port: number, store: object, bindings = 128_000): string =>
  stringify({
    'lma-services': [{ name: 'bench', 'bind-address': [HOST], 'timestamp-replay-protection-tolerance': 0, 'maximum-bindings': bindings }],
    'ip-pools': [{ name: 'four', network: '10.0.0.0/8', 'subscriber-gw-address': '10.0.0.1' }],
    'ipv6-pools': [{ name: 'six', prefix: '2001:db8::/32' }],
    apns: [{ name: 'internet', 'ip-pool': 'four', 'ipv6-pool': 'six' }],
    'mobile-access-gateways': GATEWAYS.map(({ identity, key }) => ({ id: identity, key: Buffer.from(key).toString('hex') })),
    datapath: 'none',
    store,
    'signalling-port': port,
    'control-socket': join(folder, 'lma.sock'),
    'state-directory': join(folder, 'state'),
  });

/** utime and stime of proc(5), in ticks of 10 ms. */
export function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

interface Server {
  readonly load: Load;
  /** Microseconds of processor time so far. */
  readonly cpu: () => number;
  /** The next PBUs, each newer than the last of its subscriber. */
  readonly messages: (count: number) => Uint8Array[];
  stop(): void;
}

const sequenceAt = (octets: Uint8Array, at: number): number => ((octets[at] as number) << 8) | (octets[at + 1] as number);

async function startServer(name: string, port: number, argv: (folder: string) => readonly string[], subscribers = SUBSCRIBERS): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'rs-rate-'));
  const log = join(folder, 'log');
  const out = openSync(log, 'w');
  const child: ChildProcess = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, ...argv(folder)], { stdio: ['ignore', out, out] });
  await until(`${name} to be ready`, READY, () => readFileSync(log, 'utf8').includes('is ready'));
  const isEcho = name === 'echo';
  const homes = createHomes(subscribers);
  const load = openLoad({
    host: HOST,
    port,
    from: port + 100,
    sent: (octets) => sequenceAt(octets, 6),
    answered(octets, reply) {
      if (isEcho) return sequenceAt(octets, 6);
      if (octets[2] === ACKNOWLEDGEMENT) return (octets[6] as number) < 128 ? sequenceAt(octets, 8) : undefined;
      if (octets[2] === REVOCATION) homes.answer(octets, reply);
      return undefined;
    },
  });
  return {
    load,
    cpu: () => processorTime(child.pid as number),
    messages: homes.messages,
    stop() {
      load.close();
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Homes {
  readonly messages: Server['messages'];
  /** The home that lost the subscriber of a BRI says that it is gone. */
  readonly answer: (octets: Uint8Array, reply: (octets: Uint8Array) => void) => void;
}

function createHomes(subscribers: number): Homes {
  const at = new Uint8Array(subscribers);
  let sequence = 0;
  let timestamp = timestampOf(Date.now());
  let subscriber = 0;
  return {
    messages: (count) =>
      Array.from({ length: count }, () => {
        subscriber = (subscriber + 1) % subscribers;
        sequence += 1;
        timestamp += 1n;
        const first = sequence <= subscribers;
        const moves = !first && sequence % HANDOVERS === 0;
        if (moves) at[subscriber] = 1 - (at[subscriber] as number);
        const mag = GATEWAYS[at[subscriber] as 0 | 1];
        return signed(mag, bindingUpdate(mag, { subscriber, sequence, timestamp, refresh: !first && !moves }), hmacSha1);
      }),
    answer(octets, reply) {
      const message = decodeMessage(octets, { kind: 'udp' });
      if (message.kind !== 'bindingRevocationIndication') return;
      const who = Number(/^subscriber(\d+)@/.exec(find(message.options, 'mnIdentifier')?.identifier ?? '')?.[1]);
      reply(signed(GATEWAYS[(1 - (at[who] as number)) as 0 | 1], revocationAnswer(message), hmacSha1));
    },
  };
}

const anchor = (name: string, port: number, store: object, subscribers?: number): Promise<Server> =>
  startServer(
    name,
    port,
    (folder) => {
      const file = join(folder, 'lma.yaml');
      writeFileSync(file, anchorFile(folder, port, store));
      return [roamstead, 'lma', '--config', file];
    },
    subscribers,
  );

/** @param count PBUs of each run with a window of 64 or more; fewer with a smaller one */
export async function benchAnchorRate(rounds: number, count: number): Promise<RateResult> {
  const servers: Record<Kind, Server> = {
    echo: await startServer('echo', 16_436, () => ['-e', ECHO, '16436']),
    accepted: await anchor('the anchor with bindings in memory', 16_437, { memory: true }),
    durable: await anchor('the anchor with durable bindings', 16_438, { level: {} }),
  };
  const second = await anchor('the second anchor', 16_439, { level: {} });
  try {
    for (const { load, messages } of [...Object.values(servers), second]) await load.run(messages(SUBSCRIBERS * 5), 32);
    const windows: WindowResult[] = [];
    for (const window of WINDOWS) windows.push(await benchWindow(servers, window, rounds, window < 64 ? Math.ceil((count * window) / 64) + 2000 : count));
    return { subscribers: SUBSCRIBERS, windows, two: await benchTwo(servers.durable, second, rounds, count), anew: await benchAnew(ANEW) };
  } finally {
    for (const s of [...Object.values(servers), second]) s.stop();
  }
}

async function benchWindow(servers: Record<Kind, Server>, window: number, rounds: number, count: number): Promise<WindowResult> {
  const results: Record<Kind, (LoadResult & { readonly cpuUs: number })[]> = { echo: [], accepted: [], durable: [] };
  for (let round = 0; round < rounds; round++) {
    for (const kind of order(KINDS, round)) {
      const { load, messages, cpu } = servers[kind];
      const ready = messages(count);
      const before = cpu();
      const result = await load.run(ready, window);
      results[kind].push({ ...result, cpuUs: (cpu() - before) / count });
    }
  }
  const rates = (kind: Kind) => results[kind].map((r) => r.perSecond);
  const cpus = (kind: Kind) => results[kind].map((r) => r.cpuUs);
  return {
    window,
    echo: median(rates('echo')),
    accepted: median(rates('accepted')),
    acceptedToEcho: ratio(rates('accepted'), rates('echo')),
    acceptedP99Ms: median(results.accepted.map((r) => r.answerMs.p99)),
    durable: median(rates('durable')),
    durableToEcho: ratio(rates('durable'), rates('echo')),
    durableP99Ms: median(results.durable.map((r) => r.answerMs.p99)),
    cpuUs: { echo: median(cpus('echo')), accepted: median(cpus('accepted')), durable: median(cpus('durable')) },
    acceptedCpuToEcho: ratio(cpus('accepted'), cpus('echo')),
  };
}

async function benchAnew(bindings: number): Promise<RateResult['anew']> {
  const server = await anchor('an anchor without bindings', 16_440, { level: {} }, bindings);
  try {
    const { perSecond } = await server.load.run(server.messages(bindings), 128);
    return { bindings, seconds: bindings / perSecond };
  } finally {
    server.stop();
  }
}

async function benchTwo(a: Server, b: Server, rounds: number, count: number): Promise<RateResult['two']> {
  const one: number[] = [];
  const both: number[] = [];
  for (let round = 0; round < rounds; round++) {
    one.push((await a.load.run(a.messages(count), 64)).perSecond);
    const [ours, theirs] = [a.messages(count), b.messages(count)];
    const begun = performance.now();
    await Promise.all([a.load.run(ours, 64), b.load.run(theirs, 64)]);
    both.push(((count * 2) / (performance.now() - begun)) * 1000);
  }
  return { both: median(both), toOne: ratio(both, one) };
}
