/** Long runs over ubus: every decoder, and a session that is told anything. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSession, deadline, step } from '../../agent/wifi/ubus/index.ts';
import { anyOctets, holdsForAnyOctets } from '../protocol/codecs.ts';
import { ubusDecoders } from '../wifi/ubus/decoders.ts';
import { RECEIVED } from '../wifi/ubus/vectors.ts';

const RUNS = 30_000;

describe.each(ubusDecoders.map((d) => [d.name, d] as const))('%s', (_, d) => {
  it('any octets are refused or come back with equal meaning', () => holdsForAnyOctets(d, RUNS));
});

describe('a session', () => {
  it('goes on whatever ubusd says', () => {
    const said = fc.oneof(fc.constantFrom(...Object.values(RECEIVED)), anyOctets(Object.values(RECEIVED)));
    fc.assert(
      fc.property(fc.array(said, { maxLength: 12 }), (all) => {
        const s = createSession(['hostapd.phy0-ap0']);
        let now = 0;
        step(s, { kind: 'timer' }, now);
        for (const octets of all) {
          step(s, { kind: 'octets', octets }, (now += 100));
          step(s, { kind: 'timer' }, (now += 100));
        }
        // It always has something left to do.
        expect(deadline(s).at).toBeLessThan(now + 60_000);
      }),
      { numRuns: RUNS / 10 },
    );
  });
});
