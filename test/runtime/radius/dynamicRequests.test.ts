/** Disconnect- and CoA-Requests on a clock that the test moves: who is heard, what is acted upon once, what is refused (RFC 5176). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueOf, valuesOf, type RadiusAttribute } from '../../../protocol/radius/attributes.ts';
import { CODE, ERROR_CAUSE } from '../../../protocol/radius/codes.ts';
import { AUTHENTICATOR_AT, decodePacket, encodePacket } from '../../../protocol/radius/packet.ts';
import type { Millis } from '../../../protocol/units.ts';
import { checkMessageAuthenticator, replyFits, sealDynamicRequest } from '../../../runtime/radius/authenticators.ts';
import { answered, createDynamicRequests, MOST_TICKETS, received, type DynamicEffect, type DynamicOptions, type Ticket } from '../../../runtime/radius/dynamicRequests.ts';
import type { DynamicAnswer, DynamicRequest } from '../../../runtime/radius/types.ts';
import { anyOctets } from '../../protocol/codecs.ts';
import { CAPTURED_AT, radiusVectors } from '../../protocol/radiusVectors.ts';
import { SECRET, spoiled } from './fakeServer.ts';
import { replySealed, sealRequest } from './seal.ts';

const PORTAL = '192.0.2.80';
const STAMP: RadiusAttribute = { kind: 'eventTimestamp', value: CAPTURED_AT / 1000 };
const PHONE: RadiusAttribute = { kind: 'callingStationId', value: '00-24-d7-8e-21-a4' };

interface Hearing {
  readonly address?: string;
  readonly port?: number;
  readonly answer?: DynamicAnswer | null;
}

function open(options: Partial<DynamicOptions> = {}) {
  const d = createDynamicRequests({ clients: [{ address: PORTAL, secret: SECRET }], nas: { identifier: 'mag1' }, requireMessageAuthenticator: true, requireEventTimestamp: true, window: 300_000, ...options });
  const acted: DynamicRequest[] = [];
  const counted: string[] = [];
  const replies: { octets: Uint8Array; port: number }[] = [];
  let later: Millis = 0;
  const now = () => ({ at: 1000 + later, wall: CAPTURED_AT + later });
  const take = (effects: readonly DynamicEffect[], answer: DynamicAnswer | undefined): void => {
    for (const e of effects) {
      if (e.kind === 'discard') counted.push(e.reason);
      else if (e.kind === 'reply') replies.push({ octets: e.octets, port: e.to.port });
      else {
        acted.push(e.request);
        if (answer) take(answered(e.ticket, answer, now()), undefined);
      }
    }
  };
  return {
    d,
    acted,
    counted,
    replies,
    /** `answer` null: the one who acts takes longer. */
    hear(octets: Uint8Array, { address = PORTAL, port = 40_000, answer = { kind: 'ack' } }: Hearing = {}): void {
      take(received(d, octets, { socket: 0, address, port }, now()), answer ?? undefined);
    },
    pass: (ms: Millis) => void (later += ms),
    last: () => decodePacket(replies.at(-1)?.octets as Uint8Array),
  };
}

const request = (code: number, ...attributes: RadiusAttribute[]): Uint8Array => sealRequest({ code, identifier: 9, attributes }, SECRET);
const disconnect = (...attributes: RadiusAttribute[]): Uint8Array => request(CODE.DISCONNECT_REQUEST, STAMP, ...attributes);
const coa = (...attributes: RadiusAttribute[]): Uint8Array => request(CODE.COA_REQUEST, STAMP, ...attributes);

describe('a genuine request', () => {
  it('of radclient is acted upon and acknowledged', () => {
    const o = open();
    o.hear(radiusVectors.disconnectRequest);
    expect(o.acted).toMatchObject([{ kind: 'disconnect', from: PORTAL }]);
    expect(valueOf(o.acted[0]?.attributes ?? [], 'callingStationId')).toBe('00-24-d7-8e-21-a4');
    expect(o.last()).toMatchObject({ code: CODE.DISCONNECT_ACK, identifier: radiusVectors.disconnectRequest[1] });
  });

  it('is answered with both authenticators, the time, and its Proxy-States in their order (RFC 5176 §3.1)', () => {
    const o = open();
    o.hear(radiusVectors.coaRequest, { answer: { kind: 'ack', attributes: [{ kind: 'sessionTimeout', value: 60 }] } });
    const asked = decodePacket(radiusVectors.coaRequest).authenticator;
    const octets = o.replies[0]?.octets as Uint8Array;
    expect([replyFits(octets, asked, SECRET), checkMessageAuthenticator(octets, asked, SECRET)]).toEqual([true, 'fits']);
    expect(o.last().code).toBe(CODE.COA_ACK);
    expect(o.last().attributes.slice(1)).toEqual([{ kind: 'sessionTimeout', value: 60 }, STAMP, { kind: 'proxyState', value: '0a:0b' }, { kind: 'proxyState', value: '0c' }]);
  });

  it.each([
    [disconnect(PHONE), CODE.DISCONNECT_NAK],
    [coa(PHONE), CODE.COA_NAK],
  ])('is refused with an Error-Cause', (octets, code) => {
    const o = open();
    o.hear(octets, { answer: { kind: 'nak', errorCause: ERROR_CAUSE.SESSION_CONTEXT_NOT_FOUND } });
    expect([o.last().code, valueOf(o.last().attributes, 'errorCause')]).toEqual([code, 503]);
  });

  it('as we would make it ourselves is one, too', () => {
    const o = open();
    o.hear(sealDynamicRequest({ code: CODE.DISCONNECT_REQUEST, identifier: 1, attributes: [STAMP, PHONE] }, SECRET));
    expect(o.acted).toHaveLength(1);
  });
});

describe('dropped silently and counted', () => {
  const bare = (attributes: readonly RadiusAttribute[]) => replySealed(encodePacket({ code: CODE.DISCONNECT_REQUEST, identifier: 9, authenticator: new Uint8Array(16), attributes }), new Uint8Array(16), SECRET);
  const wrongSeal: RadiusAttribute = { kind: 'messageAuthenticator', value: `${'ab:'.repeat(15)}ab` };
  const stamp = (value: number): RadiusAttribute => ({ kind: 'eventTimestamp', value });

  it.each<[string, Uint8Array, string, { address: string }?]>([
    ['of somebody who may not ask', disconnect(PHONE), 'request of a client that is not permitted', { address: '192.0.2.81' }],
    ['with another secret', sealRequest({ code: CODE.DISCONNECT_REQUEST, identifier: 9, attributes: [STAMP, PHONE] }, 'guess'), 'wrong Request Authenticator'],
    ['with a spoiled authenticator', spoiled(disconnect(PHONE), AUTHENTICATOR_AT), 'wrong Request Authenticator'],
    ['with a spoiled attribute', spoiled(disconnect(PHONE), 50), 'wrong Request Authenticator'],
    ['without Message-Authenticator', bare([STAMP, PHONE]), 'no Message-Authenticator'],
    ['with a wrong Message-Authenticator', bare([wrongSeal, STAMP, PHONE]), 'wrong Message-Authenticator'],
    ['without Event-Timestamp', request(CODE.DISCONNECT_REQUEST, PHONE), 'no Event-Timestamp'],
    ['301 s old', request(CODE.DISCONNECT_REQUEST, stamp(CAPTURED_AT / 1000 - 301), PHONE), 'Event-Timestamp outside the window'],
    ['301 s ahead', request(CODE.DISCONNECT_REQUEST, stamp(CAPTURED_AT / 1000 + 301), PHONE), 'Event-Timestamp outside the window'],
    ['that is an Access-Request', radiusVectors.profileRequest, 'request with an unexpected code'],
    ['that is an acknowledgement', request(CODE.DISCONNECT_ACK, STAMP), 'request with an unexpected code'],
    ['of half a packet', disconnect(PHONE).subarray(0, 40), 'malformed: truncated'],
  ])('is a request %s', (_, octets, reason, from) => {
    const o = open();
    o.hear(octets, from);
    expect([o.counted, o.acted, o.replies]).toEqual([[reason], [], []]);
  });

  it('is anything that is not made with the secret', () => {
    fc.assert(
      fc.property(anyOctets([disconnect(PHONE), coa(PHONE)]), (octets) => {
        const genuine = [disconnect(PHONE), coa(PHONE)].some((g) => g.every((b, i) => octets[i] === b));
        const o = open();
        o.hear(octets);
        if (!genuine) expect([o.acted, o.replies, o.counted.length]).toEqual([[], [], 1]);
      }),
      { numRuns: 500 },
    );
  });

  it.each([300, -300])('not yet is one whose clock is %d s from ours', (s) => {
    const o = open();
    o.hear(request(CODE.DISCONNECT_REQUEST, stamp(CAPTURED_AT / 1000 + s), PHONE));
    expect(o.acted).toHaveLength(1);
  });

  it('neither is one without seal or time where none is required', () => {
    const o = open({ requireMessageAuthenticator: false, requireEventTimestamp: false });
    o.hear(bare([PHONE]));
    expect(o.acted).toHaveLength(1);
    o.hear(bare([wrongSeal, PHONE]));
    expect(o.counted).toEqual(['wrong Message-Authenticator']);
  });
});

describe('a request that comes again', () => {
  it('gets the same answer and is not acted upon twice, from whatever port it comes', () => {
    const o = open();
    o.hear(disconnect(PHONE));
    o.pass(2000);
    o.hear(disconnect(PHONE), { port: 40_001, answer: { kind: 'nak', errorCause: 503 } });
    expect([o.acted.length, o.counted]).toEqual([1, ['request received again']]);
    expect(o.replies.map((r) => r.port)).toEqual([40_000, 40_001]);
    expect(o.replies[1]?.octets).toEqual(o.replies[0]?.octets);
  });

  it('is not acted upon while the first is still being acted upon', () => {
    const o = open();
    o.hear(disconnect(PHONE), { answer: null });
    o.hear(disconnect(PHONE));
    expect([o.acted.length, o.replies.length]).toEqual([1, 0]);
  });

  it('is another one if another client, identifier or content is in it', () => {
    const o = open({ clients: [{ address: PORTAL, secret: SECRET }, { address: '192.0.2.81', secret: SECRET }] });
    o.hear(disconnect(PHONE));
    o.hear(disconnect(PHONE), { address: '192.0.2.81' });
    o.hear(sealRequest({ code: CODE.DISCONNECT_REQUEST, identifier: 10, attributes: [STAMP, PHONE] }, SECRET));
    o.hear(disconnect(PHONE, { kind: 'userName', value: 'mn0' }));
    expect(o.acted).toHaveLength(4);
  });

  it('is never acted upon twice, however long somebody waits', () => {
    fc.assert(
      fc.property(fc.integer({ min: -300, max: 300 }), fc.array(fc.nat(400_000), { maxLength: 6 }), (ahead, waits) => {
        const o = open();
        const octets = request(CODE.DISCONNECT_REQUEST, { kind: 'eventTimestamp', value: CAPTURED_AT / 1000 + ahead }, PHONE);
        o.hear(octets);
        for (const wait of waits) {
          o.pass(wait);
          o.hear(octets);
        }
        expect(o.acted).toHaveLength(1);
      }),
    );
  });

  it('is forgotten when its time has passed', () => {
    const o = open();
    o.hear(disconnect(PHONE));
    o.pass(600_000);
    o.hear(request(CODE.DISCONNECT_REQUEST, { kind: 'eventTimestamp', value: CAPTURED_AT / 1000 + 600 }));
    expect(o.d.tickets.size).toBe(1);
  });

  it('and more than can be remembered are not taken on', () => {
    const o = open();
    o.hear(disconnect(PHONE));
    const [ticket] = o.d.tickets.values();
    for (let i = 1; i < MOST_TICKETS; i++) o.d.tickets.set(String(i), ticket as Ticket);
    o.hear(disconnect({ kind: 'acctSessionId', value: '5a1' }));
    expect([o.acted.length, o.counted]).toEqual([1, ['too many requests']]);
    o.hear(disconnect(PHONE));
    expect(o.replies).toHaveLength(2);
  });
});

describe('refused without asking', () => {
  const nas = { identifier: 'mag1', ipv4: '192.0.2.7', ipv6: '2001:db8::7' };
  it.each<[string, Uint8Array, number]>([
    ['for another NAS-Identifier', disconnect({ kind: 'nasIdentifier', value: 'mag2' }), 403],
    ['for another NAS-IP-Address', coa({ kind: 'nasIdentifier', value: 'mag1' }, { kind: 'nasIpAddress', value: '192.0.2.8' }), 403],
    ['for another NAS-IPv6-Address', disconnect({ kind: 'nasIpv6Address', value: '2001:db8::8' }), 403],
    ['with an attribute that nobody knows', disconnect(PHONE, { kind: 'unknown', type: 200, value: new Uint8Array(1) }), 401],
    ['with a malformed attribute', disconnect({ kind: 'unknown', type: 31, value: new Uint8Array(0) }), 401],
    ['a disconnect that wants more than that', disconnect(PHONE, { kind: 'sessionTimeout', value: 60 }), 401],
    ['a CoA for us to ask the RADIUS server again', coa(PHONE, { kind: 'serviceType', value: 17 }, { kind: 'state', value: '01' }), 405],
  ])('%s', (_, octets, cause) => {
    const o = open({ nas });
    o.hear(octets);
    expect(o.acted).toEqual([]);
    expect(valuesOf(o.last().attributes, 'errorCause')).toEqual([cause]);
  });

  it('not if it names this NAS in every way', () => {
    const o = open({ nas });
    o.hear(disconnect({ kind: 'nasIdentifier', value: 'mag1' }, { kind: 'nasIpAddress', value: '192.0.2.7' }, { kind: 'nasIpv6Address', value: '2001:db8::7' }));
    expect(o.acted).toHaveLength(1);
  });
});
