import { expect, it } from 'vitest';
import { createRehearsal } from '../../agent/rehearsal.ts';

it('every rehearsed phone gets its path, over both transports, however many come', () => {
  const rehearse = createRehearsal();
  expect(new Set(Array.from({ length: 600 }, rehearse))).toEqual(new Set([1]));
});
