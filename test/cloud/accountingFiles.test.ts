/** The event stream and the address log on disk: rotation, half lines, restarts, and who had an address when. */
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressLines, currentLines } from '../../cloud/accounting/addressLog.ts';
import { readQuestion, searchAddresses } from '../../cloud/accounting/addressSearch.ts';
import type { Line, LineFiles } from '../../cloud/accounting/lineFiles.ts';
import { openAddressLog, openEvents } from '../../cloud/accounting/open.ts';
import { Book, factsOf, WALL } from './accountingBook.ts';

let folder: string;
let open: LineFiles[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rs-lines-'));
});
afterEach(async () => {
  for (const files of open) await files.close();
  open = [];
  rmSync(folder, { recursive: true });
});

const events = (octets = 1_000_000, keep = 100): LineFiles => {
  const files = openEvents(folder, octets, keep);
  open.push(files);
  return files;
};
const line = (seq: number, at = WALL): Line => ({ seq, at: new Date(at).toISOString(), text: JSON.stringify({ seq, text: 'x'.repeat(20) }) });
const seqs = (): number[][] => readdirSync(folder).toSorted().map((f) => readFileSync(join(folder, f), 'utf8').trimEnd().split('\n').map((l) => (JSON.parse(l) as Line).seq));

describe('files of lines', () => {
  it('are only for their owner, and named by the first record in them', async () => {
    const files = events();
    await files.append([line(7), line(8)]);
    expect(readdirSync(folder)).toEqual(['events-0000000000000007.ndjson']);
    expect(statSync(join(folder, 'events-0000000000000007.ndjson')).mode & 0o777).toBe(0o600);
  });

  it('are followed by the next when they are full, and the oldest go', async () => {
    const files = events(100, 2);
    for (let i = 1; i <= 10; i += 2) await files.append([line(i), line(i + 1)]);
    expect(seqs()).toEqual([[7, 8, 9], [10]]);
  });

  it('rotate within one batch, too', async () => {
    await events(100).append(Array.from({ length: 7 }, (_, i) => line(i + 1)));
    expect(seqs()).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  });

  it('do not take a record twice that was written before a crash, and drop the half line that it left', async () => {
    await events().append([line(1), line(2)]);
    appendFileSync(join(folder, 'events-0000000000000001.ndjson'), '{"seq":3,"te');
    await events().append([line(2), line(3)]);
    expect(seqs()).toEqual([[1, 2, 3]]);
  });

  it('remember the last record also where the newest file is empty', async () => {
    await events().append([line(1), line(2)]);
    appendFileSync(join(folder, 'events-0000000000000003.ndjson'), '{"se');
    await events().append([line(2), line(3)]);
    expect(seqs()).toEqual([[1, 2], [3]]);
  });

  it('of the address log begin anew each day, and not when the clock is set back', async () => {
    const files = openAddressLog(folder, 0);
    open.push(files);
    const day = 86_400_000;
    await files.append([line(1), line(1), line(2, WALL + day), line(3, WALL)]);
    expect(readdirSync(folder).toSorted()).toEqual(['addresses-2026-11-23.ndjson', 'addresses-2026-11-24.ndjson']);
    expect(seqs()).toEqual([[1, 1], [2, 3]]);
  });

  it('cannot be kept in what is no folder', () => {
    appendFileSync(join(folder, 'file'), '');
    expect(() => openEvents(join(folder, 'file'), 1, 1)).toThrow(/file cannot be written/);
  });
});

describe('the address log', () => {
  const HOUR = 3_600_000;
  const noNat = () => undefined;
  const block = (_: number, address: string) => (address === '192.0.2.1' ? { address: '198.51.100.9', first: 1024, last: 2047 } : undefined);

  /** 192.0.2.1 was mn1's for an hour, nobody's for one, and is mn2's. */
  async function history(): Promise<Book> {
    const book = new Book(undefined, 0).begin();
    book.start(factsOf(1));
    book.pass(HOUR);
    book.removePath(1);
    book.session('end', factsOf(1), 'lifetime ended');
    book.pass(HOUR);
    book.session('start', factsOf(2, { homeAddress: '192.0.2.1' }), 'new session');
    const files = openAddressLog(folder, 0);
    open.push(files);
    await files.append(book.records.flatMap((r) => addressLines(r, block).map((l) => ({ seq: r.seq, at: l.at ?? '', text: JSON.stringify(l) }))));
    return book;
  }
  const ask = async (book: Book, address: string, at?: number) => {
    const files = readdirSync(folder).map((f) => join(folder, f));
    const lines = await searchAddresses(files, currentLines([...book.ledger.sessions.values()], 'lma1', block), readQuestion(address, at === undefined ? undefined : new Date(at).toISOString()));
    return lines.map((l) => `${l.subscriber} ${l.event}`);
  };

  it('says who had an address at an instant', async () => {
    const book = await history();
    expect(await ask(book, '192.0.2.1', WALL - 1)).toEqual([]);
    expect(await ask(book, '192.0.2.1', WALL + HOUR - 1)).toEqual(['mn1@example.com returned']);
    expect(await ask(book, '192.0.2.1', WALL + HOUR + 1)).toEqual([]);
    expect(await ask(book, '192.0.2.1', WALL + 3 * HOUR)).toEqual(['mn2@example.com held']);
    expect(await ask(book, '192.0.2.1')).toEqual(['mn1@example.com returned', 'mn2@example.com held']);
  });

  it('knows a prefix by itself and by any address in it', async () => {
    const book = await history();
    expect(await ask(book, '2001:db8:0:1::/64')).toEqual(['mn1@example.com returned']);
    expect(await ask(book, '2001:db8:0:1::99')).toEqual(['mn1@example.com returned']);
    expect(await ask(book, '2001:db8:0:7::99')).toEqual([]);
  });

  it('knows a public address with the ports of a subscriber', async () => {
    const book = await history();
    expect(await ask(book, '198.51.100.9:1500', WALL + 1)).toEqual(['mn1@example.com returned']);
    expect(await ask(book, '198.51.100.9:9', WALL + 1)).toEqual([]);
  });

  it('that lost the end of a session still says that it began', async () => {
    const book = await history();
    book.ledger.sessions.clear();
    expect(await ask(book, '192.0.2.1', WALL + 3 * HOUR)).toEqual(['mn2@example.com assigned']);
  });

  it('has the home, the session and both instants in a line that stands alone', async () => {
    const book = new Book(undefined, 0).begin();
    book.start(factsOf(1, { prefixes: [] }));
    book.pass(HOUR);
    book.session('end', factsOf(1, { prefixes: [] }), 'lifetime ended');
    expect(addressLines(book.records[2] as never, noNat)).toEqual([
      { v: 1, seq: 3, at: '2026-11-23T13:00:00.000Z', event: 'returned', address: '192.0.2.1', since: '2026-11-23T12:00:00.000Z', until: '2026-11-23T13:00:00.000Z', subscriber: 'mn1@example.com', mac: '02:00:00:00:00:01', session: 'run1-1', service: 'lma1', apn: 'internet', space: 0, home: 'home1@example.com' },
    ]);
  });

  it.each([
    ['example.com', undefined, /example.com is no address/],
    [undefined, undefined, /is no address/],
    ['192.0.2.1', 'yesterday', /yesterday is no time/],
  ])('does not take %s at %s', (address, at, message) => {
    expect(() => readQuestion(address, at)).toThrow(message);
  });
});
