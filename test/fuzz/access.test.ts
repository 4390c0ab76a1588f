/** Long runs over every decoder of the access link and the tunnel, and over whole conversations. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { startConversation, step } from '../../agent/dhcp-server/index.ts';
import { accessDecoders } from '../protocol/accessDecoders.ts';
import { anyOctets, holdsForAnyOctets, octetsNamed } from '../protocol/codecs.ts';
import { neighbourFrames } from '../protocol/neighbourFrames.ts';
import { vectors } from '../vectors/index.ts';
import { PHONE, active, at, ended, pending, refused, said } from '../dhcp-server/talk.ts';

const RUNS = 30_000;

describe.each(accessDecoders.map((d) => [d.name, d] as const))('%s', (_, d) => {
  it('any octets are refused or come back with equal meaning', () => holdsForAnyOctets(d, RUNS));
});

describe('a conversation', () => {
  const frames = [...vectors.filter((v) => v.transport === 'access').map((v) => octetsNamed(v.name)), ...Object.values(neighbourFrames)];
  const station = [0x00, 0x24, 0xd7, 0x8e, 0x21, 0xa4];
  const asPhone = (frame: Uint8Array) => Uint8Array.from([...frame.subarray(0, 6), ...station, ...frame.subarray(12)]);

  it('nothing that a phone sends makes it throw, or speak to anybody else', () => {
    const frame = fc.oneof(fc.constantFrom(...frames), anyOctets(frames)).map(asPhone);
    const session = fc.constantFrom(active, pending, refused, ended);
    fc.assert(
      fc.property(session, session, fc.array(frame, { minLength: 1, maxLength: 8 }), (first, second, all) => {
        const c = startConversation(PHONE);
        said(step(c, { kind: 'session', session: first }, at(0)));
        for (const octets of all) said(step(c, { kind: 'frame', frame: octets, checksumReady: false }, at(1)));
        said(step(c, { kind: 'session', session: second }, at(2)));
        said(step(c, { kind: 'timer' }, at(20_000)));
      }),
      { numRuns: RUNS / 10 },
    );
  });
});
