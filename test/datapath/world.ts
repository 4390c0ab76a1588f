/**
 * Network namespaces for the data path's tests: phones on one air, homes on it and on the transport, an LMA, an internet host.
 *
 *   phone a, b --- air ---- home1 ------- transport ---- lma ---- host
 *                       |-- home2 -------|
 *                       '-- home3 - nat -'
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { inNamespace } from '../../linux/namespace.ts';
import type { Path, Tunnel, TunnelTransport } from '../../protocol/paths.ts';
import { TUNNEL_OVERHEAD } from '../../protocol/paths.ts';
import { startBpfPaths } from '../../linux/datapath/bpfPaths.ts';
import type { AttachedPaths } from '../../linux/datapath/attachedPaths.ts';
import type { DatapathConfig } from '../../linux/datapath/bpfPaths.ts';
import { carrierNoticed } from '../linux/carrier.ts';

export type Home = 'home1' | 'home2' | 'home3';
export type Phone = 'a' | 'b';
export type Machine = Home | Phone | 'air' | 'tr' | 'nat' | 'lma' | 'host';

const MACHINES: readonly Machine[] = ['a', 'b', 'air', 'home1', 'home2', 'home3', 'nat', 'tr', 'lma', 'host'];
const HOMES: readonly Home[] = ['home1', 'home2', 'home3'];
/** Column of InEchos in /proc/net/snmp. */
const IN_ECHOS = 8;
const number = (home: Home) => Number(home.at(-1));
export const homeMac = (home: Home) => `02:00:00:00:01:0${number(home)}`;

export const PHONES = {
  a: { index: 5, ipv4: '10.1.0.5', ipv6: '2001:db8:1:5::5', prefix: '2001:db8:1:5::', mac: '02:00:00:00:02:05', up: 0x5005, down: 0xd005 },
  b: { index: 6, ipv4: '10.1.0.6', ipv6: '2001:db8:1:6::6', prefix: '2001:db8:1:6::', mac: '02:00:00:00:02:06', up: 0x5006, down: 0xd006 },
} as const;
export const HOST = { ipv4: '203.0.113.2', ipv6: '2001:db8:c::2' };
export const GATEWAY = '10.1.0.1';
export const LMA = { ipv4: '198.51.100.2', ipv6: '2001:db8:b::2' };
/** What the transport sees as the home's address. */
export const outside = (home: Home, transport: TunnelTransport) => (transport === 'gre6' ? `2001:db8:a${number(home)}::2` : `198.18.${number(home)}.2`);
/** What the home itself has for it. */
export const inside = (home: Home, transport: TunnelTransport) => (home === 'home3' && transport !== 'gre6' ? '172.16.3.2' : outside(home, transport));

/** For a `ping` that is to get no answer: what it waits for is short. */
export const UNANSWERED = '-W0.2';

export interface World {
  /** Runs a shell command in a machine; throws with its output when it fails. */
  sh(machine: Machine, command: string): string;
  /** The same, but the exit code and output are the answer. */
  try(machine: Machine, command: string): { readonly ok: boolean; readonly out: string };
  background(machine: Machine, command: string): ChildProcess;
  namespace(machine: Machine): string;
  /** Starts an adapter inside a machine; it is stopped by `remove`, and forwarding is left to go on. */
  start(machine: Machine, config: DatapathConfig): AttachedPaths;
  /** Lines of `ping` that tell of answers, errors and losses; `-c3`, `-i0.05` and `-W1` unless told otherwise. */
  ping(from: Machine, to: string, options?: string): { readonly received: number; readonly out: string };
  /** Requests that a machine has got, of ICMP or ICMPv6. */
  echoes(machine: Machine): number;
  /** Sets both ends of a phone's path, and sends the phone there. */
  attach(phone: Phone, home: Home, transport: TunnelTransport, how?: { readonly tunnel?: Partial<Tunnel>; readonly peers?: boolean }): void;
  /** The adapters: of each home, and of the LMA. Started when first asked for. */
  paths(machine: Home | 'lma'): AttachedPaths;
  /** The phone sends through this home from now on. */
  point(phone: Phone, home: Home): void;
  remove(): void;
}

export function makeWorld(name: string): World {
  const ns = (m: Machine) => `rsdp-${name}-${m}-${process.pid}`;
  const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const started: AttachedPaths[] = [];
  const adapters = new Map<Machine, AttachedPaths>();
  const children: ChildProcess[] = [];
  const batch = (m: Machine, lines: readonly string[]) => execFileSync('ip', ['-n', ns(m), '-batch', '-'], { input: lines.join('\n') });
  const sh = (m: Machine, command: string) => execFileSync('ip', ['netns', 'exec', ns(m), 'sh', '-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const links = new Map<Machine, string[]>(MACHINES.map((m) => [m, []]));
  const wire = (a: Machine, nameA: string, b: Machine, nameB: string) => {
    ip('link', 'add', nameA, 'netns', ns(a), 'type', 'veth', 'peer', 'name', nameB, 'netns', ns(b));
    links.get(a)?.push(nameA);
    links.get(b)?.push(nameB);
  };
  const up = (device: string, ...addresses: string[]) => [
    ...addresses.map((x) => `address add ${x} dev ${device}${x.includes(':') ? ' nodad' : ''}`),
    `link set ${device} up`,
  ];

  for (const m of MACHINES) {
    ip('netns', 'add', ns(m));
    sh(m, 'for f in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 > $f; done; for f in all default; do echo 0 > /proc/sys/net/ipv4/conf/$f/rp_filter; done');
    batch(m, ['link set lo up']);
  }
  for (const p of ['a', 'b'] as const) wire(p, 'eth0', 'air', `p${p}`);
  for (const h of HOMES) wire(h, 'lan0', 'air', h);
  wire('home1', 'wan0', 'tr', 'h1');
  wire('home2', 'wan0', 'tr', 'h2');
  wire('home3', 'wan0', 'nat', 'in0');
  wire('nat', 'out0', 'tr', 'h3');
  wire('lma', 'wan0', 'tr', 'l0');
  wire('lma', 'inet0', 'host', 'eth0');

  batch('air', ['link add br0 type bridge', 'link set br0 up', ...['pa', 'pb', ...HOMES].flatMap((d) => [`link set ${d} master br0`, `link set ${d} up`])]);
  for (const p of ['a', 'b'] as const) {
    const { mac, ipv4, ipv6 } = PHONES[p];
    batch(p, [`link set eth0 address ${mac}`, ...up('eth0', `${ipv4}/32`, `${ipv6}/64`), `route add default via ${GATEWAY} dev eth0 onlink`, 'route add default via fe80::1 dev eth0']);
  }
  for (const h of HOMES) {
    batch(h, [`link set lan0 address ${homeMac(h)}`, ...up('lan0', `${GATEWAY}/32`)]);
    const wan = h === 'home3' ? ['172.16.3.2/24'] : [`198.18.${number(h)}.2/24`, `2001:db8:a${number(h)}::2/64`];
    const gateways = h === 'home3' ? ['172.16.3.1'] : [`198.18.${number(h)}.1`, `2001:db8:a${number(h)}::1`];
    batch(h, [...up('wan0', ...wan), ...gateways.map((g) => `route add default via ${g}`)]);
    if (h !== 'home3') batch('tr', up(`h${number(h)}`, `198.18.${number(h)}.1/24`, `2001:db8:a${number(h)}::1/64`));
  }
  batch('nat', [...up('in0', '172.16.3.1/24'), ...up('out0', '198.18.3.2/24'), 'route add default via 198.18.3.1']);
  sh('nat', 'echo 1 > /proc/sys/net/ipv4/ip_forward; nft add table ip nat; nft add chain ip nat post "{ type nat hook postrouting priority 100; }"; nft add rule ip nat post oifname out0 masquerade random');
  batch('tr', [...up('h3', '198.18.3.1/24'), ...up('l0', '198.51.100.1/24', '2001:db8:b::1/64')]);
  sh('tr', 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding');
  batch('lma', [...up('wan0', `${LMA.ipv4}/24`, `${LMA.ipv6}/64`), 'route add default via 198.51.100.1', 'route add default via 2001:db8:b::1', ...up('inet0', '203.0.113.1/24', '2001:db8:c::1/64')]);
  batch('host', [...up('eth0', `${HOST.ipv4}/24`, `${HOST.ipv6}/64`), 'route add default via 203.0.113.1', 'route add default via 2001:db8:c::1']);
  for (const [m, names] of links) sh(m, carrierNoticed(names));

  const world: World = {
    sh,
    try(m, command) {
      try {
        return { ok: true, out: sh(m, command) };
      } catch (error) {
        const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
        return { ok: false, out: stdout + stderr };
      }
    },
    background(m, command) {
      const child = spawn('ip', ['netns', 'exec', ns(m), 'sh', '-c', `exec ${command}`], { stdio: ['pipe', 'pipe', 'pipe'] });
      children.push(child);
      return child;
    },
    namespace: ns,
    start(m, config) {
      const paths = inNamespace(ns(m), () => startBpfPaths(config));
      started.push(paths);
      adapters.set(m, paths);
      return paths;
    },
    paths: (m) => adapters.get(m) ?? world.start(m, m === 'lma' ? lmaConfig : magConfig),
    attach(phone, home, transport, { tunnel, peers } = {}) {
      const { mag, lma } = pathPair(phone, home, transport, tunnel);
      world.paths(home).set(mag);
      world.paths('lma').set({ ...lma, ...(peers ? { peers } : {}) });
      world.point(phone, home);
    },
    ping(from, to, options = '') {
      const { out } = world.try(from, `ping -c3 -i0.05 -W1 ${options} ${to}`);
      return { received: Number(/(\d+) received/.exec(out)?.[1] ?? 0), out };
    },
    echoes(m) {
      const four = /^Icmp: .*\nIcmp: (.*)$/m.exec(sh(m, 'cat /proc/net/snmp'))?.[1]?.split(' ')[IN_ECHOS] ?? 0;
      const six = /^Icmp6InEchos\s+(\d+)/m.exec(sh(m, 'cat /proc/net/snmp6'))?.[1] ?? 0;
      return Number(four) + Number(six);
    },
    point(p, home) {
      batch(p, [`neighbour replace ${GATEWAY} lladdr ${homeMac(home)} dev eth0`, `neighbour replace fe80::1 lladdr ${homeMac(home)} dev eth0`]);
    },
    remove() {
      for (const child of children) child.kill('SIGKILL');
      for (const paths of started) paths.stop({ keepForwarding: true });
      for (const m of MACHINES) ip('netns', 'del', ns(m));
    },
  };
  return world;
}

export const MTU = (transport: TunnelTransport): number => 1500 - TUNNEL_OVERHEAD[transport];

export const magConfig: DatapathConfig = { role: 'mag', wan: ['wan0'], access: [{ interface: 'lan0', gateways: [GATEWAY] }], mtu: 1472, maxPaths: 64 };
export const lmaConfig: DatapathConfig = { role: 'lma', wan: ['wan0'], pools: [{ prefix: '10.1.0.0/16' }, { prefix: '2001:db8:1::/48' }], mtu: 1472, maxPaths: 64 };

/** Both ends of a phone's path through a home. */
export function pathPair(phone: Phone, home: Home, transport: TunnelTransport, change: Partial<Tunnel> = {}): { readonly mag: Path; readonly lma: Path } {
  const { index, ipv4, prefix, mac, up, down } = PHONES[phone];
  const common = { index, space: 0, ipv4, prefixes: [{ address: prefix, length: 64 }] };
  const anchor = transport === 'gre6' ? LMA.ipv6 : LMA.ipv4;
  const shared = { transport, mtu: MTU(transport), ...change };
  return {
    mag: { ...common, access: { interface: 'lan0', mac }, tunnel: { ...shared, local: inside(home, transport), remote: anchor, sendKey: up, receiveKey: down } },
    lma: { ...common, tunnel: { ...shared, local: anchor, remote: outside(home, transport), sendKey: down, receiveKey: up } },
  };
}
