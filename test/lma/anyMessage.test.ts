/** Whatever decodes may come from a gateway that has a key: nothing of it stops the anchor, and every answer can be sent. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DecodeError } from '../../protocol/codec.ts';
import { decodeMessage, encodeMessage } from '../../protocol/mobility/header.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { mobilityVectors, octetsOf } from '../vectors/index.ts';
import { Anchor, labConfig, MAG1, MAG2, NAT1, sendsOf } from './pbu.ts';

const udp = { kind: 'udp' } as const;
const samples = mobilityVectors.map((v) => octetsOf(v.mh_hex as string));

function decoded(octets: Uint8Array): MobilityMessage | undefined {
  try {
    return decodeMessage(octets, udp);
  } catch (e) {
    if (e instanceof DecodeError) return undefined;
    throw e;
  }
}

const mutation = fc.record({ sample: fc.constantFrom(...samples), changes: fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }), mag: fc.constantFrom(MAG1, MAG2, NAT1), pause: fc.constantFrom(0, 1, 1500, 20_000) });

it('mutated vectors', () => {
  let understood = 0;
  let answered = 0;
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 12 }), (mutations) => {
      const a = new Anchor(labConfig({ timestampValidityWindow: 0, acceptForcedIpv4UdpEncapsulationRequest: true }, { nodes: [{ match: '*' }], mags: [...labConfig().mags.slice(1), { id: 'mag1@example.com', redirector: true }], redirect: { identity: 'lma1@example.com', to: [{ id: 'mag2@example.com', ipv6: '2001:db8::2', ipv4: '203.0.113.9' }], when: 'above-load', load: 0, timeout: 400 } }));
      for (const { sample, changes, mag, pause } of mutations) {
        const octets = sample.slice();
        for (const [at, value] of changes) if (at >= 6 && at < octets.length) octets[at] = value;
        const message = decoded(octets);
        if (!message) continue;
        understood++;
        const effects = [...a.receive(mag, message), ...a.pass(pause)];
        for (const { message: reply } of sendsOf(effects)) {
          answered++;
          expect(decodeMessage(encodeMessage(reply, udp), udp)).toEqual(reply);
        }
      }
    }),
    { numRuns: 1000 },
  );
  expect(understood).toBeGreaterThan(1000);
  expect(answered).toBeGreaterThan(1000);
});
