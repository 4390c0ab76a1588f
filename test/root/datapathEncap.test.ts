/** Into the tunnel: DSCP, unknown addresses, what is too large, the TCP MSS. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checksum, pseudoHeaderSum } from '../../protocol/checksum.ts';
import { decode } from '../../protocol/codec.ts';
import { dataPacket } from '../../protocol/gre.ts';
import { decodeFirst, ipv4Packet, ipv6Packet } from '../../protocol/ip.ts';
import { hexOf } from '../vectors/index.ts';
import { VERDICT, makeBench } from '../datapath/bench.ts';
import type { Bench } from '../datapath/bench.ts';
import { syn, tcpFault, udp } from '../datapath/packets.ts';
import { HOST, PHONE, outerUp, path } from '../datapath/tunnels.ts';

let bench: Bench;
beforeAll(() => {
  bench = makeBench('encap');
});
afterAll(() => bench.remove());

describe('encapsulation', () => {
  test.each(['gre6', 'gre4', 'udp4'] as const)('DSCP and ECN go into the outer header over %s (RFC 6040 §4.1)', (transport) => {
    bench.device('pseudo', 'mag');
    bench.put(path('mag', transport));
    for (const [from, to] of [[PHONE.ipv4, HOST.ipv4], [PHONE.ipv6, HOST.ipv6]] as const) {
      const sent = bench.run('encap', udp(from, to, 10, { tos: 0xb9 }));
      expect(decode(dataPacket, sent.packet).outer.trafficClass).toBe(0xb9);
    }
  });

  test('an unknown source at the MAG and an unknown destination at the LMA are dropped and counted', () => {
    bench.drops();
    bench.device('pseudo', 'mag');
    expect(bench.run('encap', udp('192.0.2.77', HOST.ipv4, 10)).verdict).toBe(VERDICT.drop);
    bench.device('pseudo', 'lma');
    expect(bench.run('encap', udp(HOST.ipv4, '192.0.2.77', 10)).verdict).toBe(VERDICT.drop);
    expect(bench.drops()).toEqual({ unknownSource: 1, unknownDestination: 1 });
  });

  describe.each([
    ['IPv4', PHONE.ipv4, HOST.ipv4, 28, 1],
    ['IPv6', PHONE.ipv6, HOST.ipv6, 48, 2],
  ] as const)('of %s that is larger than the path\'s MTU', (family, from, to, overhead, index) => {
    beforeEach(() => {
      bench.device('pseudo', 'mag');
      bench.put(path('mag', 'gre6', { mtu: 1400 }, { index }));
      bench.drops();
    });

    test('begins one octet above it, and is left to the peer device', () => {
      expect(bench.run('encap', udp(from, to, 1400 - overhead)).verdict).toBe(VERDICT.redirect);
      expect(bench.run('encap', udp(from, to, 1401 - overhead)).verdict).toBe(VERDICT.ok);
      expect(bench.drops()).toEqual({});
    });

    test('ends in an ICMP error from the destination that quotes it, and not in one for every packet', () => {
      const large = udp(from, to, 1401 - overhead);
      const got = bench.run('again', large);
      expect(got.verdict).toBe(VERDICT.redirect);
      const quoted = large.subarray(0, 128);
      if (family === 'IPv4') {
        const error = decodeFirst(ipv4Packet, got.packet);
        expect(error).toMatchObject({ source: to, destination: from, protocol: 1 });
        expect([...error.payload.subarray(0, 2), ...error.payload.subarray(4, 8)]).toEqual([3, 4, 0, 0, 1400 >> 8, 1400 & 255]);
        expect(checksum(error.payload)).toBe(0);
        expect(hexOf(error.payload.subarray(8))).toBe(hexOf(quoted));
      } else {
        const error = decodeFirst(ipv6Packet, got.packet);
        expect(error).toMatchObject({ source: to, destination: from, nextHeader: 58 });
        expect([...error.payload.subarray(0, 2), ...error.payload.subarray(4, 8)]).toEqual([2, 0, 0, 0, 1400 >> 8, 1400 & 255]);
        expect(checksum(error.payload, pseudoHeaderSum(to, from, 58, error.payload.length))).toBe(0);
        expect(hexOf(error.payload.subarray(8))).toBe(hexOf(quoted));
      }
      const verdicts = Array.from({ length: 20 }, () => bench.run('again', large).verdict);
      expect(verdicts).toContain(VERDICT.drop);
      expect(bench.drops()).toEqual({ tooBig: 21 });
    });
  });

  test('IPv4 that may be fragmented is left to the stack of the peer device', () => {
    bench.device('pseudo', 'mag');
    bench.put(path('mag', 'gre6', { mtu: 1400 }));
    expect(bench.run('again', udp(PHONE.ipv4, HOST.ipv4, 1400, { dontFragment: false })).verdict).toBe(VERDICT.ok);
  });
});

describe('TCP MSS', () => {
  const mss = (value: number) => [2, 4, value >> 8, value & 255];
  const places: readonly (readonly [string, readonly number[], number])[] = [
    ['first', mss(1460), 0],
    ['after one NOP, at an odd offset', [1, ...mss(1460)], 1],
    ['after SACK permitted', [4, 2, ...mss(1460)], 2],
    ['after a timestamp and a NOP', [8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, ...mss(1460)], 11],
  ];
  const families = [['IPv4', PHONE.ipv4, HOST.ipv4, 20, 40], ['IPv6', PHONE.ipv6, HOST.ipv6, 40, 60]] as const;
  const mssOf = (ip: Uint8Array, header: number, at: number) => ((ip[header + 20 + at + 2] as number) << 8) | (ip[header + 20 + at + 3] as number);

  describe.each(families)('over %s', (_, from, to, header, overhead) => {
    test.each(places)('is lowered on the way up where it stands %s, at both ends, and the checksum stays right', (__, options, at) => {
      const original = syn(from, to, options);
      bench.device('pseudo', 'mag');
      bench.put(path('mag', 'gre6', { mtu: 1400 }));
      const sent = decode(dataPacket, bench.run('encap', original).packet).inner;
      bench.device('pseudo', 'lma');
      bench.put(path('lma', 'gre6', { mtu: 1300 }));
      const got = bench.run('decap', outerUp('gre6', original)).packet;
      for (const [packet, mtu] of [[sent, 1400], [got, 1300]] as const) {
        expect(mssOf(packet, header, at)).toBe(mtu - overhead);
        expect(tcpFault(packet, from, to)).toBe(0);
      }
    });

    test('a smaller one and one outside a SYN stay', () => {
      bench.device('pseudo', 'mag');
      bench.put(path('mag', 'gre6', { mtu: 1400 }));
      for (const original of [syn(from, to, mss(1000)), syn(from, to, mss(1460), 0x10), syn(from, to, [0, 0, 0, 0, ...mss(1460)]), syn(from, to, [3, 0, 0, 0, ...mss(1460)])]) {
        expect(hexOf(decode(dataPacket, bench.run('encap', original).packet).inner)).toBe(hexOf(original));
      }
    });
  });
});
