import { describe, expect, it } from 'vitest';
import { differences } from '../../web/lib/jsonDiff.ts';
import { valueText } from '../../web/lib/valueText.ts';

const told = (before: unknown, after: unknown) => differences(before, after).map((d) => `${d.kind} ${d.path}`);

describe('what differs', () => {
  it('is told by the path of the value', () => {
    expect(differences({ timers: { lifetime: 300, retry: 1 } }, { timers: { lifetime: 600, retry: 1 } })).toEqual([{ path: 'timers.lifetime', kind: 'changed', before: 300, after: 600 }]);
  });

  it('new and gone parts are told value by value', () => {
    expect(told({ a: { b: 1, c: 2 } }, { d: { e: 3 } })).toEqual(['removed a.b', 'removed a.c', 'added d.e']);
    expect(told(undefined, { name: 'x', group: 'y' })).toEqual(['added group', 'added name']);
  });

  it('lists are compared as wholes', () => {
    expect(told({ dns: ['a', 'b'] }, { dns: ['b', 'a'] })).toEqual(['changed dns']);
    expect(told({ dns: ['a', { x: 1 }] }, { dns: ['a', { x: 1 }] })).toEqual([]);
  });

  it('the order of keys is no difference, null and nothing are', () => {
    expect(told({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([]);
    expect(told({ a: null }, {})).toEqual(['removed a']);
    expect(told(1, 2)).toEqual(['changed ']);
    expect(told({}, undefined)).toEqual(['removed ']);
  });

  it('a value is shown in one line', () => {
    expect(valueText(['192.0.2.53', { a: 1 }])).toBe('192.0.2.53, {"a":1}');
    expect(valueText(null)).toBe('null');
    expect(valueText('<b>')).toBe('<b>');
  });
});
