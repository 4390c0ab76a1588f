/** Handovers put together from what both ends tell, in any order, twice, late or never. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJoiner, expire, forget, join, REMEMBER, WAIT, type Half, type HandoverRecord, type HomeHalf, type Joined, type LmaHalf } from '../../../cloud/live/join.ts';

const START = 1_800_000_000_000;
const idOf = (n: number): string => n.toString(16).padStart(32, '0');

const lma = (n: number, more: Partial<LmaHalf> = {}): LmaHalf => ({ end: 'lma', id: idOf(n), at: START + n, lma: 'lma1', subscriber: `mn-${n}`, kind: 'handover', mag: 'm2', home: 'gw-2', before: 'm1', homeBefore: 'gw-1', stages: { pbuReceived: 0, pathsSwitched: 1, pbaSent: 2 }, awaited: true, ...more });
const home = (n: number, more: Partial<HomeHalf> = {}): HomeHalf => ({ end: 'home', id: idOf(n), at: START + 90 + n, home: 'gw-2', kind: 'attach', station: `mn-own${n}`, stages: { associated: 0, pbuSent: 3, pbaReceived: 9, pathsSwitched: 10 }, ...more });
const denied = (n: number, at = START): Half => ({ end: 'denied', id: `gw-2 ${n} ${at}`, at, home: 'gw-2', station: 'mn-own', reason: 'the LMA refused' });

function play(halves: readonly Half[], step = 1): { readonly j: ReturnType<typeof createJoiner>; readonly told: Joined[] } {
  const j = createJoiner();
  return { j, told: halves.flatMap((h, i) => join(j, h, START + i * step)) };
}
const records = (told: readonly Joined[]): HandoverRecord[] => told.map((t) => t.record);

describe('both ends', () => {
  it.each([
    ['the LMA first', [lma(1), home(1)]],
    ['the home first', [home(1), lma(1)]],
  ])('%s: one handover, with the stages of both, the LMA\'s name for it and its kind', (_, halves) => {
    const { told } = play(halves);
    expect(told).toMatchObject([{ record: { id: idOf(1), at: START + 1, kind: 'handover', subscriber: 'mn-1', success: true, home: 'gw-2', homeBefore: 'gw-1', homeStages: { pathsSwitched: 10 }, lmaStages: { pbaSent: 2 } } }]);
    expect(told[0]).not.toHaveProperty('toldAt');
  });

  it('what nobody completes is told after a while, with one end', () => {
    const { j, told } = play([lma(1), home(2, { home: 'gw-5' })]);
    expect(told).toEqual([]);
    expect(expire(j, START + WAIT - 1)).toEqual([]);
    const one = records(expire(j, START + WAIT + 1));
    expect(one).toMatchObject([{ id: idOf(1), subscriber: 'mn-1' }, { id: idOf(2), subscriber: 'mn-own2' }]);
    expect(one[0]?.homeStages).toBeUndefined();
    expect(one[1]?.lma).toBeUndefined();
  });

  it.each([
    ['the LMA first', [lma(1), home(2)]],
    ['the home first', [home(2), lma(1)]],
  ])('whose ids differ, because the gateway asked twice, are one where nothing else waits: %s', (_, halves) => {
    const { j } = play(halves);
    const told = expire(j, START + WAIT + 1);
    expect(told).toMatchObject([{ record: { id: idOf(1), guessed: true, lma: 'lma1', homeStages: { associated: 0 } } }]);
    expect(told[0]).not.toHaveProperty('toldAt');
    expect([...join(j, home(2), START + WAIT + 2), ...join(j, lma(1), START + WAIT + 2), ...expire(j, START + 3 * WAIT)]).toEqual([]);
  });

  it.each<[string, Half[], number]>([
    ['while it waits', [lma(1), lma(2)], 0],
    ['when it was told with one end', [lma(1), lma(2)], WAIT],
  ])('of somebody who was erased make no line any more, whenever the home tells: %s', (_, halves, after) => {
    const { j } = play(halves);
    expire(j, START + after + 1);
    forget(j, new Set(['mn-1']), START + after + 2);
    expect(JSON.stringify([...j.waiting, ...j.halves])).not.toContain('mn-1"');
    const told = [home(1), home(2)].flatMap((h) => join(j, h, START + after + 3));
    expect(records([...told, ...expire(j, START + 4 * WAIT)]).map((r) => r.subscriber)).toEqual(['mn-2']);
  });

  it.each([
    ['a third', [lma(1), home(2), home(3)], 3],
    ['the same end', [lma(1), lma(2)], 2],
    ['a whole one', [lma(3), lma(1), home(3), home(2)], 2],
  ])('are put together by nothing but their ids where more is heard of the home: %s', (_, halves, count) => {
    const told = records(expire(play(halves).j, START + 2 * WAIT));
    expect(told.map((r) => r.guessed)).toEqual(Array.from({ length: count }, () => undefined));
  });

  it.each([
    ['before both', [home(1, { home: 'gw-7' }), lma(1), home(1)]],
    ['in between', [lma(1), home(1, { home: 'gw-7' }), home(1)]],
  ])('another home that names the same trace, %s, has no part in it', (_, halves) => {
    expect(records(play(halves).told)).toMatchObject([{ home: 'gw-2', homeStages: { pathsSwitched: 10 }, lma: 'lma1' }]);
  });

  it('a home that is not connected is not waited for', () => {
    expect(records(play([lma(1, { awaited: false })]).told)).toMatchObject([{ id: idOf(1) }]);
  });

  it('a half that comes later completes what was told, and says under which time that is known', () => {
    const { j, told } = play([lma(1, { awaited: false })]);
    expect(told).toHaveLength(1);
    expect(told[0]).not.toHaveProperty('toldAt');
    const late = join(j, home(1), START + 600_000);
    expect(late).toMatchObject([{ toldAt: told[0]?.record.at, record: { at: START + 1, subscriber: 'mn-1', homeStages: { associated: 0 } } }]);
    expect(join(j, home(1), START + 600_100)).toEqual([]);
  });

  it('nothing is remembered for ever', () => {
    const { j } = play([lma(1), home(1), lma(2, { awaited: false }), lma(3, { refused: 'refused: 156' }), denied(4)]);
    expire(j, START + 2 * REMEMBER);
    expect([j.waiting.size, j.halves.size, j.told.size, j.refusals.size, j.lately.size]).toEqual([0, 0, 0, 0, 0]);
  });

  it('any order, and everything doubled, give the same handovers', () => {
    const all = fc.record({ ends: fc.array(fc.constantFrom('both', 'lma', 'home', 'twice', 'refused', 'denied'), { minLength: 1, maxLength: 8 }), seed: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), gaps: fc.array(fc.nat(30), { minLength: 40, maxLength: 40 }) });
    fc.assert(
      fc.property(all, ({ ends, seed, gaps }) => {
        const halves = ends.flatMap((end, n): Half[] => (end === 'both' ? [lma(n), home(n)] : end === 'lma' ? [lma(n, { home: `gw-l${n}` })] : end === 'home' ? [home(n, { home: `gw-h${n}` })] : end === 'twice' ? [lma(n, { home: `gw-t${n}` }), home(n + 100, { home: `gw-t${n}` })] : end === 'refused' ? [lma(n, { refused: 'refused: 130', home: 'gw-3' })] : [denied(n)]));
        const shuffled = [...halves, ...halves].map((h, i) => [seed[i] ?? 0, h] as const).toSorted(([a], [b]) => a - b).map(([, h]) => h);
        const played = (order: readonly Half[]): HandoverRecord[] => {
          const j = createJoiner();
          let now = START;
          const told = order.flatMap((h, i) => join(j, h, (now += gaps[i % gaps.length] ?? 0)));
          return records([...told, ...expire(j, now + 2 * WAIT)]).toSorted((a, b) => (a.id < b.id ? -1 : 1));
        };
        const wanted = played(halves);
        expect(wanted).toHaveLength(ends.length);
        expect(played(shuffled)).toEqual(wanted);
      }),
      { numRuns: 100 },
    );
  });
});

describe('what failed', () => {
  it('a refusal of the LMA is told at once and once', () => {
    const refused = lma(1, { refused: 'refused: 130 INSUFFICIENT_RESOURCES', kind: 'attach' });
    expect(records(play([refused, refused]).told)).toMatchObject([{ success: false, reason: 'refused: 130 INSUFFICIENT_RESOURCES', home: 'gw-2' }]);
  });

  it.each([
    ['before', [denied(1), lma(1, { refused: 'refused: 130' })]],
    ['after', [lma(1, { refused: 'refused: 130' }), denied(1)]],
  ])('a gateway that says the same %s the LMA does adds no second failure', (_, halves) => {
    const { j, told } = play(halves);
    expect([...told, ...expire(j, START + 2 * WAIT)]).toHaveLength(1);
  });

  it('a gateway that turns somebody away without asking the LMA is a failure of its own', () => {
    const { j } = play([denied(1)]);
    expect(records(expire(j, START + 2 * WAIT))).toMatchObject([{ success: false, reason: 'the LMA refused', home: 'gw-2', subscriber: 'mn-own' }]);
  });
});

it('of a flood without other halves the oldest is given up', () => {
  const j = createJoiner();
  let told = 0;
  for (let n = 0; n < 50_010; n++) told += join(j, lma(n), START).length;
  expect([told, j.waiting.size]).toEqual([10, 50_000]);
});
