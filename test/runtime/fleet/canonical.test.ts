import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, hashOf } from '../../../runtime/fleet/canonical.ts';

describe('canonical JSON', () => {
  it('has its keys in order, at every depth, and no spaces', () => {
    expect(canonicalJson({ b: [{ z: 1, a: 'ü"' }], a: null, c: undefined, '€': true, é: 1e21 })).toBe('{"a":null,"b":[{"a":"ü\\"","z":1}],"é":1e+21,"€":true}');
  });

  it('is the same however the value was put together, and reads back as it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 50 },
    );
  });

  it('refuses what JSON cannot say', () => {
    expect(() => canonicalJson({ a: Number.NaN })).toThrow('JSON has no NaN');
    expect(() => canonicalJson([undefined])).toThrow('JSON has no undefined');
    expect(() => canonicalJson(1n)).toThrow(TypeError);
  });

  it('has a hash that sha256sum agrees with', () => {
    // printf '{"a":1,"b":2}' | sha256sum
    expect(hashOf({ b: 2, a: 1 })).toBe('43258cff783fe7036d8a43033f830adfc60ec037382473548ac742b888292777');
  });
});

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).toReversed().map(([key, member]) => [key, shuffled(member)]));
};
