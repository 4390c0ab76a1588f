import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../protocol/codec.ts';
import { WORD, int, n16, n32, size } from '../../linux/abi.ts';
import { decodeControl, encodeControl } from '../../linux/control.ts';
import { decodeUnix, encodeUnix, in6Pktinfo, inPktinfo, sockaddrIn, sockaddrIn6, sockaddrLl, sockaddrNl } from '../../linux/sockaddr.ts';

const native16 = (n: number) => [...new Uint8Array(Uint16Array.of(n).buffer)];
const native32 = (n: number) => [...new Uint8Array(Uint32Array.of(n).buffer)];

describe('native integers', () => {
  test('are as the machine keeps them', () => {
    expect([...encode(n16, 0x1234)]).toEqual(native16(0x1234));
    expect([...encode(n32, 0xfedcba98)]).toEqual(native32(0xfedcba98));
    expect([...encode(int, -2)]).toEqual(native32(0xfffffffe));
  });
  test.each([0, 1, 0x7fffffff, 0x80000000, 0xffffffff])('%i comes back', (n) => {
    expect(decode(n32, encode(n32, n))).toBe(n);
    expect(decode(size, encode(size, n))).toBe(n);
  });
  test.each([0, -1, -0x80000000, 0x7fffffff])('int %i comes back', (n) => expect(decode(int, encode(int, n))).toBe(n));
  test('size_t has the width of a word', () => expect(encode(size, 5)).toHaveLength(WORD));
});

describe('socket addresses', () => {
  test('IPv4', () => {
    const bytes = encode(sockaddrIn, { port: 5436, address: '192.0.2.1' });
    expect([...bytes]).toEqual([...native16(2), 0x15, 0x3c, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(decode(sockaddrIn, bytes)).toEqual({ port: 5436, address: '192.0.2.1' });
  });
  test('IPv6 with a scope', () => {
    const bytes = encode(sockaddrIn6, { port: 0, address: 'fe80::1', scope: 7 });
    expect(bytes).toHaveLength(28);
    expect(Array.from(bytes.subarray(24))).toEqual(native32(7));
    expect(decode(sockaddrIn6, bytes)).toEqual({ port: 0, address: 'fe80::1', scope: 7 });
  });
  test('another family is refused', () => {
    expect(() => decode(sockaddrIn, encode(sockaddrIn6, { port: 0, address: '::', scope: 0 }).slice(0, 16))).toThrow(/where 2 belongs/);
  });
  test('packet', () => {
    const bytes = encode(sockaddrLl, { protocol: 0x0806, index: 3, hardware: 1, type: 0, length: 6, mac: '00:00:5e:00:52:13' });
    expect([...bytes]).toEqual([...native16(17), 8, 6, ...native32(3), ...native16(1), 0, 6, 0, 0, 0x5e, 0, 0x52, 0x13, 0, 0]);
  });
  test('netlink', () => {
    expect([...encode(sockaddrNl, { port: 9, groups: 0x51 })]).toEqual([...native16(16), 0, 0, ...native32(9), ...native32(0x51)]);
  });
  test.each(['/run/hostapd/wlan0', '@abstract', '@ä'])('UNIX %s', (path) => expect(decodeUnix(encodeUnix(path))).toBe(path));
  test('UNIX, on the wire', () => {
    expect([...encodeUnix('/a')]).toEqual([...native16(1), 0x2f, 0x61, 0]);
    expect([...encodeUnix('@a')]).toEqual([...native16(1), 0, 0x61]);
    expect(decodeUnix(Uint8Array.from(native16(1)))).toBe('');
    expect(decodeUnix(Uint8Array.from([...native16(1), 0x2f, 0x61]))).toBe('/a');
  });
  test.each(['', 'x'.repeat(108)])('UNIX refuses %j', (path) => expect(() => encodeUnix(path)).toThrow(/1 to 107 octets/));
});

describe('ancillary data', () => {
  const messages = [
    { level: 41, type: 50, data: encode(in6Pktinfo, { address: '2001:db8::1', index: 4 }) },
    { level: 0, type: 8, data: encode(inPktinfo, { index: 2, local: '192.0.2.1', header: '255.255.255.255' }) },
    { level: 1, type: 1, data: Uint8Array.of(1, 2, 3) },
  ];
  test('comes back', () => expect(decodeControl(encodeControl(messages))).toEqual(messages));
  test('each value begins at a word', () => {
    expect(encodeControl(messages).length % WORD).toBe(0);
    expect(encodeControl([messages[2] as (typeof messages)[0]])).toHaveLength(2 * WORD + 8);
  });
  test('without the padding of the last one', () => {
    const bytes = encodeControl(messages);
    expect(decodeControl(bytes.subarray(0, bytes.length - WORD + 3))).toEqual(messages);
  });
  test('a length past the end is refused', () => {
    const bytes = encodeControl(messages);
    bytes.set(encode(size, 4000));
    expect(() => decodeControl(bytes)).toThrow(/octets wanted/);
    bytes.set(encode(size, 3));
    expect(() => decodeControl(bytes)).toThrow();
  });
});
