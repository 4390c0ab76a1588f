import { expect, it } from 'vitest';
import { createDurable } from '../../cloud/durable.ts';
import { memoryStore, type BindingStore, type StoreChange } from '../../cloud/lma/bindingStore.ts';
import type { Send } from '../../protocol/entity.ts';
import { Anchor, sendsOf } from '../lma/pbu.ts';

const [answer] = sendsOf(new Anchor().pbu()) as [Send];
const numbered = (n: number): Send => ({ ...answer, peer: `mag${n}` });

/** A store whose commits end when the test says so. */
function slowStore() {
  const commits: { readonly changes: readonly StoreChange[]; end(error?: Error): void }[] = [];
  const store: BindingStore = {
    ...memoryStore(),
    commit: (changes) => new Promise((resolve, reject) => commits.push({ changes, end: (e) => (e ? reject(e) : resolve()) })),
  };
  return { store, commits };
}

async function turn(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

function setUp() {
  const { store, commits } = slowStore();
  const sent: (string | undefined)[] = [];
  const errors: string[] = [];
  const durable = createDurable(store, (e) => sent.push(e.peer), (e) => errors.push(e.message));
  return { durable, commits, sent, errors };
}

it('an answer waits for its binding; what speaks of no change does not', async () => {
  const { durable, commits, sent } = setUp();
  durable.send(numbered(0));
  durable.change({ key: '1' });
  durable.send(numbered(1));
  await turn();
  expect(sent).toEqual(['mag0']);
  durable.send(numbered(2));
  expect(sent).toEqual(['mag0', 'mag2']);
  commits[0]?.end();
  await turn();
  expect(sent).toEqual(['mag0', 'mag2', 'mag1']);
});

it('changes of one turn go together, those that come meanwhile in the next commit, one at a time', async () => {
  const { durable, commits, sent } = setUp();
  durable.change({ key: '1' });
  durable.send(numbered(1));
  durable.change({ key: '2' });
  durable.send(numbered(2));
  await turn();
  durable.change({ key: '3' });
  durable.send(numbered(3));
  await turn();
  expect(commits.map((c) => c.changes.map((x) => x.key))).toEqual([['1', '2']]);
  commits[0]?.end();
  await turn();
  expect(sent).toEqual(['mag1', 'mag2']);
  expect(commits[1]?.changes.map((x) => x.key)).toEqual(['3']);
  commits[1]?.end();
  await durable.settled();
  expect(sent).toEqual(['mag1', 'mag2', 'mag3']);
});

it('what could not be stored gets no answer, and what comes later does', async () => {
  const { durable, commits, sent, errors } = setUp();
  durable.change({ key: '1' });
  durable.send(numbered(1));
  await turn();
  commits[0]?.end(new Error('disk full'));
  await turn();
  expect([sent, errors]).toEqual([[], ['1 bindings could not be stored, so their gateways get no answer and will ask again: disk full']]);
  durable.send(numbered(9)); // speaks of no change: nothing keeps it
  durable.change({ key: '2' });
  durable.send(numbered(2));
  await turn();
  commits[1]?.end();
  await turn();
  expect(sent).toEqual(['mag9', 'mag2']);
});

it('a disk that stays full is told of at the 1st, 2nd, 4th and 8th failure, and anew after a commit that succeeded', async () => {
  const { durable, commits, errors } = setUp();
  const fails = async (times: number, error?: Error): Promise<number> => {
    const before = errors.length;
    for (let i = 0; i < times; i++) {
      durable.change({ key: '1' });
      await turn();
      commits.at(-1)?.end(error);
      await turn();
    }
    return errors.length - before;
  };
  expect(await fails(10, new Error('disk full'))).toBe(4);
  expect(await fails(1)).toBe(0);
  expect(await fails(1, new Error('disk full'))).toBe(1);
});

it('what could not be stored goes with the next commit, an ended binding once and for all', async () => {
  const { durable, commits } = setUp();
  durable.change({ key: '1' });
  await turn();
  commits[0]?.end(new Error('disk full'));
  await turn();
  for (const end of [new Error('still full'), undefined, undefined]) {
    durable.change({ key: '2' });
    await turn();
    commits[commits.length - 1]?.end(end);
    await turn();
  }
  expect(commits.map((c) => c.changes.map((x) => x.key))).toEqual([['1'], ['1', '2'], ['1', '2', '2'], ['2']]);
});

it('says how much waits, for whoever is to hear no more', async () => {
  const { durable, commits } = setUp();
  expect(durable.waiting()).toBe(0);
  durable.change({ key: '1' });
  durable.send(numbered(1));
  await turn();
  expect(durable.waiting()).toBe(0);
  durable.change({ key: '2' });
  durable.send(numbered(2));
  durable.send(numbered(3));
  expect(durable.waiting()).toBe(3);
  commits[0]?.end();
  await turn();
  expect(durable.waiting()).toBe(0);
});

it('a message that cannot be sent keeps no other back', async () => {
  const { store, commits } = slowStore();
  const sent: (string | undefined)[] = [];
  const errors: string[] = [];
  const durable = createDurable(store, (e) => {
    if (e.peer === 'mag1') throw new Error('too long for the wire');
    sent.push(e.peer);
  }, (e) => errors.push(e.message));
  durable.change({ key: '1' });
  durable.send(numbered(1));
  durable.send(numbered(2));
  await turn();
  commits[0]?.end();
  await durable.settled();
  expect([sent, errors]).toEqual([['mag2'], ['too long for the wire']]);
});
