/** The Restart Counter of RFC 5847 §3.2, on disk: grows with each start that may have lost state. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The counter for this start. A folder that cannot be written is told to `onError`: peers may then miss a restart. */
export function nextRestartCounter(folder: string, onError: (error: Error) => void): number {
  const file = join(folder, 'restart-counter');
  const next = (read(file) + 1) >>> 0;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, String(next), { mode: 0o600 });
  } catch (e) {
    onError(new Error(`${file} cannot be written, so peers may miss a restart: ${(e as Error).message}`));
  }
  return next;
}

function read(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    return 0; // the first start on this machine
  }
}
