/** Where the parts of a roam stand in its drawing: pure, so that it is tested without a browser. Instants in milliseconds, places in pixels. */
import type { HandoverStage } from '../../../cloud/api/resources/handovers.ts';

export type StageName = HandoverStage['name'];
export const STAGES: readonly StageName[] = ['associated', 'profile', 'pbuSent', 'pbuReceived', 'lmaPathsSwitched', 'pbaSent', 'pbaReceived', 'pathsSwitched', 'firstPacket'];

/** What goes on from one stage to a later one: work at an end, storing the binding before the answer may leave, a message on the way between them, or nothing until traffic comes. */
interface Step {
  readonly from: StageName;
  readonly to: StageName;
  readonly lane: 'home' | 'lma' | 'down' | 'up';
  readonly kind: 'profile' | 'work' | 'storing' | 'message' | 'waiting';
  /** Only where this stage was not reached. */
  readonly without?: StageName;
}
const STEPS: readonly Step[] = [
  { from: 'associated', to: 'profile', lane: 'home', kind: 'profile' },
  { from: 'profile', to: 'pbuSent', lane: 'home', kind: 'work' },
  { from: 'pbuSent', to: 'pbuReceived', lane: 'down', kind: 'message' },
  { from: 'pbuReceived', to: 'lmaPathsSwitched', lane: 'lma', kind: 'work' },
  { from: 'lmaPathsSwitched', to: 'pbaSent', lane: 'lma', kind: 'storing' },
  // A refusal switches nothing.
  { from: 'pbuReceived', to: 'pbaSent', lane: 'lma', kind: 'work', without: 'lmaPathsSwitched' },
  { from: 'pbaSent', to: 'pbaReceived', lane: 'up', kind: 'message' },
  { from: 'pbaReceived', to: 'pathsSwitched', lane: 'home', kind: 'work' },
  { from: 'pathsSwitched', to: 'firstPacket', lane: 'home', kind: 'waiting' },
];

export interface Drawn extends Step {
  readonly x1: number;
  readonly x2: number;
  readonly milliseconds: number;
  /** The message was answered without this end telling what it did. */
  readonly unsure: boolean;
}
export interface Mark {
  readonly name: StageName;
  readonly number: number;
  readonly lane: 'home' | 'lma';
  readonly x: number;
  /** The first packet came too late for the axis. */
  readonly beyond: boolean;
}
export interface Drawing {
  readonly steps: readonly Drawn[];
  readonly marks: readonly Mark[];
  readonly ticks: readonly { readonly x: number; readonly at: number }[];
  /** Instant at the right end of the axis. */
  readonly end: number;
}

/** So much longer than the handover itself the axis may get for a late first packet. */
const AXIS = 1.8;

/** @param width of the plane in which time passes */
export function draw(stages: readonly HandoverStage[], width: number): Drawing {
  const at = new Map(stages.map((s) => [s.name, s.at]));
  const switched = Math.max(0, ...stages.filter((s) => s.name !== 'firstPacket').map((s) => s.at));
  const last = Math.max(switched, at.get('firstPacket') ?? 0);
  const end = niceEnd(Math.max(1, Math.min(last, Math.max(switched * AXIS, 1))));
  const x = (instant: number) => (Math.min(instant, end) / end) * width;
  const steps = STEPS.flatMap((step): Drawn[] => {
    const [from, to] = [at.get(step.from), at.get(step.to)];
    if (from === undefined || to === undefined || to < from || (step.without !== undefined && at.has(step.without))) return [];
    return [{ ...step, x1: x(from), x2: x(to), milliseconds: to - from, unsure: false }];
  });
  return { steps: withGaps(steps, at, x), marks: marksOf(stages, x, end), ticks: ticksOf(end, x), end };
}

/** The answer came although the LMA told nothing: the way there and back is drawn as one. */
function withGaps(steps: readonly Drawn[], at: ReadonlyMap<StageName, number>, x: (instant: number) => number): Drawn[] {
  const [sent, received] = [at.get('pbuSent'), at.get('pbaReceived')];
  const told = at.has('pbuReceived') && at.has('pbaSent');
  if (told || sent === undefined || received === undefined) return [...steps];
  const middle = at.get('lmaPathsSwitched') ?? at.get('pbuReceived') ?? (sent + received) / 2;
  const answer: Drawn[] = [{ from: at.has('lmaPathsSwitched') ? 'lmaPathsSwitched' : 'pbuReceived', to: 'pbaReceived', lane: 'up', kind: 'message', x1: x(middle), x2: x(received), milliseconds: received - middle, unsure: !at.has('pbuReceived') }];
  if (!at.has('pbuReceived')) answer.unshift({ from: 'pbuSent', to: 'pbuReceived', lane: 'down', kind: 'message', x1: x(sent), x2: x(middle), milliseconds: middle - sent, unsure: true });
  return [...steps, ...answer];
}

const marksOf = (stages: readonly HandoverStage[], x: (instant: number) => number, end: number): Mark[] =>
  stages.map(({ name, end: lane, at }) => ({ name, number: STAGES.indexOf(name) + 1, lane, x: x(at), beyond: at > end })).toSorted((a, b) => a.number - b.number);

/** 1, 2 or 5 times a power of ten. */
export function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((f) => f * power >= rough) ?? 10;
  return factor * power;
}

const niceEnd = (last: number): number => {
  const step = niceStep(last / 5);
  return Math.ceil(last / step) * step;
};

function ticksOf(end: number, x: (instant: number) => number): Drawing['ticks'] {
  const step = niceStep(end / 5);
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, n) => ({ at: n * step, x: x(n * step) }));
}

/** Where labels stand that belong to these places but must not touch each other: each as near as can be. Places are in order. */
export function spread(places: readonly number[], gap: number, width: number): readonly number[] {
  const spreadOut: number[] = [];
  for (const place of places) spreadOut.push(Math.max(place, (spreadOut.at(-1) ?? -Infinity) + gap));
  let limit = width;
  for (let i = spreadOut.length - 1; i >= 0; i -= 1) {
    spreadOut[i] = Math.min(spreadOut[i] ?? 0, limit);
    limit = (spreadOut[i] ?? 0) - gap;
  }
  return spreadOut;
}
