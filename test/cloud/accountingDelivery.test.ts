/** What waits for a RADIUS server: its order, its patience and its bounds, with a moved clock. */
import { describe, expect, it } from 'vitest';
import { createDelivery, deadline, step, type DeliveryEffect, type DeliveryEvent, type DeliveryOptions, type Waiting } from '../../cloud/accounting/delivery.ts';
import type { RecordEvent } from '../../cloud/accounting/record.ts';

function make(options: Partial<DeliveryOptions> = {}) {
  const d = createDelivery({ most: 100, retry: 10_000, ...options });
  const clock = { at: 0, wall: 0 };
  const feed = (event: DeliveryEvent): DeliveryEffect[] => step(d, event, clock);
  let seq = 0;
  const spool = (event: RecordEvent, session?: string): DeliveryEffect[] => {
    seq += 1;
    const waiting: Waiting = { seq, event, ...(session === undefined ? {} : { session }) };
    return feed({ kind: 'spooled', waiting });
  };
  const sent = (effects: readonly DeliveryEffect[]): number[] => effects.flatMap((e) => (e.kind === 'send' ? [e.seq] : []));
  const done = (effects: readonly DeliveryEffect[]): string[] => effects.flatMap((e) => (e.kind === 'done' ? [`${e.seq} ${e.how}`] : []));
  const answer = (n: number, taken = true): DeliveryEffect[] => feed({ kind: 'answered', seq: n, taken });
  const pass = (ms: number): DeliveryEffect[] => {
    clock.at += ms;
    return feed({ kind: 'timer' });
  };
  return { d, spool, sent, done, answer, pass };
}

describe('delivery', () => {
  it('sends several sessions at once, and one record at a time of each', () => {
    const { spool, sent, answer } = make();
    expect([spool('start', 'a'), spool('start', 'b'), spool('interim', 'a'), spool('stop', 'a')].map(sent)).toEqual([[1], [2], [], []]);
    expect(sent(answer(1))).toEqual([3]);
    expect(sent(answer(3))).toEqual([4]);
  });

  it('lets nothing overtake what is about all sessions', () => {
    const { spool, sent, answer } = make();
    expect([spool('on'), spool('start', 'a'), spool('start', 'b'), spool('stop', 'b'), spool('off')].map(sent)).toEqual([[1], [], [], [], []]);
    expect(sent(answer(1))).toEqual([2, 3]);
    expect(sent(answer(2))).toEqual([]);
    expect(sent(answer(3))).toEqual([4]);
    expect(sent(answer(4))).toEqual([5]);
  });

  it('sends 32 at once at most', () => {
    const { spool, sent } = make();
    expect(Array.from({ length: 40 }, (_, i) => sent(spool('start', `s${i}`))).flat()).toHaveLength(32);
  });

  it('without an answer waits, tries the oldest alone, and sends all when somebody answers', () => {
    const { d, spool, sent, answer, pass } = make();
    for (const s of ['a', 'b', 'c']) spool('start', s);
    for (const n of [1, 2, 3]) expect(sent(answer(n, false))).toEqual([]);
    expect(deadline(d)?.at).toBe(10_000);
    expect(sent(pass(9999))).toEqual([]);
    expect(sent(pass(1))).toEqual([1]);
    expect(deadline(d)).toBeUndefined();
    expect(sent(answer(1, false))).toEqual([]);
    expect(sent(pass(10_000))).toEqual([1]);
    const back = answer(1);
    expect(back.map((e) => e.kind)).toEqual(['recovered', 'done', 'send', 'send']);
  });

  it('a record that a server never answers, although it answers others, does not keep them waiting, and is given up', () => {
    const { d, spool, sent, done, answer, pass } = make();
    const lost: string[] = [];
    let flying = spool('start', 'poison');
    for (const [event, session] of [['stop', 'poison'], ['start', 'a'], ['start', 'b'], ['stop', 'a']] as const) flying = [...flying, ...spool(event, session)];
    let delivered = 0;
    for (let round = 0; round < 20 && d.waiting.size > 0; round++) {
      const waves = sent(flying);
      for (let n = waves.shift(); n !== undefined; n = waves.shift()) {
        const effects = answer(n, n !== 1);
        lost.push(...done(effects).filter((text) => text.endsWith('lost')));
        delivered += done(effects).filter((text) => text.endsWith('delivered')).length;
        waves.push(...sent(effects));
      }
      flying = [...pass(10_000), ...spool('start', `later${round}`)];
    }
    expect(lost).toEqual(['1 lost']);
    expect(d.waiting.has(2)).toBe(false);
    expect(delivered).toBeGreaterThan(5);
  });

  it('an outage loses nothing, however long it is', () => {
    const { d, spool, sent, done, answer, pass } = make();
    const flying = ['a', 'b', 'c'].flatMap((s) => sent(spool('start', s)));
    for (const n of flying) answer(n, false);
    const tried = new Set<number>();
    for (let round = 0; round < 100; round++) for (const n of sent(pass(10_000))) {
      tried.add(n);
      expect(done(answer(n, false))).toEqual([]);
    }
    expect([...tried]).toEqual([1, 2, 3]);
    expect(d.waiting.size).toBe(3);
    const [first = 0] = sent(pass(10_000));
    for (const n of sent(answer(first))) answer(n);
    expect(d.waiting.size).toBe(0);
  });

  it('one session whose record is repeated does not change the order of its others', () => {
    const { spool, sent, answer, pass } = make();
    for (const event of ['start', 'interim', 'stop'] as const) spool(event, 'a');
    answer(1, false);
    expect(sent(pass(10_000))).toEqual([1]);
    expect([answer(1), answer(2), answer(3)].map(sent)).toEqual([[2], [3], []]);
  });

  it('that is full gives up first what a later record of the session says again, then the oldest, and counts each', () => {
    const { d, spool, done, answer } = make({ most: 5 });
    spool('start', 'a');
    answer(1, false);
    for (const event of ['interim', 'interim', 'move'] as const) spool(event, 'a');
    spool('start', 'b');
    expect(done(spool('stop', 'b'))).toEqual(['2 superseded']);
    expect(done(spool('stop', 'a'))).toEqual(['3 superseded']);
    expect(done(spool('start', 'c'))).toEqual(['4 superseded']);
    expect(done(spool('start', 'd'))).toEqual(['1 lost']);
    expect([...d.waiting.keys()]).toEqual([5, 6, 7, 8, 9]);
  });

  it('warns before it is full, once until it is half empty', () => {
    const { spool, answer, pass } = make({ most: 10 });
    const warned: number[] = [];
    const watch = (effects: readonly DeliveryEffect[]) => effects.forEach((e) => e.kind === 'warn' && warned.push(e.waiting));
    for (let i = 0; i < 9; i++) {
      watch(spool('start', `s${i}`));
      if (i === 0) answer(1, false);
    }
    expect(warned).toEqual([8]);
    pass(10_000);
    for (let n = 1; n <= 5; n++) watch(answer(n));
    for (let i = 9; i < 14; i++) watch(spool('start', `s${i}`));
    expect(warned).toEqual([8, 8]);
  });

  it('of a long time is sent without a look at what is gone: each answer brings the next', () => {
    const { d, spool, sent, answer, pass } = make({ most: 20_000 });
    spool('start', 's0');
    answer(1, false);
    for (let i = 1; i < 10_000; i++) spool('start', `s${i}`);
    const flying = sent(pass(10_000));
    const order: number[] = [];
    for (let n = flying.shift(); n !== undefined; n = flying.shift()) {
      order.push(n);
      flying.push(...sent(answer(n)));
    }
    expect(order).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
    expect(d.waiting.size).toBe(0);
    expect([...d.order.all()]).toEqual([]);
  });
});
