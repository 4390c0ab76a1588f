import { expect, it } from 'vitest';
import { createTurns } from '../../cloud/turns.ts';

it('so much runs at once, the rest in its order, also behind one that fails, and whoever is too many is refused', async () => {
  const turn = createTurns(2, (waiting) => {
    if (waiting >= 2) throw new Error('too many');
  });
  const begun: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const work = (n: number) => turn(() => new Promise<number>((resolve, reject) => {
    begun.push(n);
    ends.push((error) => (error ? reject(error) : resolve(n)));
  }));
  const all = [1, 2, 3, 4, 5].map((n) => work(n).catch((e: Error) => e.message));
  expect([begun, await all[4]]).toEqual([[1, 2], 'too many']);
  ends[0]?.(new Error('broken'));
  expect(await all[0]).toBe('broken');
  expect(begun).toEqual([1, 2, 3]);
  ends[1]?.();
  await all[1];
  expect(begun).toEqual([1, 2, 3, 4]);
  for (const end of ends) end();
  expect(await Promise.all(all)).toEqual(['broken', 2, 3, 4, 'too many']);
});
