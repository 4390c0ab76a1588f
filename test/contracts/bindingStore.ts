/** What every store of bindings keeps to. */
import { describe, expect, test } from 'vitest';
import type { AddressAtRest, BindingRecord, BindingStore, Loaded, StoreChange } from '../../cloud/lma/bindingStore.ts';

export interface StoreUnderTest {
  readonly store: BindingStore;
  /** As after a kill: what was not durable is gone. */
  reopen(): Promise<BindingStore>;
  /** Puts something there that is no record. Absent where that cannot happen. */
  spoil?(key: string): Promise<void>;
  /** From now on nothing can be stored; undefined where that cannot happen. Returns what ends it. */
  fail?(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export const bindingRecord = (index: number, change: Partial<BindingRecord> = {}): BindingRecord => ({
  service: 'lma1',
  index,
  mnId: { subtype: 1, identifier: `mn${index}@example.com` },
  technology: 4,
  linkLayerId: '00:24:d7:8e:21:a4',
  prefixes: ['2001:db8:f00d:1::/64', `2001:db8:f00d:${index}::/64`],
  homeAddress: `192.0.2.${index % 250}`,
  apn: 'example.com',
  mag: 'mag1@example.com',
  endpoint: { transport: 'udp', local: '203.0.113.101', remote: '198.51.100.15', remotePort: 40_001 },
  proxyCoa: '198.51.100.15',
  linkLocal: 'fe80::1',
  timestamp: '18446744073709551615',
  sequence: 65_535,
  receivedAt: 1_767_225_600_000.5,
  lifetime: 3600,
  expiresAt: 1_767_229_200_000.25,
  encapsulation: 'udp4',
  uplinkKey: 0xffff_ffff,
  downlinkKey: 1,
  wanMtu: 1500,
  ...change,
});
/** With nothing in it that may be missing. */
const bareRecord = (index: number): BindingRecord => ({
  service: 'lma1', index, mnId: { subtype: 2, identifier: 'é\n"名' }, technology: 4, prefixes: [], apn: 'ünïcode', endpoint: { transport: 'ipv6', local: '2001:db8::1', remote: '2001:db8::2' },
  proxyCoa: '2001:db8::2', timestamp: '0', sequence: 0, receivedAt: 1, lifetime: 4, expiresAt: 2, uplinkKey: 0, downlinkKey: 0, wanMtu: 1280,
});
const atRest: AddressAtRest = { pool: 'v4', address: '192.0.2.9', until: 1_767_225_600_000.5 };
const put = (record: BindingRecord): StoreChange => ({ key: String(record.index), record });

export async function loadAll(store: BindingStore): Promise<Loaded> {
  const parts: Loaded[] = [];
  for await (const part of store.load()) parts.push(part);
  return {
    bindings: parts.flatMap((p) => p.bindings).toSorted((a, b) => a.index - b.index),
    atRest: parts.flatMap((p) => p.atRest),
    unreadable: parts.flatMap((p) => p.unreadable),
  };
}

export function bindingStoreContract(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of BindingStore`, () => {
    async function using(story: (subject: StoreUnderTest) => Promise<void>): Promise<void> {
      const subject = await create();
      try {
        await story(subject);
      } finally {
        await subject.close();
      }
    }

    test('what was committed is there after a kill, octet for octet, and nothing else', () =>
      using(async (subject) => {
        const records = [bindingRecord(1), bareRecord(2), bindingRecord(3, { released: true })];
        await subject.store.commit([...records.map(put), { key: 'rest v4 192.0.2.9', record: atRest }]);
        expect(await loadAll(await subject.reopen())).toEqual({ bindings: records, atRest: [atRest], unreadable: [] });
      }));

    test('changes apply in order, in one commit and over several', () =>
      using(async (subject) => {
        await subject.store.commit([put(bindingRecord(1)), { key: '1' }, put(bindingRecord(2)), put(bindingRecord(2, { sequence: 9 })), { key: '7' }]);
        expect((await loadAll(await subject.reopen())).bindings).toEqual([bindingRecord(2, { sequence: 9 })]);
      }));

    test('many at once, more than one part of them, and again', () =>
      using(async (subject) => {
        const all = Array.from({ length: 2500 }, (_, i) => bindingRecord(i + 1));
        await subject.store.commit(all.map(put));
        await subject.store.commit(all.slice(0, 1500).map(({ index }) => ({ key: String(index) })));
        expect((await loadAll(await subject.reopen())).bindings).toEqual(all.slice(1500));
      }));

    test('an empty store is empty, and an empty commit is one', () =>
      using(async (subject) => {
        await subject.store.commit([]);
        expect(await loadAll(await subject.reopen())).toEqual({ bindings: [], atRest: [], unreadable: [] });
      }));

    test('the Restart Counter stays with the bindings', () =>
      using(async (subject) => {
        expect(await subject.store.restartCounter()).toBeUndefined();
        await subject.store.keepRestartCounter(41);
        await subject.store.commit([put(bindingRecord(1))]);
        const again = await subject.reopen();
        expect([await again.restartCounter(), (await loadAll(again)).bindings.length]).toEqual([41, 1]);
      }));

    test('a record that cannot be read is named, and costs no other', () =>
      using(async (subject) => {
        if (!subject.spoil) return expect(name).toBe('memory');
        await subject.store.commit([put(bindingRecord(1)), put(bindingRecord(2)), put(bindingRecord(3))]);
        await subject.spoil('2');
        const loaded = await loadAll(await subject.reopen());
        expect(loaded.bindings.map((r) => r.index)).toEqual([1, 3]);
        expect(loaded.unreadable).toEqual([expect.stringMatching(/binding 2 cannot be read/)]);
      }));

    test('while nothing can be stored a commit says so, and afterwards it goes on; what was acknowledged stays', () =>
      using(async (subject) => {
        if (!subject.fail) return expect(['memory', 'level']).toContain(name);
        await subject.store.commit([put(bindingRecord(1))]);
        const mend = await subject.fail();
        await expect(subject.store.commit([put(bindingRecord(2))])).rejects.toThrow(/\w{3,}/);
        await expect(subject.store.commit([put(bindingRecord(2))])).rejects.toThrow(/\w{3,}/);
        await mend();
        await subject.store.commit([put(bindingRecord(2, { sequence: 2 })), put(bindingRecord(3))]);
        expect((await loadAll(await subject.reopen())).bindings).toEqual([bindingRecord(1), bindingRecord(2, { sequence: 2 }), bindingRecord(3)]);
      }));
  });
}
