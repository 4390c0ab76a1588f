/** Processes of the lab: each in its namespace, its output in a file of the lab's folder, ended by pid and with the lab. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Millis } from '../protocol/units.ts';
import { LabError, environment, inside } from './namespaces.ts';

export interface LabProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly child: ChildProcess;
  running(): boolean;
  log(): string;
  /** Sends the signal (SIGTERM by default) and resolves when the process has ended; after 3 s it is killed. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Resolves with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
}

export interface ProcessOptions {
  readonly name: string;
  /** Undefined: the host's own namespace. */
  readonly namespace: string | undefined;
  readonly argv: readonly string[];
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output is read by the caller, and only standard error goes to the log. */
  readonly piped?: boolean;
}

export function start({ name, namespace, argv, folder, env, piped = false }: ProcessOptions): LabProcess {
  // Should the lab itself be killed, the kernel ends its processes too.
  const [command, ...args] = [...(namespace ? inside(namespace, []) : []), 'setpriv', '--pdeathsig', 'KILL', ...argv] as [string, ...string[]];
  // In a process group of its own: Ctrl-C is for the lab, which ends everything in order.
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...environment(), ...env }, detached: true });
  const logFile = join(folder, `${name}.log`);
  const log = createWriteStream(logFile, { flags: 'a' });
  if (!piped) child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  child.stdin.on('error', () => undefined);
  let ended = false;
  const exited = new Promise<number | string>((resolve) => {
    child.on('error', (error) => {
      log.write(`${command}: ${error.message}\n`);
      ended = true;
      resolve(127);
    });
    child.on('close', (code, signal) => {
      ended = true;
      log.end();
      resolve(code ?? signal ?? 'unknown');
    });
  });
  return {
    name,
    pid: child.pid ?? 0,
    logFile,
    child,
    running: () => !ended,
    log: () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : ''),
    exited,
    async stop(signal = 'SIGTERM') {
      if (ended) return;
      child.kill(signal);
      const killer = setTimeout(() => child.kill('SIGKILL'), 3000);
      await exited;
      clearTimeout(killer);
    },
  };
}

const PATIENCE = Number(process.env['ROAMSTEAD_LAB_PATIENCE'] || 1);

/** A deadline of the lab on this machine: a slow one sets ROAMSTEAD_LAB_PATIENCE to how many times longer things may take. */
export const patient = (ms: Millis): Millis => ms * PATIENCE;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks again every few milliseconds until there is an answer.
 * @param what completes "waited N s for ..." in the error
 */
export async function until<T>(what: string, timeoutMs: number, ask: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const end = performance.now() + patient(timeoutMs);
  for (let pause = 5; ; pause = Math.min(pause * 1.5, 100)) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new LabError(`waited ${patient(timeoutMs) / 1000} s for ${what}`);
    await sleep(pause);
  }
}
