/** Long runs over the RADIUS decoder. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePacket, encodePacket } from '../../protocol/radius/packet.ts';
import { holdsForAnyOctets } from '../protocol/codecs.ts';
import { anyPacket, radiusDecoder } from '../protocol/radiusPackets.ts';

const RUNS = 30_000;

describe('RADIUS', () => {
  it('any octets are refused or come back with equal meaning', () => holdsForAnyOctets(radiusDecoder, RUNS));

  it('what is encoded is decoded again', () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        expect(decodePacket(encodePacket(packet))).toEqual(packet);
      }),
      { numRuns: RUNS / 3 },
    );
  });
});
