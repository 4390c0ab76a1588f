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

it('changes of one turn go together; of those that come meanwhile the next commit begins at once, and the third waits for the first', async () => {
  const { durable, commits, sent } = setUp();
  const changed = async (...keys: readonly number[]): Promise<void> => {
    for (const key of keys) {
      durable.change({ key: String(key) });
      durable.send(numbered(key));
    }
    await turn();
  };
  await changed(1, 2);
  await changed(3);
  await changed(4);
  await changed(5);
  expect(commits.map((c) => c.changes.map((x) => x.key))).toEqual([['1', '2'], ['3']]);
  commits[0]?.end();
  await turn();
  expect(sent).toEqual(['mag1', 'mag2']);
  expect(commits[2]?.changes.map((x) => x.key)).toEqual(['4', '5']);
  commits[1]?.end();
  commits[2]?.end();
  await durable.settled();
  expect(sent).toEqual(['mag1', 'mag2', 'mag3', 'mag4', 'mag5']);
});

it('answers leave in the order of the changes, whichever commit the store tells of first', async () => {
  const { durable, commits, sent } = setUp();
  for (const n of [1, 2]) {
    durable.change({ key: String(n) });
    durable.send(numbered(n));
    await turn();
  }
  commits[1]?.end();
  await turn();
  expect(sent).toEqual([]);
  commits[0]?.end();
  await turn();
  expect(sent).toEqual(['mag1', 'mag2']);
});

it.each([
  ['before', [0, 1]],
  ['after', [1, 0]],
])('a commit that was begun when another failed is not believed, told of %s it: both go anew, together, and nothing else until then', async (_, ends) => {
  const { durable, commits, sent, errors } = setUp();
  for (const n of [1, 2, 3]) {
    durable.change({ key: String(n) });
    durable.send(numbered(n));
    await turn();
  }
  for (const i of ends) {
    commits[i]?.end(i === 0 ? new Error('torn') : undefined);
    await turn();
  }
  expect(sent).toEqual([]);
  expect(errors).toHaveLength(2);
  expect(commits.map((c) => c.changes.map((x) => x.key))).toEqual([['1'], ['2'], ['1', '2', '3']]);
  durable.change({ key: '4' });
  durable.send(numbered(4));
  await turn();
  expect(commits).toHaveLength(3);
  commits[2]?.end();
  await turn();
  commits[3]?.end();
  await durable.settled();
  // Nobody was told of the first two: their gateways ask again.
  expect(sent).toEqual(['mag3', 'mag4']);
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
