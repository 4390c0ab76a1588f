import { describe, expect, it } from 'vitest';
import type { HandoverStage } from '../../cloud/api/resources/handovers.ts';
import { draw, niceStep, spread, STAGES } from '../../web/pages/subscriber/waterfall.ts';

const stage = (name: HandoverStage['name'], at: number): HandoverStage => ({ name, at, end: ['pbuReceived', 'lmaPathsSwitched', 'pbaSent'].includes(name) ? 'lma' : 'home' });
const whole: readonly HandoverStage[] = [stage('associated', 0), stage('profile', 1), stage('pbuSent', 2), stage('pbuReceived', 10), stage('lmaPathsSwitched', 11), stage('pbaSent', 12), stage('pbaReceived', 19), stage('pathsSwitched', 20), stage('firstPacket', 25)];
const without = (...names: string[]) => whole.filter((s) => !names.includes(s.name));

describe('the drawing of a roam', () => {
  it('has a step between all neighbouring stages, in their lanes', () => {
    expect(draw(whole, 250).steps.map((s) => [s.lane, s.kind, s.milliseconds])).toEqual([
      ['home', 'profile', 1],
      ['home', 'work', 1],
      ['down', 'message', 8],
      ['lma', 'work', 1],
      ['lma', 'storing', 1],
      ['up', 'message', 7],
      ['home', 'work', 1],
      ['home', 'waiting', 5],
    ]);
  });

  it('lays time out evenly, from 0 to a round end', () => {
    const { end, steps, ticks } = draw(whole, 250);
    expect(end).toBe(25);
    expect(steps.map((s) => [s.x1, s.x2])).toEqual([[0, 10], [10, 20], [20, 100], [100, 110], [110, 120], [120, 190], [190, 200], [200, 250]]);
    expect(ticks.map((t) => [t.at, t.x])).toEqual([[0, 0], [5, 50], [10, 100], [15, 150], [20, 200], [25, 250]]);
  });

  it('numbers the stages that are known as the list below does', () => {
    expect(draw(without('profile'), 100).marks.map((m) => [m.number, m.lane])).toEqual([[1, 'home'], [3, 'home'], [4, 'lma'], [5, 'lma'], [6, 'lma'], [7, 'home'], [8, 'home'], [9, 'home']]);
  });

  it('cuts the axis off when the first packet came long after the roam', () => {
    const { end, marks } = draw([...without('firstPacket'), stage('firstPacket', 5000)], 100);
    expect(end).toBeLessThanOrEqual(40);
    expect(marks.at(-1)).toMatchObject({ name: 'firstPacket', x: 100, beyond: true });
  });

  it('draws an answer although the anchor told nothing, and says that it is unsure', () => {
    const { steps } = draw(without('pbuReceived', 'lmaPathsSwitched', 'pbaSent'), 100);
    expect(steps.filter((s) => s.unsure).map((s) => [s.lane, s.milliseconds])).toEqual([['down', 8.5], ['up', 8.5]]);
  });

  it('draws a refusal of the anchor, which switched nothing', () => {
    const { steps } = draw(without('lmaPathsSwitched', 'pathsSwitched', 'firstPacket'), 100);
    expect(steps.filter((s) => s.kind === 'message').map((s) => [s.lane, s.unsure])).toEqual([['down', false], ['up', false]]);
    expect(steps.filter((s) => s.lane === 'lma').map((s) => [s.from, s.to])).toEqual([['pbuReceived', 'pbaSent']]);
  });

  it('of an anchor that does not tell when it answered, the answer begins when it had switched', () => {
    expect(draw(without('pbaSent'), 100).steps.filter((s) => s.lane === 'up').map((s) => [s.from, s.milliseconds, s.unsure])).toEqual([['lmaPathsSwitched', 8, false]]);
  });

  it('draws no answer where none came', () => {
    expect(draw(without('pbuReceived', 'lmaPathsSwitched', 'pbaSent', 'pbaReceived', 'pathsSwitched', 'firstPacket'), 100).steps.map((s) => s.lane)).toEqual(['home', 'home']);
  });

  it('leaves out a step that ends before it begins, as two clocks may tell it', () => {
    expect(draw([stage('associated', 0), stage('profile', 3), stage('pbuSent', 2)], 100).steps.map((s) => s.to)).toEqual(['profile']);
  });

  it.each([[[]], [[stage('associated', 0)]]])('stands with next to nothing: %j', (stages) => {
    const { steps, end, ticks } = draw(stages, 100);
    expect(steps).toEqual([]);
    expect(end).toBeGreaterThan(0);
    expect(ticks.length).toBeGreaterThan(1);
  });

  it('knows every stage of the API', () => {
    expect(new Set(STAGES).size).toBe(whole.length);
  });
});

it.each([[0.13, 0.2], [1, 1], [2.1, 5], [7, 10], [42, 50]])('a step of about %d is %d', (rough, nice) => expect(niceStep(rough)).toBeCloseTo(nice));

describe('labels that must not touch each other', () => {
  it.each([
    [[0, 100, 200], [0, 100, 200]],
    [[0, 5, 8], [0, 20, 40]],
    [[90, 95, 100], [60, 80, 100]],
    [[], []],
  ])('%j become %j', (places, expected) => {
    expect(spread(places, 20, Math.max(100, ...places))).toEqual(expected);
  });
});
