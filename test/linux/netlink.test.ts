import { describe, expect, test } from 'vitest';
import { decode, encode, struct, u8 } from '../../protocol/codec.ts';
import { cString, n16, n32 } from '../../linux/abi.ts';
import { decodeLink } from '../../linux/netlink/link.ts';
import { decodeNeighbour } from '../../linux/netlink/neighbour.ts';
import { decodeRoute } from '../../linux/netlink/route.ts';
import { attributes, decodeMessages, encodeMessage, ip, layout } from '../../linux/netlink/wire.ts';

const native16 = (n: number) => [...new Uint8Array(Uint16Array.of(n).buffer)];
const native32 = (n: number) => [...new Uint8Array(Uint32Array.of(n).buffer)];
const table = attributes({ number: [1, n32], text: [2, cString], address: [3, ip], inner: [4, attributes({ small: [1, n16] })] });

describe('netlink attributes', () => {
  test('are written with length, number and padding', () => {
    expect([...encode(table, { text: 'ab', number: 7 })]).toEqual([...native16(8), ...native16(1), ...native32(7), ...native16(7), ...native16(2), 0x61, 0x62, 0, 0]);
  });
  test.each([{}, { number: 1 }, { text: '' }, { address: '192.0.2.1' }, { address: '2001:db8::1', inner: { small: 3 } }])('%j comes back', (value) => {
    expect(decode(table, encode(table, value))).toEqual(value);
  });
  test('unknown ones are skipped, and the flag bits of a number do not matter', () => {
    const bytes = Uint8Array.from([...native16(5), ...native16(99), 1, 0, 0, 0, ...native16(8), ...native16(0x8004), ...native16(6), ...native16(1), ...native16(5), 0, 0]);
    bytes.set(native16(12), 8);
    expect(decode(table, bytes)).toEqual({ inner: { small: 5 } });
  });
  test('a length past the end or below the header is refused', () => {
    expect(() => decode(table, Uint8Array.from([...native16(40), ...native16(1), 0, 0, 0, 0]))).toThrow(/octets wanted/);
    expect(() => decode(table, Uint8Array.from([...native16(3), ...native16(1)]))).toThrow(/shorter than its header/);
  });
  test('an address of another length is refused', () => {
    expect(() => decode(table, Uint8Array.from([...native16(7), ...native16(3), 1, 2, 3, 0]))).toThrow(/address of 3 octets/);
  });
  test('follow a fixed part', () => {
    const codec = layout(struct({ family: u8 }), { number: [1, n32] });
    expect(decode(codec, encode(codec, { family: 2, number: 5 }))).toEqual({ family: 2, number: 5 });
  });
});

describe('netlink messages', () => {
  const first = { type: 16, flags: 5, sequence: 9, body: Uint8Array.of(1, 2, 3) };
  const second = { type: 3, flags: 2, sequence: 10, body: new Uint8Array(0) };
  test('several share a datagram', () => {
    const datagram = Uint8Array.from([...encodeMessage(first), ...encodeMessage(second)]);
    expect(datagram).toHaveLength(36);
    expect(decodeMessages(datagram)).toEqual([first, second]);
  });
  test('lengths are not trusted', () => {
    const datagram = encodeMessage(first);
    expect(() => decodeMessages(datagram.subarray(0, 18))).toThrow(/octets wanted/);
    datagram.set(native32(4));
    expect(() => decodeMessages(datagram)).toThrow(/a netlink message of 4 octets/);
    expect(decodeMessages(new Uint8Array(0))).toEqual([]);
  });
});

describe('what is none of ours', () => {
  test('a bridge forwarding entry is no neighbour', () => expect(decodeNeighbour(Uint8Array.from([7, ...Array<number>(11).fill(0)]))).toBeUndefined());
  test('a multicast route is no route here', () => expect(decodeRoute(Uint8Array.from([2, 32, 0, 0, 255, 2, 0, 5, 0, 0, 0, 0]))).toBeUndefined());
  test('a link without a MAC has none', () => {
    const body = Uint8Array.from([0, 0, ...native16(65534), ...native32(4), ...native32(0x41), ...native32(0), ...native16(9), ...native16(3), 0x74, 0x75, 0x6e, 0x30, 0, 0, 0, 0]);
    expect(decodeLink(body)).toEqual({ index: 4, name: 'tun0', mtu: 0, hardware: 65534, up: true, running: true });
  });
});
