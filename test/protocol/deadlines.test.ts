import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Deadlines } from '../../protocol/deadlines.ts';

it('gives the earliest first, and says why', () => {
  const d = new Deadlines<string>();
  d.set('a', 30, 'a expires', 'A');
  d.set('b', 10, 'b expires', 'B');
  d.set('c', 20, 'c expires', 'C');
  expect(d.next()).toEqual({ at: 10, why: 'b expires' });
  expect(d.due(9)).toBeUndefined();
  expect([d.due(100), d.due(100), d.due(100), d.due(100)]).toEqual(['B', 'C', 'A', undefined]);
});

it('moves and drops', () => {
  const d = new Deadlines<string>();
  d.set('a', 30, 'x', 'A');
  d.set('b', 10, 'x', 'B');
  d.set('b', 40, 'later', 'B2');
  d.drop('never there');
  expect(d.next()?.at).toBe(30);
  d.drop('a');
  expect(d.next()).toEqual({ at: 40, why: 'later' });
  expect(d.size).toBe(1);
});

it('agrees with a sorted list whatever is set, moved, dropped and taken', () => {
  const command = fc.oneof(
    fc.record({ do: fc.constant('set' as const), key: fc.nat(20), at: fc.nat(1000) }),
    fc.record({ do: fc.constant('drop' as const), key: fc.nat(20), at: fc.constant(0) }),
    fc.record({ do: fc.constant('due' as const), key: fc.constant(0), at: fc.nat(1000) }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const d = new Deadlines<number>();
      const model = new Map<number, number>();
      for (const { do: what, key, at } of commands) {
        if (what === 'set') {
          d.set(String(key), at, 'x', key);
          model.set(key, at);
        } else if (what === 'drop') {
          d.drop(String(key));
          model.delete(key);
        } else {
          const earliest = Math.min(...model.values());
          const got = d.due(at);
          if (earliest > at) expect(got).toBeUndefined();
          else {
            expect(model.get(got as number)).toBe(earliest);
            model.delete(got as number);
          }
        }
        expect(d.next()?.at).toBe(model.size > 0 ? Math.min(...model.values()) : undefined);
        expect(d.size).toBe(model.size);
      }
    }),
  );
});
