/** What is sent through: TCP by iperf3, small packets by a program of our own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inside, run } from '../../lab/namespaces.ts';
import { repository } from '../../lab/paths.ts';
import { sleep } from '../../lab/processes.ts';
import { DEVICES, HOST, namespaceOf } from './topology.ts';

const TCP_PORT = '5999';
const UDP_PORT = '6001';
const SMALL = '64';
/** Until iperf3's server and the receiver of packets listen. */
const SETTLE = 300;

const compiler = (): string => process.env['CC'] || 'cc';

/** Builds the packet program when its source is newer. */
export function packetProgram(): string {
  const source = join(repository, 'bench', 'datapath', 'packets.c');
  const program = join(repository, 'build', 'bench-packets');
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return program;
  mkdirSync(dirname(program), { recursive: true });
  run([compiler(), '-O2', '-Wall', '-Wextra', '-o', `${program}.${process.pid}`, source]);
  renameSync(`${program}.${process.pid}`, program);
  return program;
}

export interface Traffic {
  /** Mbit/s that arrived. */
  tcp(direction: 'up' | 'down', seconds: number): Promise<number>;
  /** Packets of 64 octets that arrived, a second. */
  packetRate(seconds: number): Promise<number>;
  /** Whether the machine's own segmentation carries 64 KB packets from end to end, or every packet is of the MTU. */
  segmentation(on: boolean): void;
  stop(): void;
}

/** The words that ethtool knows for it; a device without one of them is no error. */
const SEGMENTATION = ['tso', 'gso', 'tx-gre-segmentation', 'tx-udp_tnl-segmentation', 'tx-udp-segmentation'];

export async function startTraffic(prefix: string): Promise<Traffic> {
  const program = packetProgram();
  const phone = namespaceOf(prefix, 'phone');
  const host = namespaceOf(prefix, 'host');
  const [command, ...args] = inside(host, ['setpriv', '--pdeathsig', 'KILL', 'iperf3', '-s', '-p', TCP_PORT]) as [string, ...string[]];
  const server = spawn(command, args, { stdio: 'ignore' });
  await sleep(SETTLE);
  return {
    async tcp(direction, seconds) {
      const out = await output(inside(phone, ['iperf3', '-c', HOST.ipv4, '-p', TCP_PORT, '-t', String(seconds), '-J', '--connect-timeout', '2000', ...(direction === 'down' ? ['-R'] : [])]));
      return receivedMbit(out);
    },
    async packetRate(seconds) {
      const receiver = output(inside(host, [program, 'receive', UDP_PORT, String(seconds + 1)]));
      await sleep(SETTLE);
      await output(inside(phone, [program, 'send', HOST.ipv4, UDP_PORT, SMALL, String(seconds)]));
      const [count = 0, span = 0] = (await receiver).trim().split(' ').map(Number);
      return span > 0 ? count / span : Number.NaN;
    },
    segmentation(on) {
      for (const [machine, device] of DEVICES) run(inside(namespaceOf(prefix, machine), ['ethtool', '-K', device, ...SEGMENTATION.flatMap((name) => [name, on ? 'on' : 'off'])]));
    },
    stop: () => void server.kill(),
  };
}

/** iperf3's own report. NaN when it failed. Pure. */
export function receivedMbit(report: string): number {
  try {
    const { end } = JSON.parse(report) as { end?: { sum_received?: { bits_per_second?: number } } };
    return (end?.sum_received?.bits_per_second ?? Number.NaN) / 1e6;
  } catch {
    return Number.NaN;
  }
}

function output(argv: readonly string[]): Promise<string> {
  const [command, ...args] = argv as [string, ...string[]];
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
}
