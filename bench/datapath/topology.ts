/**
 * Where the data path is measured, as data: phone - home - transport - LMA - internet host, each in a namespace of its own.
 *
 * The transport routes the phone's addresses, too, so that plain routing works at once. A tunnel is laid over it by routes and
 * rules that come first, and taken away with them.
 */
import type { Construction } from '../../lab/topology.ts';
import type { Path, TunnelTransport } from '../../protocol/paths.ts';
import { TUNNEL_OVERHEAD } from '../../protocol/paths.ts';

export const PHONE = { ipv4: '10.78.0.5', ipv6: '2001:db8:78:5::5', prefix: '2001:db8:78:5::', mac: '02:00:00:00:78:05' } as const;
export const POOLS = ['10.78.0.0/16', '2001:db8:78::/48'] as const;
export const GATEWAY = '10.78.0.1';
export const HOST = { ipv4: '203.0.113.2', ipv6: '2001:db8:c::2' } as const;
export const HOME = { ipv4: '198.18.1.2', ipv6: '2001:db8:a::2' } as const;
export const LMA = { ipv4: '198.18.2.2', ipv6: '2001:db8:b::2' } as const;

const MACHINES = ['phone', 'home', 'net', 'lma', 'host'] as const;
export type Machine = (typeof MACHINES)[number];

/** Every wire's two ends, for switching segmentation off and on. */
export const DEVICES: readonly (readonly [Machine, string])[] = [
  ['phone', 'eth0'], ['home', 'lan0'], ['home', 'wan0'], ['net', 'home0'], ['net', 'lma0'], ['lma', 'wan0'], ['lma', 'inet0'], ['host', 'eth0'],
];

export const namespaceOf = (prefix: string, machine: Machine): string => `${prefix}${machine}`;
export const namespaces = (prefix: string): string[] => MACHINES.map((m) => namespaceOf(prefix, m));

/** The tunnels' own routes have lower metrics and win. */
const PLAIN = 'metric 4096';

export function construction(prefix: string): Construction {
  const of = (m: Machine) => namespaceOf(prefix, m);
  const wire = (a: Machine, nameA: string, b: Machine, nameB: string) => `link add ${nameA} netns ${of(a)} type veth peer name ${nameB} netns ${of(b)}`;
  const up = (device: string, ...addresses: string[]) => [...addresses.map((a) => `address add ${a} dev ${device}${a.includes(':') ? ' nodad' : ''}`), `link set ${device} up`];
  const router = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
  const common = ['net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0', 'net.ipv6.conf.default.accept_dad=0'];
  const pools = (via4: string, via6: string) => [`route add ${POOLS[0]} via ${via4} ${PLAIN}`, `route add ${POOLS[1]} via ${via6} ${PLAIN}`];
  const inside: Record<Machine, readonly string[]> = {
    phone: [`link set eth0 address ${PHONE.mac}`, ...up('eth0', `${PHONE.ipv4}/32`, `${PHONE.ipv6}/64`), `route add default via ${GATEWAY} dev eth0 onlink`, 'route add default via fe80::1 dev eth0'],
    home: [
      ...up('lan0', `${GATEWAY}/32`, 'fe80::1/64'),
      ...up('wan0', `${HOME.ipv4}/24`, `${HOME.ipv6}/64`),
      'route add default via 198.18.1.1',
      'route add default via 2001:db8:a::1',
      `route add ${PHONE.ipv4}/32 dev lan0`,
      `route add ${PHONE.prefix}/64 dev lan0`,
    ],
    net: [...up('home0', '198.18.1.1/24', '2001:db8:a::1/64'), ...up('lma0', '198.18.2.1/24', '2001:db8:b::1/64'), ...pools(HOME.ipv4, HOME.ipv6), 'route add default via 198.18.2.2', 'route add default via 2001:db8:b::2'],
    lma: [...up('wan0', `${LMA.ipv4}/24`, `${LMA.ipv6}/64`), ...up('inet0', '203.0.113.1/24', '2001:db8:c::1/64'), 'route add 198.18.0.0/16 via 198.18.2.1', 'route add 2001:db8:a::/64 via 2001:db8:b::1', ...pools('198.18.2.1', '2001:db8:b::1')],
    host: [...up('eth0', `${HOST.ipv4}/24`, `${HOST.ipv6}/64`), 'route add default via 203.0.113.1', 'route add default via 2001:db8:c::1'],
  };
  return {
    namespaces: MACHINES.map((m) => `netns add ${of(m)}`),
    sysctl: new Map(MACHINES.map((m) => [of(m), m === 'phone' || m === 'host' ? common : [...common, ...router]])),
    wires: [wire('phone', 'eth0', 'home', 'lan0'), wire('home', 'wan0', 'net', 'home0'), wire('net', 'lma0', 'lma', 'wan0'), wire('lma', 'inet0', 'host', 'eth0')],
    inside: new Map(MACHINES.map((m) => [of(m), ['link set lo up', ...inside[m]]])),
    nft: new Map(),
  };
}

const INDEX = 1;
const UP = 0x5005;
const DOWN = 0xd005;

/** Both ends of the phone's path. */
export function pathPair(transport: TunnelTransport): { readonly mag: Path; readonly lma: Path } {
  const six = transport === 'gre6';
  const [home, lma] = six ? [HOME.ipv6, LMA.ipv6] : [HOME.ipv4, LMA.ipv4];
  const common = { index: INDEX, space: 0, ipv4: PHONE.ipv4, prefixes: [{ address: PHONE.prefix, length: 64 }] };
  const tunnel = { transport, mtu: 1500 - TUNNEL_OVERHEAD[transport], ...(transport === 'udp4' ? { remotePort: 5437 } : {}) };
  return {
    mag: { ...common, access: { interface: 'lan0', mac: PHONE.mac }, tunnel: { ...tunnel, local: home, remote: lma, sendKey: UP, receiveKey: DOWN } },
    lma: { ...common, tunnel: { ...tunnel, local: lma, remote: home, sendKey: DOWN, receiveKey: UP } },
  };
}
