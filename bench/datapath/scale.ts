/**
 * The anchor's data path with very many subscribers: how long their paths take to write, and what forwarding to any of them costs against
 * forwarding to one. internet host - LMA - transport, which drops all; small packets down to addresses at random: no cache helps.
 */
import { existsSync } from 'node:fs';
import { construct, inside, ipBatch, run } from '../../lab/namespaces.ts';
import type { Construction } from '../../lab/topology.ts';
import { startBpfPaths } from '../../linux/datapath/bpfPaths.ts';
import type { AttachedPaths } from '../../linux/datapath/attachedPaths.ts';
import { loadDatapath, readBpfObject } from '../../linux/datapath/loader.ts';
import { sendWriter } from '../../linux/datapath/pathWriter.ts';
import { inNamespace } from '../../linux/namespace.ts';
import type { Path } from '../../protocol/paths.ts';
import { pathRates } from '../../protocol/qos.ts';
import type { Say } from '../report.ts';
import { median, order, ratio } from '../statistics.ts';
import { packetProgram } from './traffic.ts';

export interface Took {
  readonly ms: number;
  /** Of processor time, which says more where others work, too. */
  readonly cpuMs: number;
}

export interface ScaleResult {
  readonly paths: number;
  readonly rounds: number;
  /** One map's entries alone, and all that the port does: records of both directions, and what this process keeps. */
  readonly entries: Took;
  readonly reconcile: Took;
  /** Packets in a second of one core's time. */
  readonly spreads: readonly { readonly among: number; readonly perSecond: number; readonly toOne: number }[];
}

const MACHINES = ['host', 'lma', 'net'] as const;
const LMA = '2001:db8:b::2';
const HOME = '2001:db8:a::2';
const NET = '2001:db8:b::1';
const LMA_MAC = '02:00:00:00:0a:01';
const NET_MAC = '02:00:00:00:0a:02';
const HOST = '203.0.113.2';
const POOL = '10.0.0.0/8';

const namespaceOf = (prefix: string, machine: (typeof MACHINES)[number]): string => `${prefix}${machine}`;

function construction(prefix: string): Construction {
  const [host, lma, net] = MACHINES.map((m) => namespaceOf(prefix, m)) as [string, string, string];
  return {
    namespaces: [host, lma, net].map((name) => `netns add ${name}`),
    sysctl: new Map([[lma, ['net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0']]]),
    wires: [`link add inet0 netns ${lma} address ${LMA_MAC} type veth peer name eth0 netns ${host}`, `link add wan0 netns ${lma} type veth peer name lma0 netns ${net}`],
    inside: new Map([
      [host, ['link set eth0 up']],
      [net, ['link set lma0 up']],
      [lma, ['link set inet0 up', 'link set wan0 up', 'address add 203.0.113.1/24 dev inet0', `address add ${LMA}/64 dev wan0 nodad`, `route add default via ${NET}`, `neighbour add ${NET} lladdr ${NET_MAC} dev wan0`]],
    ]),
    nft: new Map([[net, 'table netdev sink { chain everything { type filter hook ingress device lma0 priority 0; policy drop; }; }']]),
  };
}

/** Each with a rate that nobody reaches: the policer is asked for every packet. */
function* pathsOf(count: number): Generator<Path> {
  const rates = pathRates({ up: 1e12, down: 1e12 }) ?? {};
  for (let i = 0; i < count; i++) {
    yield { index: i + 1, space: 0, ipv4: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, prefixes: [], tunnel: { transport: 'gre6', local: LMA, remote: HOME, sendKey: i + 1, receiveKey: i + 1, mtu: 1452 }, rates };
  }
}

export async function benchScale(prefix: string, paths: number, rounds: number, seconds: number, say: Say): Promise<ScaleResult> {
  removeScaleNamespaces(prefix);
  await construct(construction(prefix), () => Promise.resolve());
  const lma = namespaceOf(prefix, 'lma');
  const anchor = inNamespace(lma, () => startBpfPaths({ role: 'lma', wan: ['wan0'], pools: [{ prefix: POOL }], mtu: 1452, maxPaths: paths + 1 }));
  try {
    const entries = writeEntries(paths);
    say(`  ${paths} entries written`);
    const reconcile = timed(() => inNamespace(lma, () => anchor.reconcile([...pathsOf(paths)])));
    say(`  ${paths} paths reconciled`);
    const spreads = [1, 1000, 100_000, paths].filter((n, i, all) => n <= paths && all.indexOf(n) === i);
    const measured = new Map<number, number[]>(spreads.map((n) => [n, []]));
    forward(prefix, 1, 0.2);
    for (let round = 0; round < rounds; round++) {
      for (const among of order(spreads, round)) measured.get(among)?.push(forward(prefix, among, seconds));
      say(`  round ${round + 1} of ${rounds}`);
    }
    check(anchor);
    const one = measured.get(1) ?? [];
    return { paths, rounds, entries, reconcile, spreads: spreads.map((among) => ({ among, perSecond: median(measured.get(among) ?? []), toOne: ratio(measured.get(among) ?? [], one) })) };
  } finally {
    inNamespace(lma, () => anchor.stop({ keepForwarding: false }));
    removeScaleNamespaces(prefix);
  }
}

/** As an anchor's table of addresses is written at its start: records made and written, nothing else kept. */
function writeEntries(count: number): Took {
  const loaded = loadDatapath(readBpfObject(), count);
  try {
    const all = [...pathsOf(count)];
    return timed(() => {
      const writer = sendWriter(loaded.maps, { since: 1n, accessIfindex: 0, learns: true });
      for (const path of all) writer.add(path);
      writer.finish();
    });
  } finally {
    loaded.close();
  }
}

function timed(work: () => void): Took {
  const begin = process.hrtime.bigint();
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return { ms: Number(process.hrtime.bigint() - begin) / 1e6, cpuMs: (user + system) / 1000 };
}

/** Packets that left towards the home in a second of the core that sends to so many addresses. */
function forward(prefix: string, among: number, seconds: number): number {
  const sent = () => Number(run(inside(namespaceOf(prefix, 'lma'), ['sh', '-c', 'ip -s -j link show dev wan0'])).match(/"tx":\{"bytes":\d+,"packets":(\d+)/)?.[1]);
  const before = sent();
  const [, span = 0] = run(inside(namespaceOf(prefix, 'host'), [packetProgram(), 'spread', 'eth0', LMA_MAC, HOST, POOL.split('/')[0] as string, String(among), String(seconds)])).split(' ').map(Number);
  return (sent() - before) / span;
}

/** What was dropped was not forwarded, and a number would mean nothing. */
function check(anchor: AttachedPaths): void {
  const dropped = Object.entries(anchor.drops()).filter(([, n]) => n > 0n);
  if (dropped.length > 0) throw new Error(`the data path dropped packets: ${dropped.map(([why, n]) => `${why} ${n}`).join(', ')}`);
}

export function removeScaleNamespaces(prefix: string): void {
  ipBatch(undefined, MACHINES.map((m) => namespaceOf(prefix, m)).filter((name) => existsSync(`/run/netns/${name}`)).map((name) => `netns delete ${name}`));
}
