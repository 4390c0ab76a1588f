/** Several servers: their order, who counts as dead and for how long, and requests that move on. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE } from '../../../protocol/radius/codes.ts';
import type { Attempt } from '../../../runtime/radius/exchange.ts';
import { occupy } from '../../../runtime/radius/lanes.ts';
import { FIRST, openBench, packetOf, profile, record, SECOND, type Sent } from './exchangeBench.ts';
import { replyTo } from './fakeServer.ts';

const addresses = (b: { readonly sent: readonly Sent[] }) => b.sent.map((s) => s.address);
const answered = (b: ReturnType<typeof openBench>, s: Sent = b.last()) => b.reply(replyTo(s.octets, { secret: s.address === FIRST.address ? FIRST.secret : SECOND.secret }), s);

describe('the next server', () => {
  it('is asked when the first was silent for 9 s, with another authenticator and by its own secret', () => {
    const b = openBench();
    const id = b.ask();
    b.advance(9000);
    expect(addresses(b)).toEqual([...Array(3).fill(FIRST.address), SECOND.address]);
    expect(b.last()).toMatchObject({ port: 11812, at: 10_000 });
    expect(packetOf(b.last()).authenticator).not.toEqual(packetOf(b.sent[0] as Sent).authenticator);
    b.reply(replyTo(b.last().octets, { secret: FIRST.secret }));
    expect(b.counted).toEqual(['wrong Response Authenticator']);
    answered(b);
    expect(b.answers.get(id)?.kind).toBe('accept');
  });

  it('is the last: the reason names both, and that of accounting their other ports', () => {
    const b = openBench();
    const ids = [b.ask(), b.ask(record())];
    b.advance(18_000);
    const reasons = ids.map((id) => b.answers.get(id)).map((a) => (a?.kind === 'timeout' ? a.reason : ''));
    expect(reasons[0]).toMatch(/from 192\.0\.2\.1:1812 and \[2001:db8::2\]:11812 \(asked 3 times/);
    expect(reasons[1]).toMatch(/from 192\.0\.2\.1:1813 and \[2001:db8::2\]:11813 \(asked 3 times/);
    expect(b.sent).toHaveLength(12);
  });

  it('does not take the word from the first: its late answer counts', () => {
    const b = openBench();
    const id = b.ask();
    b.advance(10_000);
    b.reply(replyTo(b.sent[0]?.octets as Uint8Array, { code: CODE.ACCESS_REJECT }), b.sent[0]);
    expect(b.answers.get(id)?.kind).toBe('reject');
    b.ask();
    expect(b.last().address).toBe(FIRST.address);
  });
});

describe('dead-time', () => {
  it('a server that did not answer is passed over until it is over', () => {
    const b = openBench();
    b.ask();
    b.advance(9000);
    answered(b);
    b.advance(59_999);
    b.ask();
    expect(b.last().address).toBe(SECOND.address);
    answered(b);
    b.advance(1);
    b.ask();
    expect(b.last().address).toBe(FIRST.address);
  });

  it('of 0 never passes anybody over', () => {
    const b = openBench({ deadTime: 0 });
    b.ask();
    b.advance(9000);
    answered(b);
    b.ask();
    expect(b.last().address).toBe(FIRST.address);
  });

  it('is for one port: a server whose accounting is dead still authenticates', () => {
    const b = openBench();
    b.ask(record());
    b.advance(9000);
    b.ask();
    expect(b.last()).toMatchObject({ address: FIRST.address, port: 1812 });
  });

  it('where all are dead, the one that died first is tried, and then the other', () => {
    const b = openBench();
    b.ask();
    b.advance(18_000);
    const before = b.sent.length;
    b.ask();
    b.advance(9000);
    b.ask();
    b.advance(9000);
    expect(addresses(b).slice(before)).toEqual([...Array(3).fill(FIRST.address), ...Array(3).fill(SECOND.address)]);
    expect(b.answers.size).toBe(3);
  });

  it('ends with an answer', () => {
    const b = openBench();
    b.ask();
    b.advance(18_000);
    b.ask();
    answered(b);
    b.ask();
    expect(b.last().address).toBe(FIRST.address);
  });

  it('does not begin for a server that answered another request meanwhile', () => {
    const b = openBench();
    b.ask();
    b.advance(4000);
    const other = b.ask();
    answered(b);
    expect(b.answers.get(other)?.kind).toBe('accept');
    b.advance(5000);
    expect(b.last().address).toBe(SECOND.address);
    b.ask();
    expect(b.last().address).toBe(FIRST.address);
  });

  it('begins for everybody at once: whoever waits there moves on, if another lives', () => {
    const b = openBench();
    b.ask();
    b.advance(8000);
    for (let i = 0; i < 20; i++) b.ask();
    b.advance(1000);
    expect(b.sent.filter((s) => s.address === SECOND.address)).toHaveLength(21);
    for (const s of b.sent.filter((s) => s.address === SECOND.address)) answered(b, s);
    expect(b.answers.size).toBe(21);
  });

  it('moves those on once that were due in the same moment', () => {
    const b = openBench();
    for (let i = 0; i < 5; i++) b.ask();
    b.advance(9000);
    expect(b.sent.filter((s) => s.address === SECOND.address)).toHaveLength(5);
    b.advance(9000);
    expect([b.answers.size, b.sent.length]).toEqual([5, 30]);
  });

  it('ends those once that the next server has no room for', () => {
    const b = openBench();
    const ids = [b.ask(), b.ask()];
    const waiting = b.x.lanes.all[0]?.outstanding.get(0) as Attempt;
    while (occupy(b.x.lanes, 1, 'authorize', () => waiting));
    b.advance(9000);
    for (const id of ids) expect(b.answers.get(id)).toEqual({ kind: 'timeout', reason: 'too many requests wait for an answer of 2001:db8::2 already' });
  });

  it('begins for nobody else where there is only one server', () => {
    const b = openBench({ servers: [FIRST] });
    b.ask();
    b.advance(8000);
    const second = b.ask();
    b.advance(1000);
    expect([...b.answers.keys()]).toEqual([1]);
    answered(b);
    expect(b.answers.get(second)?.kind).toBe('accept');
  });
});

describe('whatever is lost, late or doubled', () => {
  type Fate = 'lost' | 'answered' | 'doubled' | 'late';
  const fate = fc.constantFrom<Fate>('lost', 'answered', 'doubled', 'late');

  it('every request ends once, in 18 s, accepted if any answer came in time, and leaves nothing behind', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(4000)), { minLength: 1, maxLength: 12 }), fc.array(fate, { minLength: 1, maxLength: 40 }), (asks, fates) => {
        const b = openBench({ deadTime: 5000 });
        const late: Sent[] = [];
        let seen = 0;
        const react = () => {
          for (; seen < b.sent.length; seen++) {
            const s = b.sent[seen] as Sent;
            const what = fates[seen % fates.length];
            if (what === 'answered' || what === 'doubled') answered(b, s);
            if (what === 'doubled') answered(b, s);
            if (what === 'late') late.push(s);
          }
        };
        for (const [accounting, pause] of asks) {
          b.ask(accounting ? record() : profile);
          react();
          b.advance(pause);
          react();
        }
        for (let t = 0; t < 18_000; t += 500) {
          b.advance(500);
          react();
          if (t === 9000) for (const s of late) answered(b, s);
        }
        expect(b.answers.size).toBe(asks.length);
        expect(b.x.requests.size).toBe(0);
        expect(b.x.lanes.all.every((l) => l.outstanding.size === 0)).toBe(true);
        if (fates.every((f) => f === 'answered')) expect([...b.answers.values()].every((a) => a.kind === 'accept')).toBe(true);
        if (fates.every((f) => f === 'lost')) expect([...b.answers.values()].every((a) => a.kind === 'timeout')).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
