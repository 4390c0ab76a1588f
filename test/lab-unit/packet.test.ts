import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROBE_SIZE, decodeProbe, encodeProbe } from '../../lab/traffic/packet.ts';
import type { Probe, ProbeKind } from '../../lab/traffic/packet.ts';

const u32 = fc.nat({ max: 0xffff_ffff });
const probes: fc.Arbitrary<Probe> = fc.record({
  kind: fc.constantFrom<ProbeKind>('up', 'down', 'stop', 'total', 'echo'),
  session: u32,
  seq: u32,
  sentAt: fc.double({ min: 0, max: 1e12, noNaN: true }),
  number: u32,
});

describe('the probe packet', () => {
  it('is read back as it was written, filled up to any size', () => {
    fc.assert(
      fc.property(probes, fc.nat({ max: 1500 }), (p, size) => {
        const octets = encodeProbe(p, size);
        expect(octets.length).toBe(Math.max(size, PROBE_SIZE));
        expect(decodeProbe(octets)).toEqual({ ...p, sentAt: p.sentAt + 0 });
      }),
    );
  });

  it('is not seen in octets of others', () => {
    const good = encodeProbe({ kind: 'up', session: 1, seq: 2, sentAt: 3, number: 4 });
    expect(decodeProbe(good.subarray(0, PROBE_SIZE - 1))).toBeUndefined();
    expect(decodeProbe(Buffer.alloc(64))).toBeUndefined();
    good[4] = 9;
    expect(decodeProbe(good)).toBeUndefined();
  });
});
