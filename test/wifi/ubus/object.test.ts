/** The agent's own object on ubus: what a real ubusd took and said, and one that goes, refuses or says nonsense. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { fields, int32, string } from '../../../agent/wifi/ubus/blobmsg.ts';
import { fromJson, toJson } from '../../../agent/wifi/ubus/json.ts';
import { message } from '../../../agent/wifi/ubus/message.ts';
import { createProvider, deadline, step, type Asked, type Provider, type ProviderEffect, type ProviderInput } from '../../../agent/wifi/ubus/object.ts';
import { decode, encode } from '../../../protocol/codec.ts';
import { OBJECT, RECEIVED } from './vectors.ts';

const METHODS = { status: {}, pause: {}, resume: {}, cap: { 'maximum-guests': 'int32', 'up-rate': 'string', 'down-rate': 'string' }, unclaim: {} } as const;
const HELLO = RECEIVED.hello;

let p: Provider;
let at: number;
beforeEach(() => {
  p = createProvider('roamstead', METHODS);
  at = 0;
});
const give = (input: ProviderInput): readonly ProviderEffect[] => step(p, input, at);
const hear = (...all: Uint8Array[]): readonly ProviderEffect[] => all.flatMap((octets) => give({ kind: 'octets', octets }));
const sent = (effects: readonly ProviderEffect[]): Uint8Array[] => effects.flatMap((e) => (e.kind === 'send' ? [e.octets] : []));
function published(): void {
  give({ kind: 'timer' });
  hear(HELLO, OBJECT.numbered, OBJECT.taken);
  expect(p.link).toBe('published');
}
function called(octets: Uint8Array = OBJECT.called): Asked {
  const call = hear(octets).find((e) => e.kind === 'call');
  if (call?.kind !== 'call') throw new Error('nobody was called');
  return call.asked;
}

describe('as a real ubusd had it', () => {
  test('the object is announced with its methods once ubusd greets', () => {
    expect(give({ kind: 'timer' })).toEqual([{ kind: 'open' }]);
    expect(sent(hear(HELLO))).toEqual([OBJECT.announced]);
    expect(hear(OBJECT.numbered, OBJECT.taken)).toEqual([{ kind: 'published' }]);
    expect(deadline(p)).toBeUndefined();
  });

  test("a call has the declared arguments, not rpcd's session; its answer is data and a status", () => {
    published();
    const [call] = hear(OBJECT.called);
    expect(call).toMatchObject({ kind: 'call', method: 'cap', given: fields({ 'maximum-guests': int32(3), 'up-rate': string('5Mbit/s') }) });
    if (call?.kind !== 'call') throw new Error('nobody was called');
    const result = fields({ 'maximum-guests': int32(3), 'up-rate': string('5Mbit/s'), command: string('agent cap') });
    expect(sent(give({ kind: 'answered', asked: call.asked, result }))).toEqual([OBJECT.answer, OBJECT.done]);
  });

  test('a method that is not there is refused', () => {
    published();
    expect(sent(hear(OBJECT.calledUnknown))).toEqual([OBJECT.unknown]);
  });
});

describe('what can go wrong', () => {
  test('an answer to a connection that is gone is nobody’s', () => {
    published();
    const asked = called();
    expect(give({ kind: 'failed', reason: 'ubusd closed the connection' }).at(-1)).toEqual({ kind: 'published', missing: 'ubusd closed the connection' });
    expect(give({ kind: 'answered', asked, result: new Map() })).toEqual([]);
    at = 500;
    published();
    expect(give({ kind: 'answered', asked, result: new Map() })).toEqual([]);
  });

  test('who wants no answer gets none', () => {
    published();
    const { attributes, ...m } = decode(message, OBJECT.called);
    const asked = called(encode(message, { ...m, attributes: { ...attributes, noReply: 1 } }));
    expect(give({ kind: 'answered', asked, result: new Map() })).toEqual([]);
  });

  test('arguments that cannot be read are counted and refused', () => {
    published();
    const { attributes, ...m } = decode(message, OBJECT.called);
    const [count, refusal] = hear(encode(message, { ...m, attributes: { ...attributes, data: Uint8Array.of(0, 0, 0, 1) } }));
    expect(count).toEqual({ kind: 'count', reason: 'ubus: length' });
    expect(refusal?.kind === 'send' && decode(message, refusal.octets).attributes.status).toBe(2);
  });

  test.each([
    ['a name that another process has', [HELLO, encode(message, { type: 'status', seq: 1, peer: 0, attributes: { status: 2 } })], /does not take the object roamstead: invalid argument; another process may have it/],
    ['octets of something else', [Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 0, 4)], /no ubusd/],
  ])('%s: said in words, and tried again', (_, octets, reason) => {
    give({ kind: 'timer' });
    const last = hear(...octets).at(-1);
    expect(last?.kind === 'published' ? last.missing : undefined).toMatch(reason);
    expect(deadline(p)?.at).toBe(500);
  });

  test('silence: given up after 3 s, and looked for after pauses that grow to half a minute', () => {
    const pauses: number[] = [];
    give({ kind: 'timer' });
    for (let i = 0; i < 9; i++) {
      at = deadline(p)?.at ?? Infinity;
      const lost = give({ kind: 'timer' });
      expect(lost.map((e) => e.kind)).toEqual(['close', 'published']);
      pauses.push((deadline(p)?.at ?? 0) - at);
      at = deadline(p)?.at ?? Infinity;
      expect(give({ kind: 'timer' })).toEqual([{ kind: 'open' }]);
    }
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('whatever ubusd says, it goes on', () => {
    const said = fc.oneof(fc.constantFrom<Uint8Array>(HELLO, ...Object.values(OBJECT), ...Object.values(RECEIVED)), fc.uint8Array({ maxLength: 60 }));
    fc.assert(
      fc.property(fc.array(said, { maxLength: 8 }), (all) => {
        const any = createProvider('roamstead', METHODS);
        step(any, { kind: 'timer' }, 0);
        for (const octets of all) step(any, { kind: 'octets', octets }, 1);
        expect(any.link === 'published' || deadline(any) !== undefined).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('values', () => {
  test('come as narrow as they fit, and numbers back as they were', () => {
    expect(fromJson({ a: 1, b: -2, c: 5e9, d: 1.5, e: true, f: null, g: ['x'], h: { i: 'y' }, left: undefined })).toEqual(
      new Map<string, unknown>([
        ['a', { type: 'int32', value: 1 }],
        ['b', { type: 'int32', value: 0xffff_fffe }],
        ['c', { type: 'int64', value: 5_000_000_000n }],
        ['d', { type: 'double', value: 1.5 }],
        ['e', { type: 'int8', value: 1 }],
        ['f', { type: 'unspecified', value: new Uint8Array() }],
        ['g', { type: 'array', value: [{ type: 'string', value: 'x' }] }],
        ['h', { type: 'table', value: new Map([['i', { type: 'string', value: 'y' }]]) }],
      ]),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.maxSafeInteger())), (given) => {
        const plain = Object.fromEntries(Object.entries(given).map(([k, value]) => [k, typeof value === 'string' ? value.replaceAll('\0', '') : value]));
        expect(toJson(fromJson(given))).toEqual(plain);
      }),
      { numRuns: 200 },
    );
  });

  test('what is neither text nor number is no argument', () => expect(toJson(fromJson({ a: ['x'], b: { c: 1 }, d: null, e: 'kept' }))).toEqual({ e: 'kept' }));
});
