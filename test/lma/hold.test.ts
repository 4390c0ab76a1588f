/** An APN whose subscribers' packets are held: what the data path is told from a de-registration to the next home. */
import { describe, expect, it } from 'vitest';
import type { ApnConfig } from '../../cloud/lma/config.ts';
import type { LmaEffect } from '../../cloud/lma/lma.ts';
import { Anchor, labConfig, MAG1, MAG2, pathsOf } from './pbu.ts';

const HOLD = { packets: 10, octets: 10_000, milliseconds: 500, settle: 50 };
const [base] = labConfig().apns as [ApnConfig];
const anchor = () => new Anchor(labConfig({}, { apns: [{ ...base, hold: HOLD }] }));
const told = (effects: readonly LmaEffect[]) => effects.flatMap((e) => (e.kind === 'setPath' ? [e.path.action ?? 'forward'] : e.kind === 'removePath' ? ['removed'] : []));

describe('packets between two homes', () => {
  it('each path says how many may be held', () => {
    expect(pathsOf(anchor().pbu())[0]).toMatchObject({ hold: HOLD });
    expect(pathsOf(new Anchor().pbu())[0]).not.toHaveProperty('hold');
  });

  it('a de-registration puts the path on hold where it is, the next home has it forward there', () => {
    const a = anchor();
    const first = a.ask();
    const released = a.deregister(first);
    expect(told(released)).toEqual(['hold']);
    expect(pathsOf(released)[0]?.tunnel.remote).toBe(MAG1.from.remote);
    const taken = a.pbu({ mag: MAG2, handoff: 3 });
    expect(told(taken)).toEqual(['forward']);
    expect(pathsOf(taken)[0]?.tunnel.remote).toBe(MAG2.from.remote);
  });

  it('without hold it is removed at once', () => {
    const a = new Anchor();
    expect(told(a.deregister(a.ask()))).toEqual(['removed']);
  });

  it('a session that nobody takes up ends with its path', () => {
    const a = anchor();
    a.deregister(a.ask());
    expect(told(a.pass(a.lma.config.variables.minDelayBeforeBceDelete))).toEqual(['removed']);
  });

  it('a restart begins without what was held', () => {
    const a = anchor();
    a.deregister(a.ask());
    const b = anchor();
    b.now = a.now;
    expect(told(b.take({ kind: 'restore', bindings: [...a.store.values()] }))).toEqual([]);
    expect([...b.lma.cache.all()].map((e) => [e.state, e.carried])).toEqual([['RELEASED', false]]);
    expect(told(b.pbu({ mag: MAG2, handoff: 3 }))).toEqual(['forward']);
  });
});
