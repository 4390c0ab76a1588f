/** The ring of signalling, and what is cut out of it for one handover. */
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCaptureRing } from '../../../cloud/live/captureRing.ts';
import type { HandoverRecord } from '../../../cloud/live/join.ts';
import { decodedForPeople, messagesOf, pcapOf } from '../../../cloud/live/messages.ts';
import { encodeMessage } from '../../../protocol/mobility/header.ts';
import type { MobilityMessage } from '../../../protocol/mobility/messages.ts';
import type { Endpoint } from '../../../protocol/entity.ts';
import { onTheWire } from '../../../runtime/capture.ts';
import { buildPbu } from '../../lma/pbu.ts';

const START = 1_800_000_000_000;
const packet = (size: number): Uint8Array => new Uint8Array(size);
const times = (n: number): number[] => Array.from({ length: n }, (_, i) => START + i * 10);

describe('the ring', () => {
  it('keeps the newest, and no more than its room', () => {
    const ring = createCaptureRing(10_000);
    for (const at of times(20_000)) ring.add({ at, lma: 'a', packet: packet(80) });
    expect(ring.octets).toBeLessThanOrEqual(10_000);
    expect(ring.between('a', 0, Infinity).map((c) => c.at)).toEqual(times(20_000).slice(-30));
  });

  it('holds nothing of what it does not keep', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const ring = createCaptureRing(10_000);
    const packets = times(1000).map((at) => {
      const octets = packet(80);
      ring.add({ at, lma: 'a', packet: octets });
      return new WeakRef(octets);
    });
    await setImmediate();
    collect();
    expect(packets.filter((p) => p.deref() !== undefined)).toHaveLength(30);
    expect(ring.between('a', 0, Infinity)).toHaveLength(30);
  });

  it('of no room keeps nothing', () => {
    const ring = createCaptureRing(0);
    ring.add({ at: START, lma: 'a', packet: packet(80) });
    expect([ring.octets, ring.between('a', 0, Infinity)]).toEqual([0, []]);
  });

  it('finds what is between, of one LMA, whose clocks are not quite one', () => {
    const all = fc.array(fc.record({ step: fc.nat(3000), skew: fc.nat(2000), lma: fc.constantFrom('a', 'b') }), { maxLength: 50 });
    fc.assert(
      fc.property(all, fc.nat(60_000), fc.nat(20_000), (steps, from, length) => {
        let now = START;
        const kept = steps.map(({ step, skew, lma }) => ({ at: (now += step) - (lma === 'b' ? skew : 0), lma, packet: packet(1) }));
        const ring = createCaptureRing(1 << 20);
        kept.forEach((c) => ring.add(c));
        const [a, z] = [START + from, START + from + length];
        expect(ring.between('b', a, z)).toEqual(kept.filter((c) => c.lma === 'b' && c.at >= a && c.at <= z));
      }),
    );
  });
});

const SIX: Endpoint = { transport: 'ipv6', local: '2001:db8::1', remote: '2001:db8::2' };
const UDP: Endpoint = { transport: 'udp', local: '203.0.113.1', remote: '198.51.100.7', remotePort: 5436 };
const overSix = (m: MobilityMessage): Uint8Array => onTheWire('in', SIX, encodeMessage(m, { kind: 'ipv6', source: SIX.remote, destination: SIX.local }), 5436);
const overUdp = (m: MobilityMessage): Uint8Array => onTheWire('in', UDP, encodeMessage(m, { kind: 'udp' }), 5436);
const name = (nai: string): string => `mn-${nai.length}`;
const anna = buildPbu({ mn: 'anna@example.com' }, { at: 0, wall: START }, 7);
const record: HandoverRecord = { at: START, id: 'x', subscriber: name('anna@example.com'), kind: 'attach', success: true, reason: '', lma: 'a', lmaAt: START };

describe('of one handover', () => {
  it('over both transports; others, strangers and what is no message at all are left out', () => {
    const ring = createCaptureRing(1 << 20);
    const broken = overUdp(anna).slice(0, 60);
    for (const octets of [overSix(anna), overUdp(anna), overSix(buildPbu({ mn: 'bertram@example.com' }, { at: 0, wall: START }, 8)), broken, packet(0), packet(3), Uint8Array.of(0x45, 0, 0)]) ring.add({ at: START + 1, lma: 'a', packet: octets });
    ring.add({ at: START + 60_000, lma: 'a', packet: overSix(anna) });
    ring.add({ at: START + 1, lma: 'b', packet: overSix(anna) });
    const found = messagesOf(record, ring, name);
    expect(found.map((m) => m.from)).toEqual(['2001:db8::2', '198.51.100.7']);
    const shown = decodedForPeople(found, name, () => 'veiled');
    expect(JSON.stringify(shown)).not.toContain('anna');
    expect(shown[0]?.fields.join('\n')).toMatch(/identifier mn-16[\s\S]*identifier veiled/);
    expect(pcapOf(found)).toHaveLength(24 + 2 * 16 + overSix(anna).length + overUdp(anna).length);
  });

  it('without an LMA there are none', () => {
    const { lma: _, lmaAt: __, ...alone } = record;
    expect(messagesOf(alone, createCaptureRing(1000), name)).toEqual([]);
  });

  it('no octets harm it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(0x45, 0x60), (octets, version) => {
        const ring = createCaptureRing(1 << 16);
        ring.add({ at: START, lma: 'a', packet: Uint8Array.of(version, ...octets) });
        expect(messagesOf(record, ring, name)).toEqual([]);
      }),
    );
  });
});
