/** What waits for a store that does not take a diary's lines. */
import { expect, it } from 'vitest';
import { openDiary } from '../../../cloud/fleet/diary.ts';
import { createMemoryStore } from '../memoryStore.ts';

const NOW = 1_800_000_000_000;

it('5000 lines wait, the oldest of more are gone and counted, and the others are written once the store is back', async () => {
  const store = createMemoryStore();
  const counts = new Map<string, number>();
  const errors: string[] = [];
  const diary = await openDiary({ store, now: () => NOW, count: (reason, times = 1) => void counts.set(reason, (counts.get(reason) ?? 0) + times), onError: (e) => void errors.push(e.message) });
  const notes = (from: number, to: number): void => {
    for (let n = from; n < to; n++) diary.note(`gw-${n % 4}`, 'info', `${n}`, NOW);
  };
  store.refuse('disk full');
  notes(0, 4000);
  await diary.write();
  expect([errors, counts.size]).toEqual([['disk full'], 0]);
  const writing = diary.write();
  notes(4000, 7000);
  await writing;
  expect([...counts]).toEqual([['events that the store did not take in time', 2000]]);
  store.refuse(undefined);
  await diary.write();
  expect((await store.read<{ readonly at: number; readonly text: string }>('events')).map((l) => Number(l.text))).toEqual(Array.from({ length: 5000 }, (_, i) => 2000 + i));
});
