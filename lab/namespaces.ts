/** Network namespaces: built from a plan with a handful of `ip -batch` runs, entered by processes, and cleared away with everything in them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Construction } from './topology.ts';

const NAMESPACES = '/run/netns';
const OWNERS = '/run/roamstead-lab';

/** A command of the lab's own construction failed; the message holds the command and what it printed. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

/** With the administrator's programs, which `su` leaves out of the search path. */
export const environment = (): NodeJS.ProcessEnv => ({ ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` });

/** Runs a command to its end and returns its standard output. */
export function run(argv: readonly string[], input?: string): string {
  const [command, ...args] = argv as [string, ...string[]];
  const r = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 << 20, env: environment(), ...(input === undefined ? {} : { input }) });
  if (r.error) throw new LabError(`${command} did not start: ${r.error.message}; run \`npm run setup\` as root`);
  if (r.status !== 0) throw new LabError(`\`${argv.join(' ')}\` failed (${r.signal ?? r.status}): ${(r.stderr || r.stdout).trim()}`);
  return r.stdout;
}

/**
 * A command line that runs in a namespace. `nsenter` and not `ip netns exec`: the latter mounts /sys anew and hides bpffs,
 * and with `nsenter` the started process keeps its pid.
 */
export const inside = (namespace: string, argv: readonly string[]): string[] => ['nsenter', `--net=${join(NAMESPACES, namespace)}`, ...argv];

export const runInside = (namespace: string, argv: readonly string[], input?: string): string => run(inside(namespace, argv), input);

/** One `ip -batch`, in the host's namespace when none is given. */
export function ipBatch(namespace: string | undefined, lines: readonly string[]): void {
  if (lines.length > 0) run([...(namespace ? inside(namespace, []) : []), 'ip', '-batch', '-'], `${lines.join('\n')}\n`);
}

/** @param wiring called when all namespaces exist and before any address is set: the place for devices that a process makes */
export async function construct(c: Construction, wiring: () => Promise<void>): Promise<void> {
  ipBatch(undefined, c.namespaces);
  for (const [namespace, settings] of c.sysctl) runInside(namespace, ['sysctl', '-q', '-w', ...settings]);
  ipBatch(undefined, c.wires);
  await wiring();
  for (const [namespace, lines] of c.inside) ipBatch(namespace, lines);
  for (const [namespace, rules] of c.nft) runInside(namespace, ['nft', '-f', '-'], rules);
}

/** Names of all that are on this machine. */
export const namespacesHere = (): string[] => (existsSync(NAMESPACES) ? readdirSync(NAMESPACES) : []);

function labNamespaces(prefix: string): string[] {
  const ours = new RegExp(`^${prefix}(?:air|net|lma2?|inet|aaa|(?:home|phone|nat)\\d+)$`);
  return namespacesHere().filter((name) => ours.test(name));
}

/** Processes in any of the prefix's namespaces, ended at once. */
function killAll(namespaces: readonly string[]): void {
  for (const namespace of namespaces) {
    for (const pid of run(['ip', 'netns', 'pids', namespace]).split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It ended meanwhile.
      }
    }
  }
}

/** Ends the processes in these namespaces and deletes them. Free when there are none. */
export function clearAll(namespaces: readonly string[]): void {
  killAll(namespaces);
  ipBatch(undefined, namespaces.map((name) => `netns del ${name}`));
}

/** The same for all namespaces of this prefix. @returns how many there were */
export function clear(prefix: string): number {
  const found = labNamespaces(prefix);
  clearAll(found);
  return found.length;
}

const ownerFile = (prefix: string) => join(OWNERS, `${prefix}pid`);

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** When the process started, in ticks since the machine did (proc(5)): a number comes back, this with it does not. Undefined: there is none. */
function startOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[19];
  } catch {
    return undefined;
  }
}

/**
 * Makes the prefix this process's own and clears what a crashed run left.
 * @returns how many namespaces were left over
 * @throws LabError when a living process owns the prefix
 */
export function claim(prefix: string): number {
  mkdirSync(OWNERS, { recursive: true });
  const file = ownerFile(prefix);
  const [pid, start] = existsSync(file) ? readFileSync(file, 'utf8').split(' ') : [];
  const owner = Number(pid);
  if (start !== undefined && owner !== process.pid && startOf(owner) === start) {
    throw new LabError(`process ${owner} runs a lab with namespaces ${prefix}*; end it, or give this one another name with --prefix`);
  }
  writeFileSync(file, `${process.pid} ${startOf(process.pid)}`);
  return clear(prefix);
}

export function release(prefix: string): void {
  clear(prefix);
  rmSync(ownerFile(prefix), { force: true });
}
