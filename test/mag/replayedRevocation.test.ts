/** BRIs that somebody recorded and sends again: they are about what was before, and change nothing. */
import { describe, expect, it } from 'vitest';
import { REVOCATION_STATUS as RS, TRIGGER } from '../../protocol/mobility/codes.ts';
import type { MobilityOption } from '../../protocol/mobility/options.ts';
import { timestampOf } from '../../protocol/units.ts';
import { acceptance, activeBench, braStatuses, bri, createBench, NAI, silent, type Bench } from './harness.ts';

const told = (wall: number): MobilityOption[] => [{ kind: 'mnIdentifier', subtype: 1, identifier: NAI }, { kind: 'timestamp', timestamp: timestampOf(wall) }];
const stamped = (bench: Bench, trigger: number) => bri(trigger, { options: told(bench.now().wall) });

describe('a BRI older than the registration', () => {
  it.each([TRIGGER.ADMINISTRATIVE, TRIGGER.HANDOVER_SAME_ATT])('with trigger %i finds nothing', (trigger) => {
    const bench = activeBench();
    const recorded = stamped(bench, trigger);
    bench.advance(60_000);
    bench.attach(); // here again: a new PBU
    bench.clear();
    bench.message(recorded);
    expect(bench.state()).toBe('active');
    expect(braStatuses(bench)).toEqual([RS.BINDING_DOES_NOT_EXIST]);
    expect(bench.of('checkPresence')).toEqual([]);
    expect(bench.pbus()).toEqual([]);
  });

  it('revokes nobody when it is about all', () => {
    const bench = activeBench();
    const recorded = bri(TRIGGER.PER_PEER_POLICY, { options: told(bench.now().wall).slice(1) });
    bench.advance(60_000);
    bench.attach();
    bench.message(recorded);
    expect(bench.state()).toBe('active');
  });
});

describe('a BRI of now', () => {
  it('is obeyed', () => {
    const bench = activeBench();
    bench.advance(1000);
    bench.message(stamped(bench, TRIGGER.ADMINISTRATIVE));
    expect(bench.state()).toBe('gone');
  });

  it('is obeyed from an LMA whose clock is a little behind, and from one that sends no timestamp', () => {
    const bench = activeBench();
    bench.message(bri(TRIGGER.ADMINISTRATIVE, { options: told(bench.now().wall - 300) }));
    expect(bench.state()).toBe('gone');
    bench.attach();
    bench.advance(1000);
    bench.message(bri(TRIGGER.ADMINISTRATIVE));
    expect(bench.state()).toBe('gone');
  });
});

it('a flood of BRIs while a phone registers does not keep the answer from it', () => {
  const bench = createBench({ lma: silent });
  bench.attach();
  const pbu = bench.lastPbu();
  for (let i = 0; i < 20; i++) bench.message(stamped(bench, TRIGGER.HANDOVER_SAME_ATT)); // the phone answers each probe
  expect(bench.pbus()).toHaveLength(1);
  bench.message(acceptance(pbu));
  expect(bench.state()).toBe('active');
});
