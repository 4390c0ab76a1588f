/** One packet in, one packet out: the programs run by BPF_PROG_TEST_RUN in a network namespace that has the tunnels' routes. */
import { execFileSync } from 'node:child_process';
import { inNamespace } from '../../linux/namespace.ts';
import { decode, encode } from '../../protocol/codec.ts';
import { formatIp, parseIp } from '../../protocol/address.ts';
import { n32 } from '../../linux/abi.ts';
import { n64 } from '../../linux/abi.ts';
import { testRun } from '../../linux/datapath/bpf.ts';
import { DIRECTION, DROPS, GATEWAY, KIND, ROLE, deviceEntry, flowEntry, gatewayKey, limitEntry, receiveEntry } from '../../linux/datapath/layout.ts';
import type { DropReason, ProgramName } from '../../linux/datapath/layout.ts';
import { loadDatapath, readBpfObject } from '../../linux/datapath/loader.ts';
import { indexOctets, keyOctets, learnedPort, recordsOf } from '../../linux/datapath/records.ts';
import { meterOf } from '../../linux/datapath/rates.ts';
import type { Path, Rate } from '../../protocol/paths.ts';

export const VERDICT = { pass: -1, ok: 0, drop: 2, redirect: 7 } as const;

const LOOPBACK = 1;
const ETHERNET = 14;
const SKB = 192; // struct __sk_buff
const SKB_INGRESS_IFINDEX = 36;

/** The ends of the vectors' tunnels: the namespace is the MAG, or the LMA. */
export const ENDS = {
  mag: { gre6: '2001:db8:cafe:1025::15', ipv4: '198.51.100.15' },
  lma: { gre6: '2001:db8:cafe:1024::101', ipv4: '203.0.113.101' },
} as const;

export interface Bench {
  /** A path of this side; `learns`: its end may be behind a NAT. */
  put(path: Path, how?: { readonly since?: bigint; readonly learns?: boolean; readonly accessIfindex?: number }): void;
  /** Runs a program on an IP packet (or, with `ethernet`, on a whole frame); returns what stands behind the Ethernet header. */
  run(program: ProgramName, packet: Uint8Array, how?: { readonly ingress?: number; readonly frame?: { readonly from: Uint8Array } }): { readonly verdict: number; readonly packet: Uint8Array; readonly etherType: number };
  /** The reasons of drops since the last call. */
  drops(): Partial<Record<DropReason, number>>;
  counted(index: number): { readonly upPackets: number; readonly upOctets: number; readonly downPackets: number; readonly downOctets: number };
  policed(index: number): { readonly up: number; readonly down: number };
  /** Of all guests together; undefined = none. */
  limit(direction: keyof typeof DIRECTION, rate: Rate | undefined): void;
  /** Where the tunnel end of this key was last learned to be. */
  learned(receiveKey: number): { readonly address: string; readonly port: number };
  /** What the loopback device, on which every program runs here, is to them. */
  device(kind: keyof typeof KIND, role: keyof typeof ROLE): void;
  gateway(address: string, offers?: { readonly dns?: boolean }): void;
  lastSeen(mac: Uint8Array): bigint | undefined;
  remove(): void;
}

export function makeBench(name: string): Bench {
  const ns = `rsdp-${name}-${process.pid}`;
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  ip('netns', 'add', ns);
  const setUp = [
    'link set lo up', 'link add w0 type veth peer name w1', 'link set w0 up', 'link set w1 up',
    'address add 192.0.2.254/24 dev w0', 'address add 2001:db8:ee::1/64 dev w0 nodad', 'neighbour add 192.0.2.253 lladdr 02:00:00:00:00:99 dev w0',
    'neighbour add 2001:db8:ee::2 lladdr 02:00:00:00:00:99 dev w0', 'route add default via 192.0.2.253', 'route add default via 2001:db8:ee::2',
  ];
  execFileSync('ip', ['-n', ns, '-batch', '-'], { input: setUp.join('\n') });
  execFileSync('ip', ['netns', 'exec', ns, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding']);
  const loaded = loadDatapath(readBpfObject(), 64);
  const { maps, programs } = loaded;
  let before = new Map<string, bigint>();

  const dropCount = (i: number) => {
    const all = maps.drops.lookup(indexOctets(i)) ?? new Uint8Array(0);
    let n = 0n;
    for (let at = 0; at < all.length; at += 8) n += decode(n64, all.subarray(at, at + 8));
    return n;
  };

  const flow = (index: number, direction: keyof typeof DIRECTION) => decode(flowEntry.codec, maps.flows.lookup(indexOctets(index * 2 + DIRECTION[direction])) as Uint8Array);

  return {
    put(path, { since = 1n, learns = false, accessIfindex = 0 } = {}) {
      const { receive, sends } = recordsOf(path, { since, learns, accessIfindex });
      maps.receives.update(...receive);
      for (const send of sends) maps.sends.update(...send);
    },
    run(program, packet, { ingress = 0, frame } = {}) {
      const six = (packet[0] as number) >> 4 === 6;
      const whole = new Uint8Array(ETHERNET + packet.length);
      whole.set(frame?.from ?? new Uint8Array(6), 6);
      whole.set(six ? [0x86, 0xdd] : [8, 0], 12);
      whole.set(packet, ETHERNET);
      const context = new Uint8Array(SKB);
      new DataView(context.buffer).setUint32(SKB_INGRESS_IFINDEX, ingress, true);
      const out = inNamespace(ns, () => testRun(programs[program].fd, whole, context));
      return { verdict: out.verdict, packet: out.packet.slice(ETHERNET), etherType: ((out.packet[12] as number) << 8) | (out.packet[13] as number) };
    },
    drops() {
      const now = new Map(DROPS.map((reason, i) => [reason, dropCount(i)] as const));
      const changed = [...now].filter(([reason, n]) => n !== (before.get(reason) ?? 0n)).map(([reason, n]) => [reason, Number(n - (before.get(reason) ?? 0n))]);
      before = now;
      return Object.fromEntries(changed) as Partial<Record<DropReason, number>>;
    },
    counted(index) {
      const [up, down] = [flow(index, 'up'), flow(index, 'down')];
      return { upPackets: Number(up.packets), upOctets: Number(up.octets), downPackets: Number(down.packets), downOctets: Number(down.octets) };
    },
    policed: (index) => ({ up: Number(flow(index, 'up').policed), down: Number(flow(index, 'down').policed) }),
    limit: (direction, rate) => maps.limits.update(indexOctets(DIRECTION[direction]), encode(limitEntry.codec, { tat: 0n, ...meterOf(rate) })),
    learned(key) {
      const record = decode(receiveEntry.codec, maps.receives.lookup(keyOctets(key)) as Uint8Array);
      return { address: formatIp(record.remote.subarray(0, 4)), port: learnedPort(record) };
    },
    device(kind, role) {
      maps.devices.update(indexOctets(LOOPBACK), encode(deviceEntry.codec, { kind: KIND[kind], role: ROLE[role], space: 0 }));
      maps.spaces.update(indexOctets(0), encode(n32, LOOPBACK));
    },
    gateway(address, { dns = false } = {}) {
      const octets = parseIp(address);
      const padded = new Uint8Array(16);
      padded.set(octets);
      maps.gateways.update(encode(gatewayKey.codec, { ifindex: LOOPBACK, family: octets.length === 4 ? 2 : 10, address: padded }), indexOctets(GATEWAY.known | (dns ? GATEWAY.dns : 0)));
    },
    lastSeen(mac) {
      const key = new Uint8Array(12);
      key.set(indexOctets(LOOPBACK));
      key.set(mac, 4);
      const value = maps.stations.lookup(key);
      return value && decode(n64, value);
    },
    remove() {
      loaded.close();
      ip('netns', 'del', ns);
    },
  };
}
