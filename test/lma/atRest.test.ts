import { expect, it } from 'vitest';
import { sorted } from '../../cloud/lma/bindingStore.ts';
import type { AddressAtRest } from '../../cloud/lma/bindingStore.ts';
import { Anchor, assigned, labConfig } from './pbu.ts';

/** One address in the pool: the phone declines it, and the anchor restarts `later`. */
function declined(later: number) {
  const config = () => labConfig({}, { ipv4Pools: [{ name: 'v4', network: '192.0.2.0', prefixLength: 30, router: '192.0.2.2' }] });
  const before = new Anchor(config());
  const pba = before.ask();
  const effects = before.deregister(pba, { conflict: true });
  const kept = effects.flatMap((e): AddressAtRest[] => (e.kind === 'keepAtRest' ? [e.record] : []));
  const after = new Anchor(config());
  after.now = { at: 7, wall: before.now.wall + later };
  const restored = after.take({ kind: 'restore', ...sorted([...before.store.values(), ...kept], []) });
  return { pba, kept, after, restored };
}

it('an address that a phone declined rests over a restart as long as it would have without', () => {
  const { pba, kept, after } = declined(60_000);
  expect(kept).toEqual([{ pool: 'v4', address: assigned(pba).hoa, until: expect.any(Number) as number }]);
  after.pass(500_000);
  expect(after.ask({ mn: 'mn1@example.com', prefixes: [] }).status).toBe(130);
  after.pass(60_000);
  expect(assigned(after.ask({ mn: 'mn1@example.com', prefixes: [] })).hoa).toBe(assigned(pba).hoa);
});

it('after its time it is free, and forgotten', () => {
  const { pba, after, restored } = declined(600_001);
  expect(restored.filter((e) => e.kind === 'forgetBinding').map((e) => e.key)).toContain(`rest v4 ${assigned(pba).hoa}`);
  expect(assigned(after.ask({ mn: 'mn1@example.com', prefixes: [] })).hoa).toBe(assigned(pba).hoa);
});
