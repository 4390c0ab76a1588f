/** The forms that a record takes, the configuration, the store on disk, and the example that reads the event stream. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { radiusRecord } from '../../cloud/accounting/attributes.ts';
import { accountingProblems, accountingSection, isAccounting } from '../../cloud/accounting/config.ts';
import type { AccountingRecord } from '../../cloud/accounting/record.ts';
import { accountingStore } from '../../cloud/accounting/store.ts';
import { lmaSchema } from '../../cloud/config.ts';
import { problemsOf } from '../../cloud/configCheck.ts';
import { openLevel } from '../../cloud/store/level.ts';
import { accounting as printAccounting, addressLog } from '../../cli/printers/accounting.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { Book, factsOf } from './accountingBook.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rs-acct-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Comes, uses more than 32 bits can count, moves, uses something there, goes. */
function story(): Book {
  const book = new Book(undefined, 0).begin();
  book.start(factsOf(1));
  book.paths.passed(1, 'down', 3, 5 * 2 ** 32 + 7, 0);
  book.session('move', factsOf(1, { mag: 'home2@example.com' }), 'handover from home1@example.com');
  book.paths.passed(1, 'up', 1, 100, 0);
  book.removePath(1);
  book.session('end', factsOf(1), 'lifetime ended');
  return book;
}

describe('a record for RADIUS', () => {
  it('has the subscriber, the home, the addresses and the sums; NAS-Identifier is the same at each home', () => {
    const [, start, move, stop] = story().records.map((r) => radiusRecord(r, 'run1', () => ['c0ffee']));
    expect(start).toMatchObject({ status: 'start', sessionId: 'run1-1' });
    expect(start).not.toHaveProperty('usage');
    expect(move).toMatchObject({ status: 'interim', usage: { outputOctets: 5n * 2n ** 32n + 7n, outputPackets: 3n } });
    expect(stop).toMatchObject({ status: 'stop', terminateCause: 3 });
    expect(start?.attributes).toEqual([
      { kind: 'userName', value: 'mn1@example.com' },
      { kind: 'callingStationId', value: '02-00-00-00-00-01' },
      { kind: 'calledStationId', value: 'home1@example.com' },
      { kind: 'nasPortId', value: '2001:db8:b::1' },
      { kind: 'nasPortType', value: 19 },
      { kind: 'acctAuthentic', value: 3 },
      { kind: 'class', value: 'c0ffee' },
      { kind: 'framedIpAddress', value: '192.0.2.1' },
      { kind: 'framedIpv6Prefix', value: { prefixLength: 64, prefix: '2001:db8:0:1::' } },
      { kind: 'mobileNodeIdentifier', value: 'mn1@example.com' },
      { kind: 'serviceSelection', value: 'internet' },
    ]);
    expect(move?.attributes).toContainEqual({ kind: 'calledStationId', value: 'home2@example.com' });
  });

  it('about all sessions has a name that no session has', () => {
    expect(story().records.map((r) => radiusRecord(r, 'run1').sessionId)).toEqual(['run1-0', 'run1-1', 'run1-1', 'run1-1']);
  });

  it('is cut where an attribute cannot hold it, and leaves out what is no MAC', () => {
    const book = new Book(undefined, 0).begin();
    book.start(factsOf(1, { subscriber: `${'ä'.repeat(150)}@example.com`, linkLayerId: 'interface 7', technology: 1 }));
    const { attributes } = radiusRecord(book.records[1] as AccountingRecord, 'run1');
    expect(attributes[0]).toEqual({ kind: 'userName', value: 'ä'.repeat(126) });
    expect(attributes.map((a) => a.kind)).not.toContain('callingStationId');
    expect(attributes).toContainEqual({ kind: 'nasPortType', value: 5 });
  });
});

describe('the store on disk', () => {
  it('gives back sessions and records in their order, and the last number even where none is left', async () => {
    const { records } = story();
    const store = accountingStore(await openLevel(folder, () => undefined));
    expect(await store.load()).toEqual({ sessions: [], records: [], seq: 0 });
    await store.commit(records.toReversed().map((record) => ({ kind: 'record', record })));
    await store.commit([{ kind: 'done', seq: 2 }]);
    await store.close();
    const again = accountingStore(await openLevel(folder, () => undefined));
    expect(await again.load()).toEqual({ sessions: [], records: records.filter((r) => r.seq !== 2), seq: 4 });
    expect(await again.record(3)).toEqual(records[2]);
    expect(await again.record(2)).toBeUndefined();
    await again.commit([1, 3, 4].map((seq) => ({ kind: 'done', seq })));
    expect((await again.load()).seq).toBe(4);
    await again.close();
  });

  it('keeps a session until it is forgotten', async () => {
    const book = new Book(undefined, 0).begin();
    book.start(factsOf(1));
    const session = [...book.kept.values()][0];
    if (!session) throw new Error('the session was not kept');
    const store = accountingStore(await openLevel(folder, () => undefined));
    await store.commit([{ kind: 'keep', session }]);
    expect((await store.load()).sessions).toEqual([session]);
    await store.commit([{ kind: 'forget', id: session.id }]);
    expect((await store.load()).sessions).toEqual([]);
    await store.close();
  });
});

describe('the configuration', () => {
  const server = { address: '192.0.2.1', key: 'secret' };
  const read = (text: object) => v.parse(accountingSection, text);

  it('without a word does nothing', () => {
    expect(isAccounting(read({}))).toBe(false);
    expect(isAccounting(read({ 'radius-servers': [server] }))).toBe(true);
    expect(isAccounting(read({ 'address-log': { folder: '/x' } }))).toBe(true);
  });

  it('wants one secret for each server, and each server once', () => {
    const both = { ...server, 'key-file': '/x' };
    expect(accountingProblems(read({ 'radius-servers': [both] }), ['here'])).toEqual([{ path: ['here', 'radius-servers', 0], message: 'expected either key or key-file' }]);
    expect(accountingProblems(read({ 'radius-servers': [server, server] }), [])[0]?.message).toMatch(/twice/);
    expect(accountingProblems(read({ 'radius-servers': [server, { ...server, 'acct-port': 2813 }] }), [])).toEqual([]);
  });

  it.each([[{ 'interim-interval': 10 }], [{ 'retry-interval': 0 }], [{ spool: 1 }], [{ 'event-stream': { folder: '/x', files: 1 } }]])('refuses %j', (wrong) => {
    expect(() => read(wrong)).toThrow();
  });
});

describe('the documentation', () => {
  it('has an example that is taken as it stands', () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/ACCOUNTING.md', 'utf8')) ?? [];
    const file = parseConfig('ACCOUNTING.md', `${yaml}datapath: none\n`, lmaSchema, problemsOf);
    expect(file['lma-services'][0]?.accounting).toMatchObject({ 'interim-interval': 600, 'event-stream': { 'file-size': 64 } });
  });
});

describe('people', () => {
  it('see who had an address, until when, and which ports of which address the internet saw', () => {
    const line = { v: 1, event: 'held', address: '10.1.0.7', since: '2026-11-23T12:00:00.000Z', subscriber: 'mn1@example.com', session: 's-1', service: 'lma1', apn: 'internet', space: 0, home: 'home1', nat: { address: '203.0.113.1', first: 1024, last: 2047 } } as const;
    const [, row = '', lost = ''] = addressLog([line, { ...line, event: 'assigned' }]).split('\n');
    expect(row).toMatch(/^10\.1\.0\.7 +2026-11-23T12:00:00\.000Z +now +mn1@example\.com +- +home1 +internet +s-1 +203\.0\.113\.1:1024-2047$/);
    expect(lost).toContain(' unknown ');
    expect(addressLog([])).toBe('nobody\n');
    expect(printAccounting([])).toBe('no service accounts for its sessions\n');
    expect(printAccounting([{ service: 'lma1', sessions: 2 }])).toBe('service   lma1\nsessions  2\n');
  });
});

describe('the example of billing', () => {
  it('adds up what each subscriber used at each home, whatever is told twice or not yet whole', () => {
    const lines = story().records.map((r) => JSON.stringify(r));
    writeFileSync(join(folder, 'events-0000000000000001.ndjson'), `${[lines[0], lines[1], lines[2], lines[2]].join('\n')}\n`);
    writeFileSync(join(folder, 'events-0000000000000004.ndjson'), `${lines[3]}\n${String(lines[3]).slice(0, 20)}`);
    const out = execFileSync(process.execPath, ['examples/billing/sums.mjs', folder], { encoding: 'utf8' });
    expect(out).toBe(`mn1@example.com home1@example.com up 0 down ${5 * 2 ** 32 + 7}\nmn1@example.com home2@example.com up 100 down 0\n`);
  });
});
