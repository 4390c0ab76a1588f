import { describe, expect, it } from 'vitest';
import type { Transition } from '../../protocol/entity.ts';
import { createTraces, type Trace } from '../../runtime/traces.ts';

const transition = (subject = 'mn0@example.com'): Transition => ({ kind: 'transition', entity: 'lma', subject, linkLayerId: '02:00:00:00:00:01', from: 'NONE', to: 'ACTIVE', reason: 'new session', at: 1000, wall: 1_800_000_000_500, detail: { mag: 'm1' } });
const trace = (more: Partial<Trace> = {}): Trace => ({ sender: 'm1', exchange: '17', kind: 'attach', transition: transition(), stages: {}, ...more });
const raw = (identity: string): string => identity;

describe('traces', () => {
  it('show stages in milliseconds after the first, which has the wall clock', () => {
    const traces = createTraces();
    const t = trace({ stages: { pbuReceived: 1000, pbuSent: 997.5 } });
    traces.add(t);
    traces.stage(t, 'stored', 1001.25);
    expect(traces.all(raw)).toEqual([{ id: expect.stringMatching(/^[0-9a-f]{32}$/) as string, entity: 'lma', kind: 'attach', mnnai: 'mn0@example.com', llid: '02:00:00:00:00:01', detail: { mag: 'm1' }, reason: 'new session', wall: 1_800_000_000_497.5, stages: { pbuSent: 0, pbuReceived: 2.5, stored: 3.75 } }]);
  });

  it('have the same id at both ends, and another for each PBU', () => {
    const id = (sender: string, exchange: string | bigint): string | undefined => {
      const traces = createTraces();
      traces.add(trace({ sender, exchange }));
      return traces.all(raw)[0]?.id;
    };
    expect(id('m1', '17')).toBe(id('m1', 17n));
    expect(new Set([id('m1', '17'), id('m1', '18'), id('m2', '17')]).size).toBe(3);
  });

  it('are the last ones, the newest first', () => {
    const traces = createTraces({ size: 3 });
    for (let i = 0; i < 5; i++) traces.add(trace({ transition: transition(`mn${i}`) }));
    expect(traces.all(raw).map((t) => t.mnnai)).toEqual(['mn4', 'mn3', 'mn2']);
    expect(traces.all(() => 'hidden').map((t) => t.llid)).toEqual(['hidden', 'hidden', 'hidden']);
  });

  it('tell each stage as it becomes known', () => {
    const told: string[] = [];
    const traces = createTraces({ onStage: (t, stage, at) => told.push(`${t.kind} ${stage} ${at}`) });
    const t = trace({ kind: 'move', stages: { pbuReceived: 5 } });
    traces.add(t);
    traces.stage(t, 'pbaSent', 7);
    expect(told).toEqual(['move pbuReceived 5', 'move pbaSent 7']);
  });
});
