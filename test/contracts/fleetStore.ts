/** What every store of the fleet keeps to. The store in memory is what the others are compared with. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Change, FleetStore, Streamed, StreamQuery } from '../../cloud/fleet/ports.ts';
import { createMemoryStore } from '../cloud/memoryStore.ts';

export interface FleetStoreUnderTest {
  readonly store: FleetStore;
  /** As after a kill: what was not durable is gone. Absent where there is nothing but memory. */
  reopen?(): Promise<FleetStore>;
  /** Until what it returns is called, nothing can be stored. */
  fail?(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

interface Note extends Streamed {
  readonly home?: string;
  readonly text?: string;
}
async function beforeAndAfter(subject: FleetStoreUnderTest, check: (store: FleetStore) => Promise<void>): Promise<void> {
  await check(subject.store);
  if (subject.reopen) await check(await subject.reopen());
}

const note = (at: number, more: Omit<Note, 'at'> = {}): Note => ({ at, ...more });
const append = (record: Streamed, stream = 'events'): Change => ({ append: stream, record });
const numbersOf = (lines: readonly { readonly number: number }[]): number[] => lines.map((l) => l.number);

/** @param runs of the comparison with the memory store; none for that store itself */
export function fleetStoreContract(name: string, create: () => Promise<FleetStoreUnderTest>, runs = 12): void {
  describe(`${name} keeps the contract of FleetStore`, () => {
    async function using(story: (subject: FleetStoreUnderTest) => Promise<void>): Promise<void> {
      const subject = await create();
      try {
        await story(subject);
      } finally {
        await subject.close();
      }
    }

    test('what was put is there as JSON has it, by id in order, and after a restart', () =>
      using(async (subject) => {
        const odd = { id: 'ünï "c', at: undefined, text: 'nul\u0000 half\ud800 \u2028', deep: { list: [1, null, true, 1e21, -0.5], ['__proto__']: 'own' } };
        const { at: _, ...kept } = odd;
        await subject.store.commit([{ put: 'groups', record: { id: 'b' } }, { put: 'groups', record: odd }, { put: 'groups', record: { id: 'a' } }]);
        await beforeAndAfter(subject, async (store) => {
          expect(await store.list('groups')).toEqual([{ id: 'a' }, { id: 'b' }, kept]);
          expect(await store.get('groups', 'ünï "c')).toEqual(kept);
          expect([await store.get('groups', 'c'), await store.get('homes', 'a'), await store.list('homes')]).toEqual([undefined, undefined, []]);
        });
      }));

    test('changes apply in order within a commit, and commits in the order in which they were begun', () =>
      using(async ({ store }) => {
        const put = (id: string, value: number): Change => ({ put: 'groups', record: { id, value } as { id: string } });
        await Promise.all([
          store.commit([put('a', 1), { remove: 'groups', id: 'a' }, put('b', 1), put('b', 2)]),
          ...Array.from({ length: 60 }, (_, i) => store.commit([put('c', i), append(note(i))])),
          store.commit([{ remove: 'groups', id: 'b' }, put('a', 9), { remove: 'groups', id: 'never' }]),
        ]);
        expect(await store.list('groups')).toEqual([{ id: 'a', value: 9 }, { id: 'c', value: 59 }]);
        expect((await store.read('events')).map((l) => [l.number, l.at])).toEqual(Array.from({ length: 60 }, (_, i) => [i + 1, i]));
      }));

    test('what the caller does with a record afterwards changes nothing', () =>
      using(async ({ store }) => {
        const record = { id: 'a', list: [1] };
        const committed = store.commit([{ put: 'groups', record }]);
        record.list.push(2);
        await committed;
        const [found] = await store.list<typeof record>('groups');
        try {
          found?.list.push(3);
        } catch (e) {
          expect(e).toBeInstanceOf(TypeError);
        }
        expect(await store.get('groups', 'a')).toEqual({ id: 'a', list: [1] });
      }));

    test('a stream is read from, to, after, before, where, backwards and up to a limit', () =>
      using(async (subject) => {
        const homes = ['gw-a', 'gw-b', '"home":"gw-a"', 'nul\u0000'];
        await subject.store.commit(homes.flatMap((home, i) => [append(note(10 * i, { home, text: 'x' })), append(note(10 * i + 1, { home, ...(i > 1 && { text: 'y' }) }))]));
        await subject.store.commit([append(note(7, { text: 'gw-a' }), 'handovers')]);
        await beforeAndAfter(subject, async (store) => {
          const asked = async (query: StreamQuery) => numbersOf(await store.read('events', query));
          expect(await asked({})).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
          expect(await asked({ from: 10, to: 20 })).toEqual([3, 4, 5]);
          expect(await asked({ after: 3, before: 6 })).toEqual([4, 5]);
          expect(await asked({ newestFirst: true, limit: 2 })).toEqual([8, 7]);
          expect(await asked({ newestFirst: true, limit: 2, before: 7, from: 1 })).toEqual([6, 5]);
          expect(await asked({ limit: 0 })).toEqual([]);
          expect(await asked({ where: { home: 'gw-a' } })).toEqual([1, 2]);
          expect(await asked({ where: { home: 'nul\u0000' } })).toEqual([7, 8]);
          expect(await asked({ where: { home: 'nul' } })).toEqual([]);
          expect(await asked({ where: { home: 'gw-b', text: 'x' }, limit: 5 })).toEqual([3]);
          expect(await asked({ where: { at: 31 } })).toEqual([8]);
          expect(await asked({ where: { at: '31' } })).toEqual([]);
          expect(await asked({ where: { text: 'x' }, newestFirst: true, limit: 1, to: 25 })).toEqual([5]);
          expect(await store.read('handovers')).toEqual([{ at: 7, text: 'gw-a', number: 1 }]);
          expect(await store.read('minutes')).toEqual([]);
        });
      }));

    test('lines that mention somebody are found, wherever in the record', () =>
      using(async (subject) => {
        const [anna, bert] = ['mn-00000000000000aa', 'mn-00000000000000bb'];
        const records = [{ subscriber: anna }, { deep: { list: ['x', `of ${bert} here`] } }, { text: 'nul\u0000', [anna]: 1 }, { subscriber: 'mn-00000000000000cc' }];
        await subject.store.commit(records.map((r, at) => append({ at, ...r })));
        await beforeAndAfter(subject, async (store) => {
          const asked = async (query: StreamQuery) => numbersOf(await store.read('events', query));
          expect(await asked({ mentions: [anna, bert] })).toEqual([1, 2, 3]);
          expect(await asked({ mentions: [bert], after: 1, limit: 5 })).toEqual([2]);
          expect(await asked({ mentions: [anna], where: { subscriber: anna } })).toEqual([1]);
          expect(await asked({ mentions: [anna, bert], newestFirst: true, limit: 1 })).toEqual([3]);
          expect(await asked({ mentions: ['mn-00000000000000dd'] })).toEqual([]);
          expect(await asked({ mentions: [] })).toEqual([]);
          await expect(asked({ mentions: ['%"_'] })).rejects.toThrow(/cannot be looked for/);
        });
      }));

    test('a commit that cannot be is nothing of it, and the ones beside it are', () =>
      using(async ({ store }) => {
        await store.commit([{ append: 'audit', record: note(1), number: 5 }]);
        const outcomes = await Promise.allSettled([
          store.commit([{ put: 'groups', record: { id: 'a' } }]),
          store.commit([{ put: 'groups', record: { id: 'b' } }, append(note(3)), { append: 'audit', record: note(2), number: 5 }]),
          store.commit([{ append: 'audit', record: note(4) }]),
        ]);
        expect(outcomes.map((o) => o.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect(outcomes[1]).toMatchObject({ reason: { name: 'FleetStoreError', message: 'audit has number 5 already, and 5 was to follow' } });
        expect(await store.list('groups')).toEqual([{ id: 'a' }]);
        expect([await store.read('audit'), await store.read('events')]).toEqual([[{ at: 1, number: 5 }, { at: 4, number: 6 }], []]);
        await store.commit([append(note(9))]);
        expect(numbersOf(await store.read('events'))).toEqual([1]);
      }));

    test('lines that are dropped are gone, and their numbers are not given again', () =>
      using(async (subject) => {
        await subject.store.commit([append(note(1)), append(note(2)), append(note(3)), append(note(4), 'handovers')]);
        await subject.store.commit([{ drop: 'events', numbers: [2, 3, 77] }, append(note(5))]);
        await subject.store.commit([{ drop: 'handovers', numbers: [1] }, { drop: 'minutes', numbers: [1] }]);
        const store = (await subject.reopen?.()) ?? subject.store;
        expect([numbersOf(await store.read('events')), await store.read('handovers')]).toEqual([[1, 4], []]);
        await store.commit([append(note(6), 'handovers')]);
        expect(numbersOf(await store.read('handovers'))).toEqual([2]);
      }));

    test('a purge is exact at the edge, tells how many, and numbers go on', () =>
      using(async (subject) => {
        await subject.store.commit(Array.from({ length: 40 }, (_, i) => append(note(i % 2 === 0 ? i : 100 - i, { text: 'x'.repeat(50) }))));
        expect(await subject.store.purge('events', 30)).toBe(15);
        expect(await subject.store.purge('events', 30)).toBe(0);
        expect(await subject.store.purge('minutes', 30)).toBe(0);
        const store = (await subject.reopen?.()) ?? subject.store;
        const left = await store.read('events');
        expect([left.length, Math.min(...left.map((l) => l.at))]).toEqual([25, 30]);
        expect(await store.purge('events', 1000)).toBe(25);
        await store.commit([append(note(1))]);
        expect(numbersOf(await store.read('events'))).toEqual([41]);
      }));

    test('while nothing can be stored a commit says so, and afterwards it goes on', () =>
      using(async (subject) => {
        if (!subject.fail) return expect(['memory', 'files']).toContain(name);
        await subject.store.commit([append(note(1))]);
        const mend = await subject.fail();
        const refused = await subject.store.commit([{ put: 'groups', record: { id: 'a' } }, append(note(2))]).catch((e: Error) => e);
        expect(refused).toMatchObject({ name: 'FleetStoreError' });
        await mend();
        await subject.store.commit([{ put: 'groups', record: { id: 'b' } }, append(note(3))]);
        const store = (await subject.reopen?.()) ?? subject.store;
        expect([await store.list('groups'), (await store.read('events')).map((l) => [l.number, l.at])]).toEqual([[{ id: 'b' }], [[1, 1], [2, 3]]]);
      }));

    test('after its end it says that it is closed', async () => {
      const subject = await create();
      await subject.store.close();
      await expect(subject.store.commit([append(note(1))])).rejects.toThrow('the store is closed');
      await subject.close();
    });

    if (runs > 0)
      test('whatever is done to it, it says what the store in memory says', () =>
        fc.assert(
          fc.asyncProperty(fc.array(operation, { maxLength: 25 }), (operations) =>
            using(async (subject) => {
              const reference = createMemoryStore();
              let { store } = subject;
              for (const { reopen, purge, commits } of operations) {
                await Promise.all([reference, store].map((s) => Promise.allSettled(commits.map((c) => s.commit(c)))));
                if (purge) expect(await store.purge(purge.stream, purge.before)).toBe(await reference.purge(purge.stream, purge.before));
                if (reopen) store = (await subject.reopen?.()) ?? store;
                for (const collection of COLLECTIONS) expect(await store.list(collection)).toEqual(await reference.list(collection));
                for (const stream of STREAMS)
                  for (const query of QUERIES) expect(await store.read(stream, query)).toEqual(await reference.read(stream, query));
              }
            }),
          ),
          { numRuns: runs },
        ));
  });
}

const COLLECTIONS = ['gateways', 'settings'] as const;
const STREAMS = ['events', 'audit'] as const;
const QUERIES: readonly StreamQuery[] = [{}, { newestFirst: true, limit: 3 }, { after: 3, where: { home: 'a' } }, { from: 20, to: 60, limit: 4 }, { before: 9, newestFirst: true, where: { text: 'x' } }];
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ put: fc.constantFrom(...COLLECTIONS), record: fc.record({ id: fc.constantFrom('a', 'b', 'c'), value: fc.jsonValue() }) }),
  fc.record({ remove: fc.constantFrom(...COLLECTIONS), id: fc.constantFrom('a', 'b', 'c') }),
  fc.record({ append: fc.constantFrom(...STREAMS), record: fc.record({ at: fc.nat(100), home: fc.constantFrom('a', 'b'), text: fc.constantFrom('x', 'é\u0000', 'y'.repeat(40)) }) }),
  fc.record({ append: fc.constantFrom(...STREAMS), record: fc.record({ at: fc.nat(100) }), number: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ drop: fc.constantFrom(...STREAMS), numbers: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }) }),
);
const operation = fc.record({
  commits: fc.array(fc.array(change, { maxLength: 5 }), { maxLength: 4 }),
  purge: fc.option(fc.record({ stream: fc.constantFrom(...STREAMS), before: fc.nat(100) }), { freq: 4, nil: undefined }),
  reopen: fc.boolean(),
});
