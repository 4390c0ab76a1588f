import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { stayQuick } from '../../runtime/quick.ts';

it('rehearses one round a turn, so that events come in between', async () => {
  let rounds = 0;
  stayQuick(() => (rounds += 1), 'normal', 3);
  expect(rounds).toBe(0);
  const seen: number[] = [];
  for (let i = 0; i < 5; i++) {
    await turn();
    seen.push(rounds);
  }
  expect(seen).toEqual([1, 2, 3, 3, 3]);
});

it('stops when it is told to', async () => {
  let rounds = 0;
  const stop = stayQuick(() => (rounds += 1), 'normal', 100);
  await turn();
  stop();
  const before = rounds;
  await turn();
  await turn();
  expect(rounds).toBe(before);
});
