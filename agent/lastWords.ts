/** Why the agent could not start, beside its control socket: whoever finds nobody there finds the reason, such as another DHCP server. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { UnixMillis } from '../protocol/units.ts';

/** `/var/run/roamstead/agent.sock` -> `/var/run/roamstead/agent.failed` */
const pathOf = (controlSocket: string): string => `${controlSocket.replace(/\.sock$/, '')}.failed`;

/** JSON: `at` in Unix milliseconds, and `why`. Never throws: there is nobody left to tell. */
export function leaveWords(controlSocket: string, why: string, at: UnixMillis): void {
  const path = pathOf(controlSocket);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(path, JSON.stringify({ at: Math.round(at), why }), { mode: 0o600 });
  } catch {
    // The log has it.
  }
}

/** It started. */
export function takeWordsBack(controlSocket: string): void {
  rmSync(pathOf(controlSocket), { force: true });
}
