/** The Restart Counter of RFC 5847 §3.2, on disk: grows with each start that may have lost state. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UnixMillis } from '../protocol/units.ts';

/**
 * The counter for this start. Without an earlier one it begins at the time in seconds, so that a folder that does not outlive a
 * reboot repeats no number. A folder that cannot be written is told to `onError`: peers may then miss a restart.
 */
export function nextRestartCounter(folder: string, onError: (error: Error) => void, wall: UnixMillis = Date.now()): number {
  const file = join(folder, 'restart-counter');
  const next = ((read(file) ?? Math.floor(wall / 1000)) + 1) >>> 0;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, String(next), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (e) {
    onError(new Error(`${file} cannot be written, so peers may miss a restart: ${(e as Error).message}`));
  }
  return next;
}

export interface Restart {
  readonly counter: number;
  /** What peers hold of the last run is stale. */
  readonly lostState: boolean;
}

/** The counter of the last run if its state, kept in the same folder, is all there; else the next one. */
export function restartCounter(folder: string, lostState: boolean, onError: (error: Error) => void, wall?: UnixMillis): Restart {
  const kept = lostState ? undefined : read(join(folder, 'restart-counter'));
  return kept === undefined ? { counter: nextRestartCounter(folder, onError, wall), lostState: true } : { counter: kept, lostState: false };
}

/** Undefined at the first start on this machine, and where something else stands. */
function read(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
