/** `roamstead agent --uci /etc/config`: checks it, prints it as JSON (which YAML takes), or runs by it as soon as netifd has brought up what it names. */
import { setTimeout } from 'node:timers/promises';
import type { AgentConfig } from '../agent/config.ts';
import { loadUci, type FromUci } from '../agent/openwrt/load.ts';
import { askNetifd } from '../agent/openwrt/netifd.ts';
import type { Live } from '../agent/openwrt/resolve.ts';
import { createLog } from '../runtime/log.ts';
import { untilOver, type Daemon } from './usage.ts';

/** Between two questions to netifd, milliseconds. */
const AGAIN = 2000;

type Gateway = Pick<Daemon<AgentConfig>, 'files' | 'run' | 'keepForwarding' | 'rehearsal'>;

/** Netifd is asked only where the files leave something open. */
async function current(folder: string, ask: () => Promise<Live>): Promise<FromUci & { readonly unasked?: string }> {
  const written = loadUci(folder);
  if (written.waits.length === 0) return written;
  let live: Live;
  try {
    live = await ask();
  } catch (e) {
    return { ...written, unasked: (e as Error).message };
  }
  return loadUci(folder, live);
}

/** `end`: of an agent that died, and of which the owner wants no other. */
export type Errand = 'run' | 'check' | 'print' | 'end';

/** What is outside of the process. */
interface Outside {
  readonly netifd: () => Promise<Live>;
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

/** @throws ConfigError; Error in words when it is not enabled */
export async function runUci(folder: string, how: Errand, { files, ...gateway }: Gateway, { netifd, pause }: Outside = { netifd: () => askNetifd(), pause: (milliseconds) => setTimeout(milliseconds) }): Promise<number> {
  const first = await current(folder, netifd);
  if (how === 'end') {
    await (await gateway.run(first.config)).stop({ keepForwarding: false });
    return 0;
  }
  if (how !== 'run') {
    await files(first.config);
    for (const notice of first.notices) process.stderr.write(`${notice}\n`);
    const waits = first.waits.map((wait) => `${how === 'print' ? '# ' : ''}waits: ${wait}\n`).join('');
    process.stdout.write(how === 'print' ? `${waits}${JSON.stringify(first.shown, null, 2)}\n` : `${waits}${folder}/roamstead: correct${first.enabled ? '' : ', and disabled (option enabled)'}\n`);
    return 0;
  }
  if (!first.enabled) throw new Error(`${folder}/roamstead: not enabled: uci set roamstead.main.enabled=1; uci commit roamstead; service roamstead start`);
  const log = createLog('agent');
  for (const notice of first.notices) log('warn', notice);
  let ready = first;
  let said = '';
  while (ready.waits.length > 0) {
    const why = [...ready.waits, ...(ready.unasked === undefined ? [] : [ready.unasked])].join('; ');
    if (why !== said) log('info', `waiting: ${why}`);
    said = why;
    await pause(AGAIN);
    ready = await current(folder, netifd);
  }
  return untilOver(ready.config, gateway);
}
