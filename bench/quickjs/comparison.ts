/** `npm run bench -- --only quickjs`: a gateway on QuickJS beside the same gateway on this Node. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../../lab/paths.ts';
import type { Say } from '../report.ts';
import { prepareEngines } from './engines.ts';
import type { Engine } from './engines.ts';
import { compareLoopback } from './loopback.ts';
import type { LoopbackComparison } from './loopback.ts';
import { compareRoams } from './roams.ts';
import type { RoamComparison } from './roams.ts';

export interface QuickjsResult {
  readonly engines: Readonly<Record<'quickjs' | 'node', Pick<Engine, 'name' | 'octets'>>>;
  readonly loopback: LoopbackComparison;
  readonly roams: RoamComparison;
}

/** A text says why it was not measured, and what to do. */
export async function benchQuickjs(prefix: string, starts: number, rounds: number, roams: number, say: Say): Promise<QuickjsResult | string> {
  const folder = mkdtempSync(join(tmpdir(), 'rs-quickjs-'));
  try {
    const engines = await prepareEngines(repository, folder);
    if (typeof engines === 'string') return engines;
    const { quickjs, node } = engines;
    say('  start, memory and binding updates');
    const loopback = await compareLoopback(engines, folder, starts, rounds);
    say(`  ${roams} handovers on each`);
    const compared = await compareRoams(engines, prefix, roams);
    return { engines: { quickjs: { name: quickjs.name, octets: quickjs.octets }, node: { name: node.name, octets: node.octets } }, loopback, roams: compared };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
