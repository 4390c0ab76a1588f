/** What the log of handovers asks of the store when it writes. */
import { expect, it } from 'vitest';
import type { Change, Streamed } from '../../../cloud/fleet/ports.ts';
import { createHandoverLog } from '../../../cloud/live/handoverLog.ts';

it('halves that come late are looked up one after the other, however many there are: each holds megabytes of history', async () => {
  let [reading, most, number] = [0, 0, 0];
  const commits: (readonly Change[])[] = [];
  const failures: Error[] = [];
  const log = createHandoverLog({
    store: {
      async read<T extends Streamed>() {
        reading += 1;
        most = Math.max(most, reading);
        await Promise.resolve();
        reading -= 1;
        const found: Streamed & { readonly number: number } = { at: 1, number: ++number };
        return [found as T & { readonly number: number }];
      },
      commit: (changes) => Promise.resolve(void commits.push(changes)),
    },
    homes: { name: () => undefined },
    onError: (e) => failures.push(e),
  });
  for (let i = 0; i < 300; i++) log.add({ late: i % 3 !== 0, record: { id: `trace-${i}`, at: i, subscriber: 'mn-1', kind: 'attach', success: true, reason: '' } });
  await log.flush();
  expect(failures).toEqual([]);
  expect(most).toBe(1);
  const changes = commits.flat();
  expect(changes.flatMap((c) => ('drop' in c ? c.numbers : []))).toHaveLength(200);
  expect(changes.filter((c) => 'append' in c)).toHaveLength(300);
});
