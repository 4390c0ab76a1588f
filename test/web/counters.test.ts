import { expect, it } from 'vitest';
import { countersOf } from '../../web/pages/lma/counters.ts';

it('counters by reason stand one by one, and what counts nothing stands nowhere', () => {
  const statistics = { 'pbu-received': 7, pba: { accepted: 6, 'timestamp-mismatch': 1 }, upn: {}, standby: { role: 'active', since: null } };
  expect(countersOf(statistics)).toEqual([
    { name: 'pbu-received', value: 7 },
    { name: 'pba accepted', value: 6 },
    { name: 'pba timestamp-mismatch', value: 1 },
    { name: 'standby role', value: 'active' },
  ]);
});
