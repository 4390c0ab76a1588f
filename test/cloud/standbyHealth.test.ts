/** What /readyz says of one of two anchors: before its turn, in its turn, and when it may have lost it. */
import { expect, it } from 'vitest';
import { lmaSchema } from '../../cloud/config.ts';
import { memoryStore } from '../../cloud/lma/bindingStore.ts';
import { createObservation, type ObservationOptions } from '../../cloud/observe/observe.ts';
import type { Readiness } from '../../cloud/observe/health.ts';
import { nonePaths } from '../../linux/datapath/nonePaths.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { createCounters } from '../../runtime/counters.ts';

const file = parseConfig('x.yaml', '{ lma-services: [{ name: l, bind-address: [127.0.0.1] }], ip-pools: [{ name: v4, network: 192.0.2.0/24, subscriber-gw-address: 192.0.2.254 }], apns: [{ name: a, ip-pool: v4 }], datapath: none, observe: { listen: 0 } }', lmaSchema);
const active = { services: [], paths: nonePaths(), accountings: new Map() };

it.each<[string, Partial<ObservationOptions>, boolean, string]>([
  ['standing by', { role: () => 'standby', mayAnswer: () => false, running: () => undefined }, false, 'this anchor stands by: the other one is active'],
  ['without the store', { role: () => 'waiting for the store', mayAnswer: () => false, running: () => undefined }, false, 'the store that two anchors share does not answer'],
  ['starting', { running: () => undefined }, false, 'starting'],
  ['active', { role: () => 'active' }, true, 'gateways are heard'],
  ['fenced', { role: () => 'active', mayAnswer: () => false }, false, 'the other anchor may have taken over: this one answers nobody'],
])('%s', async (_, more, ready, reason) => {
  const observation = createObservation({ file, store: memoryStore(), counters: createCounters(), now: () => ({ at: 0, wall: 0 }), role: () => 'alone', mayAnswer: () => true, onStage: () => undefined, running: () => active, onError: (e) => expect.unreachable(e.message), ...more });
  const port = await observation.listen();
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(answer.status).toBe(ready ? 200 : 503);
    expect(((await answer.json()) as Readiness).checks[0]).toEqual({ name: 'signalling', ok: ready, reason });
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain(`pmip_ready ${ready ? 1 : 0}`);
  } finally {
    observation.close();
  }
});
