/**
 * A home as it is: a router with a LAN, an internet side and two networks of guests. Frames are put on the guests' wires as they are.
 *
 *   NAS, printer --- br-lan --+-- router --- wan0 --- the internet, an LMA
 *   A, B --------- br-guest --|
 *   C ------------ br-guest2 -'
 */
import { execFileSync } from 'node:child_process';
import { setImmediate } from 'node:timers/promises';
import { prepareAccessInterface } from '../../agent/accessInterface.ts';
import { watchAccessPorts } from '../../agent/accessPorts.ts';
import { inNamespace } from '../../linux/namespace.ts';
import { arrivesOn, countedBy, newChain, newCounter, newRule, newTable, nftables } from '../../linux/netlink/nftables.ts';
import { packetSocket, type PacketSocket } from '../../linux/sockets/packetSocket.ts';
import { MAG_LINK_LOCAL, MAG_MAC } from '../../protocol/address.ts';
import type { Path } from '../../protocol/paths.ts';
import { carrierNoticed } from '../linux/carrier.ts';
import { BROADCAST, frame } from './frames.ts';

export type GuestName = 'a' | 'b' | 'c';
/** Where a frame can come out: on a wire, at the router itself, or at a program that listens on the guests' interface for its protocol. */
export type Place = 'the LAN' | 'guest A' | 'guest B' | 'guest C' | 'the internet' | 'the router' | 'a listener';
type Machine = 'router' | 'lan' | 'wan' | GuestName;

const guest = (n: number, device: string) => ({ index: n, mac: `02:00:00:00:02:0${n}`, ipv4: `10.1.0.${n}`, ipv6: `2001:db8:1:${n}::${n}`, linkLocal: `fe80::${n}`, prefix: `2001:db8:1:${n}::`, device });
export const GUESTS = { a: guest(5, 'br-guest'), b: guest(6, 'br-guest'), c: guest(7, 'br-guest2') } as const;
export const LAN = { nas: { ipv4: '192.168.1.10', ipv6: '2001:db8:77::10' }, printer: { ipv4: '192.168.1.11', ipv6: '2001:db8:77::11' } } as const;
export const ROUTER = {
  lan: { ipv4: '192.168.1.1', ipv6: '2001:db8:77::1', linkLocal: 'fe80::77:1' },
  wan: { ipv4: '198.51.100.2', ipv6: '2001:db8:aa::2' },
  guests: { ipv4: '10.1.0.1', ipv6: '2001:db8:9::1', linkLocal: MAG_LINK_LOCAL },
  guests2: { ipv4: '10.1.0.2', ipv6: '2001:db8:9::2' },
} as const;
export const INTERNET = { ipv4: '203.0.113.9', ipv6: '2001:db8:c::9' } as const;
const LMA = '203.0.113.101';
const ISP = { mac: '02:00:00:00:03:01', ipv4: '198.51.100.1', ipv6: '2001:db8:aa::1' } as const;
const [GRE, ICMP, ICMPV6] = [47, 1, 58];
const [UNREACHABLE, UNREACHABLE_6] = [3, 1];
const ALL = 0x0003;
/** What programs on a router may listen for: IPv4, ARP, IPv6, 802.1X, LLDP, PPPoE, 802.2, EtherCAT, loopback tests. */
const LISTENED = [0x0800, 0x0806, 0x86dd, 0x888e, 0x88cc, 0x8863, 0x0004, 0x88a4, 0x9000];
const JOINED = { 4: ['224.0.0.251', '239.255.255.250', '224.0.0.5'], 6: ['ff02::fb', 'ff02::c', 'ff02::1:2', 'ff02::5'] } as const;
const SEEN = 'seen';

export const pathOf = (name: GuestName): Path => {
  const { index, ipv4, prefix, mac, device } = GUESTS[name];
  const tunnel = { transport: 'gre4', local: ROUTER.wan.ipv4, remote: LMA, sendKey: 0x5000 + index, receiveKey: 0xd000 + index, mtu: 1472 } as const;
  return { index, space: 0, ipv4, prefixes: [{ address: prefix, length: 64 }], tunnel, access: { interface: device, mac } };
};

export interface Home {
  readonly namespace: string;
  /** A shell command on the router. */
  sh(command: string): string;
  send(from: GuestName | 'lan', frame: Uint8Array): void;
  /** Packets that the router's own stack has taken from guests. */
  taken(): bigint;
  /** Where these octets came out since the last `forget`; once all that was sent before is there. `tunnelled`: likewise, at the stand-in of a tunnel. */
  seen(marker: Uint8Array): readonly (Exclude<Place, 'the router'> | 'tunnel')[];
  /** All that was sent has come out where it does. */
  settle(): Promise<void>;
  forget(): void;
  /** The interfaces as an agent prepares them. Closes what looks after their ports. */
  prepare(how?: { readonly stationToStation?: boolean; readonly count?: (index: number, counted: boolean) => void; readonly onError?: (error: Error) => void }): { close(): void };
  remove(): void;
}

export function makeHome(name: string): Home {
  const ns = (m: Machine) => `rsiso-${name}-${m}-${process.pid}`;
  const machines: readonly Machine[] = ['router', 'lan', 'wan', 'a', 'b', 'c'];
  const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const sh = (m: Machine, command: string) => execFileSync('ip', ['netns', 'exec', ns(m), 'sh', '-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const batch = (m: Machine, lines: readonly string[]) => execFileSync('ip', ['-n', ns(m), '-batch', '-'], { input: lines.join('\n'), stdio: ['pipe', 'pipe', 'pipe'] });
  const address = (device: string, ...all: string[]) => all.map((a) => `address add ${a} dev ${device}${a.includes(':') ? ' nodad' : ''}`);
  const wires: Readonly<Record<Exclude<Machine, 'router'>, string>> = { lan: 'lan1', wan: 'wan0', a: 'pa', b: 'pb', c: 'pc' };

  for (const m of machines) ip('netns', 'add', ns(m));
  // Nobody but the router says anything by itself.
  for (const m of machines.slice(1)) sh(m, 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6');
  sh('router', 'for f in all default; do echo 0 > /proc/sys/net/ipv4/conf/$f/rp_filter; done; echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; for f in all default; do echo 1 > /proc/sys/net/ipv4/conf/$f/accept_source_route; done; echo 1 > /proc/sys/net/ipv4/conf/default/route_localnet; for f in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e $f ] || echo 0 > $f; done; echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad');
  for (const [m, wire] of Object.entries(wires)) ip('link', 'add', wire, 'netns', ns('router'), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', ns(m as Machine));
  // What stands for a tunnel where the kernel has no GRE.
  ip('link', 'add', 'tun', 'netns', ns('router'), 'type', 'veth', 'peer', 'name', 'tun', 'netns', ns('wan'));
  for (const m of machines.slice(1)) batch(m, ['link set lo up', 'link set eth0 up']);
  batch('wan', [`link set eth0 address ${ISP.mac}`, 'link set tun up']);
  batch('router', [
    'link set lo up', 'link set tun arp off up',
    ...['br-lan', 'br-guest', 'br-guest2'].map((d) => `link add ${d} type bridge mcast_snooping 0`),
    'link set lan1 master br-lan', 'link set pa master br-guest', 'link set pb master br-guest', 'link set pc master br-guest2',
    ...['br-guest', 'br-guest2'].flatMap((d) => [`link set ${d} address ${MAG_MAC}`, `link set ${d} addrgenmode none`]),
    ...['lan1', 'pa', 'pb', 'pc', 'wan0'].map((d) => `link set ${d} addrgenmode none`), 'link set br-lan addrgenmode none',
    ...['br-lan', 'br-guest', 'br-guest2', ...Object.values(wires)].map((d) => `link set ${d} up`),
    ...address('br-lan', `${ROUTER.lan.ipv4}/24`, `${ROUTER.lan.ipv6}/64`, `${ROUTER.lan.linkLocal}/64`),
    ...address('br-guest', `${ROUTER.guests.ipv4}/32`, `${ROUTER.guests.ipv6}/128`, `${MAG_LINK_LOCAL}/64`),
    ...address('br-guest2', `${ROUTER.guests2.ipv4}/32`, `${ROUTER.guests2.ipv6}/128`, `${MAG_LINK_LOCAL}/64`),
    ...address('wan0', `${ROUTER.wan.ipv4}/24`, `${ROUTER.wan.ipv6}/64`),
    `route add default via ${ISP.ipv4}`, `route add default via ${ISP.ipv6}`,
    ...[ISP.ipv4, ISP.ipv6].map((a) => `neighbour add ${a} lladdr ${ISP.mac} dev wan0`),
    ...Object.values(LAN).flatMap((h) => [h.ipv4, h.ipv6].map((a) => `neighbour add ${a} lladdr 02:00:00:00:04:01 dev br-lan`)),
    // The way to guests that the router has while nobody is between them.
    ...Object.values(GUESTS).flatMap((g) => [`route add ${g.ipv4}/32 dev ${g.device}`, `route add ${g.prefix}/64 dev ${g.device}`, ...[g.ipv4, g.ipv6].map((a) => `neighbour add ${a} lladdr ${g.mac} dev ${g.device}`)]),
  ]);

  sh('router', carrierNoticed([...Object.values(wires), 'tun']));
  for (const m of machines.slice(1)) sh(m, carrierNoticed(['eth0']));

  const open: { close(): void }[] = [];
  const heard: { readonly place: Exclude<Place, 'the router'> | 'tunnel'; readonly frame: Buffer }[] = [];
  const onError = (error: Error) => {
    throw error;
  };
  const tap = (m: Machine, device: string, place: Exclude<Place, 'the router'> | 'tunnel', etherType = ALL): PacketSocket => {
    const socket = inNamespace(ns(m), () => packetSocket({ interface: device, etherType, also: [], onFrame: (octets) => void heard.push({ place, frame: Buffer.from(octets) }), onError }));
    open.push(socket);
    return socket;
  };
  const senders = { a: tap('a', 'eth0', 'guest A'), b: tap('b', 'eth0', 'guest B'), c: tap('c', 'eth0', 'guest C'), lan: tap('lan', 'eth0', 'the LAN') };
  tap('wan', 'eth0', 'the internet');
  tap('wan', 'tun', 'tunnel');
  for (const device of ['br-guest', 'br-guest2']) for (const type of LISTENED) tap('router', device, 'a listener', type);
  const fences = [tap('router', 'lan1', 'a listener', 0x88b5), tap('router', 'wan0', 'a listener', 0x88b5), tap('router', 'pb', 'a listener', 0x88b5), tap('router', 'pc', 'a listener', 0x88b5), tap('router', 'tun', 'a listener', 0x88b5)];

  const members = ['socat -u UDP4-RECV:5353,' + JOINED[4].map((g) => `ip-add-membership=${g}:br-guest`).join(',') + ' /dev/null', ...JOINED[6].map((g, i) => `socat -u UDP6-RECV:${5353 + i},ipv6only=1,ipv6-join-group=[${g}]:br-guest /dev/null`)];
  const pids = sh('router', members.map((command) => `${command} >/dev/null 2>&1 & echo $!`).join('; ')).trim().split('\n').map(Number);
  const nft = inNamespace(ns('router'), nftables);
  nft.commit([newTable(SEEN), newCounter(SEEN, 'taken'), newChain(SEEN, 'input', 'input', 100), ...['br-guest', 'br-guest2'].map((d) => newRule(SEEN, 'input', [...arrivesOn(d), countedBy('taken')]))]);
  open.push(nft);

  let fence = 0;
  const isTunnelled = (octets: Buffer) => octets.readUInt16BE(12) === 0x0800 && octets[23] === GRE;
  /** An error in which the router quotes what it got. */
  const isError = (octets: Buffer) => (octets.readUInt16BE(12) === 0x0800 ? octets[23] === ICMP && octets[34] === UNREACHABLE : octets[20] === ICMPV6 && octets[54] === UNREACHABLE_6);
  return {
    namespace: ns('router'),
    sh: (command) => sh('router', command),
    send: (from, octets) => void senders[from].send(octets),
    taken: () => nft.readCounters(SEEN)['taken'] ?? 0n,
    seen: (marker) => [...new Set(heard.filter((h) => h.frame.includes(Buffer.from(marker)) && !isError(h.frame) && !(h.place === 'the internet' && isTunnelled(h.frame))).map((h) => h.place))],
    async settle() {
      const mark = Buffer.from(`fence ${(fence += 1)} behind`.padEnd(60));
      for (const socket of fences) socket.send(frame('02:00:00:00:09:09', BROADCAST, 0x88b5, mark));
      while (heard.filter((h) => h.frame.includes(mark)).length < fences.length) await setImmediate();
    },
    forget: () => void heard.splice(0),
    prepare({ stationToStation = false, count = () => undefined, onError: told = onError } = {}) {
      sh('router', 'ip route flush dev br-guest proto boot; ip route flush dev br-guest2 proto boot; ip -6 route flush dev br-guest proto boot; ip -6 route flush dev br-guest2 proto boot');
      return inNamespace(ns('router'), () => {
        for (const device of ['br-guest', 'br-guest2']) prepareAccessInterface(device);
        return watchAccessPorts(['br-guest', 'br-guest2'].map((device) => ({ device, 'station-to-station': stationToStation })), { count, onError: told });
      });
    },
    remove() {
      for (const o of open) o.close();
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      for (const m of machines) ip('netns', 'del', ns(m));
    },
  };
}
