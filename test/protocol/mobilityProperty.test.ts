/** Whatever stands in a Mobility Header. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeMessage, encodeMessage, type Transport } from '../../protocol/mobility/header.ts';
import { messageTypes } from '../../protocol/mobility/messages.ts';
import { mobilityOptions } from '../../protocol/mobility/options.ts';
import { onlyDecodeErrors, updateWith } from './anyMobility.ts';

const udp: Transport = { kind: 'udp' };

function survives(octets: Uint8Array): void {
  const message = onlyDecodeErrors(() => decodeMessage(octets, udp));
  if (message) expect(decodeMessage(encodeMessage(message, udp), udp)).toEqual(message);
}

it('any octets after any type are refused or re-encode to equal meaning', () => {
  const types = Object.values(messageTypes).map((row) => row.type);
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.uint8Array({ minLength: 2, maxLength: 126 }), (type, rest) => {
      const octets = new Uint8Array(Math.ceil((rest.length + 6) / 8) * 8);
      octets.set([59, octets.length / 8 - 1, type]);
      octets.set(rest, 6);
      survives(octets);
    }),
    { numRuns: 2000 },
  );
});

it('any octets in any option are refused or re-encode to equal meaning', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(mobilityOptions).map((row) => row.type)), fc.uint8Array({ maxLength: 60 }), (type, body) => {
      survives(updateWith(type, body));
    }),
    { numRuns: 5000 },
  );
});
