import { describe, expect, it } from 'vitest';
import type { Transition } from '../../protocol/entity.ts';
import { createTraces } from '../../runtime/traces.ts';

const transition = (subject = 'mn0@example.com'): Transition => ({ kind: 'transition', entity: 'lma', subject, linkLayerId: '02:00:00:00:00:01', from: 'NONE', to: 'ACTIVE', reason: 'new session', at: 1000, wall: 1_800_000_000_500, detail: { mag: 'm1' } });
const raw = (identity: string): string => identity;

describe('traces', () => {
  it('show stages in milliseconds after the first, which has the wall clock', () => {
    const traces = createTraces();
    const t = traces.add('attach', transition(), { pbuReceived: 1000, pbuSent: 997.5 }, 'm1', '17');
    traces.stage(t, 'stored', 1001.25);
    expect(traces.all(raw)).toEqual([{ id: t.id, entity: 'lma', kind: 'attach', mnnai: 'mn0@example.com', llid: '02:00:00:00:00:01', detail: { mag: 'm1' }, reason: 'new session', wall: 1_800_000_000_497.5, stages: { pbuSent: 0, pbuReceived: 2.5, stored: 3.75 } }]);
  });

  it('have the same id at both ends, and another for each PBU', () => {
    const id = (sender: string, exchange: string): string => createTraces().add('attach', transition(), {}, sender, exchange).id;
    expect(id('m1', '17')).toBe(id('m1', '17'));
    expect(id('m1', '17')).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set([id('m1', '17'), id('m1', '18'), id('m2', '17')]).size).toBe(3);
  });

  it('are the last ones, the newest first', () => {
    const traces = createTraces({ size: 3 });
    for (let i = 0; i < 5; i++) traces.add('attach', transition(`mn${i}`), {}, 'm1', String(i));
    expect(traces.all(raw).map((t) => t.mnnai)).toEqual(['mn4', 'mn3', 'mn2']);
    expect(traces.all(() => 'hidden').map((t) => t.llid)).toEqual(['hidden', 'hidden', 'hidden']);
  });

  it('tell each stage as it becomes known', () => {
    const told: string[] = [];
    const traces = createTraces({ onStage: (t, stage, at) => told.push(`${t.kind} ${stage} ${at}`) });
    traces.stage(traces.add('move', transition(), { pbuReceived: 5 }, 'm1', '1'), 'pbaSent', 7);
    expect(told).toEqual(['move pbuReceived 5', 'move pbaSent 7']);
  });
});
