/**
 * The LMA as a process of its own beside the fleet service: nothing of the dashboard can hold up a handover, and the LMA goes on when
 * the fleet service dies. One that goes on from an earlier life is left to itself until it ends; then it is started anew.
 */
import type { Millis } from '../../protocol/units.ts';
import type { Log } from '../../runtime/log.ts';

/** As much of node:child_process as is used. */
export interface StartedProcess {
  readonly pid?: number | undefined;
  kill(signal: NodeJS.Signals): unknown;
  once(event: 'error', call: (error: Error) => void): unknown;
  once(event: 'exit', call: (code: number | null, signal: NodeJS.Signals | null) => void): unknown;
}

export interface LmaChildOptions {
  readonly start: () => StartedProcess;
  /** Whether an LMA answers at its control socket. */
  readonly alive: () => Promise<boolean>;
  readonly now: () => Millis;
  /** Runs once, later; the function that is given back calls it off. */
  readonly after: (ms: Millis, call: () => void) => () => void;
  readonly log: Log;
}

export interface LmaChild {
  /** Passes the signal on, and resolves when the child has ended. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

const FIRST: Millis = 1000;
const LONGEST: Millis = 30_000;
/** Who ran for so long did not fail at its start. */
const HEALTHY: Millis = 60_000;
const LOOK: Millis = 2000;

export function createLmaChild({ start, alive, now, after, log }: LmaChildOptions): LmaChild {
  let child: StartedProcess | undefined;
  let pause = FIRST;
  let stopped = false;
  let told = false;
  let callOff: () => void = () => undefined;
  let ended: () => void = () => undefined;

  const later = (ms: Millis): void => {
    callOff = after(ms, () => void run());
  };

  async function run(): Promise<void> {
    const other = await alive();
    if (stopped) return;
    if (other) {
      if (!told) log('info', 'an LMA that was started before answers: it goes on, and is started anew when it ends');
      told = true;
      return later(LOOK);
    }
    told = false;
    const began = now();
    const mine = start();
    child = mine;
    log('info', 'the LMA is started', { pid: mine.pid });
    const over = (why: string): void => {
      if (child !== mine) return;
      child = undefined;
      if (stopped) return ended();
      pause = now() - began >= HEALTHY ? FIRST : pause;
      log('error', `the LMA ended (${why}); it is started anew in ${pause / 1000} s`);
      later(pause);
      pause = Math.min(LONGEST, pause * 2);
    };
    mine.once('error', (e) => over(e.message));
    mine.once('exit', (code, signal) => over(signal ?? `exit code ${code ?? 0}`));
  }

  void run();
  return {
    stop(signal) {
      stopped = true;
      callOff();
      if (!child && told) log('warn', 'the LMA was started by an earlier fleet service and goes on: stop it by itself');
      if (!child) return Promise.resolve();
      return new Promise((resolve) => {
        ended = resolve;
        child?.kill(signal);
      });
    },
  };
}
