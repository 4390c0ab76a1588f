/** The pure rollout: waves, watching, pause, stop and way back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RolloutRecord } from '../../../cloud/fleet/records.ts';
import { ANSWER_TIME, begin, changed, deadline, isOver, step, waveSize, worseThan, type Heard, type RolloutEvent } from '../../../cloud/fleet/rollout.ts';

const GOOD = { perMinute: 1, success: 1, p50: 100, p90: 150, p99: 200, attempts: 100, timed: 100 };
const plan: RolloutRecord['plan'] = { scope: { kind: 'fleet' }, concern: 'timers', document: {}, canary: 1, ramp: 3, watch: 60, tolerance: { success: 0.05, time: 1.5 } };
const homesOf = (n: number, online = true) => Array.from({ length: n }, (_, i) => ({ home: `h${i}`, online }));
const started = (n: number, more: Partial<typeof plan> = {}) => begin({ id: 'r', by: 'ann', plan: { ...plan, ...more }, before: GOOD }, homesOf(n), 0).state;
const applied = (...homes: number[]): RolloutEvent => ({ kind: 'heard', homes: homes.map((i) => ({ home: `h${i}`, online: true, status: 'applied' })) });
const play = (state: RolloutRecord, ...events: readonly (readonly [number, RolloutEvent])[]): RolloutRecord => events.reduce((s, [at, event]) => step(s, event, at).state, state);
const timer = (figures?: Partial<typeof GOOD>): RolloutEvent => ({ kind: 'timer', ...(figures ? { figures: { ...GOOD, ...figures } } : {}) });
const sent = (state: RolloutRecord): number => state.homes.filter((h) => h.wave > 0).length;

describe('waves', () => {
  it('the canary goes first, and each further wave is larger, after its time and when all have answered', () => {
    const first = started(10);
    expect([first.status, sent(first), deadline(first)]).toEqual(['canary', 1, 10_000]);
    expect(sent(play(first, [10_000, timer()], [20_000, timer()], [59_999, timer()]))).toBe(1);
    const second = play(first, [5000, applied(0)], [60_000, timer()]);
    expect([second.status, sent(second), second.reason]).toEqual(['ramp', 4, 'wave 2: 3 homes, watched for 60 s']);
    const end = play(second, [70_000, applied(1, 2, 3)], [120_000, timer()], [130_000, applied(4, 5, 6, 7, 8, 9)], [180_000, timer()]);
    expect([end.status, end.reason, end.endedAt, changed(end)]).toEqual(['done', 'all homes have it', 180_000, []]);
  });

  it('homes that are offline are passed over, and get it when they come, in a wave or with the end', () => {
    const state = begin({ id: 'r', by: 'ann', plan: { ...plan, canary: 5 } }, [...homesOf(2), { home: 'away', online: false }, { home: 'late', online: false }], 0).state;
    expect(sent(state)).toBe(2);
    const came = play(state, [100, applied(0, 1)], [200, { kind: 'heard', homes: [{ home: 'late', online: true, status: 'applied' }] }], [60_000, timer()]);
    expect([came.status, came.homes.find((h) => h.home === 'late')]).toEqual(['ramp', { home: 'late', online: true, wave: 2, status: 'pending', at: 60_000 }]);
    const end = play(came, [61_000, { kind: 'heard', homes: [{ home: 'late', online: true, status: 'applied' }] }], [120_000, timer()]);
    expect(end.reason).toBe('all homes that are there have it; who is not there gets it when it comes: 1 home');
    expect(step(end, applied(0), 130_000)).toEqual({ state: end, effects: [] });
  });

  it('with nobody there it is over at once, and is what they get when they come', () => {
    const { state, effects } = begin({ id: 'r', by: 'ann', plan }, homesOf(3, false), 7);
    expect([state.status, effects]).toEqual(['done', [{ kind: 'settle' }]]);
  });

  it('when the whole wave has lost its connection it waits for one of them: a broker that is away is no success', () => {
    const gone = play(started(10), [1000, { kind: 'heard', homes: [{ home: 'h0', online: false, status: 'pending' }] }], [60_000, timer()], [900_000, timer()]);
    expect([gone.status, sent(gone), gone.reason]).toEqual(['canary', 1, 'no home of wave 1 is connected: it goes on when one is, or when somebody advances it']);
    expect(sent(play(gone, [900_001, applied(0)], [900_001, timer()]))).toBe(4);
    expect(sent(play(gone, [900_001, { kind: 'advance', by: 'ann' }]))).toBe(4);
  });

  it('an answer that comes after the time is looked at at once', () => {
    const waiting = play(started(10), [60_000, timer()]);
    expect(waiting.reason).toBe('no answer yet from 1 home');
    const answered = play(waiting, [62_000, applied(0)]);
    expect([deadline(answered), sent(play(answered, [62_000, timer()]))]).toEqual([62_000, 4]);
  });

  it('people pause it, resume it with the time that was left, and let the next wave go', () => {
    const paused = play(started(10), [40_000, { kind: 'pause', by: 'ann' }], [50_000, applied(0)], [500_000, timer()]);
    expect([paused.status, paused.left, deadline(paused), changed(paused).length, paused.reason]).toEqual(['paused', 20_000, undefined, 1, 'paused by ann']);
    const resumed = play(paused, [600_000, { kind: 'resume', by: 'ann' }]);
    expect([resumed.status, resumed.until, resumed.left]).toEqual(['canary', 620_000, undefined]);
    expect([play(paused, [600_000, { kind: 'advance', by: 'ann' }]).wave, play(paused, [600_000, { kind: 'pause', by: 'bob' }])]).toEqual([2, paused]);
  });

  it('a home that leaves the fleet is waited for no more', () => {
    const left = play(started(2, { canary: 2 }), [1, applied(0)], [2, { kind: 'gone', home: 'h1' }], [60_000, timer()]);
    expect([left.status, left.homes.length]).toEqual(['done', 1]);
  });
});

describe('the way back', () => {
  const rejected: RolloutEvent = { kind: 'heard', homes: [{ home: 'h0', online: true, status: 'rejected', problems: [{ path: 'timers.x', reason: 'expected a number' }] }] };

  it('one home that rejects it takes it back from all, and it is over when they have confirmed', () => {
    const { state, effects } = step(started(10, { canary: 2 }), rejected, 5000);
    expect([state.status, state.reason, changed(state), effects]).toEqual(['rolling back', 'h0 rejected it (timers.x: expected a number)', [], [{ kind: 'provision', homes: ['h0', 'h1'] }]]);
    const half = play(state, [6000, applied(0)]);
    expect(half.status).toBe('rolling back');
    const end = play(half, [7000, applied(1)]);
    expect([end.status, end.homes.filter((h) => h.failed).map((h) => [h.home, h.failed])]).toEqual(['rolled back', [['h0', 'rejected']]]);
  });

  it('also while it is paused, and when a gateway went back by itself', () => {
    const paused = play(started(10), [1, { kind: 'pause', by: 'ann' }], [2, { kind: 'heard', homes: [{ home: 'h0', online: true, status: 'rolledback', problems: [] }] }]);
    expect([paused.status, paused.reason]).toEqual(['rolling back', 'h0 went back to what it had before']);
  });

  it('a home that is there and does not answer at all ends it', () => {
    const end = play(started(10), [60_000, timer()], [60_000 + ANSWER_TIME - 10_001, timer()], [60_000 + ANSWER_TIME, timer()]);
    expect([end.status, end.reason]).toEqual(['rolling back', 'h0 did not say what it did with it']);
    expect(play(end, [60_000 + 2 * ANSWER_TIME, timer()])).toMatchObject({ status: 'rolled back', reason: 'h0 did not say what it did with it; 1 home did not confirm yet' });
  });

  it('figures that got worse by more than is tolerated end it before the time is over', () => {
    const bad = play(started(10), [1, applied(0)], [10_000, timer({ success: 0.9, attempts: 50 })]);
    expect([bad.status, bad.reason, bad.since?.success]).toEqual(['rolling back', 'of 50 attempts 90 % succeed, before it were 100 %', 0.9]);
    expect(play(started(10), [1, applied(0)], [10_000, timer({ p50: 151 })]).reason).toBe('half of the handovers take more than 151 ms, before it were 100 ms');
  });

  it('people take it back, but not twice', () => {
    const back = play(started(10), [1, { kind: 'roll back', by: 'ann' }]);
    expect(back.reason).toBe('rolled back by ann');
    for (const kind of ['roll back', 'advance', 'pause', 'resume'] as const) expect(step(back, { kind, by: 'ann' }, 2).state).toBe(back);
  });

  it.each([
    [{ success: 0.96 }, undefined],
    [{ success: 0.9, attempts: 10 }, undefined],
    [{ success: 0.5, attempts: 4 }, 'of 4 attempts 50 % succeed, before it were 100 %'],
    [{ p50: 150 }, undefined],
    [{ p50: 500, timed: 2 }, undefined],
  ])('%j is judged as %j', (since, words) => expect(worseThan(GOOD, { ...GOOD, ...since }, plan.tolerance)).toBe(words));
});

describe('whatever happens', () => {
  const status = fc.constantFrom('applied', 'partial', 'rejected', 'rolledback', 'pending', 'none');
  const event = fc.oneof(
    fc.record({ kind: fc.constant('heard' as const), homes: fc.array(fc.record({ home: fc.nat(11).map((i) => `h${i}`), online: fc.boolean(), status }) as fc.Arbitrary<Heard>, { maxLength: 6 }) }),
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('heard' as const), homes: fc.constant(homesOf(12).map((h): Heard => ({ ...h, status: 'applied' }))) }) },
    { weight: 3, arbitrary: fc.constant({ kind: 'timer' as const }) },
    fc.record({ kind: fc.constant('timer' as const), figures: fc.constant({ ...GOOD, success: 0.5 }) }),
    fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const, 'advance' as const, 'roll back' as const), by: fc.constant('ann') }),
    fc.record({ kind: fc.constant('gone' as const), home: fc.nat(11).map((i) => `h${i}`) }),
  ) as fc.Arbitrary<RolloutEvent>;

  it('no more homes are changed than the waves allow, what is over stays so, and after a rollback nobody is changed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(90_000), event), { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), (events, canary, ramp) => {
        let state = started(12, { canary, ramp });
        let now = 0;
        for (const [wait, e] of events) {
          now += wait;
          const before = state;
          const { state: next, effects } = step(before, e, now);
          state = next;
          const allowed = Array.from({ length: state.wave }, (_, i) => waveSize(state.plan, i + 1)).reduce((a, b) => a + b, 0);
          expect(changed(state).length).toBeLessThanOrEqual(allowed);
          if (state.status === 'rolling back' || state.status === 'rolled back') expect(changed(state)).toEqual([]);
          if (isOver(before)) expect(state).toBe(before);
          // Who is changed, or not any more, is told, unless the end makes it everybody's.
          const was = new Set(changed(before).map((h) => h.home));
          const is = new Set(changed(state).map((h) => h.home));
          const differ = [...new Set([...was, ...is])].filter((h) => was.has(h) !== is.has(h) && state.homes.some((x) => x.home === h));
          const told = new Set(effects.flatMap((x) => (x.kind === 'provision' ? x.homes : [...is, ...was])));
          expect(differ.filter((h) => !told.has(h))).toEqual([]);
          expect(state.wave - before.wave).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 150 },
    );
  });
});
