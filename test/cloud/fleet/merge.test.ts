/** Documents over each other, and what differs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diff } from '../../../cloud/fleet/diff.ts';
import { leaves, merge, sources, type Layer } from '../../../cloud/fleet/merge.ts';

const layer = (source: Layer['source'], document: unknown): Layer => ({ source, document });

describe('a merged document', () => {
  it('has objects by key, and lists and single values of the strongest', () => {
    const layers = [layer('fleet', { a: { x: 1, y: [1, 2] }, b: 1 }), layer('group', { a: { y: [3] } }), layer('home', { a: { z: 'h' }, b: { c: 2 } })];
    expect(merge(layers)).toEqual({ a: { x: 1, y: [3], z: 'h' }, b: { c: 2 } });
    expect(sources(layers)).toEqual([
      { path: 'a.x', value: 1, source: 'fleet' },
      { path: 'a.y', value: [3], source: 'group' },
      { path: 'a.z', value: 'h', source: 'home' },
      { path: 'b.c', value: 2, source: 'home' },
    ]);
  });

  it('is nothing where nobody says anything', () => expect([merge([]), merge([layer('fleet', null), layer('home', undefined)]), sources([layer('fleet', null)])]).toEqual([undefined, undefined, []]));

  it('takes no prototype from what came over the wire', () => {
    const merged = merge([layer('fleet', { a: 1 }), layer('home', JSON.parse('{"__proto__":{"polluted":true}}'))]) as Record<string, unknown>;
    expect([({} as Record<string, unknown>)['polluted'], Object.keys(merged), merged['polluted']]).toEqual([undefined, ['a', '__proto__'], undefined]);
  });

  it('says of each value whose it is: the sources are the leaves of the merged one', () => {
    const document = fc.letrec((tie) => ({ node: fc.oneof({ depthSize: 'small' }, fc.nat(3), fc.array(fc.nat(3), { maxLength: 2 }), fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('node'), { minKeys: 1, maxKeys: 2 })) })).node;
    const top = fc.dictionary(fc.constantFrom('a', 'b', 'c'), document, { minKeys: 1, maxKeys: 3 });
    fc.assert(
      fc.property(top, top, top, (fleet, group, home) => {
        const layers = [layer('fleet', fleet), layer('group', group), layer('home', home)];
        const all = sources(layers);
        expect(all.map(({ path, value }) => ({ path, value }))).toEqual(leaves(merge(layers)).toSorted((a, b) => (a.path < b.path ? -1 : 1)));
        expect(merge([layer('fleet', fleet), layer('home', fleet)])).toEqual(fleet);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a difference', () => {
  it('names what comes, goes and changes; a list is one value', () => {
    expect(diff({ a: 1, b: [1], c: { d: 1 } }, { a: 2, b: [1, 2], e: 0 })).toEqual([
      { path: 'a', before: 1, after: 2 },
      { path: 'b', before: [1], after: [1, 2] },
      { path: 'c.d', before: 1, after: null },
      { path: 'e', before: null, after: 0 },
    ]);
    expect([diff(undefined, undefined), diff({ a: [1] }, { a: [1] })]).toEqual([[], []]);
  });
});
