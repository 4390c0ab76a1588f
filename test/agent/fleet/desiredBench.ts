/** Documents on the bench: a clock moved by hand, LMAs that answer or not, and a memory of what was told. */
import { hashOf } from '../../../runtime/fleet/canonical.ts';
import type { Desired, Reported } from '../../../runtime/fleet/messages.ts';
import type { Concern } from '../../../runtime/fleet/topics.ts';
import type { Millis, Now } from '../../../protocol/units.ts';
import { createDesired, deadline, step } from '../../../agent/fleet/desired.ts';
import type { DesiredEffect, DesiredEvent, DesiredState, Judgement } from '../../../agent/fleet/desiredState.ts';
import type { Documents } from '../../../agent/fleet/ports.ts';

export const desired = (rev: number, document: unknown, more: Partial<Desired> = {}): Desired => ({ rev, hash: hashOf(document), document, ...more });
export const TIMERS = { timers: { 'binding-lifetime': 600 } };
export const lmas = (id: string): unknown => ({ 'local-mobility-anchors': [{ id, 'ipv4-address': '192.0.2.1' }] });

export type Kept = DesiredState['kept'];
export const nothingKept = (): Kept => ({ good: {}, reported: {}, tried: {} });

export interface Bench {
  readonly state: DesiredState;
  readonly kept: Kept;
  /** An LMA answers each probe; by what runs. */
  answers: (documents: Documents) => boolean;
  judge: (documents: Documents) => Partial<Judgement>;
  readonly effects: DesiredEffect[];
  give(event: DesiredEvent): void;
  send(concern: Concern, value: unknown): void;
  pass(time: Millis): void;
  /** The last report of each concern, in few words. */
  reports(): Record<string, string>;
  last(concern: Concern): Reported | undefined;
  /** Revisions that run. */
  runs(): Record<string, number>;
}

export function bench(kept: Kept = nothingKept()): Bench {
  let at: Millis = 0;
  const now = (): Now => ({ at, wall: Date.UTC(2026, 10, 23) + at });
  const b: Bench = {
    state: createDesired(kept, (documents) => ({ refused: {}, limited: {}, anchored: true, ...b.judge(documents) })),
    kept,
    answers: () => true,
    judge: () => ({}),
    effects: [],
    give(event) {
      const effects = step(b.state, event, now());
      b.effects.push(...effects);
      if (effects.some((e) => e.kind === 'probe') && b.answers(b.state.running)) b.give({ kind: 'answered' });
    },
    send: (concern, value) => b.give({ kind: 'desired', concern, value }),
    pass(time) {
      const target = at + time;
      for (let next = deadline(b.state); next && next.at <= target; next = deadline(b.state)) {
        at = Math.max(at, next.at);
        b.give({ kind: 'timer' });
      }
      at = target;
    },
    reports: () => Object.fromEntries(reportsIn(b).map(([concern, r]) => [concern, `${r.rev} ${r.status}`])),
    last: (concern) => Object.fromEntries(reportsIn(b))[concern],
    runs: () => Object.fromEntries(Object.entries(b.state.running).map(([concern, { rev }]) => [concern, rev])),
  };
  return b;
}

const reportsIn = (b: Bench): [string, Reported][] => b.effects.flatMap((e) => (e.kind === 'report' ? [[e.concern, e.reported] as [string, Reported]] : []));
