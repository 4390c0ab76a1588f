/** What every decoder has to keep, whatever octets come: used by the tests of the codecs and by the fuzz runs. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { checksum, pseudoHeaderSum } from '../../protocol/checksum.ts';
import { DecodeError } from '../../protocol/codec.ts';
import { PROTOCOL_ICMPV6, type Ipv6Packet } from '../../protocol/ip.ts';
import { octetsOf, vectors } from '../vectors/index.ts';

export interface Decoder {
  readonly name: string;
  /** Octets to a value; only `DecodeError` may be thrown. */
  readonly decode: (octets: Uint8Array) => unknown;
  /** The value's octets, for decoding once more. */
  readonly encode: (value: never) => Uint8Array;
  /** Good octets to start damaging from. */
  readonly seeds: readonly Uint8Array[];
}

export const octetsNamed = (name: string): Uint8Array => {
  const vector = vectors.find((v) => v.name === name);
  if (!vector) throw new Error(`no vector ${name}`);
  return octetsOf(vector.hex);
};

/** The value, or the reason of refusal; anything else thrown fails the test. */
export function outcome<T>(make: () => T): { value: T } | { reason: string } {
  try {
    return { value: make() };
  } catch (e) {
    expect(e).toBeInstanceOf(DecodeError);
    return { reason: (e as DecodeError).reason };
  }
}

export const reasonOf = (make: () => unknown): string => {
  const got = outcome(make);
  return 'reason' in got ? got.reason : 'decoded';
};

/** Noise, and good octets with a few changed, cut or added. */
export const anyOctets = (seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> => {
  const noise = fc.uint8Array({ maxLength: 400 });
  if (seeds.length === 0) return noise;
  const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
  const damaged = fc.tuple(fc.constantFrom(...seeds), fc.array(change, { maxLength: 6 }), fc.option(fc.nat()), fc.uint8Array({ maxLength: 4 })).map(([seed, changes, cut, more]) => {
    const out = Uint8Array.from([...seed, ...more]);
    for (const [at, value] of changes) out[at % out.length] = value;
    return cut === null ? out : out.subarray(0, cut % (out.length + 1));
  });
  return fc.oneof(noise, { weight: 3, arbitrary: damaged });
};

/** Any octets give a `DecodeError` or a value that is encoded to octets of equal meaning. */
export function holdsForAnyOctets(d: Decoder, numRuns: number): void {
  fc.assert(
    fc.property(anyOctets(d.seeds), (octets) => {
      const got = outcome(() => d.decode(octets));
      if ('value' in got) expect(d.decode(d.encode(got.value as never))).toEqual(got.value);
    }),
    { numRuns },
  );
}

export function everyPrefixHolds(d: Decoder): void {
  for (const seed of d.seeds) for (let n = 0; n <= seed.length; n++) outcome(() => d.decode(seed.subarray(0, n)));
}

/** ICMPv6 octets in a packet between two link-local addresses, with the checksum made right so that it is not what refuses them. */
export function icmpv6Of(octets: Uint8Array, source = 'fe80::224:d7ff:fe8e:21a4', destination = 'fe80::200:5eff:fe00:5213'): Ipv6Packet {
  const payload = octets.slice();
  payload.fill(0, 2, 4);
  const sum = checksum(payload, pseudoHeaderSum(source, destination, PROTOCOL_ICMPV6, payload.length));
  if (payload.length >= 4) payload.set([sum >> 8, sum & 255], 2);
  return { version: 6, trafficClass: 0, flowLabel: 0, nextHeader: PROTOCOL_ICMPV6, hopLimit: 255, source, destination, payload };
}
