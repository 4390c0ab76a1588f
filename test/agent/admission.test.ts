import { describe, expect, it } from 'vitest';
import { admission } from '../../agent/admission.ts';
import type { MagEvent } from '../../agent/mag/events.ts';
import { createBench, MAC, profile, type BenchOptions } from '../mag/harness.ts';

const macOf = (n: number): string => `02:00:00:00:00:${n.toString(16).padStart(2, '0')}`;
const attach = (mac: string): MagEvent => ({ kind: 'stationAttached', station: { interface: 'wlan0', mac }, at: 0 });

function setUp(options: BenchOptions, most = 4, paused = false) {
  const bench = createBench({ ...options, timers: { detachDelay: 0 } });
  const counts: string[] = [];
  const admit = admission({ list: bench.mag.list, most: () => most, paused: () => paused, feed: (event) => bench.give(event), onCount: (name) => counts.push(name) });
  return { bench, counts, admit, macs: () => [...bench.mag.list.byMac.keys()] };
}

describe('stations beyond the limit', () => {
  it('are counted, and those that are here go on', () => {
    const { bench, admit, counts, macs } = setUp({});
    for (let n = 1; n <= 10; n++) {
      bench.profile = { profile: { ...profile, nai: `${macOf(n)}@example.com` } };
      admit(attach(macOf(n)));
    }
    admit({ kind: 'wantBinding', station: { interface: 'wlan0', mac: macOf(11) } });
    admit({ kind: 'wantBinding', station: { interface: 'wlan0', mac: macOf(2) } });
    expect(macs()).toEqual([1, 2, 3, 4].map(macOf));
    expect(counts).toEqual(Array.from({ length: 7 }, () => 'station beyond max-bindings'));
  });

  it('take the place of one that was refused: a thousand invented MACs leave room for a phone', () => {
    const { bench, admit, counts, macs } = setUp({ profile: { refused: 'nobody knows it' } });
    for (let n = 0; n < 1000; n++) admit(attach(macOf(n & 255)));
    expect(macs()).toHaveLength(4);
    bench.profile = { profile };
    admit(attach(MAC));
    expect(bench.entry(MAC).state.name).toBe('active');
    expect(counts).toEqual([]);
  });

  it('every other event passes', () => {
    const { bench, admit } = setUp({ profile: { profile } }, 1);
    admit(attach(MAC));
    admit({ kind: 'stationDetached', interface: 'wlan0', mac: MAC, reason: 'left' });
    expect(bench.mag.list.byMac.has(MAC)).toBe(false);
  });
});

it('while the owner has paused sharing nobody new is let in, and who is here may still say that it leaves', () => {
  const { admit, counts, macs } = setUp({}, 4, true);
  admit(attach(MAC));
  admit({ kind: 'wantBinding', station: { interface: 'wlan0', mac: MAC } });
  admit({ kind: 'stationDetached', interface: 'wlan0', mac: MAC, reason: 'gone' });
  expect([macs(), counts]).toEqual([[], ['station while sharing is paused', 'station while sharing is paused']]);
});
