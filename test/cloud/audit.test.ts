import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AuditEntry } from '../../cloud/api/resources/network.ts';
import { createAudit, entryHash, type Deed } from '../../cloud/fleet/audit.ts';
import type { FleetStore, Streamed, StreamQuery } from '../../cloud/fleet/ports.ts';
import { NOT_KEPT, redacted } from '../../cloud/fleet/redact.ts';
import { createMemoryStore } from './memoryStore.ts';

type Link = { readonly number: number; readonly hash: string };

/** A store whose audit entries somebody else wrote to. */
const altered = (store: FleetStore, alter: (entries: readonly AuditEntry[]) => readonly AuditEntry[]): FleetStore => ({
  ...store,
  read: async <T extends Streamed>(stream: string, query: StreamQuery = {}) => {
    const all = alter(await store.read<AuditEntry>(stream)) as unknown as readonly (T & { readonly number: number })[];
    return (query.newestFirst ? all.toReversed() : all).filter((e) => e.number > (query.after ?? 0)).slice(0, query.limit);
  },
});

function remembering() {
  const held: { head: Link | null } = { head: null };
  return { held, remember: { read: async () => held.head, write: async (head: Link) => void (held.head = head) } };
}

function setUp() {
  const clock = { now: 1_000 };
  const store = createMemoryStore();
  const errors: string[] = [];
  const { held, remember } = remembering();
  const open = (over: FleetStore = store) => createAudit({ store: over, now: () => clock.now, remember, onError: (e) => errors.push(e.message) });
  return { clock, store, errors, held, open, audit: open() };
}

const deed = (target: string, more: Partial<Deed> = {}): Deed => ({ by: 'anna', action: 'homes.revoke', target, ...more });

/** The hashes as somebody would make them who can write to the store and knows how. */
function rechained(entries: readonly AuditEntry[]): AuditEntry[] {
  let previous = '';
  return entries.map((e) => ({ ...e, hash: (previous = entryHash(previous, e)) }));
}

test('what was done is written down with the time, in one commit with the change itself', async () => {
  const { audit, store } = setUp();
  const entry = await audit.record(deed('gw-a', { reason: 'stolen', before: { name: 'x' }, after: null }), [{ put: 'gateways', record: { id: 'gw-a' } }]);
  expect(entry).toEqual({ number: 1, at: 1000, by: 'anna', action: 'homes.revoke', target: 'gw-a', reason: 'stolen', before: { name: 'x' }, after: null, hash: entry.hash });
  expect(store.commits).toHaveLength(1);
  expect(await audit.list()).toEqual([entry]);
  expect(await audit.verify()).toEqual({ entries: 1 });
});

test('when the store refuses, neither the change nor the entry is there, and the chain goes on', async () => {
  const { audit, store } = setUp();
  await audit.record(deed('a'));
  store.refuse('the disk is full');
  await expect(audit.record(deed('b'), [{ put: 'gateways', record: { id: 'b' } }])).rejects.toThrow('the disk is full');
  store.refuse(undefined);
  await audit.record(deed('c'));
  expect([(await audit.list()).map((e) => e.target), await store.list('gateways'), await audit.verify()]).toEqual([['a', 'c'], [], { entries: 2 }]);
});

test('a commit that happened although it was said to have failed is part of the chain', async () => {
  const { store, open } = setUp();
  const forgetful = open({ ...store, commit: async (changes) => store.commit(changes).then(() => Promise.reject(new Error('the connection was lost'))) });
  await expect(forgetful.record(deed('a'))).rejects.toThrow('the connection was lost');
  await open().record(deed('b'));
  expect(await open().verify()).toEqual({ entries: 2 });
});

test('records made at once keep the chain, also over a restart', async () => {
  const { audit, open } = setUp();
  await Promise.all(Array.from({ length: 30 }, (_, i) => audit.record(deed(`a${i}`))));
  await Promise.all(Array.from({ length: 5 }, (_, i) => open().list({ after: i })));
  await open().record(deed('last'));
  expect([await audit.verify(), await audit.count(), (await audit.list({ newestFirst: true, limit: 1 }))[0]?.number]).toEqual([{ entries: 31 }, 31, 31]);
});

test('whatever one field of one entry becomes, its number is named', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.record({ target: fc.string(), after: fc.jsonValue() }), { minLength: 1, maxLength: 6 }), fc.nat(5), fc.constantFrom('by', 'action', 'target', 'at', 'after', 'reason', 'hash'), async (deeds, at, field) => {
      const { audit, store, open } = setUp();
      for (const d of deeds) await audit.record(deed(d.target, { after: d.after }));
      expect(await audit.verify()).toEqual({ entries: deeds.length });
      const index = at % deeds.length;
      const verdict = await open(altered(store, (all) => all.map((e, i) => (i === index ? { ...e, [field]: 'another' } : e)))).verify();
      expect(verdict.broken?.number).toBe(index + 1);
    }),
    { numRuns: 60 },
  ));

test.each<[string, (entries: readonly AuditEntry[]) => readonly AuditEntry[], number, RegExp]>([
  ['one is taken out', (all) => all.filter((e) => e.number !== 3), 3, /entry 3 is missing/],
  ['one is taken out and the others renumbered', (all) => all.filter((e) => e.number !== 3).map((e, i) => ({ ...e, number: i + 1 })), 3, /was changed/],
  ['two change places', (all) => [all[0], all[2], all[1], all[3], all[4]].map((e, i) => ({ ...(e as AuditEntry), number: i + 1 })), 2, /was changed/],
  ['the end is cut off', (all) => all.slice(0, 3), 4, /entries 4 to 5 are missing at the end/],
  ['all is gone', () => [], 1, /entries 1 to 5 are missing/],
  ['one is added', (all) => rechained([...all, { ...(all[4] as AuditEntry), number: 6 }]), 6, /not the one that was written last/],
  ['the whole chain is made anew', (all) => rechained(all.map((e) => ({ ...e, by: 'nobody' }))), 5, /rewritten|another than/],
])('%s: it is noticed, and where', async (_, alter, number, reason) => {
  const { audit, store, open } = setUp();
  for (let i = 0; i < 5; i++) await audit.record(deed(`t${i}`));
  expect((await open(altered(store, alter)).verify()).broken).toEqual({ number, reason: expect.stringMatching(reason) as string });
});

test('an end that was cut off together with the head in the store is noticed by the head outside of it', async () => {
  const { audit, store, open, held } = setUp();
  await audit.record(deed('a'));
  const [head] = await store.list('settings');
  await audit.record(deed('b'));
  await store.commit([{ drop: 'audit', numbers: [2] }, { put: 'settings', record: head as { id: string } }]);
  expect((await open().verify()).broken).toEqual({ number: 2, reason: 'entries 2 to 2 are missing at the end: they are remembered outside of the store' });
  held.head = null;
  expect(await open().verify()).toEqual({ entries: 1 });
});

test('a head outside that cannot be written costs no entry, and is told of', async () => {
  const { store, errors } = setUp();
  const audit = createAudit({ store, now: () => 1, remember: { read: async () => null, write: () => Promise.reject(new Error('read-only')) }, onError: (e) => errors.push(e.message) });
  await audit.record(deed('a'));
  expect([await audit.verify(), errors]).toEqual([{ entries: 1 }, ['read-only']]);
});

test('a purge forgets the oldest, however the clock was moved, and the rest still is a chain', async () => {
  const { audit, clock, open } = setUp();
  for (const at of [10, 20, 5, 30, 40]) {
    clock.now = at;
    await audit.record(deed(`t${at}`));
  }
  expect(await audit.purge(25)).toBe(3);
  expect([await open().verify(), await audit.count(), (await audit.list()).map((e) => e.number)]).toEqual([{ entries: 2 }, 2, [4, 5]]);
  await audit.record(deed('after'));
  expect(await audit.purge(1000)).toBe(3);
  expect([await audit.verify(), await audit.purge(1000), (await audit.record(deed('again'))).number, await audit.verify()]).toEqual([{ entries: 0 }, 0, 7, { entries: 1 }]);
});

test('while it is verified others record and purge, and neither is taken for tampering', async () => {
  const { audit, clock, store } = setUp();
  for (let i = 0; i < 30; i++) {
    clock.now = 1000 + i;
    await audit.record(deed(`t${i}`));
  }
  let meanwhile: Promise<unknown> = Promise.resolve();
  const busy = createAudit({
    store: {
      ...store,
      read: async <T extends Streamed>(stream: string, query?: StreamQuery) => {
        meanwhile = Promise.all([meanwhile, audit.record(deed('meanwhile')), audit.purge(1010)]);
        await meanwhile;
        return store.read<T>(stream, query);
      },
    },
    now: () => clock.now, onError: () => undefined,
  });
  expect((await busy.verify()).broken).toBeUndefined();
  expect((await audit.verify()).broken).toBeUndefined();
});

test('more entries than are read at a time are all looked at', async () => {
  const { audit, store, open } = setUp();
  await Promise.all(Array.from({ length: 1200 }, (_, i) => audit.record(deed(`t${i}`))));
  expect(await audit.verify()).toEqual({ entries: 1200 });
  expect((await open(altered(store, (all) => all.map((e) => (e.number === 1150 ? { ...e, by: 'x' } : e)))).verify()).broken?.number).toBe(1150);
  expect(await audit.purge(2000)).toBe(1200);
});

test('secrets are kept nowhere, at any depth and in any spelling', async () => {
  const secret = 'c0ffee';
  const value = { key: secret, 'shared-secret': secret, apiToken: secret, list: [{ Password: secret, name: 'kept' }], 'claim-credential': { pem: secret }, PSK: null, keyboard: 'kept', 'local-mobility-anchors': [{ id: 'lma1', key: secret }] };
  expect(redacted(value)).toEqual({
    key: NOT_KEPT, 'shared-secret': NOT_KEPT, apiToken: NOT_KEPT, list: [{ Password: NOT_KEPT, name: 'kept' }], 'claim-credential': NOT_KEPT, PSK: null, keyboard: 'kept', 'local-mobility-anchors': [{ id: 'lma1', key: NOT_KEPT }],
  });
  const { audit, store } = setUp();
  await audit.record(deed('x', { before: value, after: [value] }));
  expect(JSON.stringify([store.commits, await audit.list()])).not.toContain(secret);
});
