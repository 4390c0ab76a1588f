/**
 * The delay line between transport and LMA: a small C program that joins two TAP devices (kernels without netem have nothing
 * of the kind). It is built with the machine's C compiler when first wanted.
 *
 * Measured here (two shared cores): a round trip over 2 x 10 ms takes 20.3 to 20.7 ms; TCP reaches 2.1 Gbit/s with no delay and
 * 0.8 to 0.9 with 10 ms, against 12 to 15 over the veth that it stands in for; 64-octet datagrams 130,000/s against 186,000. So
 * it is for handovers and for correctness, and throughput is measured without it.
 */
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './namespaces.ts';
import { repository } from './paths.ts';
import { start, until } from './processes.ts';
import type { LabProcess } from './processes.ts';
import { TRANSPORT } from './topology.ts';
import type { Plan } from './topology.ts';

function built(): string {
  const source = join(repository, 'lab', 'delay-line.c');
  const program = join(repository, 'build', 'delay-line');
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return program;
  mkdirSync(dirname(program), { recursive: true });
  run([process.env.CC || 'cc', '-O2', '-Wall', '-Wextra', '-o', `${program}.${process.pid}`, source]);
  renameSync(`${program}.${process.pid}`, program);
  return program;
}

/** Makes the transport's `lma` and the LMA's `net0`, with the plan's delay each way, and puts them into their namespaces. */
export async function startDelayLine(folder: string, plan: Plan): Promise<LabProcess> {
  const { delayMs, prefix } = plan.options;
  // Device names are unique only within a namespace, and they are made in the host's.
  const [a, b] = [`${prefix}da`, `${prefix}db`];
  const p = start({ name: 'delay-line', namespace: undefined, argv: [built(), String(Math.round(delayMs * 1000)), a, b], folder });
  await until(`the delay line (see ${p.logFile})`, 3000, () => p.log().includes('ready'));
  run(['ip', '-batch', '-'], `link set ${a} netns ${plan.net} name lma\nlink set ${b} netns ${plan.lma.namespace} name ${TRANSPORT}\n`);
  return p;
}
