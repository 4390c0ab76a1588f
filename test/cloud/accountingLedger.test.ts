/** Sessions, their names, their homes, their sums: the ledger with a moved clock and a data path by hand. */
import { describe, expect, it } from 'vitest';
import { deadline } from '../../cloud/accounting/ledger.ts';
import { terminateCauseOf } from '../../cloud/accounting/terminateCause.ts';
import { TERMINATE_CAUSE } from '../../protocol/radius/codes.ts';
import { Book, factsOf, pathOf, WALL } from './accountingBook.ts';

const MINUTE = 60_000;
const used = ({ usage: { upOctets, upPackets, downOctets, downPackets } }: ReturnType<Book['last']>) => [upOctets, upPackets, downOctets, downPackets];

describe('a session', () => {
  it('begins, says every interval how much passed, and ends with its sums', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.paths.passed(1, 'up', 3, 300, 0);
    book.pass(10 * MINUTE);
    expect(used(book.last())).toEqual([300, 3, 0, 0]);
    book.paths.passed(1, 'down', 2, 2000, 0);
    book.pass(5 * MINUTE);
    book.removePath(1);
    book.session('end', factsOf(1), 'lifetime ended');
    expect(book.events()).toEqual(['on', 'start', 'interim', 'stop']);
    expect(used(book.last())).toEqual([300, 3, 2000, 2]);
    expect(book.last()).toMatchObject({ session: 'run1-1', record: 3, usage: { seconds: 900 }, reason: 'lifetime ended', cause: TERMINATE_CAUSE.LOST_SERVICE });
    expect(book.kept.size).toBe(0);
    expect(deadline(book.ledger)).toBeUndefined();
  });

  it('goes on under its name at another home; both homes are told, and the next interim is an interval away', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.pass(4 * MINUTE);
    book.setPath(1);
    book.session('move', factsOf(1, { mag: 'home2@example.com', proxyCoa: '2001:db8:c::1' }), 'handover from home1@example.com');
    expect(book.last()).toMatchObject({ session: 'run1-1', home: 'home2@example.com', careOf: '2001:db8:c::1', from: { home: 'home1@example.com', careOf: '2001:db8:b::1' } });
    expect(deadline(book.ledger)?.at).toBe(book.now.at + 10 * MINUTE);
    book.session('move', factsOf(1, { mag: 'home2@example.com', proxyCoa: '2001:db8:c::2' }), 'its gateway moved');
    expect(book.events()).toEqual(['on', 'start', 'move', 'change']);
  });

  it('that is told of without any change says nothing', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    expect(book.session('move', factsOf(1), 'a request may be about this session: waiting')).toEqual([]);
  });

  it('released and taken up again keeps its sums, though its path begins anew', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.paths.passed(1, 'up', 5, 500, 0);
    book.session('release', factsOf(1), 'de-registered');
    book.removePath(1);
    book.pass(2000);
    book.setPath(1);
    book.paths.passed(1, 'up', 7, 700, 0);
    book.session('move', factsOf(1, { mag: 'home2@example.com' }), 'handover from home1@example.com');
    expect(used(book.last())).toEqual([1200, 12, 0, 0]);
  });

  it('released and not taken up again ended when and why it was released; its addresses were its own until now', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.pass(30_000);
    book.session('release', factsOf(1), 'de-registered');
    book.removePath(1);
    book.pass(10_000);
    book.session('end', factsOf(1), 'released and not taken up again');
    expect(book.last()).toMatchObject({ reason: 'de-registered', cause: TERMINATE_CAUSE.LOST_CARRIER, usage: { seconds: 30 } });
    expect(book.records.at(-1)?.at).toBe(WALL + 40_000);
    expect(book.last().returned).toEqual([{ address: '192.0.2.1', since: WALL }, { address: '2001:db8:0:1::/64', since: WALL }]);
  });

  it('gives an address back and gets another while it goes on', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.pass(1000);
    const { homeAddress: _, ...sixOnly } = factsOf(1);
    book.session('move', sixOnly, 'IPv4 de-registered');
    expect(book.last()).toMatchObject({ returned: [{ address: '192.0.2.1', since: WALL }], addresses: ['2001:db8:0:1::/64'] });
    book.session('move', factsOf(1, { homeAddress: '192.0.2.9' }), 'its addresses changed');
    expect(book.last()).toMatchObject({ assigned: [{ address: '192.0.2.9', since: WALL + 1000 }] });
    expect(book.events()).toEqual(['on', 'start', 'change', 'change']);
  });

  it('without a path counts nothing of whoever had its index before', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.paths.passed(1, 'up', 5, 500, 0);
    book.removePath(1);
    book.session('end', factsOf(1), 'lifetime ended');
    book.session('start', factsOf(1, { subscriber: 'other@example.com' }), 'new session');
    expect(used(book.last())).toEqual([0, 0, 0, 0]);
  });

  it('whose index is used again before its end was heard is ended first', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.start(factsOf(1, { subscriber: 'other@example.com' }));
    expect(book.events()).toEqual(['on', 'start', 'stop', 'start']);
    expect(book.records[2]?.of).toMatchObject({ subscriber: 'mn1@example.com', cause: TERMINATE_CAUSE.NAS_ERROR });
    expect(new Set(book.records.flatMap((r) => r.of?.session ?? [])).size).toBe(2);
  });

  it('counts on where counters went backwards without a word', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.paths.passed(1, 'up', 5, 500, 0);
    book.pass(10 * MINUTE);
    book.paths.remove(1);
    book.paths.set(pathOf(1));
    book.paths.passed(1, 'up', 1, 10, 0);
    book.pass(10 * MINUTE);
    expect(used(book.last())).toEqual([510, 6, 0, 0]);
  });

  it('of 200 that are due at once 64 are read in a step, and none is left out', () => {
    const book = new Book(undefined, 600).begin();
    for (let i = 1; i <= 200; i++) book.session('start', factsOf(i, { homeAddress: `198.51.100.${i}` }), 'new session');
    book.now = { at: book.now.at + 10 * MINUTE, wall: book.now.wall + 10 * MINUTE };
    const sizes = [0, 0, 0, 0].map(() => book.feed({ kind: 'timer' }).filter((e) => e.kind === 'record').length);
    expect(sizes).toEqual([64, 64, 64, 8]);
    expect(book.feed({ kind: 'timer' })).toEqual([]);
  });

  it('of an APN without accounting is no matter for the RADIUS server', () => {
    const book = new Book().begin();
    book.start(factsOf(1, { apn: 'free' }));
    expect(book.records.map((r) => r.radius)).toEqual([true, false]);
  });
});

describe('a restart', () => {
  it('with forwarding kept: the same name, the same start, and nothing counted twice', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.paths.passed(1, 'up', 5, 500, 0);
    book.pass(10 * MINUTE);
    book.paths.passed(1, 'up', 1, 100, 0); // while nobody looks
    book.now = { at: 50, wall: book.now.wall + MINUTE }; // another process, another monotonic clock
    book.restart([factsOf(1)]);
    book.paths.passed(1, 'up', 1, 1, 0);
    book.pass(10 * MINUTE);
    expect(book.events()).toEqual(['on', 'start', 'interim', 'interim']);
    expect(book.last()).toMatchObject({ session: 'run1-1', record: 3 });
    expect(used(book.last())).toEqual([601, 7, 0, 0]);
    expect(book.last().usage.seconds).toBe(600 + 600); // the rest of the interval that the old process had begun
  });

  it('without the data path: what was known is kept, and the new counters are added', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.paths.passed(1, 'down', 5, 500, 0);
    book.pass(10 * MINUTE);
    const after = new Book();
    for (const [id, session] of book.kept) after.kept.set(id, session);
    after.restart([factsOf(1)]);
    after.paths.passed(1, 'down', 9, 900, 0);
    after.pass(10 * MINUTE);
    expect(used(after.last())).toEqual([0, 0, 1400, 14]);
  });

  it('of an anchor that was killed between the end of a path and its record: what the data path still says counts once', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.start(factsOf(2));
    for (const index of [1, 2]) book.paths.passed(index, 'up', 5, 500, 0);
    book.paths.remove(1); // and the process dies before it tells the ledger
    book.restart([factsOf(1), factsOf(2)]);
    for (const index of [1, 2]) book.paths.passed(index, 'up', 1, 1, 0);
    book.pass(10 * MINUTE);
    expect(book.records.slice(-2).map((r) => used(r.of as ReturnType<Book['last']>))).toEqual([[501, 6, 0, 0], [501, 6, 0, 0]]);
  });

  it('ends what the anchor does not restore, with what passed until its path was removed', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.start(factsOf(2));
    book.paths.passed(2, 'up', 5, 500, 0);
    book.restart([factsOf(1)]);
    expect(book.events()).toEqual(['on', 'start', 'start', 'stop']);
    expect(book.last()).toMatchObject({ subscriber: 'mn2@example.com', cause: TERMINATE_CAUSE.NAS_REBOOT });
    expect(used(book.last())).toEqual([500, 5, 0, 0]);
  });

  it('ends a session whose index is another subscriber\'s now', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.restart([factsOf(1, { subscriber: 'other@example.com' })]);
    expect(book.events()).toEqual(['on', 'start', 'stop', 'start']);
  });

  it('a released session stays released', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.pass(5000);
    book.session('release', factsOf(1), 'de-registered');
    book.removePath(1);
    book.pass(1000);
    book.restart([], []);
    expect(book.last()).toMatchObject({ reason: 'de-registered', usage: { seconds: 5 } });
  });

  it('with a wall clock that was set back takes no time from a session', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.pass(10 * MINUTE);
    const before = book.last().usage.seconds;
    book.now = { at: 1, wall: WALL - 3_600_000 };
    book.restart([factsOf(1)]);
    book.pass(10 * MINUTE);
    expect(book.last().usage.seconds).toBeGreaterThanOrEqual(before);
  });

  it('says Accounting-On only where no session goes on, and Accounting-Off behind the last stop (RFC 2866 §5.1)', () => {
    const book = new Book().begin();
    book.start(factsOf(1));
    book.restart([factsOf(1)]);
    expect(book.events()).toEqual(['on', 'start']);
    book.feed({ kind: 'finish' });
    expect(book.events()).toEqual(['on', 'start', 'stop', 'off']);
    expect(book.last()).toBeUndefined();
    book.restart([], []);
    expect(book.events().at(-1)).toBe('on');
    expect(book.records.map((r) => r.seq)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('Acct-Terminate-Cause', () => {
  it.each([
    ['de-registered', 'LOST_CARRIER'],
    ['given up by its gateway', 'LOST_CARRIER'],
    ['lifetime ended', 'LOST_SERVICE'],
    ['service changed to other.example', 'USER_REQUEST'],
    ['refused change to service x', 'SERVICE_UNAVAILABLE'],
    ['its interface took over binding 7', 'PORT_PREEMPTED'],
    ['its interface has a new session', 'PORT_PREEMPTED'],
    ['revoked: administrative reason', 'ADMIN_RESET'],
    ['something that nobody knows', 'NAS_REQUEST'],
  ] as const)('of "%s" is %s', (reason, cause) => {
    expect(terminateCauseOf(reason)).toBe(TERMINATE_CAUSE[cause]);
  });
});
