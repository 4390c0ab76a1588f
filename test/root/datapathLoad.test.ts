import { expect, test } from 'vitest';
import { loadDatapath, readBpfObject } from '../../linux/datapath/loader.ts';

test('the object loads', () => {
  const loaded = loadDatapath(readBpfObject(), 64);
  expect(Object.keys(loaded.programs).sort()).toEqual(['access', 'again', 'decap', 'decapRaw', 'encap']);
  loaded.close();
});
