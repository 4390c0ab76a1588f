/** RADIUS packets under another secret: what is hidden opens under the new one, and everything else is as it was. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePacket } from '../../../protocol/radius/packet.ts';
import { authenticatorOf, checkMessageAuthenticator, hidePassword, requestFits, sealAccessRequest, sealAccountingRequest, sealReply } from '../../../runtime/radius/authenticators.ts';
import { distrust, rekeyReply, rekeyRequest } from '../../../runtime/radius/rekey.ts';
import { packetReader } from '../../../runtime/radius/radsec.ts';
import { formatHex } from '../../../protocol/mac.ts';

const FROM = 'radsec';
const TO = 'operator';
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** Opens what hidePassword or a salted attribute hides. */
function open(hidden: Uint8Array, seed: Uint8Array, secret: string): Uint8Array {
  const out = Uint8Array.from(hidden);
  let before = seed;
  for (let at = 0; at < out.length; at += 16) {
    const pad = createHash('md5').update(secret).update(before).digest();
    before = hidden.subarray(at, at + 16);
    for (let i = 0; i < 16; i++) out[at + i] = (out[at + i] as number) ^ (pad[i] as number);
  }
  return out;
}

describe('a request', () => {
  it('with a password: opens under the new secret, and fits it', () => {
    fc.assert(
      fc.property(octets(16), fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.integer({ min: 0, max: 255 }), (authenticator, password, identifier) => {
        const request = sealAccessRequest({ code: 1, identifier: 7, authenticator, attributes: [{ kind: 'userName', value: 'mn0' }, { kind: 'userPassword', value: formatHex(hidePassword(password, authenticator, FROM)) }, { kind: 'unknown', type: 241, value: new Uint8Array([1, 2, 3]) }] }, FROM);
        expect(distrust(request, FROM)).toBeUndefined();
        const out = rekeyRequest(request, { identifier, from: FROM, to: TO });
        expect([distrust(out, TO), out[1], out.length]).toEqual([undefined, identifier, request.length]);
        const hidden = decodePacket(out).attributes.find((a) => a.kind === 'userPassword')?.value ?? '';
        expect(formatHex(open(Uint8Array.from(hidden.split(':').map((x) => parseInt(x, 16))), authenticator, TO).subarray(0, password.length))).toBe(formatHex(password));
      }),
      { numRuns: 50 },
    );
  });

  it('of accounting gets the authenticator of the new secret', () => {
    const request = sealAccountingRequest({ code: 4, identifier: 9, attributes: [{ kind: 'acctSessionId', value: 'a' }] }, FROM);
    const out = rekeyRequest(request, { identifier: 3, from: FROM, to: TO });
    expect([requestFits(request, FROM), requestFits(out, TO), requestFits(out, FROM)]).toEqual([true, true, false]);
  });

  it('under another secret, or of another kind, is not believed', () => {
    const request = sealAccessRequest({ code: 1, identifier: 7, authenticator: new Uint8Array(16), attributes: [] }, 'other');
    expect(distrust(request, FROM)).toBe('Message-Authenticator absent or wrong');
    expect(distrust(sealAccountingRequest({ code: 4, identifier: 1, attributes: [] }, 'other'), FROM)).toBe('Request Authenticator wrong');
    expect(distrust(Uint8Array.from([2, ...request.subarray(1)]), FROM)).toBe('neither Access-Request nor Accounting-Request');
  });
});

describe('a reply', () => {
  const asked = new Uint8Array(16).fill(1);
  const asking = asked;

  it('with the keys of the radio link: they open under the new secret', () => {
    fc.assert(
      fc.property(octets(48), octets(2), (plain, salt) => {
        const seed = new Uint8Array([...asked, ...salt]);
        // Hidden and opened are the same walk but for which side of the XOR goes on: make it with the password's.
        const hidden = hidePassword(plain, seed, TO);
        const key = (type: number): number[] => [type, 2 + 2 + hidden.length, ...salt, ...hidden];
        const value = new Uint8Array([0, 0, 1, 55, ...key(16), ...key(17)]);
        const reply = sealReply({ code: 2, identifier: 200, attributes: [{ kind: 'unknown', type: 26, value }, { kind: 'userName', value: 'alice' }] }, asked, TO);
        const out = rekeyReply(reply, { identifier: 7, from: TO, to: FROM, asked, asking }) as Uint8Array;
        expect([out[1], checkMessageAuthenticator(out, asking, FROM)]).toEqual([7, 'fits']);
        const at = Buffer.from(out).indexOf(Buffer.from([0, 0, 1, 55]));
        for (const start of [at + 8, at + 8 + 4 + 48]) expect(open(out.subarray(start, start + 48), seed, FROM)).toEqual(plain);
      }),
      { numRuns: 50 },
    );
  });

  it('that does not fit its request is not believed, and says why', () => {
    const reply = sealReply({ code: 2, identifier: 200, attributes: [] }, asked, TO);
    expect(rekeyReply(reply, { identifier: 7, from: 'another', to: FROM, asked, asking })).toBe('Response Authenticator wrong');
    expect(rekeyReply(reply, { identifier: 7, from: TO, to: FROM, asked: new Uint8Array(16), asking })).toBe('Response Authenticator wrong');
  });
});

describe('the stream of RadSec', () => {
  const packets = [sealAccountingRequest({ code: 4, identifier: 1, attributes: [{ kind: 'userName', value: 'a' }] }, FROM), sealAccountingRequest({ code: 4, identifier: 2, attributes: [] }, FROM)];

  it('is cut into its packets, however it comes', () => {
    const all = Buffer.concat(packets);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: all.length }), { maxLength: 6 }), (cuts) => {
        const read = packetReader();
        const ends = [...cuts.toSorted((a, b) => a - b), all.length];
        const got = ends.flatMap((end, i) => read(all.subarray(ends[i - 1] ?? 0, end)));
        expect(got.map((p) => [...p])).toEqual(packets.map((p) => [...p]));
      }),
      { numRuns: 100 },
    );
  });

  it('of anything else throws a DecodeError, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        try {
          for (const p of packetReader()(octets)) decodePacket(p);
        } catch (e) {
          expect((e as Error).name).toBe('DecodeError');
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('authenticators stand where RFC 2865 §3 has them', () => expect(authenticatorOf(Uint8Array.from({ length: 20 }, (_, i) => i))[0]).toBe(4));
