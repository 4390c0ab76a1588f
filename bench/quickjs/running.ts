/** A gateway of the comparison as a process: commands in, what it tells out. */
import { createInterface } from 'node:readline';
import { start } from '../../lab/processes.ts';
import type { LabProcess } from '../../lab/processes.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Engine } from './engines.ts';
import type { GatewaySetup } from './gateway.ts';

/** What gateway.ts tells; times are of CLOCK_MONOTONIC. */
export interface Told {
  readonly kind: 'ready' | 'transition' | 'done' | 'discard' | 'error' | 'bindings';
  readonly at?: Millis;
  readonly mac?: string;
  readonly from?: string;
  readonly to?: string;
  readonly stages?: Readonly<Record<string, Millis>>;
  readonly switchedAt?: Millis;
  readonly message?: string;
  readonly reason?: string;
}

export interface Running {
  readonly pid: number;
  say(command: string): void;
  /** The next that fits, of what comes from now on. @throws Error when it stays away */
  next(what: string, fits: (told: Told) => boolean): Promise<Told>;
  /** What went wrong so far, in its own words. */
  readonly complaints: readonly string[];
  /** Its standard input ends, and it with it. */
  stop(): Promise<void>;
}

const ANSWER: Millis = 60_000;
let last = 0;

export function startGateway(engine: Engine, setup: GatewaySetup, folder: string, namespace?: string): Running {
  const p: LabProcess = start({ name: `gateway${(last += 1)}`, namespace, argv: engine.argv(setup), env: engine.env, folder, piped: true });
  const waiting = new Set<(told: Told) => void>();
  const complaints: string[] = [];
  if (!p.child.stdout) throw new Error('the gateway has no standard output');
  createInterface({ input: p.child.stdout }).on('line', (line) => {
    const told = JSON.parse(line) as Told;
    if (told.kind === 'error' || told.kind === 'discard') complaints.push(told.message ?? told.reason ?? '');
    for (const hear of waiting) hear(told);
  });
  return {
    pid: p.pid,
    complaints,
    say: (command) => void p.child.stdin?.write(`${command}\n`),
    next: (what, fits) =>
      new Promise((resolve, reject) => {
        const fail = (why: string) => reject(new Error(`${engine.name}: ${what}: ${why} ${complaints.slice(-5).join('; ')} ${p.log()}`));
        const timer = setTimeout(() => {
          waiting.delete(hear);
          fail(`nothing in ${ANSWER / 1000} s`);
        }, ANSWER);
        const hear = (told: Told): void => {
          if (!fits(told)) return;
          clearTimeout(timer);
          waiting.delete(hear);
          resolve(told);
        };
        waiting.add(hear);
        void p.exited.then((code) => {
          clearTimeout(timer);
          if (waiting.delete(hear)) fail(`it ended (${code})`);
        });
      }),
    async stop() {
      p.child.stdin?.end();
      const ended = await Promise.race([p.exited.then(() => true), new Promise<false>((resolve) => setTimeout(() => resolve(false), 5000).unref())]);
      if (!ended) await p.stop('SIGKILL');
    },
  };
}
