/** The matrix: what a hostile guest sends, where it would arrive without the wall, and what becomes of it. docs/ISOLATION.md has it as a table. */
import { MAG_LINK_LOCAL, MAG_MAC } from '../../protocol/address.ts';
import type { DropReason } from '../../linux/datapath/layout.ts';
import type { GuestName, Place } from './home.ts';
import { GUESTS, INTERNET, LAN, ROUTER } from './home.ts';
import { ARP, arp, behind, BROADCAST, echo, frame, ip4, ip6, neighbour, neighbourMessage, packetFrame, sourceRouted, tagged, tcpPacket, udpPacket } from './frames.ts';

/**
 * A reason under which it is dropped and counted; `tunnel`: it leads into the guest's own tunnel and is counted there; `bridge`: the port
 * is isolated, and nobody counts it; `passes`.
 */
export type Fate = DropReason | 'tunnel' | 'bridge' | 'passes';

export interface Row {
  readonly what: string;
  /** Default: A. */
  readonly from?: GuestName;
  /** The octets of `mark` are in it, behind everything that is read. */
  readonly frame: (mark: Uint8Array) => Uint8Array;
  /** Without the wall. */
  readonly arrives: Place | 'nowhere';
  /** While it and its neighbours are attached. */
  readonly attached: Fate;
  /** While nobody is. */
  readonly stranger: Fate;
  /** What nftables is not asked about: there nobody takes it, or the agent discards it. */
  readonly bpfOnly?: true;
  /** Where nftables says otherwise, of a guest that is not attached. */
  readonly kernelStranger?: Fate;
}
export interface Group {
  readonly title: string;
  readonly rows: readonly Row[];
}

const { a, b, c } = GUESTS;
const { lan, wan, guests, guests2 } = ROUTER;
const toRouter = (packet: Uint8Array, from: string = a.mac): Uint8Array => packetFrame(from, MAG_MAC, packet);
const toB = (packet: Uint8Array): Uint8Array => packetFrame(a.mac, b.mac, packet);
const [GRE, SIX_IN_FOUR, OSPF, MOBILITY, IGMP, ICMPV6] = [47, 41, 89, 135, 2, 58];
const ALL_NODES = 'ff02::1';
const at = (m: Uint8Array, ...octets: readonly number[]): Uint8Array => Uint8Array.from([...octets, ...m]);

type Given = readonly [what: string, packet: (m: Uint8Array) => Uint8Array];
/** Packets of A's own addresses to where only its tunnel may lead. */
const astray = (arrives: Row['arrives'], given: readonly Given[]): Row[] =>
  given.map(([what, packet]) => ({ what, frame: (m) => toRouter(packet(m)), arrives, attached: 'tunnel', stranger: 'unknownSource' }));
/** What is refused for what it is, whoever sends it. */
const always = (reason: Fate, arrives: Row['arrives'], given: readonly Given[]): Row[] =>
  given.map(([what, packet]) => ({ what, frame: (m) => toRouter(packet(m)), arrives, attached: reason, stranger: reason }));
const offered = (given: readonly Given[]): Row[] =>
  given.map(([what, packet]) => ({ what, frame: (m) => toRouter(packet(m)), arrives: 'the router', attached: 'notOffered', stranger: 'unknownSource' }));

const services = (name: string, from: string, to: string): Given[] => [
  [`TCP 80 of ${name}`, (m) => tcpPacket(from, to, 80, m)],
  [`UDP 53 of ${name}`, (m) => udpPacket(from, to, 4000, 53, m)],
  [`ping of ${name}`, (m) => echo(from, to, m)],
];

const home: Row[] = [
  ...astray('the LAN', [
    ['TCP 445 of the NAS, IPv4', (m) => tcpPacket(a.ipv4, LAN.nas.ipv4, 445, m)],
    ['TCP 445 of the NAS, IPv6', (m) => tcpPacket(a.ipv6, LAN.nas.ipv6, 445, m)],
    ['UDP 161 of the printer, IPv4', (m) => udpPacket(a.ipv4, LAN.printer.ipv4, 4000, 161, m)],
    ['UDP 161 of the printer, IPv6', (m) => udpPacket(a.ipv6, LAN.printer.ipv6, 4000, 161, m)],
    ['ping of the NAS, IPv4', (m) => echo(a.ipv4, LAN.nas.ipv4, m)],
    ['ping of the NAS, IPv6', (m) => echo(a.ipv6, LAN.nas.ipv6, m)],
  ]),
  ...astray('the router', [['the LAN\'s broadcast address', (m) => udpPacket(a.ipv4, '192.168.1.255', 137, 137, m)]]),
  ...always('unknownSource', 'the LAN', [
    ['in the name of a LAN host, to the NAS, IPv4', (m) => udpPacket('192.168.1.50', LAN.nas.ipv4, 4000, 9, m)],
    ['in the name of a LAN host, to the NAS, IPv6', (m) => udpPacket('2001:db8:77::50', LAN.nas.ipv6, 4000, 9, m)],
    ['from an IPv4 link-local address to the NAS', (m) => udpPacket('169.254.7.7', LAN.nas.ipv4, 4000, 9, m)],
  ]),
  { what: 'source-routed through the router to the NAS (LSRR)', frame: (m) => toRouter(sourceRouted(a.ipv4, guests.ipv4, LAN.nas.ipv4, m)), arrives: 'the LAN', attached: 'hidden', stranger: 'unknownSource' },
  { what: 'to the NAS, by another guest\'s MAC', frame: (m) => toB(udpPacket(a.ipv4, LAN.nas.ipv4, 4000, 9, m)), arrives: 'guest B', attached: 'stationToStation', stranger: 'stationToStation' },
];

const router: Row[] = [
  ...astray('the router', [
    ...services('the router\'s LAN address, IPv4', a.ipv4, lan.ipv4),
    ...services('the router\'s LAN address, IPv6', a.ipv6, lan.ipv6),
    ...services('the router\'s WAN address, IPv4', a.ipv4, wan.ipv4),
    ...services('the router\'s WAN address, IPv6', a.ipv6, wan.ipv6),
    ['UDP 5436 (PMIPv6) of the WAN address', (m) => udpPacket(a.ipv4, wan.ipv4, 5436, 5436, m)],
    ['a mobility header to the WAN address', (m) => ip6(a.ipv6, wan.ipv6, MOBILITY, at(m, 59, 1, 5, 0, 0, 0, 0, 0), 64)],
    ['GRE to the WAN address', (m) => ip4(a.ipv4, wan.ipv4, GRE, at(m, 0x20, 0, 8, 0, 0, 0, 0xd0, 6))],
    ['6in4 to the WAN address', (m) => ip4(a.ipv4, wan.ipv4, SIX_IN_FOUR, ip6(a.ipv6, LAN.nas.ipv6, 59, m))],
    ['the address of the other guest network', (m) => tcpPacket(a.ipv4, guests2.ipv4, 80, m)],
  ]),
  ...offered([
    ...services('the guests\' own address, IPv4', a.ipv4, guests.ipv4),
    ...services('the guests\' own address, IPv6', a.ipv6, guests.ipv6),
    ['127.0.0.1, routed (route_localnet)', (m) => udpPacket(a.ipv4, '127.0.0.1', 4000, 53, m)],
  ]),
  ...always('notOffered', 'the router', services('the link-local address', a.linkLocal, MAG_LINK_LOCAL)),
  ...always('notOffered', 'nowhere', [['the LAN\'s link-local address', (m) => tcpPacket(a.linkLocal, lan.linkLocal, 80, m)]]),
  ...always('unknownSource', 'the router', [
    ['from a link-local address to the LAN address', (m) => tcpPacket(a.linkLocal, lan.ipv6, 80, m)],
    ['from an IPv4 link-local address to the LAN address', (m) => tcpPacket('169.254.7.7', lan.ipv4, 80, m)],
  ]),
  { what: '::1', frame: (m) => toRouter(udpPacket(a.ipv6, '::1', 4000, 53, m)), arrives: 'nowhere', attached: 'notOffered', stranger: 'unknownSource', bpfOnly: true },
  { what: 'an IPv4-mapped IPv6 address of the router', frame: (m) => toRouter(tcpPacket(a.ipv6, '::ffff:192.168.1.1', 80, m)), arrives: 'the internet', attached: 'tunnel', stranger: 'unknownSource' },
];

const many: Row[] = [
  ...always('multicast', 'the router', [
    ['mDNS, IPv4', (m) => udpPacket(a.ipv4, '224.0.0.251', 5353, 5353, m)],
    ['mDNS, IPv6', (m) => udpPacket(a.linkLocal, 'ff02::fb', 5353, 5353, m)],
    ['SSDP, IPv4', (m) => udpPacket(a.ipv4, '239.255.255.250', 4000, 1900, m)],
    ['SSDP, IPv6', (m) => udpPacket(a.linkLocal, 'ff02::c', 4000, 1900, m)],
    ['a DHCPv6 request', (m) => udpPacket(a.linkLocal, 'ff02::1:2', 546, 547, m)],
    ['IGMP', (m) => ip4(a.ipv4, '224.0.0.1', IGMP, at(m, 0x16, 0, 0, 0))],
    ['MLD', (m) => ip6(a.linkLocal, 'ff02::2', 0, at(m, ICMPV6, 0, 5, 2, 0, 0, 1, 0, 132, 0, 0, 0))],
    ['OSPF, IPv4', (m) => ip4(a.ipv4, '224.0.0.5', OSPF, m)],
    ['OSPF, IPv6', (m) => ip6(a.linkLocal, 'ff02::5', OSPF, m)],
    ['ping of all nodes', (m) => echo(a.linkLocal, ALL_NODES, m)],
    ['NetBIOS by broadcast', (m) => udpPacket(a.ipv4, '255.255.255.255', 137, 137, m)],
  ]),
];

const advertisement = (m: Uint8Array): Uint8Array => at(m, 134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0);
const stations: Row[] = [
  { what: 'from A to B, on one bridge', frame: (m) => toB(udpPacket(a.ipv4, b.ipv4, 4000, 9, m)), arrives: 'guest B', attached: 'stationToStation', stranger: 'stationToStation' },
  { what: 'from A to B by broadcast', frame: (m) => toB(udpPacket(a.ipv4, '255.255.255.255', 4000, 9, m)), arrives: 'guest B', attached: 'multicast', stranger: 'multicast' },
  ...(['ipv4', 'ipv6'] as const).flatMap((family): Row[] => [
    { what: `from A to B and back through the router, ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`, frame: (m) => toRouter(udpPacket(a[family], b[family], 4000, 9, m)), arrives: 'guest B', attached: 'tunnel', stranger: 'unknownSource' },
    { what: `from A to C on another bridge, ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`, frame: (m) => toRouter(udpPacket(a[family], c[family], 4000, 9, m)), arrives: 'guest C', attached: 'tunnel', stranger: 'unknownSource' },
  ]),
  { what: 'a DHCP offer to B', frame: (m) => toB(udpPacket(a.ipv4, b.ipv4, 67, 68, m)), arrives: 'guest B', attached: 'stationToStation', stranger: 'stationToStation' },
  { what: 'a DHCP offer by broadcast', frame: (m) => toB(udpPacket(a.ipv4, '255.255.255.255', 67, 68, m)), arrives: 'guest B', attached: 'rogue', stranger: 'rogue' },
  { what: 'a DHCPv6 answer to B', frame: (m) => toB(udpPacket(a.linkLocal, b.linkLocal, 547, 546, m)), arrives: 'guest B', attached: 'stationToStation', stranger: 'stationToStation' },
  { what: 'a DHCPv6 answer by multicast', frame: (m) => toB(udpPacket(a.linkLocal, ALL_NODES, 547, 546, m)), arrives: 'guest B', attached: 'rogue', stranger: 'rogue' },
  { what: 'a router advertisement to all', frame: (m) => toB(ip6(a.linkLocal, ALL_NODES, ICMPV6, advertisement(m))), arrives: 'guest B', attached: 'rogue', stranger: 'rogue' },
  ...([[0, 'a hop-by-hop header'], [60, 'a destination header'], [44, 'a fragment header']] as const).map(([header, name]): Row => (
    { what: `a router advertisement behind ${name}`, frame: (m) => toB(behind(header, a.linkLocal, ALL_NODES, advertisement(m))), arrives: 'guest B', attached: 'hidden', stranger: 'hidden' })),
  { what: 'a router advertisement to B alone', frame: (m) => toB(ip6(a.linkLocal, b.linkLocal, ICMPV6, advertisement(m))), arrives: 'guest B', attached: 'stationToStation', stranger: 'stationToStation' },
  { what: 'a redirect to B', frame: (m) => toB(ip6(a.linkLocal, b.linkLocal, ICMPV6, at(m, ...neighbourMessage(137, INTERNET.ipv6)))), arrives: 'guest B', attached: 'stationToStation', stranger: 'stationToStation' },
  { what: 'an ARP answer to B that the gateway\'s address is A\'s', frame: (m) => at(m, ...frame(a.mac, b.mac, ARP, arp(2, a.mac, guests.ipv4, b.ipv4))), arrives: 'guest B', attached: 'stationToStation', stranger: 'stationToStation' },
];

const announced = (mac: string, address: string): Row['frame'] => (m) => at(m, ...frame(a.mac, BROADCAST, ARP, arp(1, mac, address, address)));
const spoofed: Row[] = [
  ...(['ipv4', 'ipv6'] as const).map((family): Row => ({ what: `B's ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address, from A`, frame: (m) => toRouter(udpPacket(b[family], INTERNET[family], 4000, 9, m)), arrives: 'the internet', attached: 'stationSpoof', stranger: 'unknownSource' })),
  { what: 'B\'s address and MAC, from C\'s network', from: 'c', frame: (m) => toRouter(udpPacket(b.ipv4, INTERNET.ipv4, 4000, 9, m), b.mac), arrives: 'the internet', attached: 'stationSpoof', stranger: 'unknownSource' },
  { what: 'A\'s address from another MAC', frame: (m) => toRouter(udpPacket(a.ipv4, INTERNET.ipv4, 4000, 9, m), '02:00:00:00:02:99'), arrives: 'the internet', attached: 'stationSpoof', stranger: 'unknownSource' },
  ...always('unknownSource', 'the internet', [
    ['an IPv4 address that nobody has', (m) => udpPacket('10.1.0.99', INTERNET.ipv4, 4000, 9, m)],
    ['an IPv6 address that nobody has', (m) => udpPacket('2001:db8:1:99::9', INTERNET.ipv6, 4000, 9, m)],
  ]),
  { what: 'the gateway\'s link-local address', frame: (m) => toRouter(ip6(MAG_LINK_LOCAL, 'ff02::2', ICMPV6, at(m, 133, 0, 0, 0, 0, 0, 0, 0))), arrives: 'the router', attached: 'stationSpoof', stranger: 'stationSpoof' },
  { what: 'the gateway\'s MAC', frame: (m) => toRouter(neighbour(135, a.linkLocal, MAG_LINK_LOCAL, MAG_LINK_LOCAL, { mac: MAG_MAC, mark: m }), MAG_MAC), arrives: 'the router', attached: 'stationSpoof', stranger: 'stationSpoof' },
  { what: 'gratuitous ARP for the gateway\'s address', frame: announced(a.mac, guests.ipv4), arrives: 'a listener', attached: 'stationSpoof', stranger: 'stationSpoof', bpfOnly: true },
  { what: 'gratuitous ARP for B\'s address', frame: announced(a.mac, b.ipv4), arrives: 'a listener', attached: 'stationSpoof', stranger: 'passes', bpfOnly: true },
  { what: 'ARP that names another MAC', frame: announced(b.mac, a.ipv4), arrives: 'a listener', attached: 'stationSpoof', stranger: 'stationSpoof', bpfOnly: true },
  { what: 'a neighbour advertisement for B\'s address', frame: (m) => toRouter(neighbour(136, a.linkLocal, MAG_LINK_LOCAL, b.ipv6, { mac: a.mac, mark: m })), arrives: 'the router', attached: 'stationSpoof', stranger: 'passes' },
  { what: 'a neighbour advertisement for the gateway\'s address', frame: (m) => toRouter(neighbour(136, a.linkLocal, ALL_NODES, MAG_LINK_LOCAL, { mac: a.mac, mark: m })), arrives: 'the router', attached: 'stationSpoof', stranger: 'stationSpoof' },
  { what: 'a neighbour advertisement that gives B\'s MAC for A\'s address', frame: (m) => toRouter(neighbour(136, a.ipv6, MAG_LINK_LOCAL, a.ipv6, { mac: b.mac, mark: m })), arrives: 'the router', attached: 'stationSpoof', stranger: 'stationSpoof', kernelStranger: 'passes' },
  { what: 'a neighbour solicitation from B\'s address', frame: (m) => toRouter(neighbour(135, b.ipv6, MAG_LINK_LOCAL, MAG_LINK_LOCAL, { mac: a.mac, mark: m })), arrives: 'the router', attached: 'stationSpoof', stranger: 'passes' },
  { what: 'neighbour discovery from afar (hop limit 64)', frame: (m) => toRouter(neighbour(136, a.linkLocal, MAG_LINK_LOCAL, a.linkLocal, { hops: 64, mark: m })), arrives: 'the router', attached: 'malformed', stranger: 'malformed' },
  ...always('rogue', 'the router', [
    ['a redirect to the router', (m) => ip6(a.linkLocal, MAG_LINK_LOCAL, ICMPV6, at(m, ...neighbourMessage(137, INTERNET.ipv6)))],
    ['a router advertisement to the router', (m) => ip6(a.linkLocal, MAG_LINK_LOCAL, ICMPV6, advertisement(m))],
  ]),
  ...always('hidden', 'the router', [
    ['a neighbour advertisement in a fragment', (m) => behind(44, a.linkLocal, MAG_LINK_LOCAL, at(m, ...neighbourMessage(136, b.ipv6)))],
    ['a neighbour advertisement behind a destination header', (m) => behind(60, a.linkLocal, MAG_LINK_LOCAL, at(m, ...neighbourMessage(136, b.ipv6)))],
  ]),
];

const link = (what: string, etherType: number, to: string = MAG_MAC, arrives: Row['arrives'] = 'a listener'): Row =>
  ({ what, frame: (m) => frame(a.mac, to, etherType, at(m, 0, 0, 3)), arrives, attached: 'etherType', stranger: 'etherType', bpfOnly: true });
const layer2: Row[] = [
  link('LLDP', 0x88cc),
  link('PPPoE discovery', 0x8863),
  link('EtherCAT', 0x88a4),
  link('an Ethernet loopback test', 0x9000),
  link('IEEE 802.2 (LLC)', 32),
  link('a spanning tree message to 01:80:c2:00:00:00', 32, '01:80:c2:00:00:00', 'guest B'),
  { what: 'a VLAN tag', frame: (m) => tagged([[0x8100, 100]], toRouter(udpPacket(a.ipv4, LAN.nas.ipv4, 4000, 9, m))), arrives: 'a listener', attached: 'etherType', stranger: 'etherType', bpfOnly: true },
  { what: 'two VLAN tags', frame: (m) => tagged([[0x88a8, 100], [0x8100, 100]], toRouter(udpPacket(a.ipv4, LAN.nas.ipv4, 4000, 9, m))), arrives: 'nowhere', attached: 'etherType', stranger: 'etherType', bpfOnly: true },
];

const passes = (what: string, arrives: Place, made: Row['frame'], change: Partial<Row> = {}): Row => ({ what, frame: made, arrives, attached: 'passes', stranger: 'passes', ...change });
const allowed: Row[] = [
  passes('a DHCP discovery', 'a listener', (m) => toRouter(udpPacket('0.0.0.0', '255.255.255.255', 68, 67, m))),
  passes('a DHCP request to renew, at the gateway\'s address', 'the router', (m) => toRouter(udpPacket(a.ipv4, guests.ipv4, 68, 67, m)), { stranger: 'unknownSource' }),
  passes('ARP for the gateway', 'a listener', (m) => at(m, ...frame(a.mac, BROADCAST, ARP, arp(1, a.mac, a.ipv4, guests.ipv4)))),
  passes('an ARP probe', 'a listener', (m) => at(m, ...frame(a.mac, BROADCAST, ARP, arp(1, a.mac, '0.0.0.0', a.ipv4)))),
  passes('a router solicitation', 'the router', (m) => toRouter(ip6(a.linkLocal, 'ff02::2', ICMPV6, at(m, 133, 0, 0, 0, 0, 0, 0, 0)))),
  passes('a neighbour solicitation for the gateway', 'the router', (m) => toRouter(neighbour(135, a.ipv6, MAG_LINK_LOCAL, MAG_LINK_LOCAL, { mac: a.mac, mark: m }))),
  passes('duplicate address detection', 'a listener', (m) => toRouter(neighbour(135, '::', 'ff02::1:ff00:5', a.ipv6, { mark: m }))),
  passes('a neighbour advertisement for itself', 'the router', (m) => toRouter(neighbour(136, a.ipv6, MAG_LINK_LOCAL, a.ipv6, { mac: a.mac, mark: m }))),
  passes('802.1X', 'a listener', (m) => frame(a.mac, MAG_MAC, 0x888e, at(m, 2, 1, 0, 0))),
  passes('DNS at the gateway, where it is offered, IPv4', 'the router', (m) => toRouter(udpPacket(c.ipv4, guests2.ipv4, 4000, 53, m), c.mac), { from: 'c', stranger: 'unknownSource' }),
  passes('DNS at the gateway, where it is offered, link-local', 'the router', (m) => toRouter(tcpPacket(c.linkLocal, MAG_LINK_LOCAL, 53, m), c.mac), { from: 'c' }),
  ...astray('the internet', [
    ['to the internet, IPv4', (m) => udpPacket(a.ipv4, INTERNET.ipv4, 4000, 9, m)],
    ['to the internet, IPv6', (m) => tcpPacket(a.ipv6, INTERNET.ipv6, 443, m)],
  ]),
];

export const MATRIX: readonly Group[] = [
  { title: 'To the home\'s LAN', rows: home },
  { title: 'To the router', rows: router },
  { title: 'To many', rows: many },
  { title: 'To other guests', rows: stations },
  { title: 'In somebody else\'s name', rows: spoofed },
  { title: 'Below IP', rows: layer2 },
  { title: 'What guests need', rows: allowed },
];
