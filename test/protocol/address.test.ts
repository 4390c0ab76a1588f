/** Addresses as values: canonical text, prefixes, masks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalIp, formatIpv4, formatIpv6, inPrefix, ipv4FromNumber, ipv4ToNumber, isIpv4, isIpv6, isLinkLocal, isUnicastIp, linkLocalOf, MAG_LINK_LOCAL, MAG_MAC, maskIpv4, maskIpv6, netmask, parseIpv4, parseIpv6, parsePrefix, sameSubnet,
} from '../../protocol/address.ts';
import { checksum, pseudoHeaderSum } from '../../protocol/checksum.ts';
import { earliest, lifetimeFromUnits, lifetimeToUnits, timestampOf } from '../../protocol/units.ts';
import { octetsOf } from '../vectors/index.ts';

const octets = (n: number) => fc.uint8Array({ minLength: n, maxLength: n });

describe('IPv6 text', () => {
  it.each([
    ['2001:0db8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:DB8::', '2001:db8::'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'], // one group of zeros is not shortened (RFC 5952 §4.2.2)
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'], // the longest run
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'], // the first of equals
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['fe80::200:5eff:fe00:5213', MAG_LINK_LOCAL],
  ])('%s is %s', (text, canonical) => expect(canonicalIp(text)).toBe(canonical));

  it.each(['', ':', ':::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1::2::3', '12345::', 'g::', '1.2.3.4', '::1.2.3', '2001:db8::1%eth0'])('"%s" is refused', (text) => expect(isIpv6(text)).toBe(false));
  it('any 16 octets survive', () => fc.assert(
      fc.property(octets(16), (o) => {
        expect(parseIpv6(formatIpv6(o))).toEqual(o);
      }),
    ));
});

describe('IPv4 text', () => {
  it('any 4 octets survive, as text and as number', () =>
    fc.assert(
      fc.property(octets(4), (o) => {
        const text = formatIpv4(o);
        expect(parseIpv4(text)).toEqual(o);
        expect(ipv4FromNumber(ipv4ToNumber(text))).toBe(text);
      }),
    ));
  it.each(['1.2.3', '1.2.3.4.5', '256.1.1.1', '1.2.3.x', ''])('"%s" is refused', (text) => expect(isIpv4(text)).toBe(false));
  it('masks', () => {
    expect(netmask(24)).toBe('255.255.255.0');
    expect(netmask(0)).toBe('0.0.0.0');
    expect(netmask(32)).toBe('255.255.255.255');
    expect(maskIpv4('192.0.2.77', 25)).toBe('192.0.2.0');
    expect(sameSubnet('192.0.2.1', '192.0.2.254', 24)).toBe(true);
    expect(sameSubnet('192.0.2.1', '192.0.3.1', 24)).toBe(false);
  });
});

describe('prefixes', () => {
  it('are masked', () => expect(parsePrefix('2001:db8:1:2:3::/60')).toEqual({ address: '2001:db8:1::', length: 60 }));
  it.each(['2001:db8::', '2001:db8::/129', 'x/64', '/64'])('"%s" is refused', (text) => expect(() => parsePrefix(text)).toThrow(RangeError));
  it('hold what they should', () => {
    expect(inPrefix('2001:db8::1', parsePrefix('2001:db8::/64'))).toBe(true);
    expect(inPrefix('2001:db8:0:1::1', parsePrefix('2001:db8::/64'))).toBe(false);
    expect(maskIpv6('2001:db8::ffff', 128)).toBe('2001:db8::ffff');
    expect(maskIpv6('2001:db8::ffff', 0)).toBe('::');
  });
});

it('a MAC makes a link-local address', () => {
  expect(linkLocalOf(MAG_MAC)).toBe(MAG_LINK_LOCAL);
  expect(isLinkLocal('fe80::1')).toBe(true);
  expect(isLinkLocal('fec0::1')).toBe(false);
});

it.each([['::', false], ['ff02::1', false], ['2001:db8::1', true], ['0.0.0.0', false], ['224.0.0.1', false], ['255.255.255.255', false], ['192.0.2.1', true]])('%s unicast: %s', (address, is) => expect(isUnicastIp(address)).toBe(is));

describe('units', () => {
  it('lifetimes are counted in 4 s, rounded down, and a short wish stays alive', () => {
    expect([0, 1, 3, 4, 7, 3600, 262_140, 1e9].map(lifetimeToUnits)).toEqual([0, 1, 1, 1, 1, 900, 65535, 65535]);
    expect(lifetimeFromUnits(900)).toBe(3600);
  });
  it('a timestamp counts 1/65536 s since 1970', () => expect(timestampOf(1_767_225_600_500)).toBe((0x6955b900n << 16n) | 0x8000n));
  it('the earliest deadline wins', () => {
    expect(earliest(undefined, { at: 5, why: 'b' }, { at: 3, why: 'a' }, undefined)).toEqual({ at: 3, why: 'a' });
    expect(earliest()).toBeUndefined();
  });
});

it('a checksum over its own packet is zero', () => {
  const mh = octetsOf('3b010d00a38f00000000000701020000');
  expect(checksum(mh, pseudoHeaderSum('2001:db8:cafe:1025::15', '2001:db8:cafe:1024::101', 135, mh.length))).toBe(0);
});
