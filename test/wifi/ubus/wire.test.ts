import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attribute } from '../../../agent/wifi/ubus/blob.ts';
import { boolean, fields, int32, numberAt, string, table, tableAt, tablesAt, textAt, type Table, type Value } from '../../../agent/wifi/ubus/blobmsg.ts';
import { asData, dataOf, message, splitter, statusText, type Message } from '../../../agent/wifi/ubus/message.ts';
import { decode, encode } from '../../../protocol/codec.ts';
import { everyPrefixHolds, holdsForAnyOctets, reasonOf } from '../../protocol/codecs.ts';
import { ubusDecoders } from './decoders.ts';
import { RECEIVED, SENT } from './vectors.ts';

const ALICE = '02:00:00:00:0a:01';
const read = (octets: Uint8Array): Message => decode(message, octets);

describe('what a real ubusd says', () => {
  test('its greeting numbers us', () => expect(read(RECEIVED.hello)).toEqual({ type: 'hello', seq: 0, peer: 0xc7b6ac2d, attributes: {} }));

  test.each([
    ['addedObject', 'data', 1, { objectId: 0x94e93a73 }],
    ['status', 'status', 1, { status: 0 }],
    ['lookup', 'data', 5, { objectPath: 'hostapd.phy0-ap0', objectId: 0x9c924ed3, objectType: 0x45c74543, signature: new Uint8Array() }],
    ['unsubscribe', 'unsubscribe', 1, { objectId: 0x393303c9, target: 0x9c924ed3 }],
  ] as const)('%s', (name, type, seq, attributes) => expect(read(RECEIVED[name])).toMatchObject({ type, seq, attributes }));

  test('a notification is an invocation of our subscriber', () => {
    const m = read(RECEIVED.notification);
    expect(m).toMatchObject({ type: 'invoke', attributes: { method: 'sta-authorized', noReply: 1, objectId: 0x393303c9, user: 'root' } });
    expect(textAt(dataOf(m), 'address')).toBe(ALICE);
    expect(read(RECEIVED.asyncNotification).attributes.noReply).toBeUndefined();
  });

  test('the stations with what hostapd knows of them', () => {
    const answer = dataOf(read(RECEIVED.clients));
    expect(numberAt(answer, 'freq')).toBe(2437);
    const alice = tableAt(tableAt(answer, 'clients') ?? new Map(), ALICE) ?? new Map<string, Value>();
    expect([numberAt(alice, 'authorized'), numberAt(alice, 'aid')]).toEqual([1, 1]);
    expect(tableAt(alice, 'bytes')?.get('rx')).toEqual({ type: 'int64', value: 123_456_789_012n });
    expect(alice.get('rrm')).toEqual({ type: 'array', value: [0, 0, 0, 0, 0].map(int32) });
    expect(tablesAt(alice, 'radius_attrs').map((a) => [numberAt(a, 'type'), textAt(a, 'value_hex')])).toEqual([[1, '616c69636540686f6d652e6578616d706c65']]);
  });
});

describe('what a real ubusd took from us', () => {
  const delClient = fields({ addr: string(ALICE), reason: int32(2), deauth: boolean(true), ban_time: int32(0) });
  const bss = 0x9c924ed3;
  test.each([
    ['addObject', { type: 'addObject', seq: 1, peer: 0, attributes: {} }],
    ['listen', { type: 'invoke', seq: 3, peer: 1, attributes: { objectId: 1, method: 'register', data: asData(fields({ object: int32(0x94e93a73), pattern: string('ubus.object.add') })) } }],
    ['lookup', { type: 'lookup', seq: 5, peer: 0, attributes: { objectPath: 'hostapd.phy0-ap0' } }],
    ['subscribe', { type: 'subscribe', seq: 7, peer: 0, attributes: { objectId: 0x393303c9, target: bss } }],
    ['getClients', { type: 'invoke', seq: 8, peer: bss, attributes: { objectId: bss, method: 'get_clients', data: new Uint8Array() } }],
    ['delClient', { type: 'invoke', seq: 10, peer: bss, attributes: { objectId: bss, method: 'del_client', data: asData(delClient) } }],
  ] as const)('%s', (name, m) => expect(encode(message, m)).toEqual(SENT[name]));
});

describe('what cannot be', () => {
  const blob = (id: number, payload: Uint8Array, extended = true): Uint8Array => encode(attribute, { id, extended, payload });
  const nested = (depth: number): Uint8Array => (depth === 0 ? blob(7, Uint8Array.of(0, 0, 0, 0, 1)) : blob(2, Uint8Array.from([0, 0, 0, 0, ...nested(depth - 1)])));
  test.each([
    ['an attribute shorter than its head', Uint8Array.of(0x83, 0, 0, 3), 'length'],
    ['an attribute longer than what is there', Uint8Array.of(0x83, 0, 0, 9, 0), 'truncated'],
    ['a name longer than its attribute', blob(3, Uint8Array.of(0, 9, 97, 0)), 'truncated'],
    ['a name without an end', blob(3, Uint8Array.of(0, 1, 97, 98)), 'value'],
    ['a text without an end', blob(3, Uint8Array.of(0, 0, 0, 0, 97)), 'value'],
    ['a number that is too short', blob(5, Uint8Array.of(0, 0, 0, 0, 1)), 'truncated'],
    ['a number that is too long', blob(7, Uint8Array.of(0, 0, 0, 0, 1, 2)), 'trailing'],
    ['a type that nobody knows', blob(9, Uint8Array.of(0, 0, 0, 0)), 'unknown-type'],
    ['tables in tables without end', nested(1000), 'value'],
  ])('%s is refused', (_, octets, reason) => expect(reasonOf(() => decode(table, octets))).toBe(reason));

  test.each([
    ['another version', 0, 1, 'value'],
    ['another type of message', 1, 99, 'unknown-type'],
  ])('%s is refused', (_, at, value, reason) => {
    const octets = RECEIVED.status.slice();
    octets[at] = value;
    expect(reasonOf(() => read(octets))).toBe(reason);
  });

  test('a text that is no UTF-8 is read all the same, since an SSID may be anything', () => {
    const got = decode(table, blob(3, Uint8Array.of(0, 0, 0, 0, 0xff, 0)));
    expect(textAt(got, '')).toBe('\u{fffd}');
  });

  test.each([
    ['a text', () => string('a\0b')],
    ['a number', () => int32(-1)],
  ])('%s that has no place on the wire is not sent', (_, value) => expect(() => asData(fields({ x: value() }))).toThrow(/./));

  test.each(ubusDecoders.map((d) => [d.name, d] as const))('any octets: %s', (_, d) => {
    holdsForAnyOctets(d, 300);
    everyPrefixHolds(d);
  });
});

const anyValue: fc.Arbitrary<Value> = fc.letrec<{ value: Value; table: Table }>((tie) => ({
  table: fc.array(fc.tuple(fc.string({ maxLength: 8 }).filter((s) => !s.includes('\0')), tie('value')), { maxLength: 4 }).map((all) => new Map(all)),
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    fc.string({ unit: 'grapheme' }).filter((s) => !s.includes('\0')).map(string),
    fc.nat().map(int32),
    fc.boolean().map(boolean),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value): Value => ({ type: 'int64', value })),
    fc.double().map((value): Value => ({ type: 'double', value })),
    fc.nat(65535).map((value): Value => ({ type: 'int16', value })),
    fc.uint8Array({ maxLength: 9 }).map((value): Value => ({ type: 'unspecified', value })),
    tie('table').map((value): Value => ({ type: 'table', value })),
    fc.array(tie('value'), { maxLength: 4 }).map((value): Value => ({ type: 'array', value })),
  ),
})).value;

test('whatever is written is read back the same', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('address', '__proto__', '', 'clients'), anyValue), (all) => {
      expect(decode(table, asData(fields(all)))).toEqual(fields(all));
    }),
  );
});

describe('a stream', () => {
  const all = Object.values(RECEIVED);
  const joined = Uint8Array.from(all.flatMap((m) => [...m]));

  test('is cut into the same messages, whatever pieces it comes in', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 50 }), (sizes) => {
        const cut = splitter();
        const got: Uint8Array[] = [];
        for (let at = 0, i = 0; at < joined.length; i++) got.push(...cut(joined.subarray(at, (at += sizes[i % sizes.length] ?? 1))));
        expect(got).toEqual(all);
      }),
      { numRuns: 30 },
    );
  });

  test.each([[3], [1_048_577], [0xff_ffff]])('a message of %i octets ends it', (length) => {
    const head = Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255);
    expect(reasonOf(() => splitter()(head))).toBe('length');
  });
});

test('a status is told in words', () => {
  expect([statusText(4), statusText(6), statusText(99)]).toEqual(['no such object', expect.stringMatching(/permission denied.*acl\.d/), 'status 99']);
});
