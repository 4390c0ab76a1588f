/** What holds for every decoder of the access link and the tunnel. */
import { describe, it } from 'vitest';
import { accessDecoders } from './accessDecoders.ts';
import { everyPrefixHolds, holdsForAnyOctets } from './codecs.ts';

describe.each(accessDecoders.map((d) => [d.name, d] as const))('%s', (_, d) => {
  it('any octets are refused or come back with equal meaning', () => holdsForAnyOctets(d, 300));
  it('every prefix of every vector is refused or decoded', () => everyPrefixHolds(d));
});
