import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { agentSchema } from '../../agent/config.ts';
import { documentSchemas } from '../../runtime/fleet/documents.ts';
import { CONCERNS } from '../../runtime/fleet/topics.ts';
import { rollout as words } from '../../web/i18n/en/rollout.ts';
import { overlaid, scopeOf, scopeText, shortly, treeOf, valueAt, withValue } from '../../web/pages/configuration/document.ts';
import { concerns, FIELDS, LMA_FIELDS, PROFILE_FIELDS, type FieldRow } from '../../web/pages/configuration/fields.ts';
import { alike, leastTime, waveSizes } from '../../web/pages/rollout/waves.ts';

const rowsOf = (concern: keyof typeof FIELDS): readonly FieldRow[] => FIELDS[concern].flatMap((g) => g.rows);
/** The keys that a schema of objects knows, as paths. */
const pathsOf = (schema: unknown): string[] => {
  const { type, wrapped, entries } = schema as { type?: string; wrapped?: unknown; entries?: Readonly<Record<string, unknown>> };
  if (type === 'optional') return pathsOf(wrapped);
  return entries ? Object.entries(entries).flatMap(([key, inner]) => pathsOf(inner).map((rest) => (rest === '' ? key : `${key}/${rest}`))) : [''];
};

describe('the table of fields', () => {
  it.each(['timers', 'limits'] as const)('has each value of %s, and no other', (concern) => {
    expect(rowsOf(concern).map((r) => r.path.join('/')).toSorted()).toEqual(pathsOf(documentSchemas[concern]).toSorted());
  });

  it('has each value of a default profile and of an anchor but its key', () => {
    const { entries } = documentSchemas.profiles;
    expect(PROFILE_FIELDS.map((r) => r.path.join('/')).toSorted()).toEqual(pathsOf(entries['default-profiles'].wrapped.value).toSorted());
    const { item } = documentSchemas.lmas.entries['local-mobility-anchors'].wrapped.pipe[0];
    expect(LMA_FIELDS.map((r) => r.path.join('/')).toSorted()).toEqual(pathsOf(item).filter((p) => p !== 'key').toSorted());
  });

  it('says what an agent does where nothing is said', () => {
    const defaults = v.parse(agentSchema, { domain: 'd1', mag: 'm1', 'local-mobility-anchors': [{ id: 'lma-1' }], interfaces: [{ name: 'wlan0' }] });
    for (const row of [...rowsOf('timers'), ...rowsOf('limits')]) expect([row.path, row.builtIn]).toEqual([row.path, valueAt(defaults, row.path)]);
  });

  it('names bounds that the documents have, too', () => {
    for (const concern of ['timers', 'limits'] as const) {
      for (const { path, least, most } of rowsOf(concern)) {
        const holds = (value: number) => v.safeParse(documentSchemas[concern], withValue({}, path, value)).success;
        if (least !== undefined) expect([path, holds(least), holds(least - 1)]).toEqual([path, true, false]);
        if (most !== undefined) expect([path, holds(most), holds(most + 1)]).toEqual([path, true, false]);
      }
    }
  });

  it('has words for each row and no words for none', () => {
    expect(new Set([...rowsOf('timers'), ...rowsOf('limits'), ...PROFILE_FIELDS, ...LMA_FIELDS].map((r) => r.words))).toEqual(new Set(Object.keys(words.fields)));
    expect([...concerns].toSorted()).toEqual([...CONCERNS].toSorted());
  });
});

describe('a document in the editor', () => {
  it('takes and loses values at paths, and what is empty goes with them', () => {
    const one = withValue({}, ['timers', 'binding-lifetime'], 600);
    expect(one).toEqual({ timers: { 'binding-lifetime': 600 } });
    const two = withValue(one, ['heartbeat', 'enabled'], false);
    expect(withValue(two, ['timers', 'binding-lifetime'], undefined)).toEqual({ heartbeat: { enabled: false } });
    expect(one).toEqual({ timers: { 'binding-lifetime': 600 } });
  });

  it('reads nothing where there is nothing, nor what every object has', () => {
    expect(valueAt({ a: 1 }, ['a', 'b'])).toBeUndefined();
    expect(valueAt({}, ['constructor'])).toBeUndefined();
    expect(treeOf([1])).toEqual({});
  });

  it('is laid over another as the cloud does it: keys merge, lists and values replace', () => {
    expect(overlaid({ a: { x: 1, y: [1, 2] }, b: 1 }, { a: { y: [3] }, c: 2 })).toEqual({ a: { x: 1, y: [3] }, b: 1, c: 2 });
    expect(overlaid({ a: 1 }, undefined)).toEqual({ a: 1 });
  });

  it.each([[undefined, '—'], [null, '—'], ['x', 'x'], [0, '0'], [false, 'false'], [['a', 1], 'a, 1'], [{ a: 1 }, '{"a":1}']])('%j is shown as %s', (value, text) => expect(shortly(value)).toBe(text));

  it.each([['fleet', { kind: 'fleet' }], ['group:pilot', { kind: 'group', id: 'pilot' }], ['home:gw-a', { kind: 'home', id: 'gw-a' }]] as const)('the scope %s is in the address', (text, scope) => {
    expect(scopeOf(text)).toEqual(scope);
    expect(scopeText(scope)).toBe(text);
  });

  it.each([undefined, '', 'group:', 'planet:x'])('the scope %j is the fleet', (text) => expect(scopeOf(text)).toEqual({ kind: 'fleet' }));
});

describe('the waves of a rollout', () => {
  it.each([
    [300, 6, 2.5, [6, 15, 37, 92, 150]],
    [5, 10, 3, [5]],
    [3, 1, 1, [1, 1, 1]],
    [0, 1, 3, []],
    [4, 0, 0, [1, 1, 1, 1]],
  ])('%d homes, %d first, %d times as many each time: %j', (homes, canary, ramp, sizes) => {
    const pace = { canary, ramp, watch: 60 };
    expect(waveSizes(homes, pace)).toEqual(sizes);
    expect(leastTime(homes, pace)).toBe(sizes.length * 60_000);
  });

  it('homes for which the same changes stand together, most of them first', () => {
    const change = { path: 'a', before: 1, after: 2 };
    const groups = alike([{ home: '1', name: 'One', changes: [{ ...change, before: 9 }] }, { home: '2', name: 'Two', changes: [change] }, { home: '3', name: 'Three', changes: [change] }]);
    expect(groups.map((g) => g.homes.map((h) => h.name))).toEqual([['Two', 'Three'], ['One']]);
  });
});
