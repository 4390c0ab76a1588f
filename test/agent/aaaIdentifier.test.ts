/** Which MN-Identifier a station gets, by policy, and what counts as an NAI. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mnIdentifier, type IdentifierPolicy, type StationNames } from '../../agent/aaa/identifier.ts';
import { formatNai, octetsIn, parseNai } from '../../agent/aaa/nai.ts';
import { formatHex } from '../../protocol/mac.ts';

const MAC = '00:24:d7:8e:21:a4';
const OTHER_MAC = '02:24:d7:8e:21:a4';
const CUI = formatHex(new TextEncoder().encode('phone-7'));
const policy = (more: Partial<IdentifierPolicy> = {}): IdentifierPolicy => ({ from: ['profile', 'identity', 'cui', 'mac'], sharing: 'per-device', deviceTag: ['certificate', 'mac'], ...more });
const named = (names: Partial<StationNames>, more?: Partial<IdentifierPolicy>) => mnIdentifier(policy(more), { mac: MAC, ...names });

describe('an NAI (RFC 4282 §2.1)', () => {
  it.each(['joe', 'joe@example.com', 'fred@foo-9.com', 'eng.example!nancy@example.net', '@privatecorp.example', 'alice@xn--tmonesimerkki-bfbb.example', '0024.d78e.21a4', 'LAB\\alice', '0234150999999999@wlan.mnc015.mcc234.3gppnetwork.org', 'käthe@example.com', 'alice+0024d78e21a4@home.example'])('%s is one', (text) => {
    const nai = parseNai(text);
    expect(nai && formatNai(nai)).toBe(text);
  });

  it.each(['', '@', 'joe@', 'joe@example', 'joe@-example.com', 'joe@example..com', 'joe@example.com.', '.joe@example.com', 'joe smith@example.com', 'joe@example.com@example.net', 'joe"@example.com', 'jo,e', 'joe\n', 'joe\\\u0007', 'joe\u009b@example.com', `${'a'.repeat(242)}@example.com`])('%j is none', (text) => {
    expect(parseNai(text)).toBeUndefined();
  });

  it('253 octets are allowed, counted in UTF-8', () => {
    expect(parseNai(`${'a'.repeat(241)}@example.com`)).toBeDefined();
    expect(parseNai(`${'ä'.repeat(120)}@example.com`)).toMatchObject({ realm: 'example.com' });
    expect(parseNai(`${'ä'.repeat(121)}@example.com`)).toBeUndefined();
  });
});

describe('without EAP', () => {
  it("a profile's NAI stays bare, as in the seed's sample", () => {
    expect(named({ profile: 'mn0@example.com', cui: CUI })).toEqual({ nai: 'mn0@example.com' });
    expect(named({ profile: 'mn0@example.com' }, { sharing: 'per-account' })).toEqual({ nai: 'mn0@example.com' });
  });
  it('a Chargeable-User-Identity is the next, as text or in hex', () => {
    expect(named({ cui: CUI })).toEqual({ nai: 'phone-7' });
    expect(named({ cui: '00:ff:10' })).toEqual({ nai: '00ff10' });
  });
  it('the MAC is the last, in the seed’s spelling', () => {
    expect(named({})).toEqual({ nai: '0024.d78e.21a4' });
  });
  it('an NAI that is none is refused, and not repeated', () => {
    expect(named({ profile: 'some body' })).toEqual({ refused: 'the NAI of the profile does not follow RFC 4282 §2.1' });
    expect(named({ profile: 'some body' }, { from: ['mac'] })).toEqual({ nai: '0024.d78e.21a4' });
  });
  it('nothing to name it by is refused in words', () => {
    expect(named({}, { from: ['profile', 'identity'] })).toEqual({ refused: 'the station has none of the identifiers that the policy allows (profile, identity)' });
  });
});

describe('with EAP, per device', () => {
  const identity = 'alice@home.example';

  it('the identity gets the MAC as tag', () => {
    expect(named({ identity })).toEqual({ nai: 'alice+0024d78e21a4@home.example' });
  });
  it("so does the profile's NAI, which comes first", () => {
    expect(named({ identity, profile: 'subscriber-17@isp.example' })).toEqual({ nai: 'subscriber-17+0024d78e21a4@isp.example' });
  });
  it('one identity has one spelling', () => {
    expect(named({ identity: 'alice@HOME.Example' })).toEqual(named({ identity }));
    expect(named({ identity: 'Alice@home.example' })).not.toEqual(named({ identity }));
  });
  it('two devices on one account are never one node', () => {
    const names = [MAC, OTHER_MAC].map((mac) => mnIdentifier(policy(), { mac, identity, cui: CUI, profile: identity }));
    expect(new Set(names.map((n) => ('nai' in n ? n.nai : ''))).size).toBe(2);
  });
  it('a certificate outlives a new MAC, which then takes the session over', () => {
    const first = named({ identity, certificate: '0A:1B:2C' });
    expect(first).toEqual({ nai: 'alice+0a1b2c@home.example', exclusive: true });
    expect(named({ identity, certificate: '0a1b2c', mac: OTHER_MAC })).toEqual(first);
  });
  it('so does a Chargeable-User-Identity where the policy says that each device has one', () => {
    expect(named({ identity, cui: CUI }, { deviceTag: ['cui', 'mac'] })).toEqual({ nai: 'alice+phone-7@home.example', exclusive: true });
    expect(named({ identity }, { deviceTag: ['cui', 'mac'] })).toEqual({ nai: 'alice+0024d78e21a4@home.example' });
  });
  it('a tag that is no name becomes a hash', () => {
    expect(named({ identity, cui: '00:ff' }, { deviceTag: ['cui'] })).toEqual({ nai: expect.stringMatching(/^alice\+[0-9a-f]{32}@home\.example$/), exclusive: true });
  });
  it('a realm alone and a name alone are tagged too', () => {
    expect(named({ identity: '@home.example' })).toEqual({ nai: '+0024d78e21a4@home.example' });
    expect(named({ identity: 'alice' })).toEqual({ nai: 'alice+0024d78e21a4' });
  });
  it('an identity that is no NAI, or too long with its tag, gives way to the next', () => {
    expect(named({ identity: 'Alice Smith' })).toEqual({ nai: '0024.d78e.21a4' });
    expect(named({ identity: `${'a'.repeat(240)}@home.example` })).toEqual({ nai: '0024.d78e.21a4' });
  });
});

describe('with EAP, per account', () => {
  it('the NAI stays bare, and a new device takes the session over', () => {
    const first = named({ identity: 'alice@home.example' }, { sharing: 'per-account' });
    expect(first).toEqual({ nai: 'alice@home.example', exclusive: true });
    expect(named({ identity: 'alice@home.example', mac: OTHER_MAC }, { sharing: 'per-account' })).toEqual(first);
  });
});

it('whatever comes in, what goes out is an NAI of at most 253 octets', () => {
  const text = fc.oneof(fc.string({ maxLength: 260, unit: 'grapheme' }), fc.constantFrom('alice@home.example', 'bob', '@x.example'));
  const octets = fc.uint8Array({ minLength: 1, maxLength: 253 }).map(formatHex);
  const maybe = <T>(a: fc.Arbitrary<T>) => fc.option(a, { nil: undefined });
  fc.assert(
    fc.property(maybe(text), maybe(text), maybe(octets), maybe(text), fc.constantFrom('per-device' as const, 'per-account' as const), (profile, identity, cui, certificate, sharing) => {
      const names = { mac: MAC, ...(profile === undefined ? {} : { profile }), ...(identity === undefined ? {} : { identity }), ...(cui === undefined ? {} : { cui }), ...(certificate === undefined ? {} : { certificate }) };
      const result = mnIdentifier(policy({ sharing, deviceTag: ['cui', 'certificate', 'mac'] }), names);
      if ('refused' in result) return;
      expect(octetsIn(result.nai)).toBeLessThanOrEqual(253);
      expect(parseNai(result.nai)).toBeDefined();
    }),
  );
});
