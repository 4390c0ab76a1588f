import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { DAY } from '../../../cloud/privacy/epochs.ts';
import { settingsChangeSchema } from '../../../cloud/privacy/settings.ts';
import { ANNA, BERT, START, within } from './world.ts';

test('a change is kept, audited with before and after, and leaves the rest', () =>
  within(async (world) => {
    const before = world.privacy.settings.get();
    const after = await world.privacy.settings.change({ retention: { handovers: 14 }, smallestGroup: 9 }, 'olga');
    expect(after).toEqual({ ...before, retention: { ...before.retention, handovers: 14 }, smallestGroup: 9 });
    expect((await world.open()).settings.get()).toEqual(after);
    expect(await world.audit.list()).toMatchObject([{ by: 'olga', action: 'settings.change', before: { smallestGroup: 5 }, after: { smallestGroup: 9, retention: { handovers: 14 } } }]);
  }));

test('what the store refuses is not set', () =>
  within(async ({ privacy, memory }) => {
    memory.refuse('the disk is full');
    await expect(privacy.settings.change({ smallestGroup: 9 }, 'olga')).rejects.toThrow('the disk is full');
    expect(privacy.settings.get().smallestGroup).toBe(5);
  }));

test.each([
  [{ retention: { handovers: 0 } }, /from 1 to 3650/],
  [{ retention: { handovers: 1.5 } }, /integer/],
  [{ retention: { logs: 5 } }, /never|Invalid key/],
  [{ pseudonyms: { rotateDays: 366 } }, /from 1 to 365/],
  [{ positions: { fuzzMetres: -1 } }, /from 0 to 5000/],
  [{ smallestGroup: undefined }, /Invalid/],
])('%j is refused in words', (change, words) => {
  const { issues } = v.safeParse(settingsChangeSchema, change);
  expect(issues?.[0].message).toMatch(words);
});

test('history goes when it is as old as is set, exactly, and the purge runs once an hour', () =>
  within(async ({ privacy, store, clock, days, audit }) => {
    await privacy.tick();
    for (const stream of ['handovers', 'events', 'minutes']) await store.commit([0, 1, 2].map((d) => ({ append: stream, record: { at: START + d * DAY } })));
    await audit.record({ by: 'a', action: 'b', target: 'c' });
    const left = async () => Promise.all(['handovers', 'events', 'minutes', 'audit'].map(async (s) => (await store.read(s)).length));
    days(31);
    await privacy.tick();
    expect(await left()).toEqual([2, 3, 3, 1]);
    clock.now += 1000;
    await privacy.tick();
    expect(await left()).toEqual([2, 3, 3, 1]);
    days(60);
    await privacy.tick();
    expect(await left()).toEqual([0, 1, 3, 1]);
    clock.now = START + 402 * DAY;
    await privacy.tick();
    expect(await left()).toEqual([0, 0, 1, 1]);
    clock.now = START + 800 * DAY;
    await privacy.tick();
    expect([await left(), await audit.verify()]).toEqual([[0, 0, 0, 0], { entries: 0 }]);
  }));

test('a subscriber nobody heard of for the retention is not known any more; one who is around stays', () =>
  within(async ({ privacy, store, days }) => {
    privacy.pseudonyms.of(BERT);
    for (let d = 0; d < 29; d++) {
      privacy.pseudonyms.of(ANNA);
      await privacy.tick();
      days(1);
    }
    await privacy.settings.change({ retention: { subscribers: 20 } }, 'olga');
    await privacy.tick();
    expect((await store.list('sealed')).map((r) => r.id)).toEqual([privacy.pseudonyms.of(ANNA)]);
  }));

test('while the store refuses a purge no key is destroyed, and it is told', () =>
  within(async ({ privacy, memory, days, errors, keyFile }) => {
    const epochs = () => (JSON.parse(readFileSync(keyFile, 'utf8')) as { epochs: unknown[] }).epochs.length;
    privacy.pseudonyms.of(ANNA);
    await privacy.tick();
    days(30);
    await privacy.tick();
    days(90);
    memory.refuse('the disk is full');
    await privacy.tick();
    expect([epochs(), errors]).toEqual([3, ['the disk is full']]);
    memory.refuse(undefined);
    days(1);
    await privacy.tick();
    expect(epochs()).toBe(2);
  }));
