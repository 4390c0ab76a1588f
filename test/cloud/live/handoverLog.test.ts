/** What the log of handovers asks of the store when it writes, and what becomes of what the store does not take. */
import { describe, expect, it } from 'vitest';
import { createHandoverLog, STREAM } from '../../../cloud/live/handoverLog.ts';
import type { HandoverRecord, Joined } from '../../../cloud/live/join.ts';
import { createMemoryStore } from '../memoryStore.ts';

const MOST_WAITING = 20_000;
const SECOND = 1000;
const record = (n: number, more: Partial<HandoverRecord> = {}): HandoverRecord => ({ id: `trace-${n}`, at: n * SECOND, subscriber: 'mn-1', kind: 'attach', success: true, reason: '', ...more });
const early = (n: number): Joined => ({ record: record(n) });
const late = (n: number): Joined => ({ record: record(n, { homeStages: { associated: 0 } }), toldAt: n * SECOND });
const each = (n: number, call: (n: number) => void): void => Array.from({ length: n }, (_, i) => i).forEach(call);

function world() {
  const memory = createMemoryStore();
  const errors: string[] = [];
  let [reading, most, reads] = [0, 0, 0];
  const gates: (() => Promise<void>)[] = [];
  const log = createHandoverLog({
    store: {
      commit: (changes) => memory.commit(changes),
      async read(stream, query) {
        reads += 1;
        most = Math.max(most, ++reading);
        await gates.shift()?.();
        const found = await memory.read<HandoverRecord>(stream, query);
        reading -= 1;
        return found as never;
      },
    },
    homes: { name: () => undefined },
    onError: (e) => errors.push(e.message),
  });
  return { memory, log, errors, gates, lines: () => memory.read<HandoverRecord>(STREAM), count: () => ({ most, reads }) };
}

describe('halves that come late', () => {
  it('take the place of what was told before, and nothing else goes', async () => {
    const { log, lines, errors } = world();
    each(10, (n) => log.add(early(n)));
    await log.flush();
    log.add(late(3));
    log.add(early(11));
    await log.flush();
    const all = await lines();
    expect(all.map((l) => l.id).toSorted()).toEqual([...Array.from({ length: 10 }, (_, n) => `trace-${n}`), 'trace-11'].toSorted());
    expect(all.filter((l) => l.homeStages).map((l) => l.id)).toEqual(['trace-3']);
    expect(errors).toEqual([]);
  });

  it('are looked up one read after the other, those of the same seconds together, however many there are: each read holds megabytes of history', async () => {
    const { log, lines, count } = world();
    each(300, (n) => log.add(early(n)));
    await log.flush();
    each(300, (n) => n % 3 !== 0 && log.add(late(n)));
    await log.flush();
    expect(count().most).toBe(1);
    expect(count().reads).toBeLessThanOrEqual(60);
    const all = await lines();
    expect(new Set(all.map((l) => l.id)).size).toBe(300);
    expect(all).toHaveLength(300);
    expect(all.filter((l) => l.homeStages)).toHaveLength(200);
  });

  it('in the second in which the other was told are one line with it', async () => {
    const { log, lines } = world();
    log.add(early(1));
    log.add(late(1));
    await log.flush();
    expect(await lines()).toMatchObject([{ id: 'trace-1', homeStages: { associated: 0 } }]);
  });

  it('are one line with the other also when the store took neither at first', async () => {
    const { log, lines, memory } = world();
    memory.refuse('the disk is full');
    log.add(early(1));
    await log.flush();
    log.add(late(1));
    await log.flush();
    memory.refuse(undefined);
    await log.flush();
    expect(await lines()).toMatchObject([{ id: 'trace-1', homeStages: { associated: 0 } }]);
  });
});

describe('a store that does not take them', () => {
  it('so many wait, the oldest are lost and counted, and somebody is told once', async () => {
    const { log, lines, memory, errors } = world();
    memory.refuse('the disk is full');
    each(MOST_WAITING - 1, (n) => log.add(early(n)));
    await log.flush();
    each(5, (n) => log.add(early(MOST_WAITING + n)));
    expect(log.lost()).toBe(4);
    await log.flush();
    memory.refuse(undefined);
    await log.flush();
    await log.flush();
    expect((await lines()).map((l) => l.at).slice(0, 2)).toEqual([4 * SECOND, 5 * SECOND]);
    expect(await lines()).toHaveLength(MOST_WAITING);
    expect(errors).toEqual(['handovers wait for the store: the disk is full', 'handovers wait for the store: the disk is full', '4 handovers were not kept, because the store did not take them in time']);
    expect(log.lost()).toBe(4);
  });

  it('so many wait, too, behind one that takes long', async () => {
    const { log, lines, gates } = world();
    let open: () => void = () => undefined;
    gates.push(() => new Promise((resolve) => (open = resolve)));
    log.add(late(0));
    const writing = log.flush();
    each(MOST_WAITING + 7, (n) => log.add(early(n + 1)));
    expect(log.lost()).toBe(7);
    open();
    await writing;
    await log.flush();
    expect(await lines()).toHaveLength(MOST_WAITING + 1);
  });
});

it('whoever is forgotten while a write looks for halves is not written', async () => {
  const { log, lines, gates } = world();
  let open: () => void = () => undefined;
  gates.push(() => new Promise((resolve) => (open = resolve)));
  log.add(late(0));
  log.add({ record: record(1, { subscriber: 'mn-2' }) });
  const writing = log.flush();
  log.add(early(2));
  log.forget(new Set(['mn-1']));
  open();
  await writing;
  await log.flush();
  expect(await lines()).toMatchObject([{ subscriber: 'mn-2' }]);
});
