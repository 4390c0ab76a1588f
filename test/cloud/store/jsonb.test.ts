import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromJsonb, toJsonb } from '../../../cloud/fleet/store/jsonb.ts';

/** Any code units, those that PostgreSQL refuses and the mark itself often enough. */
const text = fc.array(fc.oneof(fc.constantFrom(0, 0xe0ff, 0xd800, 0xdc00, 0xdbff, 0x5c, 0x30, 0x75), fc.integer({ min: 0, max: 0xffff })), { maxLength: 8 }).map((units) => String.fromCharCode(...units));
const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 3 }, text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(tie('any'), { maxLength: 3 }), fc.dictionary(text, tie('any'), { maxKeys: 3 })),
})).any;

test('whatever JSON can say comes back as it was, and the server never sees what it refuses', () => {
  fc.assert(
    fc.property(value, (v) => {
      const json = JSON.stringify(v);
      const sent = toJsonb(json);
      expect(JSON.stringify(fromJsonb(sent))).toBe(json);
      const seen = JSON.stringify(JSON.parse(sent));
      expect(/(?<!\\)(\\\\)*\\u(0000|d[89a-f])/.test(seen)).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('two texts never become one', () => {
  fc.assert(fc.property(text, text, (a, b) => (toJsonb(JSON.stringify(a)) === toJsonb(JSON.stringify(b))) === (a === b)), { numRuns: 500 });
  expect(toJsonb('"\\\\u0000"')).toBe('"\\\\u0000"');
});
