/** Out of the tunnel: the vectors, who is let in, ECN, and what is malformed. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decode } from '../../protocol/codec.ts';
import { dataPacket } from '../../protocol/gre.ts';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, ipv4Packet } from '../../protocol/ip.ts';
import { hexOf } from '../vectors/index.ts';
import { ENDS, VERDICT, makeBench } from '../datapath/bench.ts';
import type { Bench } from '../datapath/bench.ts';
import { udp } from '../datapath/packets.ts';
import { DOWN, HOST, PHONE, UP, innerOf, outerUp, path, vector } from '../datapath/tunnels.ts';

let bench: Bench;
beforeAll(() => {
  bench = makeBench('decap');
});
afterAll(() => bench.remove());

describe('the vectors', () => {
  test.each([
    ['data-gre6-ipv4-up', 'gre6'],
    ['data-gre6-ipv6-up', 'gre6'],
    ['data-gre4-ipv6-up', 'gre4'],
    ['data-udp-tlv-gre-ipv4-up', 'udp4'],
  ] as const)('%s is what the MAG sends, and the LMA unwraps it', (name, transport) => {
    const inner = innerOf(name);
    bench.device('pseudo', 'mag');
    bench.put(path('mag', transport));
    const sent = bench.run('encap', inner);
    expect(sent.verdict).toBe(VERDICT.redirect);
    const { udp: _udp, ...decoded } = decode(dataPacket, sent.packet);
    const wanted = decode(dataPacket, vector(name));
    expect({ ...decoded, outer: { ...decoded.outer, identification: 0 } }).toEqual({ gre: wanted.gre, ...(wanted.tlv ? { tlv: true } : {}), inner, outer: { ...wanted.outer, identification: 0 } });
    bench.device('pseudo', 'lma');
    bench.put(path('lma', transport));
    const got = bench.run('decap', vector(name));
    expect(got).toMatchObject({ verdict: VERDICT.redirect, etherType: inner[0] === 0x45 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6 });
    expect(hexOf(got.packet.subarray(0, inner.length))).toBe(hexOf(inner));
  });

  test.each(['data-ip6ip6-up', 'data-ip4ip4-up'])('%s is not ours and goes on to the stack', (name) => {
    bench.device('pseudo', 'lma');
    expect(bench.run('decap', vector(name)).verdict).toBe(VERDICT.pass);
  });
});

describe.each(['gre6', 'gre4', 'udp4'] as const)('decapsulation at the LMA over %s', (transport) => {
  const inner = udp(PHONE.ipv4, HOST.ipv4, 100);
  beforeEach(() => {
    bench.device('pseudo', 'lma');
    bench.put(path('lma', transport));
    bench.drops();
  });

  test('an unknown key is counted; plain GRE goes to the stack, UDP 5437 does not', () => {
    const { verdict } = bench.run('decap', outerUp(transport, inner, { gre: { checksummed: false, key: 0x99 } }));
    expect(verdict).toBe(transport === 'udp4' ? VERDICT.drop : VERDICT.pass);
    expect(bench.drops()).toEqual({ unknownKey: 1 });
  });

  test.each(['source', 'destination'])('a known key with another outer %s is dropped', (field) => {
    const wrong = transport === 'gre6' ? '2001:db8::bad' : '198.51.100.66';
    expect(bench.run('decap', outerUp(transport, inner, {}, { [field]: wrong })).verdict).toBe(VERDICT.drop);
    expect(bench.drops()).toEqual({ wrongPeer: 1 });
  });

  test.each([
    ['IPv4', udp('192.0.2.77', HOST.ipv4, 100)],
    ['IPv6', udp('2001:db8:f00d:2::1', HOST.ipv6, 100)],
  ])('an inner %s source of somebody else is dropped', (_, forged) => {
    expect(bench.run('decap', outerUp(transport, forged)).verdict).toBe(VERDICT.drop);
    expect(bench.drops()).toEqual({ wrongAddress: 1 });
  });

  test('a second home network prefix is the session\'s too', () => {
    bench.put(path('lma', transport, {}, { prefixes: [{ address: PHONE.prefix, length: 64 }, { address: '2001:db8:f00d:3::', length: 64 }] }));
    expect(bench.run('decap', outerUp(transport, udp('2001:db8:f00d:3::1', HOST.ipv6, 100))).verdict).toBe(VERDICT.redirect);
    expect(bench.drops()).toEqual({});
  });

  test('a GRE sequence number is skipped', () => {
    const got = bench.run('decap', outerUp(transport, inner, { gre: { checksummed: false, key: UP, sequence: 7 } }));
    expect(got.verdict).toBe(VERDICT.redirect);
    expect(hexOf(got.packet)).toBe(hexOf(inner));
  });

  test('the shortest of packets keeps its length, padded by the outer network or not', () => {
    const short = udp(PHONE.ipv4, HOST.ipv4, 1);
    for (const frame of [outerUp(transport, short), Uint8Array.from([...outerUp(transport, short), 0, 0, 0, 0])]) {
      const before = bench.counted(3).upOctets;
      const got = bench.run('decap', frame);
      expect(got.verdict).toBe(VERDICT.redirect);
      expect(hexOf(got.packet.subarray(0, short.length))).toBe(hexOf(short));
      expect(bench.counted(3).upOctets - before).toBe(29);
    }
  });

  test('every prefix of a tunnel packet is passed on or counted, and never forwarded', () => {
    const whole = outerUp(transport, inner);
    for (let length = transport === 'gre6' ? 40 : 20; length < whole.length; length++) expect(bench.run('decap', whole.subarray(0, length)).verdict).not.toBe(VERDICT.redirect);
  });

  test.each([
    [0, 0, 0], [0, 1, 0], [0, 2, 0], [0, 3, undefined],
    [1, 0, 1], [1, 1, 1], [1, 2, 1], [1, 3, 3],
    [2, 0, 2], [2, 1, 1], [2, 2, 2], [2, 3, 3],
    [3, 0, 3], [3, 1, 3], [3, 2, 3], [3, 3, 3],
  ])('ECN: inner %i under outer %i becomes %s (RFC 6040 §4.2)', (inside, outside, result) => {
    const DSCP = 0xb8;
    for (const [from, to, classOf] of [
      [PHONE.ipv4, HOST.ipv4, (p: Uint8Array) => p[1]],
      [PHONE.ipv6, HOST.ipv6, (p: Uint8Array) => (((p[0] as number) << 4) | ((p[1] as number) >> 4)) & 0xff],
    ] as const) {
      const got = bench.run('decap', outerUp(transport, udp(from, to, 20, { tos: DSCP | inside }), {}, { trafficClass: outside }));
      expect(got.verdict).toBe(result === undefined ? VERDICT.drop : VERDICT.redirect);
      if (result !== undefined) expect(classOf(got.packet)).toBe(DSCP | result);
      if (result !== undefined && from === PHONE.ipv4) expect(() => decode(ipv4Packet, got.packet)).not.toThrow(); // its checksum
    }
    expect(bench.drops()).toEqual(result === undefined ? { congestion: 2 } : {});
  });
});

describe('decapsulation', () => {
  test('an outer tunnel encapsulation limit option is skipped (RFC 2473 §4.1.1)', () => {
    bench.device('pseudo', 'lma');
    bench.put(path('lma', 'gre6'));
    const inner = udp(PHONE.ipv6, HOST.ipv6, 50);
    const outer = outerUp('gre6', inner);
    const limit = [47, 0, 4, 1, 4, 1, 0, 0];
    const limited = Uint8Array.from([...outer.subarray(0, 4), 0, outer.length - 40 + 8, 60, ...outer.subarray(7, 40), ...limit, ...outer.subarray(40)]);
    const got = bench.run('decap', limited);
    expect(got.verdict).toBe(VERDICT.redirect);
    expect(hexOf(got.packet)).toBe(hexOf(inner));
  });

  test.each([
    ['GRE with a checksum', 'gre4', { gre: { checksummed: true, key: UP } }, VERDICT.pass, {}],
    ['GRE without a key', 'gre4', { gre: { checksummed: false } }, VERDICT.pass, {}],
    ['UDP with a TLV header and GRE without a key', 'udp4', { gre: { checksummed: false } }, VERDICT.drop, { malformed: 1 }],
  ] as const)('%s', (_, transport, change, verdict, drops) => {
    bench.device('pseudo', 'lma');
    bench.put(path('lma', transport));
    bench.drops();
    expect(bench.run('decap', outerUp(transport, udp(PHONE.ipv4, HOST.ipv4, 10), change)).verdict).toBe(verdict);
    expect(bench.drops()).toEqual(drops);
  });

  test.each([['longer', 1], ['shorter', -1]])('L52: a TLV length that is %s than the datagram says is discarded', (_, by) => {
    bench.device('pseudo', 'lma');
    bench.put(path('lma', 'udp4'));
    bench.drops();
    const packet = outerUp('udp4', udp(PHONE.ipv4, HOST.ipv4, 10));
    const lengthAt = 20 + 8 + 3;
    packet[lengthAt] = (packet[lengthAt] as number) + by;
    expect(bench.run('decap', packet).verdict).toBe(VERDICT.drop);
    expect(bench.drops()).toEqual({ malformed: 1 });
  });

  test('fragments of tunnel packets are counted and left to the stack', () => {
    bench.device('pseudo', 'lma');
    bench.put(path('lma', 'gre4'));
    bench.drops();
    const packet = outerUp('gre4', udp(PHONE.ipv4, HOST.ipv4, 10));
    packet.set([0x20, 0], 6);
    expect(bench.run('decap', packet).verdict).toBe(VERDICT.pass);
    expect(bench.drops()).toEqual({ fragment: 1 });
  });

  test('at the MAG the inner destination counts', () => {
    bench.device('pseudo', 'mag');
    bench.put(path('mag', 'gre6'));
    bench.drops();
    const down = (inner: Uint8Array) => outerUp('gre6', inner, { gre: { checksummed: false, key: DOWN } }, { source: ENDS.lma.gre6, destination: ENDS.mag.gre6 });
    expect(bench.run('decap', down(udp(HOST.ipv4, PHONE.ipv4, 10))).verdict).toBe(VERDICT.redirect);
    expect(bench.run('decap', down(udp(PHONE.ipv4, HOST.ipv4, 10))).verdict).toBe(VERDICT.drop);
    expect(bench.drops()).toEqual({ wrongAddress: 1 });
  });
});
