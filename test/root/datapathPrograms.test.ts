/** Packet in, packet out: the programs one by one, against the vectors and the bugs that the prototype met. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checksum, pseudoHeaderSum } from '../../protocol/checksum.ts';
import { decode, encode } from '../../protocol/codec.ts';
import { dataPacket } from '../../protocol/gre.ts';
import type { DataPacket } from '../../protocol/gre.ts';
import { decodeFirst, ipv4Packet, ipv6Packet } from '../../protocol/ip.ts';
import type { Path, Tunnel, TunnelTransport } from '../../protocol/paths.ts';
import { hexOf, octetsOf, vectors } from '../vectors/index.ts';
import { ENDS, VERDICT, makeBench } from '../datapath/bench.ts';
import type { Bench } from '../datapath/bench.ts';
import { ipPacket, syn, tcpFault, udp } from '../datapath/packets.ts';
import { keepalive } from '../../linux/datapath/keepalive.ts';

const UP = 0x0b000007;
const DOWN = 0x0d000009;
const PHONE = { ipv4: '192.0.2.1', ipv6: '2001:db8:f00d:1:224:d7ff:fe8e:21a4', prefix: '2001:db8:f00d:1::' };
const HOST = { ipv4: '203.0.113.200', ipv6: '2001:db8:ffff::80' };
const IPV4 = 0x0800;
const IPV6 = 0x86dd;

let bench: Bench;
beforeAll(() => {
  bench = makeBench('programs');
});
afterAll(() => bench.remove());

const end = (side: 'mag' | 'lma', transport: TunnelTransport) => (transport === 'gre6' ? ENDS[side].gre6 : ENDS[side].ipv4);

function path(side: 'mag' | 'lma', transport: TunnelTransport, change: Partial<Tunnel> = {}, rest: Partial<Path> = {}): Path {
  const other = side === 'mag' ? 'lma' : 'mag';
  const keys = side === 'mag' ? { sendKey: UP, receiveKey: DOWN } : { sendKey: DOWN, receiveKey: UP };
  return {
    index: 3, space: 0, ipv4: PHONE.ipv4, prefixes: [{ address: PHONE.prefix, length: 64 }],
    tunnel: { transport, local: end(side, transport), remote: end(other, transport), remotePort: 5437, mtu: 1452, ...keys, ...change },
    ...rest,
  };
}

const vector = (name: string) => octetsOf(vectors.find((v) => v.name === name)?.hex ?? '');
const innerOf = (name: string) => decode(dataPacket, vector(name)).inner;

/** What a MAG sends towards the LMA, by the codec. */
const outerUp = (transport: TunnelTransport, inner: Uint8Array, change: Partial<DataPacket> = {}, outer: object = {}): Uint8Array =>
  encode(dataPacket, {
    outer: transport === 'gre6'
      ? { version: 6, trafficClass: 0, flowLabel: 0, hopLimit: 64, source: ENDS.mag.gre6, destination: ENDS.lma.gre6, ...outer }
      : { version: 4, trafficClass: 0, identification: 0, dontFragment: true, moreFragments: false, fragmentOffset: 0, ttl: 64, source: ENDS.mag.ipv4, destination: ENDS.lma.ipv4, options: new Uint8Array(0), ...outer },
    ...(transport === 'udp4' ? { udp: { sourcePort: 5437, destinationPort: 5437 }, tlv: true as const } : {}),
    gre: { checksummed: false, key: UP },
    inner,
    ...change,
  });

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
    expect(got).toMatchObject({ verdict: VERDICT.redirect, etherType: inner[0] === 0x45 ? IPV4 : IPV6 });
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

describe('a tunnel end behind a NAT', () => {
  const inner = udp(PHONE.ipv4, HOST.ipv4, 10);
  const from = (source: string, sourcePort: number, packet = inner) => outerUp('udp4', packet, { udp: { sourcePort, destinationPort: 5437 } }, { source });
  const STRAGGLERS_OVER = 1n;
  const now = () => process.hrtime.bigint();
  const put = (since: bigint, change: Partial<Tunnel> = {}) => bench.put(path('lma', 'udp4', { remotePort: 0, ...change }), { learns: true, since });
  beforeEach(() => {
    bench.device('pseudo', 'lma');
    bench.drops();
  });

  test('nothing is sent before its port is known, and then to it', () => {
    put(now());
    expect(bench.run('encap', udp(HOST.ipv4, PHONE.ipv4, 10)).verdict).toBe(VERDICT.drop);
    expect(bench.drops()).toEqual({ notLearned: 1 });
    expect(bench.run('decap', from(ENDS.mag.ipv4, 40_000)).verdict).toBe(VERDICT.redirect);
    expect(bench.learned(UP)).toEqual({ address: ENDS.mag.ipv4, port: 40_000 });
    expect(decode(dataPacket, bench.run('encap', udp(HOST.ipv4, PHONE.ipv4, 10)).packet)).toMatchObject({ udp: { sourcePort: 5437, destinationPort: 40_000 }, outer: { destination: ENDS.mag.ipv4 } });
  });

  test('a changed mapping is followed', () => {
    put(STRAGGLERS_OVER, { remotePort: 40_000 });
    bench.run('decap', from('198.51.100.99', 41_000));
    expect(bench.learned(UP)).toEqual({ address: '198.51.100.99', port: 41_000 });
  });

  test('not by a packet whose inner source is not the session\'s', () => {
    put(STRAGGLERS_OVER, { remotePort: 40_000 });
    expect(bench.run('decap', from('198.51.100.99', 41_000, udp('192.0.2.77', HOST.ipv4, 10))).verdict).toBe(VERDICT.drop);
    expect(bench.learned(UP)).toEqual({ address: ENDS.mag.ipv4, port: 40_000 });
    expect(bench.drops()).toEqual({ wrongAddress: 1 });
  });

  test('not by a straggler of the old home just after the path moved', () => {
    put(now(), { remotePort: 40_000 });
    expect(bench.run('decap', from('198.51.100.99', 41_000)).verdict).toBe(VERDICT.drop);
    expect(bench.learned(UP)).toEqual({ address: ENDS.mag.ipv4, port: 40_000 });
    expect(bench.drops()).toEqual({ wrongPeer: 1 });
  });

  test.each([
    ['IPv4', path('mag', 'udp4')],
    ['IPv6', path('mag', 'udp4', {}, { prefixes: [{ address: PHONE.prefix, length: 64 }] })],
  ])('a keepalive teaches the port, is consumed and not counted (%s)', (family, magPath) => {
    const { ipv4: _ipv4, ...sixOnly } = magPath;
    put(now());
    const before = bench.counted(3);
    const payload = keepalive(family === 'IPv6' ? sixOnly : magPath);
    const packet = encode(ipv4Packet, {
      version: 4, trafficClass: 0, identification: 0, dontFragment: true, moreFragments: false, fragmentOffset: 0, ttl: 64, protocol: 17, source: ENDS.mag.ipv4, destination: ENDS.lma.ipv4, options: new Uint8Array(0),
      payload: Uint8Array.from([0x9c, 0x40, 0x15, 0x3d, 0, payload.length + 8, 0, 0, ...payload]),
    });
    expect(bench.run('decap', packet).verdict).toBe(VERDICT.drop);
    expect(bench.drops()).toEqual({});
    expect(bench.learned(UP).port).toBe(40_000);
    expect(bench.counted(3)).toEqual(before);
  });

  test('the MAG follows nobody', () => {
    bench.device('pseudo', 'mag');
    bench.put(path('mag', 'udp4'));
    const down = outerUp('udp4', udp(HOST.ipv4, PHONE.ipv4, 10), { gre: { checksummed: false, key: DOWN }, udp: { sourcePort: 6000, destinationPort: 5437 } }, { source: ENDS.lma.ipv4, destination: ENDS.mag.ipv4 });
    expect(bench.run('decap', down).verdict).toBe(VERDICT.drop);
    expect(bench.drops()).toEqual({ wrongPeer: 1 });
  });
});

describe('an access interface', () => {
  const MAC = Uint8Array.of(0, 0x24, 0xd7, 0x8e, 0x21, 0xa4);
  const OTHER = Uint8Array.of(0, 0x24, 0xd7, 0x8e, 0x21, 0xa5);
  const LOOPBACK = 1;
  const access = { interface: 'lo', mac: '00:24:d7:8e:21:a4' };
  beforeEach(() => {
    bench.device('access', 'mag');
    bench.put(path('mag', 'gre6', {}, { access }), { accessIfindex: LOOPBACK });
    bench.drops();
  });
  const from = (mac: Uint8Array, packet: Uint8Array) => bench.run('access', packet, { frame: { from: mac } }).verdict;

  test.each([
    ['IPv4', PHONE.ipv4, HOST.ipv4],
    ['IPv6', PHONE.ipv6, HOST.ipv6],
  ])('takes a subscriber\'s %s packets from its MAC alone', (_, source, to) => {
    expect(from(MAC, udp(source, to, 10))).toBe(VERDICT.pass);
    expect(from(OTHER, udp(source, to, 10))).toBe(VERDICT.drop);
    expect(bench.drops()).toEqual({ stationSpoof: 1 });
  });

  test('and from its interface alone', () => {
    bench.put(path('mag', 'gre6', {}, { access }), { accessIfindex: LOOPBACK + 5 });
    expect(from(MAC, udp(PHONE.ipv4, HOST.ipv4, 10))).toBe(VERDICT.drop);
    expect(bench.drops()).toEqual({ stationSpoof: 1 });
  });

  test.each([
    ['IPv4', udp('192.0.2.77', HOST.ipv4, 10)],
    ['IPv6', udp('2001:db8:f00d:2::1', HOST.ipv6, 10)],
  ])('drops an unknown %s source', (_, packet) => {
    expect(from(MAC, packet)).toBe(VERDICT.drop);
    expect(bench.drops()).toEqual({ unknownSource: 1 });
  });

  test.each([
    ['DHCP', udp('0.0.0.0', '255.255.255.255', 10)],
    ['an IPv4 link-local source', udp('169.254.1.1', '169.254.1.2', 10)],
    ['duplicate address detection', ipPacket('::', 'ff02::1:ff00:1', 58, new Uint8Array(24))],
    ['neighbour discovery', ipPacket('fe80::1', 'ff02::1', 58, new Uint8Array(24))],
    ['multicast of an unknown source', udp('2001:db8:f00d:2::1', 'ff02::fb', 10)],
    ['a lease renewed by broadcast', udp('192.0.2.77', '255.255.255.255', 10)],
  ])('lets %s pass', (_, packet) => {
    expect(from(OTHER, packet)).toBe(VERDICT.pass);
    expect(bench.drops()).toEqual({});
  });

  test.each([
    ['IPv4', PHONE.ipv4, '192.0.2.254'],
    ['IPv6', PHONE.ipv6, '2001:db8:ee::1'],
  ])('sends what is for an %s address of the router into the tunnel, unless it is the gateway\'s', (_, source, routerAddress) => {
    expect(from(MAC, udp(source, routerAddress, 10))).toBe(VERDICT.redirect);
    bench.gateway(routerAddress);
    expect(from(MAC, udp(source, routerAddress, 10))).toBe(VERDICT.pass);
  });

  test('notes when a station was heard, whatever it said', () => {
    const silent = Uint8Array.of(2, 0, 0, 0, 0, 9);
    expect(bench.lastSeen(silent)).toBeUndefined();
    from(silent, udp('192.0.2.77', HOST.ipv4, 10));
    const first = bench.lastSeen(silent);
    expect(first).toBeGreaterThan(0n);
    from(silent, udp('0.0.0.0', '255.255.255.255', 10));
    expect(bench.lastSeen(silent)).toBeGreaterThanOrEqual(first as bigint);
  });
});
