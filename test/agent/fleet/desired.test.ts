/** What the fleet wants, tried and judged (agent/fleet/desired.ts): no document cuts a gateway off for longer than its trial. */
import { describe, expect, it } from 'vitest';
import { heard } from '../../../cloud/fleet/heard.ts';
import { proved } from '../../../agent/fleet/desired.ts';
import { leave } from '../../../agent/fleet/trial.ts';
import { bench, desired, lmas, nothingKept, TIMERS } from './desiredBench.ts';

describe('a document', () => {
  it('is applied, proved by an LMA that answers, kept, and reported', () => {
    const b = bench();
    b.send('timers', desired(1, TIMERS));
    b.pass(1000);
    expect(b.effects.map((e) => e.kind)).toEqual(['probe', 'remember', 'apply', 'probe', 'keep', 'report']);
    expect(b.last('timers')).toMatchObject({ rev: 1, status: 'applied', problems: [], running: { rev: 1 } });
    expect(b.kept.good).toMatchObject({ timers: { rev: 1, document: TIMERS } });
  });

  it('that cannot be is rejected with its path, and what runs goes on', () => {
    const b = bench();
    b.send('timers', desired(1, TIMERS));
    b.pass(1000);
    b.send('timers', desired(2, { timers: { 'binding-lifetime': -5 } }));
    b.pass(60_000);
    expect(b.last('timers')).toMatchObject({ rev: 2, status: 'rejected', problems: [{ path: 'timers.binding-lifetime' }], running: { rev: 1 } });
    expect(b.runs()).toEqual({ timers: 1 });
  });

  it('that was damaged on its way is rejected', () => {
    const b = bench();
    b.send('timers', { ...desired(1, TIMERS), hash: desired(1, {}).hash });
    expect(b.last('timers')).toMatchObject({ status: 'rejected', problems: [{ path: '', reason: 'its hash is that of another document' }], running: null });
  });

  it('with a thousand mistakes is told as far as the cloud reads', () => {
    const b = bench();
    b.send('profiles', desired(1, { interfaces: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`wlan${i}`, 'x y'.repeat(1000)])) }));
    expect(b.last('profiles')?.problems).toHaveLength(100);
    expect(heard.reported(JSON.parse(JSON.stringify(b.last('profiles'))))).toBeDefined();
  });

  it('that is none is counted and no more', () => {
    const b = bench();
    for (const value of [undefined, null, 5, [], {}, { rev: -1, hash: '', document: {} }, { rev: 1, document: {} }]) b.send('timers', value);
    expect(b.effects.every((e) => e.kind === 'drop')).toBe(true);
    expect(b.effects).toHaveLength(7);
  });

  it('after which no LMA answers is rolled back in its time, and not tried again when it comes again', () => {
    const b = bench();
    b.answers = (documents) => documents.lmas === undefined;
    b.send('lmas', desired(1, lmas('wrong'), { proveWithin: 10_000 }));
    b.pass(9000);
    expect(b.runs()).toEqual({ lmas: 1 });
    expect(proved(b.state)).toEqual({});
    b.pass(2000);
    expect(b.last('lmas')).toMatchObject({ rev: 1, status: 'rolledback', problems: [{ path: '', reason: 'no LMA answered within 10 s', substitution: 'what worked before it' }], running: null });
    expect([b.runs(), b.kept.good]).toEqual([{}, {}]);
    const applied = b.effects.filter((e) => e.kind === 'apply').length;
    b.send('lmas', desired(1, lmas('wrong'), { proveWithin: 10_000 }));
    b.pass(60_000);
    expect(b.effects.filter((e) => e.kind === 'apply')).toHaveLength(applied);
    expect(b.reports()).toEqual({ lmas: '1 rolledback' });
  });

  it('is kept where no LMA answered before it either, and is applied in full when one does', () => {
    const b = bench();
    b.answers = () => false;
    b.send('lmas', desired(1, lmas('lma1')));
    b.pass(60_000);
    expect(b.last('lmas')).toMatchObject({ status: 'partial', problems: [{ path: '', substitution: 'it is kept' }], running: { rev: 1 } });
    b.give({ kind: 'answered' });
    expect(b.last('lmas')).toMatchObject({ status: 'applied', problems: [] });
  });

  it('whose application fails is rolled back at once', () => {
    const b = bench();
    b.answers = (documents) => documents.limits === undefined;
    b.send('limits', desired(1, { 'max-bindings': 5 }));
    b.pass(1000);
    b.give({ kind: 'failed', reason: 'the data path refuses' });
    expect(b.last('limits')).toMatchObject({ status: 'rolledback', problems: [{ reason: 'the data path refuses' }] });
  });

  it('is what the gateway has with it, where that is less', () => {
    const b = bench();
    const problem = { path: 'host-first.up-rate', reason: "the home's owner allows less", substitution: '1000000' };
    b.judge = ({ limits }) => (limits ? { limited: { limits: [problem] } } : {});
    b.send('limits', desired(1, { 'host-first': { 'up-rate': '5 Mbit/s' } }));
    b.pass(1000);
    expect(b.last('limits')).toMatchObject({ status: 'partial', problems: [problem], running: { rev: 1 } });
    b.judge = () => ({});
    b.give({ kind: 'judgeAnew' });
    expect(b.last('limits')).toMatchObject({ rev: 1, status: 'applied', problems: [] });
  });
});

describe('revisions', () => {
  it('only grow: an older one is told so', () => {
    const b = bench();
    b.send('timers', desired(7, TIMERS));
    b.pass(1000);
    b.send('timers', desired(6, {}));
    expect(b.last('timers')).toMatchObject({ rev: 6, status: 'rejected', problems: [{ reason: 'revision 6 is older than 7, which was here' }], running: { rev: 7 } });
    b.send('timers', desired(8, {}));
    b.pass(1000);
    expect(b.reports()).toEqual({ timers: '8 applied' });
  });

  it('name one document', () => {
    const b = bench();
    b.send('timers', desired(7, TIMERS));
    b.pass(1000);
    b.send('timers', desired(7, {}));
    expect(b.last('timers')).toMatchObject({ status: 'rejected', running: { rev: 7, hash: desired(7, TIMERS).hash } });
  });

  it('a newer one that comes during a trial is tried after it', () => {
    const b = bench();
    b.answers = ({ timers }) => timers?.rev !== 1;
    b.send('timers', desired(1, TIMERS));
    b.pass(1000);
    b.send('timers', desired(2, {}));
    b.pass(60_000);
    expect(b.reports()).toEqual({ timers: '2 applied' });
    expect(b.effects.flatMap((e) => (e.kind === 'report' ? [`${e.reported.rev} ${e.reported.status}`] : []))).toEqual(['1 rolledback', '2 applied']);
  });
});

describe('documents that come together', () => {
  it('are tried together', () => {
    const b = bench();
    b.send('timers', desired(1, TIMERS));
    b.send('lmas', desired(1, lmas('lma1')));
    b.pass(1000);
    expect([b.effects.filter((e) => e.kind === 'apply').length, b.reports()]).toEqual([1, { lmas: '1 applied', timers: '1 applied' }]);
  });

  it('are tried one by one when no LMA answered, so that one of them is to blame', () => {
    const b = bench();
    b.answers = (documents) => documents.lmas === undefined;
    b.send('timers', desired(1, TIMERS));
    b.send('lmas', desired(1, lmas('wrong')));
    b.pass(120_000);
    expect([b.reports(), b.runs()]).toEqual([{ lmas: '1 rolledback', timers: '1 applied' }, { timers: 1 }]);
  });

  it('that need each other are no two rejections: a list of LMAs and the profiles that name them', () => {
    const b = bench();
    const named = { profiles: [{ path: 'default-profiles.guests.lma', reason: 'no such LMA' }] };
    b.judge = ({ lmas: list, profiles }) => (profiles && !list ? { refused: named } : {});
    b.send('profiles', desired(1, {}));
    b.pass(1000);
    expect(b.reports()).toEqual({ profiles: '1 rejected' });
    b.send('lmas', desired(1, lmas('lma1')));
    b.pass(2000);
    expect([b.reports(), b.runs()]).toEqual([{ profiles: '1 applied', lmas: '1 applied' }, { lmas: 1, profiles: 1 }]);
  });
});

describe('an agent that ends during a trial', () => {
  const restarted = (kept = nothingKept()) => {
    const b = bench(structuredClone(kept));
    b.answers = () => false;
    b.state.answeredAt = 0;
    b.send('timers', desired(1, TIMERS));
    b.pass(1000);
    expect(b.runs()).toEqual({ timers: 1 });
    return b;
  };

  it('starts with what was good and tries it again, but not for ever', () => {
    const second = restarted(restarted().kept);
    expect(second.kept.good).toEqual({});
    const third = bench(structuredClone(second.kept));
    third.send('timers', desired(1, TIMERS));
    third.pass(1000);
    expect([third.last('timers'), third.runs()]).toMatchObject([{ status: 'rolledback', problems: [{ reason: 'the agent ended 2 times while it was tried' }] }, {}]);
  });

  it('as it should is not to blame it for that', () => {
    const b = restarted();
    leave(b.state);
    const next = restarted(b.kept);
    leave(next.state);
    expect(next.kept.tried).toEqual({ timers: { rev: 1, times: 0 } });
  });

  it('after a good one has nothing to try', () => {
    const b = bench();
    b.send('timers', desired(1, TIMERS));
    b.pass(1000);
    const next = bench(structuredClone(b.kept));
    expect(next.runs()).toEqual({ timers: 1 });
    next.send('timers', desired(1, TIMERS));
    next.pass(10_000);
    expect(next.effects.map((e) => e.kind)).toEqual(['report']);
  });
});
