/** One request at one server: what is sent, how often, and which replies end it (RFC 2865, RFC 5080 §2.2, CVE-2024-3596). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueOf } from '../../../protocol/radius/attributes.ts';
import { CODE } from '../../../protocol/radius/codes.ts';
import { BURST, BURST_INTERVAL, type Attempt } from '../../../runtime/radius/exchange.ts';
import { MOST_LANES, occupy } from '../../../runtime/radius/lanes.ts';
import { anyOctets } from '../../protocol/codecs.ts';
import { radiusVectors } from '../../protocol/radiusVectors.ts';
import { FIRST, openBench, packetOf, profile, record, WALL } from './exchangeBench.ts';
import { replyTo, spoiled, SECRET, type Reply } from './fakeServer.ts';

const one = (options = {}) => openBench({ servers: [FIRST], ...options });
const reasonOf = (b: ReturnType<typeof one>, id: number): string => {
  const answer = b.answers.get(id);
  return answer && 'reason' in answer ? answer.reason : String(answer?.kind);
};

describe('an Access-Request', () => {
  it('says who asks, when, and whatever the caller wants asked', () => {
    const b = one();
    b.ask();
    expect(b.last()).toMatchObject({ address: '192.0.2.1', port: 1812, at: 1000 });
    expect(packetOf(b.last())).toMatchObject({ code: CODE.ACCESS_REQUEST, identifier: 0 });
    expect(b.said().map((a) => a.kind)).toEqual(['messageAuthenticator', 'userName', 'callingStationId', 'nasIdentifier', 'nasIpAddress', 'eventTimestamp']);
    expect(valueOf(b.said(), 'eventTimestamp')).toBe(WALL / 1000 + 1);
  });

  it('leaves alone what the caller has said of NAS and time', () => {
    const b = one();
    b.ask({ kind: 'authorize', attributes: [{ kind: 'userName', value: 'mn0' }, { kind: 'nasIdentifier', value: 'other' }, { kind: 'eventTimestamp', value: 7 }] });
    expect(b.said().filter((a) => a.kind === 'nasIdentifier' || a.kind === 'eventTimestamp').map((a) => a.value)).toEqual(['other', 7]);
  });

  it('hides the password', () => {
    const b = one();
    b.ask({ ...profile, kind: 'authorize', attributes: [], password: '00-24-d7-8e-21-a4' });
    expect(valueOf(b.said(), 'userPassword')).toMatch(/^(..:){31}..$/);
  });

  it('is sent three times in 9 s, the same octets from the same port, and then given up', () => {
    const b = one();
    const id = b.ask();
    b.advance(8999);
    expect(b.sent.map((s) => s.at)).toEqual([1000, 4000, 7000]);
    expect(new Set(b.sent.map((s) => `${s.lane} ${s.octets.join()}`)).size).toBe(1);
    expect(b.answers.size).toBe(0);
    b.advance(1);
    expect(b.answers.get(id)).toEqual({
      kind: 'timeout',
      reason: 'no valid answer from 192.0.2.1:1812 (asked 3 times, 3 s apart): does a server listen there, is this NAS among its clients, and is the shared secret the same on both sides?',
    });
    expect(b.deadline()).toBeUndefined();
  });

  it('waits as long and is repeated as often as it is told', () => {
    const b = one({ timeout: 500, retransmit: 0 });
    const id = b.ask();
    b.advance(500);
    expect(b.sent).toHaveLength(1);
    expect(reasonOf(b, id)).toMatch(/\(asked once\)/);
  });

  it('ends with the first valid reply; the second one is to no request', () => {
    const b = one();
    const id = b.ask();
    b.advance(3000);
    const accept = replyTo(b.last().octets, { attributes: [{ kind: 'serviceSelection', value: 'example.com' }] });
    b.reply(accept);
    expect(b.answers.get(id)).toMatchObject({ kind: 'accept', attributes: [{ kind: 'messageAuthenticator' }, { kind: 'serviceSelection', value: 'example.com' }] });
    b.reply(accept);
    expect(b.counted).toEqual(['reply to no request']);
    b.advance(60_000);
    expect(b.sent).toHaveLength(2);
  });

  it.each([
    ['a reject', { code: CODE.ACCESS_REJECT }, 'Access-Reject'],
    ['a reject in words', { code: CODE.ACCESS_REJECT, attributes: [{ kind: 'replyMessage', value: 'not' }, { kind: 'replyMessage', value: 'here' }] }, 'Access-Reject: not here'],
    ['a challenge', { code: CODE.ACCESS_CHALLENGE, attributes: [{ kind: 'state', value: '01' }] }, 'Access-Challenge: the server wants a question answered, and nobody is here to answer it'],
  ] as const)('%s is a refusal', (_, how: Reply, reason) => {
    const b = one();
    const id = b.ask();
    b.reply(replyTo(b.last().octets, how));
    expect(b.answers.get(id)).toMatchObject({ kind: 'reject', reason });
  });

  it.each([
    ['a name of 254 octets', { attributes: [{ kind: 'userName', value: 'x'.repeat(254) }] }, /cannot be asked by RADIUS: userName has 254 octets/],
    ['an empty name', { attributes: [{ kind: 'userName', value: '' }] }, /cannot be asked by RADIUS: an attribute must not be empty/],
    ['a password of 129 octets', { attributes: [], password: 'x'.repeat(129) }, /a User-Password of 129 octets; it holds 128/],
  ] as const)('with %s is refused before it is sent', (_, question, reason) => {
    const b = one();
    const id = b.ask({ kind: 'authorize', ...question });
    expect([b.sent.length, b.x.requests.size, b.answers.get(id)?.kind]).toEqual([0, 0, 'reject']);
    expect(reasonOf(b, id)).toMatch(reason);
  });

  it('without any server ends at once', () => {
    const b = openBench({ servers: [] });
    expect(reasonOf(b, b.ask())).toBe('no RADIUS server is configured');
  });
});

describe('what does not end a request', () => {
  const asked = radiusVectors.profileRequest;
  it.each<[string, (request: Uint8Array) => Uint8Array, string, { address?: string; port?: number }?]>([
    ['another address', (r) => replyTo(r), 'reply from another address or port', { address: '192.0.2.9' }],
    ['another port', (r) => replyTo(r), 'reply from another address or port', { port: 1813 }],
    ['another identifier', (r) => replyTo(r, { identifier: 77 }), 'reply to no request'],
    ['an Access-Accept made an Access-Reject', (r) => spoiled(replyTo(r), 0), 'wrong Response Authenticator'],
    ['a recorded reply', (r) => replyTo(asked, { identifier: r[1] as number }), 'wrong Response Authenticator'],
    ['another secret', (r) => replyTo(r, { secret: 'guess' }), 'wrong Response Authenticator'],
    ['a spoiled authenticator', (r) => spoiled(replyTo(r)), 'wrong Response Authenticator'],
    ['an Access-Request echoed', (r) => r, 'reply with an unexpected code'],
    ['an Accounting-Response', (r) => replyTo(r, { code: CODE.ACCOUNTING_RESPONSE }), 'reply with an unexpected code'],
    ['no Message-Authenticator', (r) => replyTo(r, { seal: 'none' }), 'no Message-Authenticator'],
    ['a wrong Message-Authenticator', (r) => replyTo(r, { seal: 'wrong' }), 'wrong Message-Authenticator'],
    ['half a reply', (r) => replyTo(r).subarray(0, 30), 'malformed: truncated'],
    ['nothing', () => new Uint8Array(0), 'malformed: truncated'],
  ])('%s is dropped and counted, and the wait goes on', (_, make, reason, from) => {
    const b = one();
    const id = b.ask();
    b.reply(make(b.last().octets), b.last(), from);
    expect([b.counted, b.answers.size]).toEqual([[reason], 0]);
    b.advance(3000);
    expect(b.sent).toHaveLength(2);
    b.reply(replyTo(b.last().octets));
    expect(b.answers.get(id)?.kind).toBe('accept');
  });

  it('no octets at all, whatever they are', () => {
    fc.assert(
      fc.property(anyOctets([radiusVectors.profileAccept, radiusVectors.refusedReject, radiusVectors.challenge]), (octets) => {
        const b = one();
        b.ask();
        b.reply(octets);
        expect([b.answers.size, b.counted.length, b.x.requests.size]).toEqual([0, 1, 1]);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [{ secret: 'guess' }, 'replies came whose authenticator is wrong: check the shared secret'],
    [{ seal: 'wrong' }, 'replies came whose Message-Authenticator is wrong: check the shared secret'],
    [{ seal: 'none' }, 'replies came without Message-Authenticator (CVE-2024-3596): have the server send it'],
    [{ code: CODE.ACCOUNTING_RESPONSE }, 'replies came that are none to this request: is this the right port?'],
  ] as const)('and when the time is over, the reason has a hint of it: %j', (how: Reply, hint) => {
    const b = one();
    const id = b.ask();
    b.reply(replyTo(b.last().octets, how));
    b.advance(9000);
    expect(reasonOf(b, id)).toBe(`no valid answer from 192.0.2.1:1812 (asked 3 times, 3 s apart): ${hint}`);
  });

  it('a reply without Message-Authenticator does end it where none is required, a wrong one never', () => {
    const b = one({ requireMessageAuthenticator: false });
    const id = b.ask();
    b.reply(replyTo(b.last().octets, { seal: 'wrong' }));
    expect(b.answers.size).toBe(0);
    b.reply(replyTo(b.last().octets, { seal: 'none' }));
    expect(b.answers.get(id)?.kind).toBe('accept');
  });
});

describe('many at once', () => {
  it('600 requests are all sent, from three ports, each with an identifier of its own there', () => {
    const b = one();
    const ids = Array.from({ length: 600 }, () => b.ask());
    b.advance(BURST_INTERVAL * Math.ceil(600 / BURST));
    expect(new Set(b.sent.map((s) => `${s.lane} ${s.octets[1]}`)).size).toBe(600);
    expect(new Set(b.sent.map((s) => s.lane))).toEqual(new Set([0, 1, 2]));
    for (const s of b.sent.toReversed()) b.reply(replyTo(s.octets), s);
    expect(ids.map((id) => b.answers.get(id)?.kind)).toEqual(ids.map(() => 'accept'));
    expect(b.counted).toEqual([]);
  });

  it('are sent to a server in bursts that its socket can hold, in the order of asking', () => {
    const b = one();
    const names = Array.from({ length: BURST + 2 }, (_, i) => `mn${i}`);
    for (const name of names) b.ask({ kind: 'authorize', attributes: [{ kind: 'userName', value: name }] });
    b.ask(record());
    expect(b.sent.filter((s) => s.port === 1812)).toHaveLength(BURST);
    expect(b.last().port).toBe(1813);
    b.advance(BURST_INTERVAL);
    const asked = b.sent.filter((s) => s.port === 1812);
    expect(asked.map((s) => valueOf(packetOf(s).attributes, 'userName'))).toEqual(names);
    expect(asked.slice(-2).map((s) => s.at)).toEqual([1010, 1010]);
    b.advance(9000);
    expect(b.answers.size).toBe(BURST + 3);
  });

  it('an identifier rests as long as others are free', () => {
    const b = one();
    for (let i = 0; i < 300; i++) {
      b.ask();
      b.reply(replyTo(b.last().octets));
      b.advance(1);
    }
    expect(b.sent.map((s) => s.octets[1])).toEqual(Array.from({ length: 300 }, (_, i) => i % 256));
    expect(b.x.lanes.all).toHaveLength(1);
  });

  it('more than all identifiers of all ports are told so', () => {
    const b = one();
    b.ask();
    const waiting = b.x.lanes.all[0]?.outstanding.get(0) as Attempt;
    let full = 1;
    while (occupy(b.x.lanes, 0, 'authorize', () => waiting)) full++;
    expect(full).toBe(MOST_LANES * 256);
    expect(reasonOf(b, b.ask())).toBe('too many requests wait for an answer of 192.0.2.1 already');
  });
});

describe('an Accounting-Request', () => {
  const one = () => openBench({ servers: [FIRST] });

  it('goes to the other port and says what happened', () => {
    const b = one();
    const usage = { sessionTime: 61.7, inputOctets: (2n << 32n) + 5n, inputPackets: 10n, outputOctets: 0xffff_ffffn, outputPackets: 9n };
    const id = b.ask(record({ status: 'stop', usage, terminateCause: 2, attributes: [{ kind: 'class', value: '01:02' }], wall: WALL - 5000 }));
    expect([b.last().port, packetOf(b.last()).code]).toEqual([1813, CODE.ACCOUNTING_REQUEST]);
    expect(b.said()).toEqual([
      { kind: 'acctStatusType', value: 2 },
      { kind: 'acctSessionId', value: '5a1' },
      { kind: 'class', value: '01:02' },
      { kind: 'acctSessionTime', value: 61 },
      { kind: 'acctInputOctets', value: 5 },
      { kind: 'acctInputGigawords', value: 2 },
      { kind: 'acctInputPackets', value: 10 },
      { kind: 'acctOutputOctets', value: 0xffff_ffff },
      { kind: 'acctOutputGigawords', value: 0 },
      { kind: 'acctOutputPackets', value: 9 },
      { kind: 'acctTerminateCause', value: 2 },
      { kind: 'nasIdentifier', value: 'mag1' },
      { kind: 'nasIpAddress', value: '192.0.2.7' },
      { kind: 'eventTimestamp', value: WALL / 1000 - 5 },
      { kind: 'acctDelayTime', value: 6 },
    ]);
    b.reply(replyTo(b.last().octets, { seal: 'none' }));
    expect(b.answers.get(id)?.kind).toBe('accept');
  });

  it.each([['start', 1], ['stop', 2], ['interim', 3], ['on', 7], ['off', 8]] as const)('of status %s has number %d (RFC 2866 §5.1)', (status, number) => {
    const b = one();
    b.ask(record({ status }));
    expect(valueOf(b.said(), 'acctStatusType')).toBe(number);
  });

  it('is another packet each time, because it says how long ago it was (RFC 2866 §3, §5.2)', () => {
    const b = one();
    b.ask(record());
    b.advance(6000);
    expect(b.sent.map((s) => [s.octets[1], valueOf(packetOf(s).attributes, 'acctDelayTime')])).toEqual([[0, 0], [1, 3], [2, 6]]);
    expect(new Set(b.sent.map((s) => packetOf(s).authenticator.join())).size).toBe(3);
  });

  it('is delivered by the answer to any of these', () => {
    const b = one();
    const id = b.ask(record());
    b.advance(6000);
    b.reply(replyTo(b.sent[0]?.octets as Uint8Array), b.sent[0]);
    expect(b.answers.get(id)?.kind).toBe('accept');
    expect(b.x.lanes.all[0]?.outstanding.size).toBe(0);
  });

  it('is not delivered by an Access-Accept, nor by another secret', () => {
    const b = one();
    b.ask(record());
    b.reply(replyTo(b.last().octets, { code: CODE.ACCESS_ACCEPT }));
    b.reply(replyTo(b.last().octets, { secret: `${SECRET}x` }));
    b.reply(replyTo(b.last().octets, { seal: 'wrong' }));
    expect(b.counted).toEqual(['reply with an unexpected code', 'wrong Response Authenticator', 'wrong Message-Authenticator']);
    expect(b.answers.size).toBe(0);
  });
});
