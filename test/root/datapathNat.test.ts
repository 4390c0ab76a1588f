/** A tunnel end behind a NAT: its port is learned, and followed with care. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decode, encode } from '../../protocol/codec.ts';
import { dataPacket } from '../../protocol/gre.ts';
import { ipv4Packet } from '../../protocol/ip.ts';
import type { Tunnel } from '../../protocol/paths.ts';
import { keepalivePayload } from '../../agent/keepalive.ts';
import { ENDS, VERDICT, makeBench } from '../datapath/bench.ts';
import type { Bench } from '../datapath/bench.ts';
import { udp } from '../datapath/packets.ts';
import { DOWN, HOST, PHONE, UP, outerUp, path } from '../datapath/tunnels.ts';

let bench: Bench;
beforeAll(() => {
  bench = makeBench('nat');
});
afterAll(() => bench.remove());

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
    const payload = keepalivePayload(family === 'IPv6' ? sixOnly : magPath);
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
