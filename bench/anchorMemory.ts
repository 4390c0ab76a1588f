/** What a binding costs in memory: the anchor's core alone, with a gateway for every hundred bindings. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createLma, step } from '../cloud/lma/lma.ts';
import { timestampOf, type Millis, type Now } from '../protocol/units.ts';
import { coreConfig } from './anchorCore.ts';
import { bindingUpdate, gateway } from './gateways.ts';
import { summary, type Summary } from './statistics.ts';

export interface MemoryResult {
  readonly bindings: number;
  /** On V8's heap, and in typed arrays beside it. */
  readonly heapOctets: number;
  readonly arrayOctets: number;
  /** Of a new session, without decoding and encoding. */
  readonly stepMs: Summary;
}

const PER_GATEWAY = 100;

export function benchAnchorMemory(bindings: number): MemoryResult {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const gateways = Array.from({ length: Math.ceil(bindings / PER_GATEWAY) }, (_, i) => gateway(i));
  const lma = createLma(coreConfig(gateways, bindings));
  collect();
  const before = process.memoryUsage();
  const stepMs: Millis[] = [];
  for (let subscriber = 0; subscriber < bindings; subscriber++) {
    const home = subscriber % gateways.length;
    const { identity } = gateways[home] as (typeof gateways)[number];
    const now: Now = { at: subscriber / 100, wall: 1e12 + subscriber / 100 };
    const message = bindingUpdate({ identity, key: NO_KEY }, { subscriber, sequence: 1, timestamp: timestampOf(now.wall) });
    const remote = `100.${64 + (home >>> 16)}.${(home >>> 8) & 255}.${home & 255}`;
    const begun = performance.now();
    step(lma, { kind: 'message', from: { transport: 'udp', local: '198.18.0.1', remote, remotePort: 5436 }, message, peer: identity }, now);
    if (subscriber % SAMPLE === 0) stepMs.push(performance.now() - begun);
  }
  if (lma.cache.size !== bindings) throw new Error(`the anchor has ${lma.cache.size} of ${bindings} bindings`);
  collect();
  const after = process.memoryUsage();
  return { bindings, heapOctets: (after.heapUsed - before.heapUsed) / bindings, arrayOctets: (after.arrayBuffers - before.arrayBuffers) / bindings, stepMs: summary(stepMs) };
}

const NO_KEY = new Uint8Array(20);
const SAMPLE = 10;
