/** Long runs over the RADIUS decoder, and over whatever reaches the client and the dynamic authorization server. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE } from '../../protocol/radius/codes.ts';
import { decodePacket, encodePacket } from '../../protocol/radius/packet.ts';
import { createDynamicRequests, received } from '../../runtime/radius/dynamicRequests.ts';
import { anyOctets, holdsForAnyOctets } from '../protocol/codecs.ts';
import { anyPacket, radiusDecoder } from '../protocol/radiusPackets.ts';
import { CAPTURED_AT, SECRET } from '../protocol/radiusVectors.ts';
import { FIRST, openBench, record } from '../runtime/radius/exchangeBench.ts';
import { sealReply, sealRequest } from '../runtime/radius/seal.ts';

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

  it('nobody without the secret ends a request or has anything done', () => {
    const asker = { socket: 0, address: '192.0.2.80', port: 40_000 };
    fc.assert(
      fc.property(fc.array(anyOctets(radiusDecoder.seeds), { minLength: 1, maxLength: 4 }), (all) => {
        const b = openBench({ servers: [FIRST] });
        b.ask();
        b.ask(record());
        const d = createDynamicRequests({ clients: [{ address: asker.address, secret: 'another' }], nas: {}, requireMessageAuthenticator: false, requireEventTimestamp: false, window: 300_000 });
        for (const octets of all) {
          for (const sent of b.sent.slice(0, 2)) b.reply(octets, sent);
          expect(received(d, octets, asker, { at: 0, wall: CAPTURED_AT }).map((e) => e.kind)).toEqual(['discard']);
        }
        expect([b.answers.size, b.counted.length]).toEqual([0, 2 * all.length]);
      }),
      { numRuns: RUNS / 10 },
    );
  });

  it('whatever somebody with the secret says is answered or dropped, and throws nothing', () => {
    const code = fc.constantFrom(...Object.values(CODE));
    fc.assert(
      fc.property(anyPacket, code, (packet, asked) => {
        const b = openBench({ servers: [FIRST] });
        b.ask();
        const { authenticator } = decodePacket(b.last().octets);
        b.reply(sealReply({ ...packet, identifier: 0, code: asked }, authenticator, FIRST.secret));
        expect(b.answers.size + b.counted.length).toBe(1);
        const d = createDynamicRequests({ clients: [{ address: '192.0.2.80', secret: SECRET }], nas: {}, requireMessageAuthenticator: true, requireEventTimestamp: false, window: 300_000 });
        expect(received(d, sealRequest({ ...packet, code: asked }, SECRET), { socket: 0, address: '192.0.2.80', port: 1 }, { at: 0, wall: CAPTURED_AT })).toHaveLength(1);
      }),
      { numRuns: RUNS / 10 },
    );
  });
});
