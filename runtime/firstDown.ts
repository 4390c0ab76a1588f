/** When the first downlink packet after a handover came: the data path notes it, this asks a few times until it has. */
import type { Paths } from '../protocol/paths.ts';
import type { Millis } from '../protocol/units.ts';

/** Pauses between questions: short at first, given up after about ten seconds. */
const PAUSES: readonly Millis[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 3000, 3000];

/**
 * `since`: when the path was set. Nothing is asked any more once `ended` says so: the data path may be closed. `onEnd` is told when
 * nobody asks any more, whatever came of it.
 */
export function followFirstDown(paths: Pick<Paths, 'firstDown'>, index: number, since: Millis, ended: AbortSignal, onFirst: (at: Millis) => void, onEnd: () => void = () => undefined): void {
  const ask = (attempt: number): void => {
    const at = ended.aborted ? undefined : paths.firstDown(index);
    const came = at !== undefined && at >= since;
    const pause = PAUSES[attempt];
    if (!came && !ended.aborted && pause !== undefined) return void setTimeout(() => ask(attempt + 1), pause).unref();
    if (came) onFirst(at);
    onEnd();
  };
  ask(0);
}
