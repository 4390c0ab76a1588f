import { describe, expect, it } from 'vitest';
import { cacheAgrees, MAGS } from './anyRequests.ts';
import { Anchor, bindings, brisOf } from './pbu.ts';

describe('whatever happens', () => {
  it('indexes, pools, store, paths and deadlines agree with the list of entries', () => cacheAgrees(60));

  it('a phone that goes round the homes has one session, and each home it left is told once', () => {
    const a = new Anchor();
    a.ask();
    for (let i = 1; i < 200; i++) {
      const effects = a.pbu({ mag: MAGS[i % 3]! });
      expect(brisOf(effects)).toHaveLength(1);
      expect(bindings(a)).toHaveLength(1);
    }
    expect(a.lma.statistics).toMatchObject({ 'handoff-count': 199, 'bce-count': 1, 'peak-bce-count': 1 });
  });
});
