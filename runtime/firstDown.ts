/** When the first downlink packet after a handover came: the data path notes it, this asks a few times until it has. */
import type { Paths } from '../protocol/paths.ts';
import type { Millis } from '../protocol/units.ts';

/** Pauses between questions: short at first, given up after about ten seconds. */
const PAUSES: readonly Millis[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 3000, 3000];

/** `since`: when the path was set. Nothing is asked any more once `ended` says so: the data path may be closed. */
export function followFirstDown(paths: Pick<Paths, 'firstDown'>, index: number, since: Millis, ended: AbortSignal, onFirst: (at: Millis) => void, attempt = 0): void {
  if (ended.aborted) return;
  const at = paths.firstDown(index);
  if (at !== undefined && at >= since) return onFirst(at);
  const pause = PAUSES[attempt];
  if (pause === undefined) return;
  setTimeout(() => followFirstDown(paths, index, since, ended, onFirst, attempt + 1), pause).unref();
}
