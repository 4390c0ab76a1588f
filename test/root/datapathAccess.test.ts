/** What an access interface lets in. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { VERDICT, makeBench } from '../datapath/bench.ts';
import type { Bench } from '../datapath/bench.ts';
import { udp } from '../datapath/packets.ts';
import { ip6, neighbour, neighbourMessage, udpPacket } from '../isolation/frames.ts';
import { HOST, PHONE, path } from '../datapath/tunnels.ts';

let bench: Bench;
beforeAll(() => {
  bench = makeBench('access');
});
afterAll(() => bench.remove());

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
    ['DHCP', udpPacket('0.0.0.0', '255.255.255.255', 68, 67)],
    ['duplicate address detection', neighbour(135, '::', 'ff02::1:ff00:1', 'fe80::9')],
    ['a neighbour that advertises itself', neighbour(136, 'fe80::9', 'fe80::1', 'fe80::9')],
    ['a router solicitation', ip6('fe80::9', 'ff02::2', 58, Uint8Array.from([133, 0, 0, 0, 0, 0, 0, 0]))],
    ['a lease renewed by broadcast', udpPacket('192.0.2.77', '255.255.255.255', 68, 67)],
  ])('lets %s pass', (_, packet) => {
    expect(from(OTHER, packet)).toBe(VERDICT.pass);
    expect(bench.drops()).toEqual({});
  });

  test.each([
    ['an IPv4 link-local source', udp('169.254.1.1', '169.254.1.2', 10), 'notOffered'],
    ['multicast', udp('2001:db8:f00d:2::1', 'ff02::fb', 10), 'multicast'],
    ['half a target', ip6('fe80::9', 'fe80::1', 58, neighbourMessage(136, 'fe80::9').subarray(0, 12)), 'malformed'],
    ['an option of no length', ip6('fe80::9', 'fe80::1', 58, neighbourMessage(136, 'fe80::9', [3, 0, 0, 0, 0, 0, 0, 0])), 'malformed'],
    ['an address behind many options', ip6('fe80::9', 'fe80::1', 58, neighbourMessage(136, 'fe80::9', [...[1, 2, 3, 4].flatMap((n) => [14, 1, n, 0, 0, 0, 0, 0]), 2, 1, 2, 0, 0, 0, 0, 9])), 'hidden'],
    ['an address behind another option', ip6('fe80::9', 'fe80::1', 58, neighbourMessage(136, 'fe80::9', [14, 1, 0, 0, 0, 0, 0, 0, 2, 1, 2, 0, 0, 0, 0, 9])), 'stationSpoof'],
  ])('drops %s', (_, packet, reason) => {
    expect(from(OTHER, packet)).toBe(VERDICT.drop);
    expect(bench.drops()).toEqual({ [reason]: 1 });
  });

  test.each([
    ['IPv4', PHONE.ipv4, '192.0.2.254'],
    ['IPv6', PHONE.ipv6, '2001:db8:ee::1'],
  ])('sends what is for an %s address of the router into the tunnel, unless it is the gateway\'s', (_, source, routerAddress) => {
    expect(from(MAC, udp(source, routerAddress, 10))).toBe(VERDICT.redirect);
    const dns = () => from(MAC, udpPacket(source, routerAddress, 4000, 53));
    bench.gateway(routerAddress);
    expect(dns()).toBe(VERDICT.drop);
    expect(bench.drops()).toEqual({ notOffered: 1 });
    bench.gateway(routerAddress, { dns: true });
    expect(dns()).toBe(VERDICT.pass);
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
