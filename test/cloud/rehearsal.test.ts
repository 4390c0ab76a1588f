import { expect, it } from 'vitest';
import { createRehearsal } from '../../cloud/rehearsal.ts';

it('every rehearsed registration and handover is accepted, over both transports, however many come', () => {
  const rehearse = createRehearsal();
  expect(new Set(Array.from({ length: 600 }, rehearse))).toEqual(new Set([0]));
});
