/** Longer runs of the Mobility Header's decoder: random octets, and vectors with a few octets changed. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DecodeError } from '../../protocol/codec.ts';
import { decodeMessage, encodeMessage } from '../../protocol/mobility/header.ts';
import { mobilityVectors, octetsOf } from '../vectors/index.ts';

const udp = { kind: 'udp' } as const;
const all = mobilityVectors.map((v) => octetsOf(v.mh_hex as string));

function survives(octets: Uint8Array): void {
  let message;
  try {
    message = decodeMessage(octets, udp);
  } catch (e) {
    expect(e).toBeInstanceOf(DecodeError);
    return;
  }
  expect(decodeMessage(encodeMessage(message, udp), udp)).toEqual(message);
}

it('random octets', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), survives), { numRuns: 200_000 });
});

it('vectors with octets changed, cut and repeated', () => {
  const change = fc.tuple(fc.nat(), fc.nat(255));
  fc.assert(
    fc.property(fc.nat(), fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(), (which, changes, cut) => {
      const octets = Uint8Array.from(all[which % all.length] as Uint8Array);
      for (const [at, value] of changes) octets[at % octets.length] = value;
      survives(octets);
      survives(octets.subarray(0, cut % octets.length));
    }),
    { numRuns: 100_000 },
  );
});
