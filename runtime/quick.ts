/**
 * Keeps a process quick that has little to do. A handover is a few milliseconds of work, perhaps hours after the last one, and it
 * is over when the slowest part is; measured in the lab on two busy cores (`npm run bench`).
 */
import { setFlagsFromString } from 'node:v8';
import { available, native } from '../linux/native.ts';

export type Scheduling = 'realtime' | 'normal';

/** V8 compiles what ran a few hundred times; 200 left the median of a handover 5 % higher and saved 2 MiB. */
const ROUNDS = 300;
/** Where V8 is told to compile nothing (a router, docs/FOOTPRINT.md), it is enough that every function was read once. */
const INTERPRETED = 20;
const rounds = (): number => (process.execArgv.includes('--no-opt') ? INTERPRETED : ROUNDS);

/**
 * Rehearses, one round a turn of the event loop, so that real events come in between; then, for `realtime`, runs before all
 * programs that are not, if the system lets it. Returns what stops the rehearsal.
 */
export function stayQuick(rehearse: () => unknown, scheduling: Scheduling, most = rounds()): () => void {
  // V8 otherwise throws compiled code away that did not run for a while, which is what it does between handovers.
  setFlagsFromString('--no-flush-bytecode');
  // What is rehearsed is garbage at once: room for it (8 MiB of an agent) would stay taken ever after.
  setFlagsFromString('--semi-space-growth-factor=1');
  let left = most;
  let next = setImmediate(round);

  function round(): void {
    rehearse();
    left -= 1;
    if (left > 0) {
      next = setImmediate(round);
      return;
    }
    setFlagsFromString('--semi-space-growth-factor=2');
    if (scheduling === 'realtime' && available() === true) native().realtime();
  }
  return () => clearImmediate(next);
}
